//! Redaction by provenance: every secret was created or received by the harness, so each has a
//! name.

use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use super::index::{Index, SHORTEST};
use super::printable::{MARKS, escaped, printable};
use super::view::look;

/// Secrets that outlive the case that received them.
#[derive(Clone, Debug, Default)]
pub struct LongLivedSecrets(Arc<RwLock<Index>>);

/// Secret and volatile values, and what is shown in their place.
#[derive(Clone, Debug, Default)]
pub struct Names {
    own: Index,
    /// What other names have been made from.
    shared: Arc<Index>,
    /// What all cases of the run know.
    long_lived: LongLivedSecrets,
}

impl Names {
    /// Names for one case, in addition to those that all cases of the run share.
    pub fn beside(long_lived: &LongLivedSecrets) -> Self {
        Self { long_lived: long_lived.clone(), ..Self::default() }
    }

    /// The same names, of which any number of others can be made at little cost.
    #[must_use]
    pub fn shared(self) -> Self {
        Self { own: Index::default(), shared: Arc::new(self.own), ..self }
    }

    /// Shows `[name]` in place of the value from now on; the first name of a value is kept. A very
    /// short value is not searched for.
    pub fn add(&mut self, value: &str, name: &str) {
        if value.len() >= SHORTEST {
            self.add_secret(value, name);
        }
    }

    /// Like [`Names::add`], for what must never be shown: if it is very short, or a word, it is
    /// hidden as a whole word.
    pub fn add_secret(&mut self, value: &str, name: &str) {
        self.add_made(value, &format!("[{name}]"));
    }

    /// Like [`Names::add_secret`], in all cases of the run.
    pub fn add_lasting(&mut self, value: &str, name: &str) {
        self.add_secret(value, name);
        if value.len() >= LASTING {
            let mut all = self.long_lived.0.write().unwrap_or_else(PoisonError::into_inner);
            all.insert(&printable(value), &format!("[{name}]"));
        }
    }

    /// Like [`Names::add_secret`], for a value made from a secret, with the replacement for all of
    /// it.
    pub fn add_made(&mut self, value: &str, shown: &str) {
        let value = printable(value);
        if value.trim().is_empty() {
            return;
        }
        let shown = &escaped(shown);
        self.own.insert(&value, shown);
        let unbroken = value.replace(['\t', '\n'], "");
        if unbroken.len() < value.len() {
            self.own.insert(&unbroken, shown);
        }
    }

    /// Shows `shown` in place of the text from now on.
    pub fn replace(&mut self, text: &str, shown: &str) {
        self.own.insert(text, shown);
    }

    /// How many values it knows itself.
    pub fn count(&self) -> usize {
        self.own.count()
    }

    /// Drops all values that it knows itself, and hides all further texts as a whole.
    pub fn give_up(&mut self) {
        self.own = Index::full();
    }

    /// The text with every known value replaced, however it is encoded, and without control
    /// characters.
    ///
    /// The longest value first, so that a token is not partly hidden by a shorter one inside it.
    pub fn hide(&self, text: &str) -> String {
        if self.own.is_full() || self.shared.is_full() {
            return TOO_MANY.to_owned();
        }
        self.without(text, false)
    }

    /// One of our texts, with what is [quoted](super::quoted) in it redacted. Our own words are kept: outside of
    /// quotes, only what cannot be one of them is hidden.
    pub fn tell(&self, text: &str) -> String {
        let (mut told, mut rest) = (String::new(), text);
        while let Some((ours, more)) = rest.split_once(MARKS[0]) {
            let (value, after) = more.split_once(MARKS[1]).unwrap_or((more, ""));
            told += &self.without(ours, true);
            told += &self.hide(value);
            rest = after;
        }
        told + &self.without(rest, true)
    }

    /// The name of a parameter, member or field, which is kept if it looks like a word of the
    /// protocol.
    pub fn hide_name(&self, name: &str) -> String {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        let is_ours = name.len() <= 40 && name.bytes().all(is_plain);
        if is_ours { self.without(name, true) } else { self.hide(name) }
    }

