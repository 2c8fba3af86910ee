//! The matrix as a self-contained HTML page.

use std::path::Path;

use askama::Template;

use super::table::{Cell, Column, Matrix};
use crate::run::Verdict;

/// The matrix as a page, with links to evidence files.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "matrix.html")]
pub struct MatrixHtml<'a> {
    /// The matrix.
    pub matrix: &'a Matrix,
    /// The evidence folder.
    pub evidence: &'a Path,
    /// The relative link to that folder.
    pub link: &'a str,
}

impl MatrixHtml<'_> {
    fn verdicts(&self) -> &'static [Verdict] {
        Verdict::ALL
    }

    fn href(&self, cell: &Cell, server: &Column) -> Option<String> {
        let file = cell.file(self.evidence, &server.name, "json")?;
        Some(format!("{}/{file}", self.link))
    }
}
