//! The proof that the client holds a key, in the header of a request (RFC9449 §4.1), or by the
//! certificate that it presents.

use super::certificate::presented;
use super::jwt;
use crate::oauth::names::DPOP;
use crate::oauth::{Authentication, Request};
use crate::run::values::Values;
use crate::suite::{Change, JwtChange, KeyChange, StepKind};
use crate::target::Client;

/// Adds a new proof to a request of this kind, if the client proves with it that it holds a key, and
/// the certificate that it presents.
/// The error names what is missing for it.
pub(in crate::run) fn prove(
    kind: StepKind,
    change: Option<&Change>,
    request: &mut Request,
    (values, client): (&Values, &Client),
    nonce: Option<String>,
) -> Result<(), String> {
    request.certificate = presented(kind, change, values, client)?;
    let own = Change::default();
    let change = change.unwrap_or(&own);
    if change.header.keys().any(|name| name.eq_ignore_ascii_case(DPOP)) || !kind.may_prove() {
        return Ok(());
    }
    let is_usual = change.proof.is_some() || is_bound(kind, request, values, client);
    let count = change.proofs.map_or(usize::from(is_usual), |count| count.0);
    for _ in 0..count {
        let right = JwtChange::default();
        let proof = change.proof.as_deref().unwrap_or(&right);
        let proof = made(proof, request, (values, client), nonce.clone())?;
        request.headers.push((DPOP.to_owned(), proof));
    }
    Ok(())
}

/// Adds a right proof to a request that has none.
pub(in crate::run) fn add_proof(
    request: &mut Request,
    actors: (&Values, &Client),
    nonce: Option<String>,
) -> Result<(), String> {
    let proof = made(&JwtChange::default(), request, actors, nonce)?;
    request.headers.push((DPOP.to_owned(), proof));
    Ok(())
}

/// Whether a request of the valid flow has a proof: if the case's client has bound tokens, so has
/// whoever acts in its place, as a request without one would be refused for that.
fn is_bound(kind: StepKind, request: &Request, values: &Values, client: &Client) -> bool {
    match kind {
        StepKind::Userinfo | StepKind::Resource => {
            matches!(request.authentication, Authentication::Dpop(_))
        }
        _ => values.client.sends_proofs() || client.sends_proofs(),
    }
}

fn made(
    change: &JwtChange,
    request: &Request,
    (values, client): (&Values, &Client),
    nonce: Option<String>,
) -> Result<String, String> {
    if let Some(step) = &change.same_as {
        let sent = values.sent_proof(step).map(str::to_owned);
        return sent.ok_or_else(|| format!("there is no proof at {step}"));
    }
    // Another key is named in the header, as the own one is.
    let is_other = change.key == Some(KeyChange::Other);
    let (unsigned, signer) = values.proof(request, nonce, is_other).ok_or("cannot make a key")?;
    let change = JwtChange { key: change.key.filter(|_| !is_other), ..change.clone() };
    jwt::changed(&change, unsigned, &signer, &values.at(request), client)
}

/// Whether the request may be sent again with a nonce that the server asks for: not if the change
/// is about the nonce, or sends what was sent before.
pub(in crate::run) fn may_learn(change: Option<&Change>, request: &Request) -> bool {
    let fixed = |change: &Change| {
        let of_proof = |proof: &JwtChange| proof.same_as.is_some() || proof.names("nonce");
        change.proof.as_deref().is_some_and(of_proof)
    };
    request.proof().is_some()
        && !change.is_some_and(|change| fixed(change) || change.header.contains_key(DPOP))
}
