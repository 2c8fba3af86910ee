//! The floor plan of `src/`, as text: who may use whom, what stands where, and how long a file may be.
#![expect(clippy::unwrap_used, reason = "a test may panic, and so may what it is made of")]

#[path = "floors/circles.rs"]
mod circles;

use std::fs;
use std::path::{Path, PathBuf};

/// Lowest first; a module uses its own floor and those below.
const FLOORS: &[&[&str]] = &[
    &["oauth", "source"],
    &["suite", "target"],
    &["wire", "agent"],
    &["run"],
    &["audit", "filter", "setup"],
    &["report"],
    &["cli"],
];

/// The longest that a file may be, in lines.
const LONGEST: usize = 500;

/// A line of a file.
struct Line {
    /// The file, from the root of the repository.
    file: String,
    number: usize,
    text: String,
}

impl Line {
    fn place(&self) -> String {
        format!("{}:{}: {}", self.file, self.number, self.text.trim())
    }
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found.sort();
}

/// The Rust files under a folder of the repository, as lines.
fn files(folder: &str) -> Vec<Vec<Line>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    rust_files(&root.join(folder), &mut paths);
    assert!(!paths.is_empty(), "no Rust file in {folder}");
    paths.iter().map(|path| lines(path, root)).collect()
}

fn lines(path: &Path, root: &Path) -> Vec<Line> {
    let file = path.strip_prefix(root).unwrap().display().to_string().replace('\\', "/");
    let text = fs::read_to_string(path).unwrap();
    let line = |(index, text): (usize, &str)| Line {
        file: file.clone(),
        number: index + 1,
        text: text.to_owned(),
    };
    text.lines().enumerate().map(line).collect()
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|modules| modules.contains(&module))
}

/// The modules that a line of code names by a path from the root of the crate.
fn modules_used(line: &str) -> Vec<String> {
    let code = line.split("//").next().unwrap_or_default();
    let word = |path: &str| path.trim().chars().take_while(|c| c.is_alphabetic()).collect();
    let paths = code.split("crate::").skip(1).flat_map(|path| match path.strip_prefix('{') {
        Some(list) => list.split('}').next().unwrap_or(list).split(',').map(word).collect(),
        None => vec![word(path)],
    });
    paths.collect()
}

#[test]
fn dependencies_point_down() {
    let mut wrong = Vec::new();
    for line in files("src").iter().flatten() {
        let module = line.file.split('/').nth(1).unwrap_or_default();
        let Some(own) = floor(module) else {
            // lib.rs and main.rs stand above all floors; a new module has to find its floor.
            assert!(["lib.rs", "main.rs"].contains(&module), "{module} stands on no floor");
            continue;
        };
        let upward = |used: &String| floor(used).is_none_or(|floor| floor > own);
        if modules_used(&line.text).iter().any(upward) {
            wrong.push(line.place());
        }
    }
    assert!(wrong.is_empty(), "these look upward:\n{}", wrong.join("\n"));
}

#[test]
fn only_oauth_spells_its_parameters() {
    let files = files("src");
    let wrong: Vec<_> = files
        .iter()
        .flatten()
        .filter(|line| line.text.contains("code_verifier") && !line.file.starts_with("src/oauth/"))
        .map(Line::place)
        .collect();
    assert!(wrong.is_empty(), "use the names of src/oauth/names.rs:\n{}", wrong.join("\n"));
}

#[test]
fn files_are_short() {
    let folders =
        ["src", "fixtures/honest/src", "fixtures/honest/tests", "jwe/src", "jwe/tests", "tests"];
    let long: Vec<_> = folders
        .iter()
        .flat_map(|folder| files(folder))
        .filter(|lines| lines.len() > LONGEST)
        .map(|lines| format!("{} has {} lines", lines[0].file, lines.len()))
        .collect();
    assert!(long.is_empty(), "longer than {LONGEST} lines:\n{}", long.join("\n"));
}

#[test]
fn mod_files_declare_and_re_export() {
    const DEFINES: &[&str] = &["fn", "impl", "struct", "enum", "trait", "const", "static", "type"];
    let defines = |line: &Line| {
        let mut words = line.text.split(|c: char| c.is_whitespace() || c == '<');
        let is_public = |word: &&str| word.starts_with("pub") || *word == "async";
        words.find(|word| !is_public(word)).is_some_and(|word| DEFINES.contains(&word))
    };
    let wrong: Vec<_> = ["src", "fixtures/honest/src", "jwe/src"]
        .iter()
        .flat_map(|folder| files(folder))
        .flatten()
        .filter(|line| line.file.ends_with("/mod.rs") && defines(line))
        .map(|line| line.place())
        .collect();
    assert!(wrong.is_empty(), "move these to a file of their own:\n{}", wrong.join("\n"));
}

/// The compiler would make code for such a function, and for all that it calls, in the unit tests too, whether a test
/// reaches it or not.
#[test]
fn no_public_function_is_asynchronous() {
    let files = files("src");
    let wrong: Vec<_> = files
        .iter()
        .flatten()
        .filter(|line| line.text.starts_with("pub async fn") && !line.text.contains('<'))
        .map(Line::place)
        .collect();
    assert!(wrong.is_empty(), "make these `pub(crate)`, or methods:\n{}", wrong.join("\n"));
}

/// Whoever adds a file to `tests/` sees it run: it is a test program, or a module of the one for most of them.
#[test]
fn every_file_of_tests_is_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let (manifest, program) = (read("Cargo.toml"), read("tests/program.rs"));
    for entry in fs::read_dir(root.join("tests")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let name = path.file_stem().unwrap().display().to_string();
            let is_module = program.contains(&format!("\nmod {name};\n"));
            let is_program = manifest.contains(&format!("[[test]]\nname = \"{name}\"\n"));
            assert!(is_module || is_program, "add `mod {name};` to tests/program.rs");
        }
    }
}

#[test]
fn a_path_upward_is_seen() {
    let seen = |line: &str| modules_used(line).join(" ");
    assert_eq!(seen("use crate::run::Verdict;"), "run");
    assert_eq!(seen("use crate::{cli, report::Console};"), "cli report");
    assert_eq!(
        seen("    let it = crate::wire::Http::new(crate::oauth::Level::Must);"),
        "wire oauth"
    );
    assert_eq!(seen("/// As [`crate::cli`] says."), "");
}
