//! What CI systems are given: the action, its scripts, completions and manual pages.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn authspec(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_authspec")).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A job of a CI system: a folder, and what was told to the system there.
struct Job {
    folder: TempDir,
    code: Option<i32>,
    said: String,
}

impl Job {
    /// Runs a script of ours as a runner does.
    fn new(script: &str, variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ran = Command::new(root().join("ci").join(script))
            .current_dir(folder.path())
            .env("GITHUB_OUTPUT", folder.path().join("output"))
            .env("GITHUB_STEP_SUMMARY", folder.path().join("summary"))
            .env("RUNNER_TEMP", folder.path())
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let said = text(&ran.stdout) + &text(&ran.stderr);
        Self { folder, code: ran.status.code(), said }
    }

    /// What is in a file that the job has left; nothing where it left none.
    fn left(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }
}

/// The variables that the action's second step passes.
const TRY: &[(&str, &str)] = &[
    ("AUTHSPEC", env!("CARGO_BIN_EXE_authspec")),
    ("AUTHSPEC_RULESET", "oauth2.1"),
    ("AUTHSPEC_REPORTS", "the reports"),
    ("AUTHSPEC_TARGETS", "honest"),
];

fn try_with(args: &str, strict: &str) -> Job {
    let more = [("AUTHSPEC_ARGS", args), ("AUTHSPEC_STRICT", strict)];
    Job::new("try", &[TRY, more.as_slice()].concat())
}

#[test]
fn a_job_leaves_reports_and_a_summary_and_ends_as_the_run_did() {
    let sound = try_with("--agent\nforms\nRFC7636 §4.6", "false");
    assert_eq!(sound.code, Some(0), "{}", sound.said);
    assert!(sound.left("the reports/junit.xml").contains("<testsuites"), "{}", sound.said);
    assert!(sound.left("summary").contains("pass"), "{}", sound.left("summary"));
    assert_eq!(sound.left("output"), "exit-code=0\nreports=the reports\n");

    let broken = try_with("--agent=forms\n--defect=skips-verifier-check\npkce/wrong", "false");
    assert_eq!(broken.code, Some(1), "{}", broken.said);
    assert!(broken.left("summary").contains("pkce/wrong-verifier"), "{}", broken.left("summary"));

    let warns = "--agent=forms\n--defect=keeps-access-token-after-replay\ncodes/replay-revokes";
    assert_eq!(try_with(warns, "false").code, Some(0));
    assert_eq!(try_with(warns, "true").code, Some(1));
    let wrong = try_with("--nonsense", "false");
    assert_eq!((wrong.code, wrong.left("output").starts_with("exit-code=2")), (Some(2), true));
}

#[test]
fn a_job_without_a_target_is_not_green() {
    for targets in ["", " \n"] {
        let job = Job::new("try", &[TRY, &[("AUTHSPEC_TARGETS", targets)]].concat());
        assert_eq!(job.code, Some(2), "{}", job.said);
        assert!(job.said.contains("AUTHSPEC_TARGETS is empty"), "{}", job.said);
    }
}

#[test]
fn what_a_workflow_passes_is_no_shell() {
    let job = try_with("--agent=forms\n$(touch here)`touch here`; touch here", "false");
    assert_eq!(job.code, Some(2), "{}", job.said);
    assert!(job.said.contains("no case matches `$(touch here)`touch here`; touch here`"));
    assert!(!job.folder.path().join("here").exists());
}

#[test]
fn a_program_that_is_there_is_taken_and_one_that_is_not_is_named() {
    let there = Job::new("obtain", &[("AUTHSPEC_BINARY", env!("CARGO_BIN_EXE_authspec"))]);
    assert_eq!(there.left("output"), format!("authspec={}\n", env!("CARGO_BIN_EXE_authspec")));
    let missing = Job::new("obtain", &[("AUTHSPEC_BINARY", "/none")]);
    assert_eq!(
        (missing.code, missing.said.as_str()),
        (Some(2), "::error::authspec: /none is no program\n")
    );
}

