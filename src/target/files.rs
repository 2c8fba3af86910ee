//! Reads target files, and what is known of their servers.

use std::path::{Path, PathBuf};

use super::load::{Target, parse};
use super::ports::Ports;
use super::text::REFERENCE;
use crate::source::{Mistake, Mistakes, Source};

/// The location of a target's known deviations: `known.toml` in its folder, or `known-lax.toml` for
/// `target-lax.toml`.
pub fn known_file(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match name.strip_prefix("target-") {
        Some(kind) => path.with_file_name(format!("known-{kind}")),
        None => path.with_file_name("known.toml"),
    }
}

/// Reads a target file, and its `known.toml` if there is one.
///
/// # Errors
/// All mistakes in both files, or why the target file cannot be read.
pub fn load(path: &Path) -> Result<Target, Mistakes> {
    load_on(path, None)
}

/// Like [`load`], for a file that leaves its ports open, if there are any to fill in.
///
/// # Errors
/// As above; mistakes are shown in the text after filling in.
pub fn load_on(path: &Path, ports: Option<Ports>) -> Result<Target, Mistakes> {
    let right = "name a target file, as in `authspec run fixtures/oidc-provider/target.toml`";
    let source = source(path, "the target file", right)?;
    let source = ports.map_or(source.clone(), |ports| ports.fill(&source));
    with_known(&source, path)
}

/// Like [`load`], for commands that send nothing: environment variables that are not set are replaced by their names,
/// and open ports are filled in.
///
/// # Errors
/// As above, if something else is wrong too, or an unset variable is to be more than any text.
pub fn load_to_read(path: &Path) -> Result<Target, Mistakes> {
    load(path).or_else(|wrong| {
        let Ok(source) = source(path, "the target file", "") else { return Err(wrong) };
        let any = Ports { server: 9000, callback: 8765 };
        let text = without_variables(&any.fill(&source).text);
        with_known(&Source::of_secrets(&source.name, text), path).map_err(|_| wrong)
    })
}

/// The text with the names of variables that are not set in place of what they stand for.
fn without_variables(text: &str) -> String {
    let mut parts = text.split(REFERENCE);
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let name = &part[..end.unwrap_or(part.len())];
        let is_value = filled.ends_with(['"', '\'']);
        if !is_value || std::env::var_os(name).is_some() {
            filled.push_str(REFERENCE);
        }
        filled.push_str(part);
    }
    filled
}

fn with_known(source: &Source, path: &Path) -> Result<Target, Mistakes> {
    let known = known_file(path);
    let known = match known.is_file() {
        true => Some(self::source(&known, "the known deviations", "make the file readable")?),
        false => None,
    };
    parse(source, known.as_ref())
}

fn source(path: &Path, what: &str, right: &str) -> Result<Source, Mistakes> {
    let name = path.display().to_string();
    std::fs::read_to_string(path).map(|text| Source::of_secrets(&name, text)).map_err(|error| {
        let mut mistakes = Mistakes::default();
        let what = format!("cannot read {what}: {error}");
        mistakes.add(&Source::new(&name, ""), vec![Mistake::new(0..0, what, right)]);
        mistakes
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_are_not_set_stand_for_themselves() {
        let text = "secret = \"env:AUTHSPEC_UNSET\"\npassword = 'env:AUTHSPEC_UNSET_2' # env:NO\npath = \"env:PATH\"";
        let filled = "secret = \"AUTHSPEC_UNSET\"\npassword = 'AUTHSPEC_UNSET_2' # env:NO\npath = \"env:PATH\"";
        assert_eq!(without_variables(text), filled);
    }
}
