//! From what a case was and did to its evidence: everything that came over the wire is redacted.

use std::collections::BTreeMap;
use std::io;

use serde_json::Value;

use super::evidence::{
    AnswerEntry, Evidence, ExchangeEntry, OutcomeEntry, RequestEntry, RequirementEntry,
    ResponseEntry, StepEntry,
};
use super::reproduce::curl;
use super::results::FindingEntry;
use crate::agent::Landing;
use crate::oauth::AuthorizationResponse;
use crate::run::{CaseResult, Finding, Law, Outcome, Performed, What, describe, sent};
use crate::suite::{Change, Step};
use crate::wire::{Answer, Exchange, Names, shortened, shown_header};

/// How much of a page is kept, in bytes.
const PAGE_LIMIT: usize = 64 << 10;

/// How much of any other text is kept, in characters.
const TEXT_LIMIT: usize = 2000;

/// The evidence of a case of this run.
pub(super) fn evidence(run: &str, result: &CaseResult) -> io::Result<Evidence> {
    let plan = &result.plan;
    let planned = |index: usize| match &plan.what {
        What::Case { case, .. } => case.steps.get(index),
        _ => None,
    };
    let steps = result.transcript.steps.iter().enumerate();
    let steps: Vec<_> = steps.map(|(index, done)| step(done, planned(index))).collect();
    let steps = serde_json::to_value(steps).map_err(io::Error::other)?;
    Ok(Evidence {
        id: plan.id.clone(),
        run: run.to_owned(),
        client: plan.client().map(str::to_owned),
        verdict: result.judged.verdict,
        level: plan.level,
        reason: result.judged.reason.as_ref().map(|reason| result.names.hide(reason)),
        retried: retried(result),
        rounds: result.transcript.raced.map(|raced| raced.rounds),
        requirements: plan.requirements.iter().map(requirement).collect(),
        findings: findings(result),
        agent: result.agent,
        duration_ms: result.duration_ms,
        case: format!("{}:{}", plan.file, plan.line),
        screenshot: None,
        no_screenshot: None,
        steps: serde_json::from_value(hidden(&result.names, steps)).map_err(io::Error::other)?,
    })
}

/// Why the case was begun anew, as reports show it.
pub(super) fn retried(result: &CaseResult) -> Option<String> {
    result.transcript.retried.as_ref().map(|why| result.names.hide(why))
}

/// The beginning of a page, up to the last line or tag that ends there: nothing is cut in two.
pub(super) fn shortened_page(page: &str) -> &str {
    let end = page.floor_char_boundary(PAGE_LIMIT.min(page.len()));
    match page[..end].rfind(['>', '\n']) {
        Some(last) if end < page.len() => &page[..=last],
        None if end < page.len() => "",
        _ => page,
    }
}

/// The findings of a case, as reports show them: what came over the wire is redacted, our own words
/// stay.
pub(super) fn findings(result: &CaseResult) -> Vec<FindingEntry> {
    let one = |finding: &Finding| {
        let step = result.transcript.steps.iter().find(|step| step.label == finding.step);
        FindingEntry {
            cite: finding.cite.clone(),
            level: finding.level,
            step: finding.step.clone(),
            sent: result.names.hide(&finding.sent),
            expected: result.names.hide(&finding.expected),
            actual: result.names.hide(&finding.actual),
            reproduce: step.and_then(|step| curl(step, &result.names)),
        }
    };
    result.judged.findings.iter().map(one).collect()
}

fn requirement(law: &Law) -> RequirementEntry {
    let Law { cite, level, sentence, why, fix } = law.clone();
    RequirementEntry { url: cite.url(), cite, level, sentence, why, fix }
}

/// The value with every text in it redacted.
fn hidden(names: &Names, value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(names.hide(&text)),
        Value::Array(values) => values.into_iter().map(|value| hidden(names, value)).collect(),
        Value::Object(map) => Value::Object(
            map.into_iter().map(|(key, value)| (names.hide(&key), hidden(names, value))).collect(),
        ),
        other => other,
    }
}

fn step(done: &Performed, planned: Option<&Step>) -> StepEntry {
    let change = planned.and_then(|step| step.change.as_ref());
    let sent = match (planned, &done.request) {
        (Some(step), request) => sent(request.as_ref(), step),
        (None, Some(request)) => format!("{} {}", request.method.name(), request.endpoint),
        (None, None) => "nothing".to_owned(),
    };
    StepEntry {
        step: done.label.clone(),
        visits: done.kind,
        changed: done.changed,
        marks: change.map(marks).unwrap_or_default(),
        sent,
        expected: planned.and_then(|step| step.expect.as_ref()).map(ToString::to_string),
        seen: describe(done),
        agent: done.agent,
        outcome: outcome(&done.outcome),
        exchanges: done.exchanges.iter().map(exchange).collect(),
    }
}

/// The names of what a change touches.
fn marks(change: &Change) -> Vec<String> {
    let mut marks: Vec<_> = change.set.keys().chain(change.repeat.keys()).cloned().collect();
    marks.extend(change.omit.iter().chain(&change.query).chain(change.header.keys()).cloned());
    let auth = change.auth.is_some() || change.secret.is_some() || change.token.is_some();
    marks.extend(auth.then(|| "authorization".to_owned()));
    marks.sort();
    marks.dedup();
    marks
}

fn outcome(outcome: &Outcome) -> OutcomeEntry {
    match outcome {
        Outcome::Landed(Landing::Callback(there)) => OutcomeEntry::Callback(response(there)),
        Outcome::Landed(Landing::Elsewhere(there)) => OutcomeEntry::Elsewhere(response(there)),
        Outcome::Landed(Landing::ErrorPage { status, error, text }) => {
            OutcomeEntry::ErrorPage { status: *status, error: error.clone(), text: text.clone() }
        }
        Outcome::Answered(answer) => OutcomeEntry::Status(answer.status),
        Outcome::Framed(framed) => OutcomeEntry::Framed(framed.is_shown),
        Outcome::Blocked(why) => OutcomeEntry::Blocked(why.to_string()),
        Outcome::NotReached(why) => OutcomeEntry::NotReached(why.clone()),
    }
}

fn response(response: &AuthorizationResponse) -> ResponseEntry {
    let params = response.params.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    ResponseEntry {
        uri: response.uri.clone(),
        mode: response.mode.name().to_owned(),
        params: params.collect(),
    }
}

fn exchange(exchange: &Exchange) -> ExchangeEntry {
    let sent = &exchange.sent;
    ExchangeEntry {
        at_ms: exchange.at_ms,
        duration_ms: exchange.duration_ms,
        request: RequestEntry {
            method: sent.method.clone(),
            url: sent.url.clone(),
            headers: headers(&sent.headers),
            body: sent.body.clone(),
        },
        response: exchange.answer.as_ref().map(answer),
    }
}

fn answer(answer: &Answer) -> AnswerEntry {
    let body = match answer.json() {
        Some(json) if answer.body.len() <= PAGE_LIMIT => Value::Object(json),
        Some(_) => format!("[JSON of {} bytes]", answer.body.len()).into(),
        None if answer.is_html() => format!("[a page of {} bytes]", answer.body.len()).into(),
        None => shortened(&answer.body, TEXT_LIMIT).into(),
    };
    AnswerEntry { status: answer.status, headers: headers(&answer.headers), body }
}

fn headers(headers: &[(String, String)]) -> BTreeMap<String, String> {
    let mut shown: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = shown_header(name, value);
        let all = shown.entry(name.clone()).or_default();
        if !all.is_empty() {
            all.push_str(", ");
        }
        all.push_str(&value);
    }
    shown
}
