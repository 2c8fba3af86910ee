//! Registers clients (RFC7591).

use serde_json::{Value, json};

use super::error::SetupError;
use super::wanted::Wanted;
use crate::oauth::Metadata;
use crate::oauth::names::{
    APPLICATION_TYPE, AUTHORIZATION_CODE, CLIENT_ID, CLIENT_NAME, CLIENT_SECRET, ERROR, IMPLICIT,
    REGISTRATION_ENDPOINT, RESPONSE_TYPE, SCOPE,
};
use crate::target::is_reference;
use crate::wire::{Http, Sent, printable, shortened};

/// The credentials that the server issued to a client (RFC7591 §3.2.1).
#[derive(Clone, Debug)]
pub(super) struct Credentials {
    pub(super) client_id: String,
    pub(super) secret: Option<String>,
    /// Where the registration can be changed or deleted (RFC7592 §3).
    pub(super) manage: Option<String>,
}

/// Registers the clients one after the other. Returns the credentials of each, or why it was not registered.
///
/// # Errors
/// If the server has no registration endpoint.
pub(super) async fn register(
    wanted: &[Wanted],
    metadata: &Metadata,
    http: &Http,
) -> Result<Vec<Result<Credentials, String>>, SetupError> {
    let endpoint = metadata.text(REGISTRATION_ENDPOINT).ok_or_else(|| {
        let why = "the metadata names no registration_endpoint: leave out --register, and register \
                   the clients by hand";
        SetupError::Target(why.to_owned())
    })?;
    let mut all = Vec::new();
    for client in wanted {
        all.push(match client.excluded_by(metadata) {
            Some(why) => Err(why),
            None => one(client, endpoint, http).await,
        });
    }
    Ok(all)
}

async fn one(client: &Wanted, endpoint: &str, http: &Http) -> Result<Credentials, String> {
    let response_types = client.grants.iter().filter_map(|grant| match *grant {
        AUTHORIZATION_CODE => Some("code"),
        IMPLICIT => Some("token"),
        _ => None,
    });
    let mut body = json!({
        CLIENT_NAME: format!("authspec {}", client.name),
        "redirect_uris": client.redirect_uris,
        "grant_types": client.grants,
        format!("{RESPONSE_TYPE}s"): response_types.collect::<Vec<_>>(),
        "token_endpoint_auth_method": client.auth.name(),
        // A native client may use any port of a loopback address (OpenID.Registration §2).
        APPLICATION_TYPE: if client.native { "native" } else { "web" },
    });
    if !client.scope.is_empty() {
        body[SCOPE] = json!(client.scope);
    }
    let (exchange, blocked) = http.send(Sent::post_json(endpoint, body.to_string())).await;
    if let Some(why) = blocked {
        return Err(why.to_string());
    }
    let answer = exchange.answer.ok_or("there is no answer")?;
    let json = answer.json().unwrap_or_default();
    let text = |name: &str| json.get(name).and_then(Value::as_str).map(str::to_owned);
    match text(CLIENT_ID) {
        // The server chooses the identifier, but must not choose a variable of this environment.
        Some(client_id) if is_reference(&client_id) => Err(format!(
            "its identifier `{}` would be read from the environment",
            printable(&client_id)
        )),
        Some(client_id) if (200..300).contains(&answer.status) => {
            let (secret, manage) = (text(CLIENT_SECRET), text("registration_client_uri"));
            Ok(Credentials { client_id, secret, manage })
        }
        _ => {
            let error = text(ERROR).map(|error| format!(" {ERROR}={error}")).unwrap_or_default();
            let said = text("error_description").unwrap_or_default();
            let said = shortened(&printable(&said), 200);
            Err(format!("{}{} {said}", answer.status, printable(&error)).trim().to_owned())
        }
    }
}
