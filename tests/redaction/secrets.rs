//! Secrets, in every spelling.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use url::form_urlencoded;

/// Secrets, each with what it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// Remembers a secret; one that is too short to be told from chance is none.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        if value.len() >= 2 {
            self.0.entry(value.to_owned()).or_insert_with(|| name.to_owned());
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The name of a secret that the text tells, and how it is spelled there.
    pub(crate) fn found_in(&self, text: &str) -> Option<(&str, String)> {
        self.0.iter().find_map(|(value, name)| {
            let found = spellings(value).into_iter().find(|spelled| text.contains(spelled))?;
            Some((name.as_str(), found))
        })
    }
}

fn spellings(value: &str) -> Vec<String> {
    let form: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let percent = form.replace('+', "%20");
    let json = serde_json::to_string(value).unwrap();
    let json = json[1..json.len() - 1].to_owned();
    let mut all = vec![value.to_owned(), json, form, percent];
    // Short ones could be anything in base64.
    if value.len() >= 6 {
        let pair = format!("web:{}", all[2]);
        all.extend([STANDARD.encode(value), URL_SAFE_NO_PAD.encode(value), STANDARD.encode(pair)]);
    }
    let html = value.replace('&', "&amp;").replace('<', "&lt;");
    all.extend(["&quot;", "&#34;"].map(|quote| html.replace('"', quote)));
    all
}
