//! The question of a client's page to the server's frame: whether the session has changed
//! (OpenID.Session §3).

use url::Position;
use url::Url;

use crate::agent::{SESSION_PAGE, SessionQuestion};
use crate::oauth::Request;
use crate::oauth::names::{CHECK_SESSION_IFRAME, CLIENT_ID, SESSION_STATE};
use crate::oauth::request::Method;
use crate::run::discover::Endpoints;
use crate::run::transcript::Outcome;
use crate::run::values::Values;
use crate::suite::Placeholder;
use crate::target::Client;

/// What is to be asked: `client_id` and `session_state` make the message.
pub(super) fn request(
    values: &Values,
    client: &Client,
    endpoints: &Endpoints,
) -> Result<Request, String> {
    let frame = frame(endpoints).ok_or("the metadata names no check_session_iframe")?;
    let state = values.get(Placeholder::SessionState).ok_or("there is no session_state")?;
    let mut request = Request::new(Method::Get, &frame);
    request.query.set(CLIENT_ID, &client.id);
    request.query.set(SESSION_STATE, state);
    Ok(request)
}

/// The address of the frame.
pub(in crate::run) fn frame(endpoints: &Endpoints) -> Option<String> {
    let of_openid = endpoints.openid.as_ref().and_then(|(_, it)| it.text(CHECK_SESSION_IFRAME));
    of_openid.or_else(|| endpoints.metadata.text(CHECK_SESSION_IFRAME)).map(str::to_owned)
}

/// How a page of the client asks it.
pub(in crate::run) fn question(request: &Request, client: &Client) -> SessionQuestion {
    let page = Url::parse(client.redirect_uri());
    let page = page.map(|url| format!("{}{SESSION_PAGE}", &url[..Position::BeforePath]));
    let parts = [CLIENT_ID, SESSION_STATE].map(|name| request.query.get(name));
    let message: Vec<_> = parts.into_iter().flatten().collect();
    SessionQuestion {
        page: page.unwrap_or_default(),
        frame: request.endpoint.clone(),
        message: message.join(" "),
    }
}

/// Whether the frame answered.
pub(super) fn worked(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Delivered(Some(_)))
}
