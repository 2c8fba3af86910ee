//! One case on the page.

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::case_entry::{CaseEntry, FindingEntry};
use super::super::evidence::{Evidence, RequirementEntry};
use super::super::record::Record;
use super::super::symbol::symbol;
use super::flow::Flow;
use super::text::{TEXT_LIMIT, clean};
use crate::oauth::Cite;
use crate::run::Verdict;

/// The maximum length of a command; longer ones are left out, as a cut command does not work.
const COMMAND_LIMIT: usize = 8000;

/// The maximum size of a picture, in bytes.
const PICTURE_LIMIT: u64 = 512 << 10;

/// The remaining size for diagrams, exchanges and pictures on a page, in bytes.
#[derive(Debug)]
pub(super) struct SizeBudget {
    /// For diagrams with their exchanges.
    pub(super) flows: usize,
    /// For pictures.
    pub(super) pictures: usize,
    /// The number of cases so far.
    pub(super) cases: usize,
}

impl SizeBudget {
    /// The budget of a page that a browser on a phone can still open.
    pub(super) const PAGE: Self = Self { flows: 8 << 20, pictures: 6 << 20, cases: 0 };
}

/// A requirement, as the page shows it.
#[derive(Clone, Debug)]
pub(super) struct AppliedRequirement {
    pub(super) cite: Cite,
    pub(super) url: String,
    pub(super) level: String,
    pub(super) sentence: String,
}

impl AppliedRequirement {
    fn new(requirement: &RequirementEntry) -> Self {
        let RequirementEntry { cite, level, sentence, .. } = requirement;
        let sentence = clean(sentence, TEXT_LIMIT);
        Self { url: cite.url(), cite: cite.clone(), level: level.to_string(), sentence }
    }
}

/// A finding.
#[derive(Clone, Debug)]
pub(super) struct FindingView {
    pub(super) cite: Cite,
    pub(super) url: String,
    pub(super) level: String,
    pub(super) step: String,
    pub(super) sent: String,
    pub(super) expected: String,
    pub(super) actual: String,
    pub(super) reproduce: Option<String>,
}

impl FindingView {
    fn new(finding: &FindingEntry) -> Self {
        let text = |text: &str| clean(text, TEXT_LIMIT);
        let again = finding.reproduce.as_ref().filter(|it| it.len() <= COMMAND_LIMIT);
        Self {
            url: finding.cite.url(),
            cite: finding.cite.clone(),
            level: finding.level.to_string(),
            step: text(&finding.step),
            sent: text(&finding.sent),
            expected: text(&finding.expected),
            actual: text(&finding.actual),
            reproduce: again.map(|it| clean(it, COMMAND_LIMIT)),
        }
    }
}

/// What a step expected and saw.
#[derive(Clone, Debug)]
pub(super) struct StepView {
    pub(super) step: String,
    pub(super) sent: String,
    pub(super) expected: Option<String>,
    pub(super) seen: String,
}

/// A case, as the page shows it.
#[derive(Clone, Debug, Template)]
#[template(path = "report/case.html")]
pub(super) struct CaseView {
    pub(super) anchor: String,
    /// `suite/case`.
    pub(super) name: String,
    /// The client, if each client runs the case.
    pub(super) each: Option<String>,
    pub(super) verdict: Verdict,
    pub(super) level: String,
    /// The class for filters.
    pub(super) client_class: String,
    pub(super) client: Option<String>,
    pub(super) requirement: Option<AppliedRequirement>,
    /// The other requirements in force that it proves.
    pub(super) others: Vec<AppliedRequirement>,
    pub(super) cites: Vec<Cite>,
    pub(super) why: Option<String>,
    pub(super) fix: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) findings: Vec<FindingView>,
    pub(super) steps: Vec<StepView>,
    /// The diagram and the exchanges, as markup.
    pub(super) flow: Option<String>,
    /// The picture as a `data:` URI.
    pub(super) picture: Option<String>,
    /// What the page leaves out, and the evidence file has.
    pub(super) left_out: Option<&'static str>,
    pub(super) agent: Option<String>,
    pub(super) duration_ms: u64,
    pub(super) place: Option<String>,
    pub(super) file: String,
}

