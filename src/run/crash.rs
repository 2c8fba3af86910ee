//! Crashes: a request that makes the server fail each time, while the valid one is answered.

use super::judge::{CaseJudge, is_success};
use super::transcript::{Performed, Transcript};
use super::verdict::Judged;
use crate::oauth::names::SERVER_ERROR;
use crate::suite::Case;
use crate::wire::Blocked;

/// Why a crash is a warning if a refusal is expected.
const NOTHING_GRANTED: &str = "nothing was granted, but the server fails over this request each time, and answers the valid one";

impl Transcript {
    /// Describes the server's failure on a request, assuming that it always happens.
    fn crash(&self) -> Option<String> {
        let (performed, blocked) = self.blocked()?;
        if !is_of_endpoint(performed) {
            return None;
        }
        match blocked {
            Blocked::Unavailable(status @ 500..) => Some(format!("crashes ({status})")),
            Blocked::Troubled(error) if error.ends_with(SERVER_ERROR) => {
                Some(format!("crashes ({error})"))
            }
            Blocked::Unreachable(why) => Some(format!("crashes (the connection ends: {why})")),
            _ => None,
        }
    }

    /// Whether it would be a crash if the valid request is answered now.
    pub(super) fn may_be_crash(&self) -> bool {
        self.recurs && self.crash().is_some()
    }
}

/// Whether the endpoint's own server failed, rather than a page elsewhere that a visit led to.
fn is_of_endpoint(performed: &Performed) -> bool {
    let origin = |url: &str| Some(url::Url::parse(url).ok()?.origin());
    let endpoint = performed.request.as_ref().and_then(|request| origin(&request.endpoint));
    let last = performed.exchanges.last().and_then(|exchange| origin(&exchange.sent.url));
    endpoint.is_some() && endpoint == last
}

impl CaseJudge<'_> {
    /// The judgment of a case in which the server crashed at the same step in each attempt.
    pub(super) fn crashed(&self, case: &Case, transcript: &Transcript) -> Option<Judged> {
        let (index, _) = transcript.blocked_at()?;
        let (performed, actual) = (transcript.steps.get(index)?, transcript.crash()?);
        let expected = |index: usize| case.steps.get(index)?.expect.as_ref();
        let at = (index..case.steps.len()).find(|at| expected(*at).is_some())?;
        let expect = expected(at)?;
        // The server fails on an earlier change, or on this request.
        let is_changed = transcript.steps[..=index].iter().any(|step| step.changed);
        let looks_inside = || expect.iter().all(|expect| !expect.claim.is_empty());
        if case.races() || (at != index && (!is_changed || looks_inside())) {
            return None;
        }
        // If a refusal would have left the question open, a crash grants nothing either.
        let may_refuse = expect.iter().any(|expect| expect.moot.is_some());
        let refused = may_refuse || !is_success(expect);
        let step = &case.steps[index];
        let finding = self.finding(step, performed, expect.to_string(), actual, refused);
        let judged = Judged::of(vec![finding]);
        let reason = judged.reason.clone().map(|_| NOTHING_GRANTED.to_owned());
        Some(Judged { reason, ..judged })
    }
}
