//! Creates and writes the evidence of a case.

use std::io;
use std::path::Path;

use super::case_entry::FindingEntry;
use super::evidence::{Evidence, RequirementEntry, evidence_path};
use super::file::write_file;
use super::format_version::FormatVersion;
use super::recorder::{PAGE_LIMIT, Recorder, redacted_text};
use super::reproduce::curl;
use crate::run::{AppliedRequirement, CaseResult, Finding, PlanKind, Verdict};

/// The evidence of a case of this run.
fn evidence(run: &str, result: &CaseResult) -> Evidence {
    let plan = &result.plan;
    let planned = |index: usize| match &plan.what {
        PlanKind::Case { case, .. } => case.steps.get(index),
        _ => None,
    };
    let recorder = Recorder::of(result);
    let steps = result.transcript.steps.iter().enumerate();
    let steps = steps.map(|(index, done)| recorder.step(done, planned(index))).collect();
    Evidence {
        format_version: FormatVersion,
        id: plan.id.clone(),
        run: run.to_owned(),
        client: plan.client().map(str::to_owned),
        verdict: result.judged.verdict,
        level: plan.level,
        reason: result.judged.reason.as_ref().map(|reason| redacted_text(&result.names, reason)),
        retried: retried(result),
        rounds: result.transcript.raced.map(|raced| raced.rounds),
        requirements: plan.requirements.iter().map(requirement).collect(),
        findings: findings(result),
        agent: result.agent,
        duration_ms: result.duration_ms,
        case: format!("{}:{}", plan.file, plan.line),
        screenshot: None,
        no_screenshot: None,
        steps,
    }
}

/// Why the case was retried, for reports.
pub(super) fn retried(result: &CaseResult) -> Option<String> {
    result.transcript.retried.as_ref().map(|why| redacted_text(&result.names, why))
}

/// The beginning of a page, cut after a complete line or tag.
fn shortened_page(page: &str) -> &str {
    let end = page.floor_char_boundary(PAGE_LIMIT.min(page.len()));
    match page[..end].rfind(['>', '\n']) {
        Some(last) if end < page.len() => &page[..=last],
        None if end < page.len() => "",
        _ => page,
    }
}

/// The findings of a case, for reports. Values from the wire are redacted, authspec's own text is kept.
pub(super) fn findings(result: &CaseResult) -> Vec<FindingEntry> {
    let recorder = Recorder::of(result);
    let one = |finding: &Finding| {
        let step = result.transcript.steps.iter().find(|step| step.label == finding.step);
        FindingEntry {
            cite: finding.cite.clone(),
            level: finding.level,
            step: finding.step.clone(),
            sent: redacted_text(&result.names, &finding.sent),
            expected: redacted_text(&result.names, &finding.expected),
            actual: redacted_text(&result.names, &finding.actual),
            reproduce: step.and_then(|step| curl(step, &recorder)),
        }
    };
    result.judged.findings.iter().map(one).collect()
}

fn requirement(requirement: &AppliedRequirement) -> RequirementEntry {
    let AppliedRequirement { cite, level, sentence, why, fix } = requirement.clone();
    RequirementEntry { url: cite.url(), cite, level, sentence, why, fix }
}

/// Writes the evidence of a case, with its screenshot and page source if there are any, and
/// returns it.
///
/// # Errors
/// If the file or its folder cannot be written.
pub fn write(root: &Path, target: &str, run: &str, result: &CaseResult) -> io::Result<Evidence> {
    let path = evidence_path(root, target, &result.plan.id);
    let wanting = !matches!(result.judged.verdict, Verdict::Pass | Verdict::NotApplicable);
    let (png, html) = (path.with_extension("png"), path.with_extension("html"));
    // Files that may be incomplete, for example after a crash, are removed.
    for stale in [&path, &png, &html] {
        if stale.exists() {
            std::fs::remove_file(stale)?;
        }
    }
    let mut evidence = evidence(run, result);
    for step in result.transcript.steps.iter().filter(|_| wanting) {
        match step.picture(&result.names) {
            Some(Ok(picture)) => {
                write_file(&png, picture)?;
                let name = png.file_name().unwrap_or_default();
                evidence.screenshot = Some(name.to_string_lossy().into_owned());
            }
            Some(Err(why)) => evidence.no_screenshot = Some(why.to_owned()),
            None => {}
        }
        if let Some(page) = &step.page {
            write_file(&html, result.names.hide(shortened_page(page)).as_bytes())?;
        }
    }
    let text = serde_json::to_string_pretty(&evidence).map_err(io::Error::other)?;
    write_file(&path, (text + "\n").as_bytes())?;
    Ok(evidence)
}
