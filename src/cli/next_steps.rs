//! The commands to type after a run.

use std::path::Path;

use clap::ValueEnum;

use super::agent_arg::AgentArg;
use super::args::RunArgs;
use crate::report::NextSteps;
use crate::run::Run;
use crate::wire::shell_quoted;

/// The commands that repeat the run, explain a case, and check the setup.
pub(super) fn next_steps(args: &RunArgs, file: Option<&Path>, run: &Run) -> NextSteps {
    let file = file.map(|file| quoted(&file.display().to_string()));
    let mut words = vec!["authspec run".to_owned()];
    words.extend(file.clone());
    let mut option = |name: &str, value: Option<String>| {
        words.extend(value.map(|value| format!("--{name} {}", quoted(&value))));
    };
    let path = |path: &Path| path.display().to_string();
    option("ruleset", args.ruleset.clone());
    option("agent", args.agent.and_then(name_of));
    option("suites", args.suites.as_deref().map(path));
    option("ca", args.ca.as_deref().map(path));
    let is_usual = args.evidence == RunArgs::default().evidence;
    option("evidence", (!is_usual).then(|| path(&args.evidence)));
    args.defects.iter().for_each(|defect| option("defect", Some(defect.to_string())));
    args.allows.iter().for_each(|allow| option("allow", Some(allow.name().to_owned())));
    let flags = [
        ("--start", args.start),
        ("--slow", args.slow),
        ("--register", args.register),
        ("--strict", args.strict),
    ];
    words.extend(flags.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name.to_owned()));
    let doctor = file.as_ref().map(|file| {
        let start = if args.start { " --start" } else { "" };
        format!("authspec doctor {file}{start}")
    });
    let target = file.map(|file| format!(" {file}")).unwrap_or_default();
    let headed = args.agent != Some(AgentArg::Forms) && run.agent().logins().1 > 0;
    NextSteps { run: words.join(" "), target, doctor, headed }
}

/// The name of a value on the command line.
fn name_of(value: impl ValueEnum) -> Option<String> {
    value.to_possible_value().map(|it| it.get_name().to_owned())
}

/// A word, quoted for the shell if necessary.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-:@=+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        shell_quoted(word)
    }
}
