//! Loads questions and threats, and reports every mistake at once, with its location and correction.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;

use super::catalogue::{Catalogue, Question, Threat};
use super::file::{QuestionFile, QuestionsFile, ThreatFile, ThreatsFile};
use crate::source::{Mistake, Mistakes, Source, read};
use crate::suite::{Suites, unknown_case};

const QUESTIONS: (&str, &str) =
    ("questions.toml", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/audit/questions.toml")));
const THREATS: (&str, &str) =
    ("threats.toml", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/audit/threats.toml")));

/// The built-in questions and threats.
///
/// # Errors
/// All mistakes in them; tests ensure that there are none.
pub fn embedded(suites: &Suites) -> Result<Catalogue, Mistakes> {
    let source = |(name, text): (&str, &str)| Source::new(format!("audit/{name}"), text);
    from_sources(&source(QUESTIONS), &source(THREATS), suites)
}

/// The questions and threats of a folder; the built-in ones replace a missing file.
///
/// # Errors
/// All mistakes in both files, or why there is nothing to read.
pub fn load(folder: &Path, suites: &Suites) -> Result<Catalogue, Mistakes> {
    let mut found = false;
    let mut source = |(name, text): (&str, &str)| {
        let path = folder.join(name);
        let own = std::fs::read_to_string(&path);
        found |= own.is_ok();
        match own {
            Ok(own) => Source::new(path.display().to_string(), own),
            Err(_) => Source::new(format!("audit/{name}"), text),
        }
    };
    let (questions, threats) = (source(QUESTIONS), source(THREATS));
    if !found {
        let mut mistakes = Mistakes::default();
        let what = "there is neither questions.toml nor threats.toml in this folder";
        let right = "name a folder that has one of them, as in `--questions audit`";
        let nowhere = Source::new(folder.display().to_string(), "");
        mistakes.add(&nowhere, vec![Mistake::new(0..0, what, right)]);
        return Err(mistakes);
    }
    from_sources(&questions, &threats, suites)
}

fn from_sources(
    questions: &Source,
    threats: &Source,
    suites: &Suites,
) -> Result<Catalogue, Mistakes> {
    let ids = suites.ids();
    let mut mistakes = Mistakes::default();
    let (asked, mut found) = read::<QuestionsFile>(questions);
    let asked = asked.unwrap_or_default().question;
    twice(asked.iter().map(|it| &it.get_ref().id), "question", &mut found);
    asked.iter().for_each(|it| question(it.get_ref(), it.span(), &ids, &mut found));
    mistakes.add(questions, found);
    let (feared, mut found) = read::<ThreatsFile>(threats);
    let feared = feared.unwrap_or_default().threat;
    twice(feared.iter().map(|it| &it.get_ref().id), "threat", &mut found);
    feared.iter().for_each(|it| threat(it.get_ref(), it.span(), &ids, &mut found));
    mistakes.add(threats, found);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    Ok(Catalogue {
        questions: asked.into_iter().map(|it| Question(it.into_inner())).collect(),
        threats: feared.into_iter().map(|it| Threat(it.into_inner())).collect(),
    })
}

/// Reports ids that are used more than once.
fn twice<'a>(
    names: impl Iterator<Item = &'a Spanned<String>>,
    what: &str,
    found: &mut Vec<Mistake>,
) {
    let mut known = BTreeSet::new();
    for name in names {
        if !known.insert(name.get_ref()) {
            let what = format!("a second {what} `{}`", name.get_ref());
            found.push(Mistake::new(name.span(), what, "give it another id"));
        }
    }
}

fn question(
    question: &QuestionFile,
    span: Range<usize>,
    ids: &BTreeSet<&str>,
    found: &mut Vec<Mistake>,
) {
    if !question.asks.get_ref().contains('?') {
        let right = "phrase it so that yes is good, as in `Is the password grant off?`";
        found.push(Mistake::new(question.asks.span(), "this is not a question", right));
    }
    if question.cases.is_empty() {
        let right = "name the cases that answer it, as in `cases = [\"pkce/s256-accepted\"]`";
        found.push(Mistake::new(span, "a question without cases", right));
    }
    found.extend(question.cases.iter().filter_map(|id| unknown_case(ids, id)));
}

fn threat(threat: &ThreatFile, span: Range<usize>, ids: &BTreeSet<&str>, found: &mut Vec<Mistake>) {
    // Entries that could not be read may only seem to be missing.
    let is_whole = found.is_empty();
    let wrong = match (&threat.untried, threat.closed_by.is_empty()) {
        (None, true) if is_whole => Some("a threat without cases"),
        (Some(_), false) => Some("a threat with both `closed_by` and `untried`"),
        _ => None,
    };
    if let Some(what) = wrong {
        let right = "write either `closed_by = [[\"suite/case\"]]` or `untried = \"why no case can test it\"`";
        found.push(Mistake::new(span.clone(), what, right));
    }
    if threat.closed_by.iter().any(|set| set.0.is_empty()) {
        let right = "name the cases that close it together, as in `[[\"suite/case\"]]`";
        found.push(Mistake::new(span, "a set without cases", right));
    }
    let named = threat.closed_by.iter().flat_map(|set| &set.0);
    found.extend(named.filter_map(|id| unknown_case(ids, id)));
}
