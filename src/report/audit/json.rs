//! An audit for programs, as `authspec audit --format json` prints it.

use std::time::SystemTime;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::audit::{ServerAudit, Trend, compare};
use crate::report::format_version::FormatVersion;
use crate::report::results::Tool;

/// An audit of some servers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "authspec audit")]
pub struct AuditReport {
    /// The version of this format.
    pub format_version: FormatVersion<1>,
    /// The program that made it.
    pub tool: Tool,
    /// The time it was made (RFC3339).
    pub at: String,
    /// The servers, in the order in which they were named.
    pub servers: Vec<ServerAudit>,
    /// The changes since an earlier audit, if it was compared with one.
    pub trend: Option<Trend>,
}

impl AuditReport {
    /// Creates an audit with the current time, compared with an earlier one if given.
    pub fn new(servers: Vec<ServerAudit>, earlier: Option<&Self>) -> Self {
        let trend = earlier.map(|it| compare(&it.at, &it.servers, &servers));
        Self {
            format_version: FormatVersion,
            tool: Tool {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            at: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            servers,
            trend,
        }
    }
}
