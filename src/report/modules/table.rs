//! The modules as a table for a terminal.

use super::result::{ModuleResult, Says};
use crate::report::case_entry::CaseEntry;
use crate::report::results::Results;
use crate::report::style::Style;
use crate::source::counted;
use crate::suite::Module;

/// The number of modules by what they would say, in words.
pub(in crate::report) fn counts(modules: &[ModuleResult]) -> String {
    let count = |says: &Says| modules.iter().filter(|it| it.says == *says).count();
    let counts = Says::ALL.iter().map(|says| (count(says), says.words()));
    let counts = counts.filter(|(count, _)| *count > 0);
    counts.map(|(count, words)| format!("{count} {words}")).collect::<Vec<_>>().join(", ")
}

/// The cases of a module, or why it says what it says.
pub(in crate::report) fn reason(result: &ModuleResult, cases: &[CaseEntry]) -> String {
    let because = result.because(cases);
    let untried = |case: &CaseEntry| match &case.reason {
        Some(reason) => format!("{}: {reason}", case.id),
        None => case.id.clone(),
    };
    let Module { except, uncovered, .. } = &result.module;
    match result.says {
        Says::Failed | Says::Warning => {
            because.iter().map(|case| case.id.as_str()).collect::<Vec<_>>().join(", ")
        }
        Says::NotTried => match because.first() {
            Some(case) => untried(case),
            None => "its cases were not selected".to_owned(),
        },
        Says::InPart => format!("except {}", except.as_deref().unwrap_or_default()),
        Says::NotCovered => uncovered.clone().unwrap_or_default(),
        Says::Passed => String::new(),
    }
}

/// The table of modules for a terminal, empty if there are none. Unless `all` are requested, those that
/// pass, even if only in part, and those that are not covered are only counted.
pub fn module_table(results: &Results, style: Style, all: bool) -> String {
    let Results { modules, cases, .. } = results;
    if modules.is_empty() {
        return String::new();
    }
    let count = counted(modules.len(), "module");
    let mut text = format!("\n{count} of the OpenID Foundation's suite would say:\n");
    for says in Says::ALL {
        let of_it = modules.iter().filter(|it| it.says == *says);
        let is_listed = all || *says < Says::InPart;
        for result in of_it.filter(|_| is_listed) {
            let word = painted(*says, style);
            let why = reason(result, cases);
            let name = style.strong(&result.module.name);
            text += &style.hanging(&format!("{word}  "), INDENT, &name);
            if !why.is_empty() {
                text += &style.hanging(&" ".repeat(INDENT), INDENT, &why);
            }
        }
    }
    text += &style.hanging("  ", 2, &counts(modules));
    if !all {
        text += "  -v lists all, and so do the reports\n";
    }
    text
}

fn painted(says: Says, style: Style) -> String {
    let word = format!("{:>14}", says.words());
    match says {
        Says::Failed => style.bad(&word),
        Says::Warning | Says::InPart => style.caution(&word),
        Says::Passed => style.good(&word),
        Says::NotTried => style.unknown(&word),
        Says::NotCovered => style.dim(&word),
    }
}

/// The indentation of a module's name and reason.
const INDENT: usize = 16;
