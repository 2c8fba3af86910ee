//! Loads suites from the built-in files or from a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use include_dir::{Dir, include_dir};

use super::case::{Case, Invariant, Proof, Suite};
use super::check;
use super::file::SuiteFile;
use super::module::ModuleFile;
use super::ruleset::{Ruleset, RulesetFile};
use crate::source::{Mistake, Mistakes, Source, read};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/suites");

/// The file that says which specifications are part of a ruleset.
const RULESETS: &str = "rulesets.toml";

/// The file that says which cases test what a module of a certification plan tests.
const MODULES: &str = "modules.toml";

/// All suites of a run.
#[derive(Clone, Debug)]
pub struct Suites {
    /// In the order of their names.
    pub suites: Vec<Suite>,
    /// By name.
    pub rulesets: BTreeMap<String, Ruleset>,
}

impl Suites {
    /// Every case, in order.
    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        let all = self.proofs().flat_map(|proof| match proof {
            Proof::Cases(cases) => cases.as_slice(),
            _ => &[],
        });
        all.map(|case| &**case)
    }

    /// Every invariant, in order.
    pub fn invariants(&self) -> impl Iterator<Item = &Invariant> {
        self.proofs().filter_map(|proof| match proof {
            Proof::Invariant(invariant) => Some(&**invariant),
            _ => None,
        })
    }

    /// The ids of all cases and invariants.
    pub fn ids(&self) -> BTreeSet<&str> {
        let cases = self.cases().map(|case| case.id.as_str());
        cases.chain(self.invariants().map(|invariant| invariant.id.as_str())).collect()
    }

    fn proofs(&self) -> impl Iterator<Item = &Proof> {
        self.suites.iter().flat_map(|suite| &suite.requirements).map(|each| &each.proof)
    }
}

/// The built-in suites, which are read once.
///
/// # Errors
/// All mistakes in them; tests make sure that there are none.
pub fn embedded() -> Result<Arc<Suites>, Mistakes> {
    // Not a `LazyLock`: code that a static names is compiled into the unit tests, which read no suites.
    static READ: OnceLock<Result<Arc<Suites>, Mistakes>> = OnceLock::new();
    let read = || {
        let sources = EMBEDDED.files().filter_map(|file| {
            let name = format!("suites/{}", file.path().display());
            Some(Source::new(name, file.contents_utf8()?))
        });
        from_sources(sources.collect()).map(Arc::new)
    };
    READ.get_or_init(read).clone()
}

/// The suites in a folder. If it has no `rulesets.toml`, the built-in rulesets are used.
///
/// # Errors
/// All mistakes in all files, or one that says why the folder cannot be read.
pub fn load(folder: &Path) -> Result<Arc<Suites>, Mistakes> {
    let mut suites = from_sources(read_folder(folder)?)?;
    if suites.suites.is_empty() {
        return Err(unreadable(folder, "there is no suite file in this folder"));
    }
    if suites.rulesets.is_empty() {
        suites.rulesets = embedded()?.rulesets.clone();
    }
    Ok(Arc::new(suites))
}

fn read_folder(folder: &Path) -> Result<Vec<Source>, Mistakes> {
    let failed = |error| unreadable(folder, &format!("cannot read the folder of suites: {error}"));
    let mut sources = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let text = std::fs::read_to_string(&path).map_err(|error| {
                unreadable(&path, &format!("cannot read the suite file: {error}"))
            })?;
            sources.push(Source::new(path.display().to_string(), text));
        }
    }
    Ok(sources)
}

fn unreadable(path: &Path, what: &str) -> Mistakes {
    let mut mistakes = Mistakes::default();
    let right = "name a folder of suite files, as in `--suites suites`";
    let mistake = Mistake::new(0..0, what, right);
    mistakes.add(&Source::new(path.display().to_string(), ""), vec![mistake]);
    mistakes
}

fn from_sources(mut sources: Vec<Source>) -> Result<Suites, Mistakes> {
    sources.sort_by(|one, two| one.name.cmp(&two.name));
    let mut mistakes = Mistakes::default();
    let mut loaded = check::Loaded::default();
    for source in &sources {
        if source.file_name() == RULESETS {
            let (file, found) = read::<RulesetFile>(source);
            mistakes.add(source, found);
            loaded.rulesets = file.map(|file| (source.clone(), file.0));
        } else if source.file_name() == MODULES {
            let (file, found) = read::<ModuleFile>(source);
            if !found.is_empty() {
                loaded.mistaken.insert(check::file_stem(source).to_owned());
            }
            mistakes.add(source, found);
            loaded.modules = file.map(|file| (source.clone(), file.module));
        } else {
            let (file, mut found) = read::<SuiteFile>(source);
            if let Some(file) = file {
                loaded.suites.push(check::suite(source, file, &mut found));
            }
            if !found.is_empty() {
                loaded.mistaken.insert(check::file_stem(source).to_owned());
            }
            mistakes.add(source, found);
        }
    }
    loaded.references(&mut mistakes);
    loaded.place_modules(&mut mistakes);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let suites = loaded.suites.into_iter().map(|suite| suite.suite).collect();
    Ok(Suites {
        suites,
        rulesets: loaded.rulesets.map(|(_, rulesets)| rulesets).unwrap_or_default(),
    })
}
