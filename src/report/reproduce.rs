//! The command that sends a request again.

use crate::run::Performed;
use crate::wire::{Names, shown_header};

/// A `curl` command for the step's request, with names in place of secrets.
pub(super) fn curl(step: &Performed, names: &Names) -> Option<String> {
    let sent = &step.exchanges.first()?.sent;
    let mut parts = vec!["curl -i".to_owned()];
    if sent.method != "GET" {
        parts.push(format!("-X {}", sent.method));
    }
    parts.push(quoted(&names.hide(&sent.url)));
    for (name, value) in &sent.headers {
        if name != "content-type" || !sent.body.is_empty() {
            parts.push(format!("-H {}", quoted(&format!("{name}: {}", shown_header(name, value)))));
        }
    }
    if !sent.body.is_empty() {
        parts.push(format!("--data {}", quoted(&names.hide(&sent.body))));
    }
    Some(names.hide(&parts.join(" ")))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
