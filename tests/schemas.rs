//! The JSON Schemas in `schema/`: as the types have them, and true of every file that they are for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use authspec::cli::{SchemaKind, schema};
use clap::ValueEnum;
use jsonschema::Validator;
use serde_json::Value;
use tempfile::TempDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn validator(kind: SchemaKind) -> Validator {
    let schema: Value = serde_json::from_str(&schema(kind)).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

/// What a schema has to say against a file.
fn refusals(validator: &Validator, name: &str, content: &Value) -> Vec<String> {
    validator
        .iter_errors(content)
        .map(|error| format!("{name}: {error} at {}", error.instance_path()))
        .collect()
}

fn toml_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect()
}

fn assert_accepted(kind: SchemaKind, files: &[PathBuf]) {
    assert!(!files.is_empty(), "no file to look at");
    let validator = validator(kind);
    let refusals = files.iter().flat_map(|path| {
        let text = fs::read_to_string(path).unwrap();
        let content = toml::from_str(&text).unwrap();
        refusals(&validator, &path.strip_prefix(root()).unwrap().display().to_string(), &content)
    });
    assert_eq!(refusals.collect::<Vec<_>>(), Vec::<String>::new());
}

/// The files of the fixtures whose name begins so, as `target.toml` and `target-lax.toml` do.
fn fixtures(beginning: &str) -> Vec<PathBuf> {
    let folders = fs::read_dir(root().join("fixtures")).unwrap().map(|entry| entry.unwrap().path());
    let files = folders.filter(|path| path.is_dir()).flat_map(|folder| toml_files(&folder));
    let named = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(beginning);
    files.filter(named).collect()
}

#[test]
fn schemas_are_fresh() {
    for kind in SchemaKind::value_variants() {
        let name = kind.to_possible_value().unwrap().get_name().to_owned();
        let kept = fs::read_to_string(root().join(format!("schema/{name}.json")));
        assert!(
            kept.is_ok_and(|kept| kept.trim_end() == schema(*kind)),
            "schema/{name}.json is stale: run `cargo run -- schema {name} > schema/{name}.json`"
        );
    }
}

#[test]
fn suites_are_accepted() {
    let files = toml_files(&root().join("suites")).into_iter();
    let (rulesets, files): (Vec<_>, Vec<_>) =
        files.partition(|path| path.ends_with("rulesets.toml"));
    let (modules, suites): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|path| path.ends_with("modules.toml"));
    assert_accepted(SchemaKind::Suite, &suites);
    assert_accepted(SchemaKind::Modules, &modules);
    assert_accepted(SchemaKind::Rulesets, &rulesets);
}

#[test]
fn targets_are_accepted() {
    assert_accepted(SchemaKind::Target, &fixtures("target"));
    let text = honest::target_file(9400, 8765);
    let content = toml::from_str(&text).unwrap();
    let refusals = refusals(&validator(SchemaKind::Target), "the embedded server", &content);
    assert_eq!(refusals, Vec::<String>::new());
}

#[test]
fn known_deviations_are_accepted() {
    let files = fixtures("known");
    if !files.is_empty() {
        assert_accepted(SchemaKind::Known, &files);
    }
}

#[test]
fn results_are_accepted() {
    let folder = TempDir::new().unwrap();
    let arguments = ["run", "pkce/wrong-verifier", "--defect", "skips-verifier-check"];
    let output = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(arguments)
        .args(["--agent", "forms", "--results", "results.json"])
        .current_dir(&folder)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let text = fs::read_to_string(folder.path().join("results.json")).expect(&stderr);
    let results: Value = serde_json::from_str(&text).unwrap();
    assert!(!results["cases"][0]["findings"].as_array().unwrap().is_empty(), "{text}");
    let found = refusals(&validator(SchemaKind::Results), "results.json", &results);
    assert_eq!(found, Vec::<String>::new());
    let validator = validator(SchemaKind::Evidence);
    for case in results["cases"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        let path = folder.path().join(format!("target/evidence/honest/{id}.json"));
        let evidence: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(evidence["run"], results["run"]);
        assert_eq!(refusals(&validator, id, &evidence), Vec::<String>::new());
    }
}

#[test]
fn coverage_is_accepted() {
    let output = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(["coverage", "--ruleset", "oauth2", "--format", "json"])
        .output()
        .unwrap();
    let coverage: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(coverage["totals"]["tested"].as_u64().unwrap() > 0, "{coverage}");
    let refusals = refusals(&validator(SchemaKind::Coverage), "coverage", &coverage);
    assert_eq!(refusals, Vec::<String>::new());
}

