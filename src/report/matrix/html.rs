//! The matrix as one page of HTML that needs nothing else.

use std::path::Path;

use askama::Template;

use super::table::{Cell, Column, Matrix};
use crate::run::Verdict;

/// The matrix as a page, with links to evidence files.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "matrix.html")]
pub struct MatrixHtml<'a> {
    /// What to tell.
    pub matrix: &'a Matrix,
    /// Where the evidence files are.
    pub evidence: &'a Path,
    /// How the page leads to that folder.
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
