//! The words of a command line that are neither options nor their values: target files and filters.

use std::collections::BTreeSet;
use std::path::Path;

use super::args::RunArgs;
use super::command_error::CommandError;
use crate::filter::{Catalogue, Expression, fits, names, parse};
use crate::run::{Partition, Plan};
use crate::source::{Mistakes, Source};

/// Words nearer than this to a known one are taken for it, mistyped.
const NEAR: usize = 3;

/// The target files and the filters among the words, each in their order.
///
/// A word is a file if it ends in `.toml`, says so by how it begins (`./`, `../`, `/`, `~/`), or is there.
pub(super) fn split(words: &[String]) -> (Vec<String>, Vec<String>) {
    words.iter().cloned().partition(|word| is_file(word))
}

fn is_file(word: &str) -> bool {
    let begins = ["./", "../", "/", "~/"].iter().any(|begin| word.starts_with(begin));
    word.ends_with(".toml") || begins || Path::new(word).is_file()
}

/// Refuses a word without a letter in it, which a variable that is not set leaves behind: nobody asks for
/// every case of the embedded server that way.
///
/// # Errors
/// That there is such a word.
pub(super) fn check(words: &[String]) -> Result<(), CommandError> {
    match words.iter().any(|word| word.trim().is_empty()) {
        true => {
            let right = "name a target file or a filter; is a variable not set?";
            Err(CommandError::Usage(format!("an argument is empty: {right}")))
        }
        false => Ok(()),
    }
}

/// Whether only some of the cases are asked for.
pub(super) fn are_filtered(args: &RunArgs) -> bool {
    args.rerun_failed.is_some() || !args.filters.is_empty() || !split(&args.words).1.is_empty()
}

/// What is asked for.
pub(super) struct Asked<'a> {
    /// Plain words: what fits any of them is asked for, and each has to fit a case.
    pub(super) words: &'a [String],
    /// Expressions as they are written: of what the words choose, what any of them chooses.
    pub(super) expressions: &'a [String],
}

/// What the filters choose of all plans, and the rest. Each word has to fit a case, or what it was meant
/// for would be left out in silence.
///
/// # Errors
/// Which filter fits no case, and what it may have been meant for.
pub(super) fn choose(
    all: Vec<Plan>,
    asked: &Asked<'_>,
    catalogue: &Catalogue,
    ruleset: &str,
) -> Result<(Vec<Plan>, Vec<Plan>), CommandError> {
    let expressions = read(asked.expressions, catalogue)?;
    // Who names a case in full means that one, not all whose names begin so.
    let is_full = |word: &String| all.iter().any(|plan| names(plan, word));
    let in_full: Vec<_> = asked.words.iter().map(|word| (word, is_full(word))).collect();
    let fits = |plan: &Plan, (word, full): &(&String, bool)| {
        if *full { names(plan, word) } else { fits(plan, word) }
    };
    if let Some((word, _)) = in_full.iter().find(|it| !all.iter().any(|plan| fits(plan, it))) {
        return Err(CommandError::Usage(fits_nothing(word, &all, ruleset)));
    }
    let is_meant = |plan: &Plan| in_full.is_empty() || in_full.iter().any(|it| fits(plan, it));
    let is_chosen = |plan: &Plan| {
        expressions.is_empty() || expressions.iter().any(|it| it.fits(plan, catalogue))
    };
    let (plans, rest): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|plan| is_meant(plan) && is_chosen(plan));
    if !plans.is_empty() {
        return Ok((plans, rest));
    }
    let what = match asked.expressions {
        [] => format!("no case is in force under the ruleset {ruleset}"),
        [one] => format!("no case fits -E '{one}' under the ruleset {ruleset}"),
        _ => format!("no case fits any -E under the ruleset {ruleset}"),
    };
    let words = if asked.words.is_empty() { "" } else { " and the words" };
    Err(CommandError::Usage(format!("{what}{words}; see `authspec list`")))
}

/// Takes one part of the plans; the others join the rest.
pub(super) fn part(
    (plans, rest): (Vec<Plan>, Vec<Plan>),
    partition: Option<Partition>,
) -> (Vec<Plan>, Vec<Plan>) {
    let is_in_part = |plan: &Plan| partition.is_none_or(|part| part.holds(plan));
    let (plans, mut others): (Vec<_>, Vec<_>) = plans.into_iter().partition(is_in_part);
    others.extend(rest);
    (plans, others)
}

/// The expressions, or all that is wrong with them.
fn read(texts: &[String], catalogue: &Catalogue) -> Result<Vec<Expression>, CommandError> {
    let (mut read, mut wrong) = (Vec::new(), Mistakes::default());
    for text in texts {
        let found = match parse(text) {
            Ok(expression) => {
                let found = expression.mistakes(catalogue);
                read.push(expression);
                found
            }
            Err(mistake) => vec![mistake],
        };
        wrong.add(&Source::new("-E", text.as_str()), found);
    }
    if wrong.is_empty() { Ok(read) } else { Err(CommandError::Usage(wrong.listed())) }
}

fn fits_nothing(word: &str, all: &[Plan], ruleset: &str) -> String {
    if Path::new(word).is_dir() {
        return format!("`{word}` is a folder; name the target file in it");
    }
    let what = format!("no case fits `{word}` under the ruleset {ruleset}");
    let cites = all
        .iter()
        .flat_map(|plan| &plan.requirements)
        .map(|requirement| requirement.cite.to_string());
    let ids = all.iter().flat_map(|plan| [plan.id.clone(), plan.case().to_owned()]);
    let suites = all.iter().filter_map(|plan| Some(plan.id.split_once('/')?.0.to_owned()));
    let known: BTreeSet<_> = cites.chain(ids).chain(suites).chain(files_beside(word)).collect();
    let distance = |known: &String| strsim::damerau_levenshtein(known, word);
    match known.iter().map(|known| (distance(known), known)).min() {
        Some((distance, near)) if distance <= NEAR && distance < word.chars().count() => {
            format!("{what}; did you mean `{near}`?")
        }
        _ if looks_like_path(word) => {
            format!("{what}, and there is no such file; target files end in .toml")
        }
        _ => format!("{what}; see `authspec list`"),
    }
}

/// The target files in the folder that the word would be in.
fn files_beside(word: &str) -> Vec<String> {
    let folder = Path::new(word).parent().unwrap_or(Path::new(""));
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(here).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let files = names.filter(|name| name.ends_with(".toml"));
    files.map(|name| folder.join(name).display().to_string()).collect()
}

/// Whether it has an ending, as files do and ids do not.
fn looks_like_path(word: &str) -> bool {
    !word.contains(' ') && Path::new(word).extension().is_some()
}
