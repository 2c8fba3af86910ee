//! The file formats that can be printed.

use clap::ValueEnum;

/// How a file format is described.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SchemaFormat {
    /// JSON Schema, for editors and programs
    #[default]
    Json,
    /// A Markdown reference, for target files only
    Markdown,
}

/// The file formats that have a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaKind {
    /// Suite files
    Suite,
    /// `rulesets.toml`
    Rulesets,
    /// `modules.toml`
    Modules,
    /// Target files
    Target,
    /// `known.toml`
    Known,
    /// `results.json`
    Results,
    /// Evidence files
    Evidence,
    /// What `authspec coverage --format json` prints
    Coverage,
    /// What `authspec compare --format json` prints
    Comparison,
    /// What `authspec list --format json` prints
    List,
    /// What `authspec audit --format json` prints
    Audit,
    /// The `questions.toml` of an audit
    Questions,
    /// The `threats.toml` of an audit
    Threats,
}
