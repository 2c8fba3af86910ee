//! The pages shown to users; each form posts to the URL that serves it.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderName, REFERRER_POLICY, X_FRAME_OPTIONS};
use axum::response::{Html, IntoResponse, Response};

/// The sign-in page.
pub(crate) const LOGIN: &str = "<!doctype html><title>Sign in</title>
<form method=post>
<label>Name <input name=user autocomplete=username></label>
<label>Password <input name=password type=password></label>
<button>Sign in</button>
</form>";

/// The consent page.
pub(crate) const CONSENT: &str = "<!doctype html><title>Allow?</title>
<form method=post>
<p>An app asks to act for you.</p>
<button name=decision value=allow>Allow</button>
<button name=decision value=deny>Deny</button>
</form>";

/// Header fields of every response of the authorization endpoint: it must not be stored, framed
/// (RFC9700 §4.16), or leak its URL as a referrer (RFC9700 §4.2.4).
pub(crate) const GUARDED: [(HeaderName, &str); 3] =
    [(CACHE_CONTROL, "no-store"), (X_FRAME_OPTIONS, "DENY"), (REFERRER_POLICY, "no-referrer")];

/// An error page for a request that cannot be answered.
pub(crate) fn error(status: StatusCode, why: &'static str) -> Response {
    (status, Html(format!("<!doctype html><title>Error</title><p>{why}"))).into_response()
}
