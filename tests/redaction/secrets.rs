//! Secrets, in every spelling.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;
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

    /// All of them in every spelling, to be looked for at once.
    pub(crate) fn search(&self) -> Search<'_> {
        let all = self.0.iter().flat_map(|(value, name)| {
            spellings(value).into_iter().map(|spelled| (name.as_str(), spelled))
        });
        let all: Vec<_> = all.collect();
        let words = AhoCorasick::new(all.iter().map(|(_, spelled)| spelled)).unwrap();
        Search { words, all }
    }
}

/// A search for all secrets.
pub(crate) struct Search<'a> {
    words: AhoCorasick,
    /// The name of each, and how it is spelled.
    all: Vec<(&'a str, String)>,
}

impl Search<'_> {
    /// The name of a secret that the text tells, and how it is spelled there.
    pub(crate) fn found_in(&self, text: &str) -> Option<(&str, &str)> {
        let (name, spelled) = &self.all[self.words.find(text)?.pattern().as_usize()];
        Some((*name, spelled))
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
