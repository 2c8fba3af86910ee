//! The logout request (OpenID.RPInitiated §2).

use crate::agent::Landing;
use crate::oauth::Request;
use crate::oauth::names::{ID_TOKEN_HINT, POST_LOGOUT_REDIRECT_URI, STATE};
use crate::oauth::request::Method;
use crate::run::discover::Endpoints;
use crate::run::transcript::Outcome;
use crate::run::values::Values;
use crate::suite::Placeholder;
use crate::target::Client;

/// A request to sign out the user to whom the ID token was issued, and to return to the client if
/// it has a URI for that.
pub(super) fn request(
    values: &Values,
    client: &Client,
    endpoints: &Endpoints,
) -> Result<Request, String> {
    let url = endpoints.logout.as_ref().ok_or("the server has no logout endpoint")?;
    let hint = values.get(Placeholder::IdToken).ok_or("there is no ID token")?;
    let mut request = Request::new(Method::Get, url);
    request.query.set(ID_TOKEN_HINT, hint);
    if let Some(uri) = client.logout_uri() {
        request.query.set(POST_LOGOUT_REDIRECT_URI, uri);
        request.query.set(STATE, values.get(Placeholder::State).unwrap_or_default());
    }
    Ok(request)
}

/// Whether the user was sent back, or stayed at the server if the client has no URI
/// to return to.
pub(super) fn worked(outcome: &Outcome, values: &Values) -> bool {
    match outcome {
        // Whether the state comes back is a case.
        Outcome::Landed(Landing::Callback(_)) => true,
        Outcome::Landed(Landing::ErrorPage { status, error, .. }) => {
            let is_fine = status.is_none_or(|status| status < 400) && error.is_none();
            values.client.logout_uri().is_none() && is_fine
        }
        _ => false,
    }
}
