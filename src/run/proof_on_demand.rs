//! Proofs where no specification asks for them: some servers want one with a revocation too.

use super::perform::PerformContext;
use super::step;
use super::transcript::{Outcome, Performed};
use super::values::Values;
use crate::oauth::names::{INVALID_DPOP_PROOF, USE_DPOP_NONCE};
use crate::suite::{Step, StepKind};

impl PerformContext<'_> {
    /// Sends the request once more with a proof, if a client with bound tokens was refused for want of
    /// one: nothing forbids the server to ask, and what it would do with the request is not known yet.
    pub(super) async fn send_with_proof(
        &self,
        step: &Step,
        values: &Values,
        performed: &mut Performed,
    ) {
        let has_proof = performed.request.as_ref().is_none_or(|it| it.proof().is_some());
        let asks = match &performed.outcome {
            Outcome::Answered(_) => performed.outcome.error(),
            _ => None,
        };
        let is_asked = matches!(asks.as_deref(), Some(INVALID_DPOP_PROOF | USE_DPOP_NONCE));
        let may_ask = step.kind == StepKind::Revoke && values.client.sends_proofs();
        if !is_asked || !may_ask || has_proof {
            return;
        }
        // An assertion can be used once.
        let Ok((_, mut request)) = self.made(step, values, false) else { return };
        let client = self.client(step, values);
        let nonce = self.http.nonce(&request.endpoint);
        if step::add_proof(&mut request, (values, client), nonce).is_ok() {
            performed.request = Some(request.clone());
            self.send(&request, performed).await;
        }
    }
}
