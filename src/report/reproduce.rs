//! The command that sends a request again.

use super::recorder::Recorder;
use crate::run::Performed;
use crate::wire::shell_quoted;

/// A `curl` command for the step's request, with names in place of secrets.
pub(super) fn curl(step: &Performed, recorder: &Recorder<'_>) -> Option<String> {
    let sent = &step.exchanges.first()?.sent;
    let mut parts = vec!["curl -i".to_owned()];
    if sent.method != "GET" {
        parts.push(format!("-X {}", sent.method));
    }
    parts.push(shell_quoted(&recorder.url(&sent.url)));
    for (name, value) in &sent.headers {
        if name != "content-type" || !sent.body.is_empty() {
            parts.push(format!(
                "-H {}",
                shell_quoted(&format!("{name}: {}", recorder.header(name, value)))
            ));
        }
    }
    if !sent.body.is_empty() {
        parts.push(format!("--data {}", shell_quoted(&recorder.body(sent))));
    }
    Some(parts.join(" "))
}