impl CaseView {
    /// Creates the view of a case, within the budget.
    ///
    /// # Errors
    /// If a template cannot be rendered.
    pub(super) fn new(
        record: &Record,
        case: &CaseEntry,
        evidence: Option<&Evidence>,
        (anchor, client_class): (String, String),
        budget: &mut SizeBudget,
    ) -> Result<Self, askama::Error> {
        let (name, each) =
            case.id.split_once('@').map_or((case.id.as_str(), None), |(name, it)| (name, Some(it)));
        let requirements = evidence.iter().flat_map(|it| &it.requirements);
        let said = |word: fn(&RequirementEntry) -> &Option<String>| {
            requirements
                .clone()
                .find_map(|requirement| word(requirement).as_deref())
                .map(|it| clean(it, TEXT_LIMIT))
        };
        // Without a finding, there is nothing to fix.
        let is_broken = matches!(case.verdict, Verdict::Fail | Verdict::Warn | Verdict::Known);
        let why = said(|requirement| &requirement.why).filter(|_| is_broken);
        let fix = said(|requirement| &requirement.fix).filter(|_| is_broken);
        let mut requirements = requirements.map(AppliedRequirement::new);
        let mut view = Self {
            name: clean(name, TEXT_LIMIT),
            each: each.map(|it| clean(it, TEXT_LIMIT)),
            verdict: case.verdict,
            level: case.level.to_string(),
            client_class,
            client: case.client.as_ref().map(|it| clean(it, TEXT_LIMIT)),
            requirement: requirements.next(),
            others: requirements.collect(),
            cites: case.cites.clone(),
            why,
            fix,
            reason: case.reason.as_ref().map(|it| clean(it, TEXT_LIMIT)),
            findings: case.findings.iter().map(FindingView::new).collect(),
            steps: evidence.map(steps).unwrap_or_default(),
            flow: None,
            picture: None,
            left_out: None,
            agent: case.agent.map(|agent| agent.to_string()),
            duration_ms: case.duration_ms,
            place: evidence.map(|it| clean(&it.case, TEXT_LIMIT)),
            file: clean(&record.evidence_file(&case.id).display().to_string(), TEXT_LIMIT),
            anchor,
        };
        match evidence {
            Some(evidence) => view.fill(record, evidence, budget)?,
            None => view.left_out = Some("The evidence of this run no longer exists:"),
        }
        Ok(view)
    }

    /// Adds the diagram and the picture if there is room for them.
    fn fill(
        &mut self,
        record: &Record,
        evidence: &Evidence,
        budget: &mut SizeBudget,
    ) -> askama::Result<()> {
        budget.cases += 1;
        let flow = Flow::new(evidence, &format!("f{}", budget.cases));
        if !flow.sequence.rows.is_empty() {
            let markup = flow.render()?;
            match budget.flows.checked_sub(markup.len()) {
                Some(left) => {
                    budget.flows = left;
                    self.flow = Some(markup);
                }
                None => {
                    self.left_out = Some("This page has no room for the exchanges, which are in");
                }
            }
        }
        if evidence.no_screenshot.is_some() && self.left_out.is_none() {
            self.left_out =
                Some("The page shows a secret, so there is no picture; the exchanges are in");
        }
        if evidence.screenshot.is_some() {
            let picture = record.screenshot(evidence, PICTURE_LIMIT);
            let picture =
                picture.map(|png| format!("data:image/png;base64,{}", STANDARD.encode(png)));
            match picture.and_then(|it| Some((budget.pictures.checked_sub(it.len())?, it))) {
                Some((left, picture)) => {
                    budget.pictures = left;
                    self.picture = Some(picture);
                }
                None => {
                    self.left_out = Some("The picture is too large to show here; it is next to");
                }
            }
        }
        Ok(())
    }

    /// What the case is about, or why it is inconclusive.
    fn gist(&self) -> &str {
        let sentence = self.requirement.as_ref().map(|requirement| requirement.sentence.as_str());
        let reason = self.reason.as_deref();
        let gist = match self.verdict {
            Verdict::Inconclusive | Verdict::NotApplicable => reason.or(sentence),
            _ => sentence.or(reason),
        };
        gist.unwrap_or_default()
    }

    fn symbol(&self) -> &'static str {
        symbol(self.verdict)
    }
}

fn steps(evidence: &Evidence) -> Vec<StepView> {
    let text = |text: &String| clean(text, TEXT_LIMIT);
    let steps = evidence.steps.iter().map(|step| StepView {
        step: text(&step.step),
        sent: text(&step.sent),
        expected: step.expected.as_ref().map(text),
        seen: text(&step.seen),
    });
    steps.collect()
}
