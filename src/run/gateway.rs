//! Gateways: what stands before a server may begin to block, and from then on no refusal proves anything.
//!
//! A refusal unlike all that were met is followed by the valid flow, and so are many cases in a row. Where
//! that is refused now, whatever speaks like this speaks for the gateway.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::control::ControlOutcome;
use super::engine::{CaseResult, Run};
use super::perform::PerformContext;
use super::transcript::{Outcome, Performed, Transcript};
use super::values::Values;
use super::verdict::{Judged, Verdict};
use crate::agent::Landing;
use crate::suite::{Case, StepKind};
use crate::target::Client;
use crate::wire::{Answer, now_ms};

/// After so many cases of a client its valid flow is tried again.
const STRETCH: usize = 40;

/// How many refusals that are new are followed by the valid flow each; from then on, only now and then.
const MOST_LOOKS: usize = 30;

/// How much of a text tells one voice from another, in letters.
const LETTERS: usize = 60;

/// What was met so far.
#[derive(Default)]
pub(super) struct Gateway(Mutex<Met>);

#[derive(Default)]
struct Met {
    /// How the server itself refuses, as the valid flow worked afterwards.
    trusted: BTreeSet<String>,
    blocks: Vec<Block>,
    looks: usize,
    /// When the valid flow of a client worked last, and how many cases it had since.
    worked: BTreeMap<String, (u64, usize)>,
}

/// How valid requests were refused that had worked before.
#[derive(Clone)]
struct Block {
    refusal_form: String,
    /// Whose; anybody's where it is not in the words of OAuth.
    client: Option<String>,
    /// When they worked last, in milliseconds since 1970.
    since: u64,
}

impl Gateway {
    fn met(&self) -> MutexGuard<'_, Met> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the valid flow of a client works, so that these are the server's own words.
    pub(super) fn works<'a>(
        &self,
        client: &Client,
        refusal_forms: impl Iterator<Item = &'a String>,
    ) {
        let mut met = self.met();
        met.worked.insert(client.name.clone(), (now_ms(), 0));
        met.trusted.extend(refusal_forms.cloned());
    }

    /// Whether the valid flow is to be tried again after these refusals.
    fn is_in_doubt(&self, client: &Client, strange: &BTreeSet<String>) -> bool {
        let mut met = self.met();
        let (_, count) = met.worked.entry(client.name.clone()).or_insert((now_ms(), 0));
        *count += 1;
        let is_long = *count >= STRETCH;
        let is_new = !strange.is_subset(&met.trusted);
        let looks = is_long || (is_new && met.looks < MOST_LOOKS);
        met.looks += usize::from(is_new && !is_long && looks);
        looks
    }

    /// Who blocks only now and then may always have done so.
    fn block(&self, client: &Client, refusal_form: &str, is_strange: bool, always: bool) {
        let mut met = self.met();
        let worked = met.worked.get(&client.name).map_or(0, |(since, _)| *since);
        let since = if always { worked } else { 0 };
        let client = (!is_strange).then(|| client.name.clone());
        met.blocks.push(Block { refusal_form: refusal_form.to_owned(), client, since });
    }

    /// Whether one of these steps speaks as a gateway that blocks.
    fn is_blocked(&self, client: Option<&str>, transcript: &Transcript) -> bool {
        let blocks = self.met().blocks.clone();
        let speaks = |refusal_form: &RefusalForm, block: &Block| {
            refusal_form.at_ms >= block.since
                && block.client.as_deref().is_none_or(|it| Some(it) == client)
                && refusal_form.words == block.refusal_form
        };
        refusal_forms(transcript)
            .any(|refusal_form| blocks.iter().any(|block| speaks(&refusal_form, block)))
    }
}

/// How a step was refused.
#[derive(Clone, Debug)]
pub(super) struct RefusalForm {
    words: String,
    /// Whether it is not in the words of OAuth.
    is_strange: bool,
    /// When, in milliseconds since 1970.
    at_ms: u64,
}

/// The voices in a transcript, and in what was tried beside it.
pub(super) fn refusal_forms(transcript: &Transcript) -> impl Iterator<Item = RefusalForm> {
    let own = transcript.steps.iter().filter_map(|step| {
        let (words, is_strange) = refusal_form(&step.outcome)?;
        let at_ms = step.exchanges.last().map_or(0, |exchange| exchange.at_ms);
        Some(RefusalForm { words, is_strange, at_ms })
    });
    own.chain(transcript.beside.iter().cloned())
}

/// Whether nothing is said of the server, whoever has spoken.
fn is_open(judged: &Judged, transcript: &Transcript) -> bool {
    match judged.verdict {
        // What was refused beside the case is why it is said not to apply.
        Verdict::NotApplicable => transcript.beside.is_empty(),
        verdict => !matches!(verdict, Verdict::Pass | Verdict::Warn | Verdict::Fail),
    }
}

