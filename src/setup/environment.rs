//! Values read from the environment: secrets, and values that no file has.

use std::io::Write;
use std::path::Path;

use crate::setup::error::SetupError;
use crate::setup::text::{one_line, secret_file};
use crate::wire::shell_quoted;

/// An environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Left {
    name: String,
    /// Its value, if a file has it.
    value: Option<String>,
    /// What it is for.
    about: String,
}

/// What to do about a variable without a value.
const FILL_IN: &str = "fill it in, and remove the #";

/// The environment variables that the target file reads.
#[derive(Clone, Debug, Default)]
pub(super) struct Environment(Vec<Left>);

impl Environment {
    /// The name of a variable with this value: `wanted`, unless another value has that name.
    pub(super) fn put(&mut self, wanted: &str, value: Option<&str>, about: &str) -> String {
        let base = variable(wanted);
        for number in 1.. {
            let name = if number == 1 { base.clone() } else { format!("{base}_{number}") };
            let left = Left { name, value: value.map(str::to_owned), about: about.to_owned() };
            match self.0.iter().find(|known| known.name == left.name) {
                Some(known) if known.value == left.value && known.about == left.about => {
                    return left.name;
                }
                Some(_) => {}
                None => {
                    let name = left.name.clone();
                    self.0.push(left);
                    return name;
                }
            }
        }
        base
    }

    /// The variables without a value.
    pub(super) fn missing(&self) -> Vec<&str> {
        self.0.iter().filter(|left| left.value.is_none()).map(|left| left.name.as_str()).collect()
    }

    /// Writes all variables to a shell script that only its owner can read, as those of this source.
    pub(super) fn write(&self, path: &Path, of: &str) -> Result<(), SetupError> {
        let mut file = secret_file(path)?;
        writeln!(
            file,
            "# Secrets of {of}, and values missing in it. Load this file with your shell."
        )?;
        for Left { name, value, about } in &self.0 {
            let about = one_line(about);
            match value {
                Some(value) => writeln!(file, "# {about}\n{name}={}", shell_quoted(value))?,
                None => writeln!(file, "# {about}; {FILL_IN}:\n# {name}=''")?,
            };
        }
        Ok(())
    }
}

/// The name of a variable, with a prefix that avoids those of the system, such as `PATH`.
fn variable(wanted: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let name: String = wanted.chars().map(plain).collect();
    let name = name.trim_matches('_');
    match name.strip_prefix("AUTHSPEC_") {
        Some(_) => name.to_owned(),
        None => format!("AUTHSPEC_{name}"),
    }
}
