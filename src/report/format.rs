//! The formats of reports.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueEnum;

use super::github::github;
use super::har::har;
use super::html::html;
#[cfg(feature = "junit")]
use super::junit::junit;
use super::markdown::markdown;
use super::postman::postman;
use super::record::Record;
use super::sarif::sarif;
use crate::source::nearest;
use crate::wire::printable;

/// A report format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[cfg(feature = "junit")]
    /// JUnit XML, which CI systems read
    Junit,
    /// SARIF 2.1.0, which code scanning reads
    Sarif,
    /// Markdown, for a job summary
    Markdown,
    /// GitHub Actions annotations, for the log of a step
    Github,
    /// HAR 1.2, with the HTTP exchanges
    Har,
    /// A Postman collection of the failed requests, to send again
    Postman,
    /// A self-contained HTML page
    Html,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_possible_value().map_or(Ok(()), |value| f.write_str(value.get_name()))
    }
}

impl Format {
    /// Renders the report on these runs in this format.
    ///
    /// # Errors
    /// If the format's library rejects the content.
    pub fn render(self, records: &[Record]) -> Result<String, String> {
        let text = match self {
            #[cfg(feature = "junit")]
            Self::Junit => junit(records),
            Self::Sarif => sarif(records),
            Self::Markdown => Ok(markdown(records)),
            Self::Github => Ok(github(records)),
            Self::Har => har(records),
            Self::Postman => postman(records),
            Self::Html => html(records),
        }?;
        // No text from a server may contain control characters for a terminal.
        Ok(printable(&text))
    }
}

/// A report and its file, as in `junit=results.xml`.
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
        let known: Vec<_> = Format::value_variants().iter().map(ToString::to_string).collect();
        let (format, path) = text.split_once('=').unwrap_or((text, ""));
        let format = Format::from_str(format, false).map_err(|_| {
            let near = nearest(format, known.iter().map(String::as_str));
            let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            format!("there is no format `{format}`; {near}known are {}", known.join(", "))
        })?;
        if path.is_empty() {
            let right = format!("give one, as in `{format}=report`");
            return Err(format!("the file is missing; {right}"));
        }
        Ok(Self { format, path: PathBuf::from(path) })
    }
}
