//! Client authentication in a valid request (RFC6749 §2.3, RFC7521 §4.2).

use crate::oauth::Request;
use crate::oauth::names::CLIENT_ID;
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
/// changed.
pub(super) fn assert(request: &mut Request, assertion: &str, client: &Client) {
    request.assert(assertion);
    if client.sends_client_id && request.body.get(CLIENT_ID).is_none() {
        request.body.set(CLIENT_ID, &client.id);
    }
}
