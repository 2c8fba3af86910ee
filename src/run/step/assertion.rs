//! Changes a client's assertion.

use super::jwt;
use crate::oauth::Request;
use crate::run::values::Values;
use crate::suite::{JwtChange, Step};
use crate::target::Client;

/// Why the step cannot be tried: who acts in it, in place of the case's client, has no assertion to change.
pub(in crate::run) fn unasserted(step: &Step, client: &Client) -> Option<&'static str> {
    let changes = step.change.as_ref().is_some_and(|change| change.assertion.is_some());
    (changes && !client.auth.is_assertion())
        .then_some("the client that acts there in its place does not authenticate by assertions")
}

/// The assertion of the client for this request, with the change made. The error names what is missing for it.
pub(super) fn changed(
    change: &JwtChange,
    values: &Values,
    client: &Client,
    request: &Request,
) -> Result<String, String> {
    if let Some(step) = &change.same_as {
        let sent = values.sent_assertion(step).map(str::to_owned);
        return sent.ok_or_else(|| format!("there is no assertion at {step}"));
    }
    let own = values.signer(client).ok_or("the client does not authenticate by assertions")?;
    jwt::changed(change, values.assertion(client, request), &own, &values.at(request), client)
}
