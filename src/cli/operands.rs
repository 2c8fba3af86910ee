//! The positional arguments: target files and filters.

use std::collections::BTreeSet;
use std::path::Path;

use super::args::RunArgs;
use super::command_error::CommandError;
use crate::filter::{Catalogue, Expression, fits, names, parse};
use crate::run::{Partition, Plan};
use crate::source::{Mistakes, Source};

/// How similar a word must be to a known one to be suggested as a correction.
const NEAR: usize = 3;

/// The target files and the filters among the words, each in order.
///
/// A word is a file if it ends in `.toml`, begins with `./`, `../`, `/` or `~/`, or names an existing file.
pub(super) fn split(words: &[String]) -> (Vec<String>, Vec<String>) {
    words.iter().cloned().partition(|word| is_file(word))
}

fn is_file(word: &str) -> bool {
    let begins = ["./", "../", "/", "~/"].iter().any(|begin| word.starts_with(begin));
    word.ends_with(".toml") || begins || Path::new(word).is_file()
}

/// Refuses an empty word, which most likely comes from an unset variable and would otherwise select
/// every case of the built-in server.
///
/// # Errors
/// If there is such a word.
pub(super) fn check(words: &[String]) -> Result<(), CommandError> {
    match words.iter().any(|word| word.trim().is_empty()) {
        true => {
            let right = "name a target file or a filter; is a variable not set?";
            Err(CommandError::Usage(format!("an argument is empty: {right}")))
        }
        false => Ok(()),
    }
}

/// Whether only some of the cases are selected.
pub(super) fn are_filtered(args: &RunArgs) -> bool {
    args.rerun_failed.is_some() || !args.filters.is_empty() || !split(&args.words).1.is_empty()
}

/// The filters.
pub(super) struct Asked<'a> {
    /// Plain words. A case must match any of them, and each must match a case.
    pub(super) words: &'a [String],
    /// Expressions. A case must also match any of them.
    pub(super) expressions: &'a [String],
}

/// Splits all plans into those that the filters select and the rest. Each word must match a case, or a
/// mistyped one would silently leave cases out.
///
/// # Errors
/// Which filter matches no case, and what it may have been meant for.
pub(super) fn choose(
    all: Vec<Plan>,
    asked: &Asked<'_>,
    catalogue: &Catalogue<'_>,
    ruleset: &str,
) -> Result<(Vec<Plan>, Vec<Plan>), CommandError> {
    let expressions = read(asked.expressions, catalogue)?;
    // The full name of a case means that case only, not all whose names begin with it.
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
        [] => format!("the ruleset {ruleset} has no cases"),
        [one] => format!("no case matches -E '{one}' under the ruleset {ruleset}"),
        _ => format!("no case matches any -E under the ruleset {ruleset}"),
    };
    let words = if asked.words.is_empty() { "" } else { " and the words" };
    Err(CommandError::Usage(format!("{what}{words}; see `authspec list`")))
}

/// Takes one part of the plans; the others are added to the rest.
pub(super) fn part(
    (plans, rest): (Vec<Plan>, Vec<Plan>),
    partition: Option<Partition>,
) -> (Vec<Plan>, Vec<Plan>) {
    let is_in_part = |plan: &Plan| partition.is_none_or(|part| part.holds(plan));
    let (plans, mut others): (Vec<_>, Vec<_>) = plans.into_iter().partition(is_in_part);
    others.extend(rest);
    (plans, others)
}

/// The parsed expressions, or everything that is wrong with them.
fn read(texts: &[String], catalogue: &Catalogue<'_>) -> Result<Vec<Expression>, CommandError> {
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
    let what = format!("no case matches `{word}` under the ruleset {ruleset}");
    let cites = all
        .iter()
        .flat_map(|plan| &*plan.requirements)
        .map(|requirement| requirement.cite.to_string());
    let ids = all.iter().flat_map(|plan| [plan.id.clone(), plan.case().to_owned()]);
    let suites = all.iter().filter_map(|plan| Some(plan.id.split_once('/')?.0.to_owned()));
    let specifications = all
        .iter()
        .flat_map(|plan| &*plan.requirements)
        .map(|requirement| requirement.cite.specification.clone());
    let levels = ["must", "should", "may"].map(str::to_owned);
    let known = cites.chain(ids).chain(suites).chain(specifications).chain(levels);
    let known: BTreeSet<_> = known.chain(files_beside(word)).collect();
    let distance = |known: &String| {
        // Without its suite, a case is written as often.
        let name = known.split_once('/').map_or(known.as_str(), |(_, name)| name);
        let of = |known: &str| strsim::damerau_levenshtein(known, word);
        let of_name = Some(of(name)).filter(|distance| 4 * distance <= word.chars().count());
        of_name.map_or_else(|| of(known), |distance| distance.min(of(known)))
    };
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

/// The target files in the folder of the word, read as a path.
fn files_beside(word: &str) -> Vec<String> {
    let folder = Path::new(word).parent().unwrap_or(Path::new(""));
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(here).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let files = names.filter(|name| name.ends_with(".toml"));
    files.map(|name| folder.join(name).display().to_string()).collect()
}

/// Whether the word has a file extension, which ids do not have.
fn looks_like_path(word: &str) -> bool {
    !word.contains(' ') && Path::new(word).extension().is_some()
}
