//! Client authentication in a valid request (RFC6749 §2.3, RFC7521 §4.2).

use crate::oauth::Request;
use crate::run::values::Values;
use crate::target::Client;

/// Authenticates the client by its own method; each assertion is a new one.
pub(super) fn authenticate(request: &mut Request, values: &Values, client: &Client) {
    match values.signer(client).filter(|_| client.auth.is_assertion()) {
        Some(signer) => request.assert(&values.assertion(client).sign(&signer)),
        None => request.authenticate(client.auth, &client.id, &client.secret),
    }
}
