//! Reports on an audit.

mod html;
mod json;
mod markdown;
mod rows;
mod sarif;
mod text;

pub use html::AuditHtml;
pub use json::AuditReport;
pub use markdown::AuditMarkdown;
pub use sarif::audit_sarif;
pub use text::AuditText;