impl Run {
    /// What is to be said of a case once the valid flow was tried again, where there is reason to.
    pub(super) async fn look_again(
        &self,
        case: &Case,
        values: &Values,
        transcript: &Transcript,
        judged: Judged,
        context: &PerformContext<'_>,
    ) -> Judged {
        let client = &values.client;
        let strange = strange(transcript);
        if is_open(&judged, transcript) || is_granted(transcript, &judged) {
            return judged;
        }
        if self.gateway.is_blocked(Some(&client.name), transcript) {
            return Judged::inconclusive(BLOCKS);
        }
        if !self.gateway.is_in_doubt(client, &strange) {
            return judged;
        }
        let kept = |kind: &StepKind| {
            !matches!(kind, StepKind::Revoke | StepKind::Register | StepKind::Unregister)
        };
        let flow: Vec<_> = case.flow().into_iter().filter(kept).collect();
        match self.still_works(&flow, values, context).await {
            Some(true) => {
                self.gateway.works(client, strange.iter());
                judged
            }
            Some(false) if !strange.is_empty() => Judged::inconclusive(BLOCKS),
            Some(false) if self.gateway.is_blocked(Some(&client.name), transcript) => {
                Judged::inconclusive(BLOCKS)
            }
            Some(false) | None => judged,
        }
    }

    /// Whether the valid flow of a client still works; nothing where that cannot be told. Where it is
    /// refused twice, nothing more is tried.
    async fn still_works(
        &self,
        flow: &[StepKind],
        values: &Values,
        context: &PerformContext<'_>,
    ) -> Option<bool> {
        let (mut refused, mut first) = (0, None::<(String, bool)>);
        for _ in 0..2 {
            let control = self.controls.again(flow, values.anew(), context).await;
            match control.control_outcome {
                ControlOutcome::Works if refused == 0 => return Some(true),
                ControlOutcome::Works => {
                    if let Some((refusal_form, true)) = first {
                        self.gateway.block(&values.client, &refusal_form, true, false);
                    }
                    break;
                }
                ControlOutcome::Blocked { .. } => return None,
                ControlOutcome::Refused { .. } => {}
            }
            let mut refusal_forms = control.transcript.steps.iter().rev();
            let (refusal_form, is_strange) =
                refusal_forms.find_map(|step| refusal_form(&step.outcome))?;
            refused += 1;
            first.get_or_insert_with(|| (refusal_form.clone(), is_strange));
            if refused > 1 {
                self.gateway.block(&values.client, &refusal_form, is_strange, true);
                let count = self.http.count();
                self.health.end(&format!(
                    "the server began to block after about {count} requests, valid ones too: try --max-rps"
                ));
            }
        }
        Some(false)
    }

    /// Tries the valid flow of each client once more, after all cases.
    pub async fn look_last(&self) {
        let Ok(endpoints) = &self.endpoints else { return };
        let Some(user) = self.target.users.first() else { return };
        for client in self.target.clients.iter().filter(|client| client.uses_codes()) {
            let count = self.gateway.met().worked.get(&client.name).map_or(0, |(_, count)| *count);
            if count > STRETCH / 4 && self.health.over(&self.http).is_none() {
                let slot = self.agent.slot();
                let (values, context) =
                    (self.values(client, None, user), self.context(endpoints, &slot));
                let flow = [StepKind::Authorize, StepKind::Token];
                let _ = Box::pin(self.still_works(&flow, &values, &context)).await;
            }
        }
    }

    /// What is to be said of a result that was told before it was known that a gateway blocks.
    pub fn withdrawn(&self, result: &CaseResult) -> Option<CaseResult> {
        let rests = !is_open(&result.judged, &result.transcript)
            && !is_granted(&result.transcript, &result.judged)
            && self.gateway.is_blocked(result.plan.client(), &result.transcript);
        let judged = rests.then(|| Judged::inconclusive(BLOCKS))?;
        Some(CaseResult { judged, known: Vec::new(), ..result.clone() })
    }
}

/// What is said of a refusal in a gateway's words.
const BLOCKS: &str = "valid requests are refused in the same way, as by a gateway that blocks, so that a \
                      refusal proves nothing: try --max-rps";

/// Whether something was given away where it must not, which needs nobody's word.
fn is_granted(transcript: &Transcript, judged: &Judged) -> bool {
    judged.findings.iter().any(|finding| {
        let step = transcript.steps.iter().find(|step| step.label == finding.step);
        let is_strange =
            |step: &Performed| refusal_form(&step.outcome).is_some_and(|(_, strange)| strange);
        step.is_some_and(|step| !finding.refused && step.outcome.is_grant() && !is_strange(step))
    })
}

/// The voices in a transcript that a gateway may have.
fn strange(transcript: &Transcript) -> BTreeSet<String> {
    refusal_forms(transcript)
        .filter(|refusal_form| refusal_form.is_strange)
        .map(|refusal_form| refusal_form.words)
        .collect()
}

/// How a refusal is worded, and whether it is not in the words of OAuth.
fn refusal_form(outcome: &Outcome) -> Option<(String, bool)> {
    let error = outcome.error();
    match outcome {
        Outcome::Landed(Landing::ErrorPage { status, text, .. }) => {
            let status = status.map(|status| status.to_string()).unwrap_or_default();
            Some((format!("page {status} {}", letters(text)), error.is_none()))
        }
        Outcome::Answered(answer) => match error {
            Some(error) => Some((format!("{} {error}", answer.status), false)),
            None if is_plain(answer) => None,
            None => Some((format!("{} {}", answer.status, letters(&answer.body)), true)),
        },
        _ => error.map(|error| (format!("callback {error}"), false)),
    }
}

/// Whether an answer is what a server says that grants.
fn is_plain(answer: &Answer) -> bool {
    (200..300).contains(&answer.status) && !answer.is_html()
}

/// The first letters of a text, without numbers and marks, which may differ each time.
fn letters(text: &str) -> String {
    text.chars().filter(|it| it.is_alphabetic()).take(LETTERS).collect::<String>().to_lowercase()
}
