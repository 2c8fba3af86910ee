//! The matrix: requirements down, servers across.

mod html;
mod markdown;
mod table;

pub use html::MatrixHtml;
pub use markdown::MatrixMarkdown;
pub use table::{Cell, Column, Deviation, Matrix, Row, Section};