#[test]
fn lists_are_accepted() {
    let output = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(["list", "pkce", "-E", "level(must)", "--format", "json"])
        .output()
        .unwrap();
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(list["cases"].as_array().unwrap().len() > 20, "{list}");
    assert_eq!(refusals(&validator(SchemaKind::List), "list", &list), Vec::<String>::new());
}

#[test]
fn comparisons_are_accepted() {
    let folder = TempDir::new().unwrap();
    let authspec = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_authspec"));
        command.args(arguments).current_dir(&folder).output().unwrap()
    };
    let run = ["run", "pkce/wrong-verifier", "--agent", "forms", "--results"];
    authspec(&[&run[..], &["old.json"]].concat());
    authspec(&[&run[..], &["new.json", "--defect", "skips-verifier-check"]].concat());
    let output = authspec(&["compare", "old.json", "new.json", "--format", "json"]);
    let comparisons: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(comparisons[0]["differences"][0]["became"], "broken", "{comparisons}");
    let refusals = refusals(&validator(SchemaKind::Comparison), "comparison", &comparisons);
    assert_eq!(refusals, Vec::<String>::new());
}

/// What an editor must not let pass.
#[test]
fn mistakes_are_refused() {
    const REFUSED: &[&str] = &[
        "case-name-not-a-slug",
        "citation-of-unknown-specification",
        "citation-without-section-sign",
        "empty-alternatives",
        "label-not-a-slug",
        "no-citation",
        "no-level",
        "no-proof",
        "no-title",
        "status-out-of-range",
        "text-for-list",
        "two-levels",
        "two-proofs",
        "unknown-authentication",
        "unknown-client-kind",
        "unknown-feature",
        "unknown-landing",
        "unknown-step",
        "unknown-word-in-case",
        "unknown-word-in-requirement",
        "unknown-word-in-then",
        "unknown-word-in-when",
        "unknown-word-top",
    ];
    let validator = validator(SchemaKind::Suite);
    for name in REFUSED {
        let path = root().join(format!("tests/messages/suites/{name}.toml"));
        let content: Value = toml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        assert!(!validator.is_valid(&content), "{name}.toml is accepted");
    }
}

/// `docs/TARGET.md` is what `authspec schema target --format markdown` prints, and its examples are target files.
#[test]
fn the_reference_of_target_files_is_up_to_date() {
    let made = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(["schema", "target", "--format", "markdown"])
        .output()
        .unwrap();
    let made = String::from_utf8(made.stdout).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/TARGET.md");
    let kept = fs::read_to_string(path).unwrap();
    assert!(kept == made, "authspec schema target --format markdown > docs/TARGET.md");
    let schema: serde_json::Value = serde_json::from_str(&schema(SchemaKind::Target)).unwrap();
    for (name, _) in schema["properties"].as_object().unwrap() {
        assert!(kept.contains(&format!("| `{name}` |")), "{name}");
    }
    let whole = |text: &str| text.contains("issuer");
    let blocks = kept.split("```toml\n").skip(1).filter_map(|block| block.split("```").next());
    let (whole, parts): (Vec<_>, Vec<_>) = blocks.partition(|block| whole(block));
    let environment =
        ["WEB_SECRET", "ALICE_PASSWORD", "BOB_PASSWORD", "PORTAL_SECRET", "GATEWAY_KEY"];
    for part in parts.iter().map(|part| (*part).to_owned()).chain([String::new()]) {
        // A part stands for what the whole has of that kind.
        let whole = if part.contains("[user.alice]") {
            whole[0].split("[user.alice]").next().unwrap()
        } else {
            whole[0]
        };
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("target.toml"), format!("{whole}\n{part}")).unwrap();
        let mut list = Command::new(env!("CARGO_BIN_EXE_authspec"));
        list.args(["list", "target.toml", "pkce"]).current_dir(folder.path());
        let output = list.envs(environment.map(|name| (name, "of a test"))).output().unwrap();
        assert!(output.status.success(), "{part}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Whatever of the environment the program itself reads is told.
#[test]
fn the_reference_names_the_variables_that_are_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let kept = std::fs::read_to_string(root.join("docs/TARGET.md")).unwrap();
    for file in ["src/agent/driver.rs", "src/cli/libtest.rs", "src/wire/proxy.rs"] {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        let words = text.split(|c: char| !(c.is_ascii_uppercase() || c == '_'));
        for word in words.filter(|it| it.starts_with("AUTHSPEC_") || it.ends_with("_PROXY")) {
            assert!(word == "AUTHSPEC_" || kept.contains(&format!("`{word}`")), "{word} of {file}");
        }
    }
}