#[test]
fn a_release_is_checked_before_it_is_run() {
    let releases = tempfile::tempdir().unwrap();
    let folder = releases.path().join("v1.2.3");
    fs::create_dir(&folder).unwrap();
    let script = "set -e; cp \"$1\" authspec
        for platform in x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu aarch64-apple-darwin; do
            tar -czf authspec-$platform.tar.gz authspec
            sha256sum authspec-$platform.tar.gz >authspec-$platform.tar.gz.sha256
        done";
    let binary = env!("CARGO_BIN_EXE_authspec");
    let mut packs = Command::new("sh");
    assert!(
        packs.args(["-c", script, "sh", binary]).current_dir(&folder).status().unwrap().success()
    );
    let releases = format!("file://{}", releases.path().display());
    let variables = [("AUTHSPEC_VERSION", "1.2.3"), ("AUTHSPEC_RELEASES", releases.as_str())];
    let sound = Job::new("obtain", &variables);
    assert_eq!(sound.code, Some(0), "{}", sound.said);
    let obtained = sound.left("output");
    let obtained = obtained.trim().strip_prefix("authspec=").unwrap();
    assert!(Command::new(obtained).arg("--version").status().unwrap().success());

    for file in fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()) {
        if file.extension().is_some_and(|ending| ending == "gz") {
            fs::write(file, "somebody else's").unwrap();
        }
    }
    let damaged = Job::new("obtain", &variables);
    assert!(damaged.code == Some(2) && damaged.said.contains("is damaged"), "{}", damaged.said);
    assert_eq!(damaged.left("output"), "");
}

#[test]
fn the_action_and_the_template_pass_what_the_scripts_take() {
    let variables = |file: &str| -> BTreeSet<String> {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let words = text.split(|c: char| !(c.is_ascii_uppercase() || c == '_'));
        let ours = words.filter(|word| word.starts_with("AUTHSPEC"));
        ours.map(str::to_owned).collect()
    };
    let taken: BTreeSet<_> = variables("ci/obtain").union(&variables("ci/try")).cloned().collect();
    let action = variables("action.yml");
    assert!(action.is_subset(&taken), "{action:?} {taken:?}");
    let mut gitlab = variables("ci/gitlab.yml");
    assert!(gitlab.remove("AUTHSPEC_IMAGE"));
    assert!(gitlab.is_subset(&taken), "{gitlab:?} {taken:?}");

    // Each input is passed on, and what it is passed on as is an option of ours.
    let whole = fs::read_to_string(root().join("action.yml")).unwrap();
    let (inputs, rest) = whole.split_once("\noutputs:").unwrap();
    let (_, inputs) = inputs.split_once("\ninputs:").unwrap();
    let is_name = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    for line in inputs.lines().filter(is_name) {
        let input = line.trim().trim_end_matches(':');
        assert!(rest.contains(&format!("${{{{ inputs.{input} }}}}")), "{input} is not used");
    }
    let help = text(&authspec(&["run", "--help"]).stdout);
    let script = fs::read_to_string(root().join("ci/try")).unwrap();
    for option in ["--ruleset", "--strict", "--report"] {
        assert!(script.contains(option) && help.contains(option), "{option}");
    }
}

#[test]
fn setup_installs_the_servers_only_for_the_tests() {
    let all = "./setup.sh --servers && cargo test";
    let has = |file: &str, command: &str| {
        assert!(fs::read_to_string(root().join(file)).unwrap().contains(command), "{file}");
    };
    ["README.md", "CONTRIBUTING.md"].into_iter().for_each(|file| has(file, all));
    // The same, with what fails fast between.
    all.split(" && ").for_each(|command| has(".ci/run", command));
    let setup = |argument| Command::new(root().join("setup.sh")).arg(argument).output().unwrap();
    let help = setup("--help");
    assert!(help.status.success() && text(&help.stdout).contains("--servers"));
    let wrong = setup("--server");
    assert_eq!(wrong.status.code(), Some(2));
    assert_eq!(
        text(&wrong.stderr),
        "setup.sh: unknown argument '--server'; the only one is --servers\n"
    );
}

#[test]
fn every_shell_is_told_how_to_complete() {
    for (shell, word) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef authspec"),
        ("fish", "complete -c authspec"),
        ("elvish", "edit:completion"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let script = text(&authspec(&["completions", shell]).stdout);
        assert!(script.contains(word) && script.contains("ruleset"), "{shell}");
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let page = text(&authspec(&["man"]).stdout);
    assert!(page.contains(".TH authspec 1") && page.contains("Exit codes: 0 clean"), "{page}");
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("share/man1");
    assert!(authspec(&["man", &pages.display().to_string()]).status.success());
    let is_command = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    let help = text(&authspec(&["--help"]).stdout);
    let (_, commands) = help.split_once("Commands:").unwrap();
    let (commands, _) = commands.split_once("\nOptions:").unwrap();
    for line in commands.lines().filter(is_command) {
        let command = line.split_whitespace().next().unwrap();
        let page = pages.join(format!("authspec-{command}.1"));
        assert!(command == "help" || page.is_file(), "{}", page.display());
    }
    let run = fs::read_to_string(pages.join("authspec-run.1")).unwrap();
    assert!(run.contains("\\-\\-webdriver"));
    // A folder that cannot be made is named.
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let wrong = authspec(&["man", &file.display().to_string()]);
    assert_eq!(wrong.status.code(), Some(2));
    let said = text(&wrong.stderr);
    assert!(said.starts_with(&format!("cannot write manual pages to {}: ", file.display())));
}
