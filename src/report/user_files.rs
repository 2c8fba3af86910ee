//! The user's own files, at which reports for code hosts point: the suites need not be in the user's
//! repository.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::place::Place;
use crate::run::Verdict;
use crate::target::{Places, Target};

/// The files that describe the target, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserFiles {
    /// The target file.
    pub target: String,
    /// The line on which each client begins, by its name.
    pub clients: BTreeMap<String, usize>,
    /// The file of known deviations, where there is one.
    pub known: Option<String>,
    /// The line on which each known deviation begins, by the case that it names.
    pub deviations: BTreeMap<String, usize>,
}

impl UserFiles {
    /// The files of the target; none where it was not read from a file.
    pub(super) fn of(target: &Target) -> Option<Self> {
        let Places { file, lines } = target.client_places()?;
        let known = target.known_places();
        let deviations = known.as_ref().map(|it| it.lines.clone()).unwrap_or_default();
        let known = known.map(|it| plain(&it.file));
        Some(Self { target: plain(&file), clients: lines, known, deviations })
    }

    /// Where they speak of what a case found: at the deviation where it is known, else at the client.
    pub(super) fn place(&self, id: &str, client: Option<&str>, verdict: Verdict) -> Place {
        let known = (verdict == Verdict::Known).then(|| self.deviation(id)).flatten();
        let client = client.and_then(|client| self.clients.get(client));
        let client = || Place { file: self.target.clone(), line: client.map(|line| *line as u64) };
        known.unwrap_or_else(client)
    }

    /// Where a known deviation of the case stands, as this client or as all.
    pub(super) fn deviation(&self, id: &str) -> Option<Place> {
        let id = id.split(',').next().unwrap_or(id);
        let case = id.split('@').next().unwrap_or(id);
        let line = self.deviations.get(id).or_else(|| self.deviations.get(case))?;
        Some(Place { file: self.known.clone()?, line: Some(*line as u64) })
    }
}

/// A path as code hosts have it.
fn plain(path: &str) -> String {
    path.trim_start_matches("./").to_owned()
}
