//! Client authentication in a valid request (RFC6749 §2.3, RFC7521 §4.2).

use crate::oauth::names::{CLIENT_ID, ISS, SUB};
use crate::oauth::{Request, jwt};
use crate::run::values::Values;
use crate::target::Client;

/// Authenticates the client by its own method; each assertion is a new one.
pub(super) fn authenticate(request: &mut Request, values: &Values, client: &Client) {
    match values.signer(client).filter(|_| client.auth.is_assertion()) {
        Some(signer) => {
            let assertion = values.assertion(client, request).sign(&signer);
            assert(request, &assertion, client);
        }
        None => request.authenticate(client.auth, &client.id, &client.secret),
    }
}

/// Authenticates the client by this assertion. A request that is pushed names a client already, which a case may have
/// changed. Beside an assertion of another client, that one is named: otherwise the difference alone would be a reason
/// to refuse it (RFC7521 §4.2).
pub(super) fn assert(request: &mut Request, assertion: &str, client: &Client) {
    request.assert(assertion);
    if client.sends_client_id && request.body.get(CLIENT_ID).is_none() {
        let named = named_by(assertion);
        request.body.set(CLIENT_ID, named.as_deref().unwrap_or(&client.id));
    }
}

/// The client that an assertion is from and about.
fn named_by(assertion: &str) -> Option<String> {
    let (_, claims) = jwt::parts(assertion)?;
    let subject = claims.get(SUB)?.as_str().filter(|subject| !subject.is_empty())?;
    (claims.get(ISS)?.as_str() == Some(subject)).then(|| subject.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::jwt;
    use serde_json::json;

    #[test]
    fn the_client_of_an_assertion_is_issuer_and_subject() {
        let named = |claims| named_by(&jwt::unsigned(&claims));
        assert_eq!(named(json!({ "iss": "web", "sub": "web" })).as_deref(), Some("web"));
        assert_eq!(named(json!({ "iss": "web", "sub": "other" })), None);
        assert_eq!(named(json!({ "iss": "", "sub": "" })), None);
        assert_eq!(named_by("no assertion"), None);
    }
}
