//! The matrix: requirements as rows, servers as columns.

mod html;
mod markdown;
mod table;

pub use html::MatrixHtml;
pub use markdown::MatrixMarkdown;
pub use table::{Cell, Column, Deviation, Matrix, Row, Section};
