//! Evidence files: one case's redacted transcript and verdict.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::reproduce::curl;
use crate::agent::Landing;
use crate::run::{CaseResult, Finding, Outcome, Performed, Verdict};
use crate::wire::{Answer, Exchange, Names, shortened, shown_header};

/// How much of a page is kept, in bytes.
const PAGE_LIMIT: usize = 64 << 10;

/// How much of any other text is kept, in characters.
const TEXT_LIMIT: usize = 2000;

/// Where the evidence of a case belongs: `<root>/<target>/<suite>/<case>.json`.
pub fn evidence_path(root: &Path, target: &str, id: &str) -> PathBuf {
    root.join(target).join(format!("{id}.json"))
}

/// Writes the evidence of a case, with screenshot and page source beside it where there are any.
///
/// # Errors
/// When the file or its folder cannot be written.
pub fn write(root: &Path, target: &str, result: &CaseResult) -> io::Result<PathBuf> {
    let path = evidence_path(root, target, &result.plan.id);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let wanting = !matches!(result.judged.verdict, Verdict::Pass | Verdict::NotApplicable);
    let (png, html) = (path.with_extension("png"), path.with_extension("html"));
    for stale in [&png, &html] {
        if stale.exists() {
            std::fs::remove_file(stale)?;
        }
    }
    for step in result.transcript.steps.iter().filter(|_| wanting) {
        if let Some(screenshot) = &step.screenshot {
            std::fs::write(&png, screenshot)?;
        }
        if let Some(page) = &step.page {
            std::fs::write(&html, result.names.hide(shortened_page(page)))?;
        }
    }
    let mut text = serde_json::to_string_pretty(&evidence(result)).map_err(io::Error::other)?;
    text.push('\n');
    std::fs::write(&path, text)?;
    Ok(path)
}

fn evidence(result: &CaseResult) -> Value {
    let plan = &result.plan;
    let requirements: Vec<_> = plan
        .requirements
        .iter()
        .map(|(cite, level, sentence)| {
            json!({ "cite": cite, "level": level, "sentence": sentence, "url": cite.url() })
        })
        .collect();
    let steps: Vec<_> = result.transcript.steps.iter().map(step).collect();
    json!({
        "id": plan.id,
        "client": plan.client(),
        "verdict": result.judged.verdict,
        "level": plan.level,
        "reason": result.judged.reason.as_ref().map(|reason| result.names.hide(reason)),
        "requirements": requirements,
        "findings": findings(result),
        "agent": result.agent,
        "case": format!("{}:{}", plan.file, plan.line),
        "steps": hidden(&result.names, Value::Array(steps)),
    })
}

/// The beginning of a page, up to the last line or tag that ends there: nothing is cut in two.
fn shortened_page(page: &str) -> &str {
    let end = page.floor_char_boundary(PAGE_LIMIT.min(page.len()));
    match page[..end].rfind(['>', '\n']) {
        Some(last) if end < page.len() => &page[..=last],
        None if end < page.len() => "",
        _ => page,
    }
}

/// The findings of a case, as reports show them: what came over the wire is redacted, our own words
/// stay.
pub(super) fn findings(result: &CaseResult) -> Vec<Value> {
    let one = |finding: &Finding| {
        let step = result.transcript.steps.iter().find(|step| step.label == finding.step);
        json!({
            "cite": finding.cite,
            "level": finding.level,
            "step": finding.step,
            "sent": result.names.hide(&finding.sent),
            "expected": result.names.hide(&finding.expected),
            "actual": result.names.hide(&finding.actual),
            "reproduce": step.and_then(|step| curl(step, &result.names)),
        })
    };
    result.judged.findings.iter().map(one).collect()
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

fn step(step: &Performed) -> Value {
    json!({
        "step": step.label,
        "visits": step.kind,
        "changed": step.changed,
        "agent": step.agent,
        "outcome": outcome(&step.outcome),
        "exchanges": step.exchanges.iter().map(exchange).collect::<Vec<_>>(),
    })
}

fn outcome(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Landed(Landing::Callback(response)) => json!({ "callback": response }),
        Outcome::Landed(Landing::Elsewhere(response)) => json!({ "elsewhere": response }),
        Outcome::Landed(Landing::ErrorPage { status, error, text }) => {
            json!({ "error-page": { "status": status, "error": error, "text": text } })
        }
        Outcome::Answered(answer) => json!({ "status": answer.status }),
        Outcome::Framed(framed) => json!({ "framed": framed.is_shown, "seen": framed.seen }),
        Outcome::Blocked(why) => json!({ "blocked": why.to_string() }),
        Outcome::NotReached(why) => json!({ "not-reached": why }),
    }
}

fn exchange(exchange: &Exchange) -> Value {
    let sent = &exchange.sent;
    json!({
        "request": {
            "method": sent.method,
            "url": sent.url,
            "headers": headers(&sent.headers),
            "body": sent.body,
        },
        "response": exchange.answer.as_ref().map(answer),
        "duration_ms": exchange.duration_ms,
    })
}

fn answer(answer: &Answer) -> Value {
    let body = match answer.json() {
        Some(json) if answer.body.len() <= PAGE_LIMIT => Value::Object(json),
        Some(_) => format!("[JSON of {} bytes]", answer.body.len()).into(),
        None if answer.is_html() => format!("[a page of {} bytes]", answer.body.len()).into(),
        None => shortened(&answer.body, TEXT_LIMIT).into(),
    };
    json!({ "status": answer.status, "headers": headers(&answer.headers), "body": body })
}

fn headers(headers: &[(String, String)]) -> Value {
    let mut shown: Map<String, Value> = Map::new();
    for (name, value) in headers {
        let value = shown_header(name, value);
        match shown.get_mut(name) {
            Some(Value::String(all)) => {
                all.push_str(", ");
                all.push_str(&value);
            }
            _ => {
                shown.insert(name.clone(), value.into());
            }
        }
    }
    Value::Object(shown)
}
