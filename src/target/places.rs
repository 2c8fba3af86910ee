//! Positions of clients and deviations in the user's files.

use std::collections::BTreeMap;
use std::path::Path;

use super::file::TargetFile;
use super::load::{KnownSource, Target};
use crate::source::read;

/// A file, and the line of each name in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// The file.
    pub file: String,
    /// The lines, counted from 1.
    pub lines: BTreeMap<String, usize>,
}

impl Target {
    /// The line of each client in the target file, or `None` if the target was not read from a
    /// file.
    pub fn client_places(&self) -> Option<Places> {
        let source = &self.source;
        if !Path::new(&source.name).is_file() {
            return None;
        }
        let clients = read::<TargetFile>(source).0.and_then(|file| file.client).unwrap_or_default();
        let line = |name: &toml::Spanned<String>| source.line(name.span().start);
        let lines = clients.keys().map(|name| (name.get_ref().clone(), line(name)));
        Some(Places { file: source.name.clone(), lines: lines.collect() })
    }

    /// The line of each entry in the file of known deviations, or `None` if there is no such file.
    pub fn known_places(&self) -> Option<Places> {
        let KnownSource { source, cases, .. } = self.known_source.as_ref()?;
        let lines = cases.iter().map(|(id, span)| (id.clone(), source.line(span.start)));
        Some(Places { file: source.name.clone(), lines: lines.collect() })
    }
}
