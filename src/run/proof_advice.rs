//! What to try when a server refuses a client's proof that it holds a key, for setting up a target.

use super::assertion_advice::skew;
use super::transcript::Performed;
use crate::oauth::dpop::address;
use crate::oauth::names::{DPOP, USE_DPOP_NONCE};
use crate::oauth::signing::SigningAlgorithm;
use crate::wire::{Answer, quoted};

/// The likely reason, and how to fix it, or `None` if the step was not refused for its proof.
pub(super) fn advice(step: &Performed) -> Option<String> {
    let request = step.push.as_ref().or(step.request.as_ref())?;
    request.proof()?;
    let answer = step.answer().filter(|answer| answer.status >= 400 && is_about_proof(answer))?;
    if step.outcome.error().as_deref() == Some(USE_DPOP_NONCE) || asks_again(answer) {
        return Some(
            "check why the server refuses the nonce that it has just given in DPoP-Nonce, for \
             instance because several servers answer that do not know each other's nonces"
                .to_owned(),
        );
    }
    Some(skew(step).unwrap_or_else(|| {
        format!(
            "check that the server allows {} for proofs (dpop_signing_alg_values_supported), and \
             that it knows this endpoint as {}, for which the proof is; or leave `tokens` out",
            SigningAlgorithm::Es256,
            quoted(address(request)),
        )
    }))
}

/// Whether the answer says anything about proofs.
fn is_about_proof(answer: &Answer) -> bool {
    let says = |text: &str| text.to_ascii_lowercase().contains(DPOP);
    says(&answer.body) || answer.headers("www-authenticate").any(says)
}

fn asks_again(answer: &Answer) -> bool {
    answer.headers("www-authenticate").any(|field| field.contains(USE_DPOP_NONCE))
}
