//! Connections that the server ends because of the certificate that a case presents.

use super::transcript::{Outcome, Performed};
use crate::suite::Step;
use crate::wire::Blocked;

/// Takes the end of a connection for what it is if the server ended it because of the certificate that
/// the case presents: it has read no request, so there is no answer to judge.
pub(super) fn look(step: &Step, performed: &mut Performed) {
    let changes = step.change.as_ref().is_some_and(|change| change.certificate.is_some());
    if let Outcome::Blocked(Blocked::Unreachable(why)) = &performed.outcome
        && changes
        && why.contains(ALERT)
    {
        let why = format!("the server ends the connection before it reads the request: {why}");
        performed.outcome = Outcome::Blocked(Blocked::DoesNotApply(why));
    }
}

/// What rustls says of an alert (RFC8446 §6).
const ALERT: &str = "received fatal alert";
