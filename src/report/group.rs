//! Groups cases that deviate for the same cause.

use super::recorder::redacted_text;
use crate::run::{CaseResult, Verdict};

/// Cases with the same verdict and cause.
pub(super) struct Group<'a> {
    cause: Cause,
    /// In the order of the suites; never empty.
    pub(super) cases: Vec<&'a CaseResult>,
}

/// The cause that cases have in common.
#[derive(PartialEq, Eq)]
enum Cause {
    /// The requirement, and what is expected and seen.
    Finding(String, Vec<(String, String)>),
    /// Why they could not be tested, or do not apply.
    Reason(String),
}

impl Cause {
    fn of(result: &CaseResult) -> Self {
        let tell = |text: &str| redacted_text(&result.names, text);
        let reason = result.judged.reason.as_deref().unwrap_or_default();
        match result.judged.verdict {
            Verdict::Inconclusive | Verdict::NotApplicable => Self::Reason(tell(reason)),
            _ => {
                let (cite, level, sentence) = result.plan.requirement();
                let findings = result.judged.findings.iter();
                let findings = findings.map(|it| (tell(&it.expected), tell(&it.actual)));
                Self::Finding(format!("{cite} {level} {sentence}"), findings.collect())
            }
        }
    }
}

impl<'a> Group<'a> {
    /// The cases with this verdict, grouped by cause.
    pub(super) fn all(
        results: impl IntoIterator<Item = &'a CaseResult>,
        verdict: Verdict,
    ) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for result in results.into_iter().filter(|it| it.judged.verdict == verdict) {
            let cause = Cause::of(result);
            match groups.iter_mut().find(|group| group.cause == cause) {
                Some(group) => group.cases.push(result),
                None => groups.push(Self { cause, cases: vec![result] }),
            }
        }
        groups
    }

    pub(super) fn first(&self) -> &'a CaseResult {
        self.cases[0]
    }

    /// The reason that they have in common.
    pub(super) fn reason(&self) -> String {
        match &self.cause {
            Cause::Reason(reason) => reason.clone(),
            Cause::Finding(..) => {
                let first = self.first();
                redacted_text(&first.names, first.judged.reason.as_deref().unwrap_or_default())
            }
        }
    }
}

/// A limited number of ids, grouped by case: `pkce/wrong-verifier (@native, @web)`.
pub(super) fn ids(results: &[&CaseResult], most: usize) -> String {
    let mut cases: Vec<(&str, Vec<&str>)> = Vec::new();
    for result in results {
        let id = result.plan.id.as_str();
        let (case, client) = id.split_at(id.find('@').unwrap_or(id.len()));
        match cases.last_mut().filter(|(known, _)| *known == case) {
            Some((_, clients)) => clients.push(client),
            None => cases.push((case, vec![client])),
        }
    }
    let shown = cases.iter().take(most).map(|(case, clients)| match clients.as_slice() {
        [client] => format!("{case}{client}"),
        clients => format!("{case} ({})", clients.join(", ")),
    });
    let mut text = shown.collect::<Vec<_>>().join(", ");
    let left: usize = cases.iter().skip(most).map(|(_, clients)| clients.len()).sum();
    if left > 0 {
        text.push_str(" and ");
        text.push_str(&left.to_string());
        text.push_str(" more");
    }
    text
}