    fn without(&self, text: &str, ours: bool) -> String {
        let mut found: Vec<(Range<usize>, Arc<str>)> = Vec::new();
        let long_lived = self.long_lived.0.read().unwrap_or_else(PoisonError::into_inner);
        look(text, |view| {
            let mut at = 0;
            while at < view.text.len() {
                let own = self.own.at(&view.text, at, ours);
                let shared = self.shared.at(&view.text, at, ours);
                // The longest, and of two the one that was named first.
                let hit = own.into_iter().chain(shared).max_by_key(|(length, _)| *length);
                match hit.or_else(|| long_lived.at(&view.text, at, ours)) {
                    Some((length, entry)) => {
                        found.push((view.source(at..at + length), Arc::clone(&entry.shown)));
                        at += length;
                    }
                    None => at += 1,
                }
            }
        });
        found.sort_by_key(|(part, _)| (part.start, std::cmp::Reverse(part.end)));
        let (mut shown, mut rest) = (String::with_capacity(text.len()), 0);
        for (part, name) in found {
            if part.start >= rest {
                shown += &printable(&text[rest..part.start]);
                shown += &name;
            }
            rest = rest.max(part.end);
        }
        shown + &printable(&text[rest..])
    }
}

/// The shortest value that is searched for in cases other than its own.
const LASTING: usize = 16;

/// What is shown in place of any text if there are too many values to search for.
const TOO_MANY: &str = "[hidden, as the server handed out too many secrets]";

/// The beginning of the text, up to the last space within `limit` characters, so that no value is
/// split, as it could no longer be recognized.
pub fn shortened(text: &str, limit: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(limit) else { return text.to_owned() };
    let end = text[..end].rfind(char::is_whitespace).unwrap_or_default();
    format!("{}…", &text[..end])
}

/// The URL without the username and password that may precede the host.
pub fn without_credentials(url: &str) -> String {
    let parts = url.split_once("://").and_then(|(scheme, rest)| {
        let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        let (_, host) = authority.rsplit_once('@')?;
        Some(format!("{scheme}://[credentials]@{host}{}", &rest[authority.len()..]))
    });
    parts.unwrap_or_else(|| url.to_owned())
}

/// A header field as it may be shown: only the kinds and names of credentials.
pub fn shown_header(name: &str, value: &str) -> String {
    match name {
        "authorization" | "proxy-authorization" => {
            format!("{} [credentials]", value.split(' ').next().unwrap_or_default())
        }
        "cookie" => {
            let name =
                |pair: &str| format!("{}=[cookie]", pair.split('=').next().unwrap_or_default());
            value.split("; ").map(name).collect::<Vec<_>>().join("; ")
        }
        "set-cookie" => {
            let (pair, attributes) = value.split_once(';').unwrap_or((value, ""));
            // Without a name, all of it is the value.
            let name = pair.split_once('=').map_or("", |(name, _)| name);
            format!("{name}=[cookie];{attributes}")
        }
        "dpop" | "dpop-nonce" => format!("[{name}]"),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_hidden_in_every_spelling() {
        let mut names = Names::default();
        names.add("s3cret+/ x", "secret");
        names.add("s3cret+/ x-longer", "token");
        for (text, hidden) in [
            ("a s3cret+/ x b", "a [secret] b"),
            ("s3cret+/ x-longer", "[token]"),
            ("q=s3cret%2B%2F+x&r", "q=[secret]&r"),
            ("q=s3cret%2B%2F%20x&r", "q=[secret]&r"),
            ("\u{1b}[31mred\u{7}", "[31mred"),
        ] {
            assert_eq!(names.hide(text), hidden);
        }
    }

    #[test]
    fn short_values_hide_nothing_else() {
        let mut names = Names::default();
        names.add("an", "state");
        names.add_secret("na", "password");
        assert_eq!(names.hide("banana, an or na"), "banana, an or [password]");
        assert_eq!(names.hide("a=na&b=%3Dna"), "a=[password]&b=%3D[password]");
    }

    #[test]
    fn nothing_is_cut_in_two() {
        assert_eq!(shortened("one two three", 9), "one two…");
        assert_eq!(shortened("onetwothree", 9), "…");
        assert_eq!(shortened("one two", 9), "one two");
    }

    #[test]
    fn too_many_values_hide_everything() {
        let mut names = Names::default();
        (0..=5000).for_each(|index| names.add(&format!("value-{index}"), "code"));
        assert!(!names.hide("value-1 and more").contains("more"));
    }
}
