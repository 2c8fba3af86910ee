//! What to try when a server refuses a client's assertion, for setting up a target.

use std::time::UNIX_EPOCH;

use super::transcript::{Outcome, Performed};
use crate::oauth::AuthMethod;
use crate::oauth::assertion::LIFETIME;
use crate::oauth::jws::Signer;
use crate::oauth::names::INVALID_REQUEST;
use crate::target::Client;
use crate::wire::quoted;

/// How far clocks may differ, in seconds, before that is the likely reason.
const SKEW: u64 = 10;

/// The likely reason, and how to fix it: the clocks if they differ, or else the registration of the
/// client or the audience.
pub(super) fn advice(step: &Performed, client: &Client) -> String {
    if let Some(skew) = skew(step) {
        return skew;
    }
    let registered = match client.signer.as_ref().and_then(Signer::key) {
        Some(key) => format!(
            "register the public key{} for the client, which `authspec keys FILE` prints, and its \
             method {}",
            key.kid().map(|kid| format!(" `{}`", quoted(kid))).unwrap_or_default(),
            AuthMethod::PrivateKeyJwt.name()
        ),
        None => format!(
            "register the method {} for the client, or correct its `secret`",
            client.auth.name()
        ),
    };
    let error = step.outcome.error();
    if !client.sends_client_id && error.as_deref() == Some(INVALID_REQUEST) {
        return format!(
            "write `sends_client_id = true`, as some servers require it; or {registered}"
        );
    }
    match client.audience {
        Some(_) => format!("{registered}; or correct `audience`"),
        None => format!(
            "{registered}; or, if the server takes assertions for its token endpoint only, write \
             `audience = \"{}\"`",
            step.request.as_ref().map_or("TOKEN ENDPOINT", |request| &request.endpoint)
        ),
    }
}

/// By how much the server's clock differs, if that is enough for it to refuse an assertion that is
/// new.
pub(super) fn skew(step: &Performed) -> Option<String> {
    let Outcome::Answered(answer) = &step.outcome else { return None };
    let date = httpdate::parse_http_date(answer.headers("date").next()?).ok()?;
    let theirs = date.duration_since(UNIX_EPOCH).ok()?.as_secs();
    let ours = step.at;
    let (ahead, seconds) = match theirs > ours {
        true => ("ahead", theirs - ours),
        false => ("behind", ours - theirs),
    };
    (seconds > SKEW).then(|| {
        format!(
            "set the clocks: the server's is {seconds} s {ahead}, and what a client signs is valid \
             from now on for a short time, an assertion for {LIFETIME} s"
        )
    })
}
