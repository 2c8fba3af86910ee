//! The command that sends a request again.

use super::recorder::Recorder;
use crate::run::Performed;

/// A `curl` command for the step's request, with names in place of secrets.
pub(super) fn curl(step: &Performed, recorder: &Recorder<'_>) -> Option<String> {
    let sent = &step.exchanges.first()?.sent;
    let mut parts = vec!["curl -i".to_owned()];
    if sent.method != "GET" {
        parts.push(format!("-X {}", sent.method));
    }
    parts.push(quoted(&recorder.url(&sent.url)));
    for (name, value) in &sent.headers {
        if name != "content-type" || !sent.body.is_empty() {
            parts.push(format!(
                "-H {}",
                quoted(&format!("{name}: {}", recorder.header(name, value)))
            ));
        }
    }
    if !sent.body.is_empty() {
        parts.push(format!("--data {}", quoted(&recorder.body(sent))));
    }
    Some(parts.join(" "))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
