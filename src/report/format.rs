//! The formats of reports.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueEnum;

use super::junit::junit;
use super::record::Record;

/// A format that a report can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// JUnit XML, which CI systems read
    Junit,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_possible_value().map_or(Ok(()), |value| f.write_str(value.get_name()))
    }
}

impl Format {
    /// The report on these runs in this format.
    ///
    /// # Errors
    /// What its library has against it.
    pub fn render(self, records: &[Record]) -> Result<String, String> {
        match self {
            Self::Junit => junit(records),
        }
    }
}

/// A report and where it goes, as in `junit=results.xml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its format.
    pub format: Format,
    /// The file.
    pub path: PathBuf,
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = || {
            let values = Format::value_variants().iter().map(ToString::to_string);
            values.collect::<Vec<_>>().join(", ")
        };
        let Some((format, path)) = text.split_once('=').filter(|(_, path)| !path.is_empty()) else {
            return Err(format!("write FORMAT=PATH, with one of {}", known()));
        };
        let format = Format::from_str(format, false)
            .map_err(|_| format!("there is no format `{format}`; known are {}", known()))?;
        Ok(Self { format, path: PathBuf::from(path) })
    }
}
