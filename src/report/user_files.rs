//! The user's files, which reports for code hosts point to, as the suites may not be in the user's
//! repository.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::place::Place;
use crate::run::Verdict;
use crate::target::{Places, Target};

/// The files that describe the target, with locations in them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserFiles {
    /// The target file.
    pub target: String,
    /// The line of each client, by name.
    pub clients: BTreeMap<String, usize>,
    /// The file of known deviations, if there is one.
    pub known: Option<String>,
    /// The line of each known deviation, by case.
    pub deviations: BTreeMap<String, usize>,
}

impl UserFiles {
    /// The files of the target; none if it was not read from a file.
    pub(super) fn of(target: &Target) -> Option<Self> {
        let Places { file, lines } = target.client_places()?;
        let known = target.known_places();
        let deviations = known.as_ref().map(|it| it.lines.clone()).unwrap_or_default();
        let known = known.map(|it| plain(&it.file));
        Some(Self { target: plain(&file), clients: lines, known, deviations })
    }

    /// The location for a case's finding: the known deviation, else the client.
    pub(super) fn place(&self, id: &str, client: Option<&str>, verdict: Verdict) -> Place {
        let known = (verdict == Verdict::Known).then(|| self.deviation(id)).flatten();
        let client = client.and_then(|client| self.clients.get(client));
        let client = || Place { file: self.target.clone(), line: client.map(|line| *line as u64) };
        known.unwrap_or_else(client)
    }

    /// The location of a known deviation of the case, for this client or for all.
    pub(super) fn deviation(&self, id: &str) -> Option<Place> {
        let id = id.split(',').next().unwrap_or(id);
        let case = id.split('@').next().unwrap_or(id);
        let line = self.deviations.get(id).or_else(|| self.deviations.get(case))?;
        Some(Place { file: self.known.clone()?, line: Some(*line as u64) })
    }
}

/// A path in the form of code hosts.
fn plain(path: &str) -> String {
    path.trim_start_matches("./").to_owned()
}
