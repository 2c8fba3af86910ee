//! The words on buttons, in the languages of login and consent pages.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The meaning of a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It gives consent.
    Leave,
    /// It agrees, including to cookies and terms.
    Yes,
    /// It continues.
    Onward,
    /// It signs in.
    SignIn,
    /// It refuses, and does not lead elsewhere.
    Refuse,
    /// It refuses, or leads elsewhere.
    No,
    /// It is about a passkey.
    Passkey,
    /// It sets something up.
    Enrol,
    /// It signs out.
    SignOut,
    /// It refuses to sign out.
    Stay,
}

/// The lists of words in `button_words.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum List {
    Leave,
    Agree,
    Onward,
    SignIn,
    Refuse,
    Away,
    Passkey,
    Enrol,
    SignOut,
    Stay,
}

/// The words of all languages by list, in the form in which they are searched for.
static WORDS: LazyLock<BTreeMap<List, Vec<String>>> = LazyLock::new(|| {
    let text = include_str!("button_words.toml");
    let languages: BTreeMap<String, BTreeMap<List, String>> =
        toml::from_str(text).expect("a file of ours");
    let mut words = BTreeMap::<_, Vec<_>>::new();
    for (list, of_language) in languages.into_values().flatten() {
        words.entry(list).or_default().extend(of_language.split(", ").map(as_looked_for));
    }
    words
});

/// The label of a control, normalized for searching.
pub(super) struct Label(String);

impl Label {
    pub(super) fn new(text: &str) -> Self {
        // In lower case, the Turkish capital of `i` is two characters.
        let text = text.to_lowercase().replace('\u{307}', "").replace('’', "'");
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'');
        let words = words.filter(|word| !word.is_empty());
        Self(words.fold(" ".to_owned(), |text, word| text + word + " "))
    }

    /// Whether the words of the other one are among its words.
    pub(super) fn contains(&self, other: &Self) -> bool {
        other.0.len() > 1 && self.0.contains(&other.0)
    }

    /// Whether the label has this meaning.
    pub(super) fn says(&self, meaning: Meaning) -> bool {
        let has = |list: List| WORDS[&list].iter().any(|word| self.0.contains(word));
        match meaning {
            Meaning::Leave => has(List::Leave),
            Meaning::Yes => has(List::Leave) || has(List::Agree),
            Meaning::Onward => has(List::Onward),
            Meaning::SignIn => has(List::SignIn),
            Meaning::Refuse => has(List::Refuse),
            Meaning::No => has(List::Refuse) || has(List::Away),
            Meaning::Passkey => has(List::Passkey),
            Meaning::Enrol => has(List::Enrol),
            Meaning::SignOut => has(List::SignOut),
            Meaning::Stay => has(List::Stay) || has(List::Refuse),
        }
    }
}

/// The word with spaces around it, unless its script is written without spaces, or with suffixes. A
/// single character is too often part of another word.
fn as_looked_for(word: &str) -> String {
    let is_unspaced = |c: char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}');
    match word.chars().count() > 1 && word.chars().any(is_unspaced) {
        true => word.to_owned(),
        false => format!(" {word} "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_that_leads_on_refuses() {
        let said = [List::Leave, List::Agree, List::Onward, List::SignIn];
        let both = said
            .iter()
            .flat_map(|list| &WORDS[list])
            .filter(|word| Label::new(word).says(Meaning::No));
        assert_eq!(both.collect::<Vec<_>>(), Vec::<&String>::new());
    }

    #[test]
    fn words_count_as_a_whole_and_refusals_in_every_form() {
        for (text, yes, no) in [
            ("Ablehnen", false, true),
            ("Nicht zulassen", true, true),
            ("Zulassen", true, false),
            ("İptal", false, true),
            ("İzin verme", false, true),
            ("İzin ver", true, false),
            ("許可しない", true, true),
            ("許可する", true, false),
            ("不允许", true, true),
            ("允许访问", true, false),
            ("허용 안 함", true, true),
            ("Notieren", false, false),
            ("Don’t allow", true, true),
            ("Disallowed", false, false),
        ] {
            let label = Label::new(text);
            assert_eq!((label.says(Meaning::Yes), label.says(Meaning::No)), (yes, no), "{text}");
        }
    }
}
