//! Plain words: part of an id, a specification, a section or a level.

use crate::oauth::Cite;
use crate::run::{AppliedRequirement, Plan};

/// Whether a plain word matches the case: part of its id, a section such as `RFC7636 §4.6`, a specification
/// or a level, in any letter case and with or without spaces.
pub fn fits(plan: &Plan, word: &str) -> bool {
    let place = Place::read(word);
    plan.id.contains(word)
        || plan.requirements.iter().any(|AppliedRequirement { cite, level, .. }| {
            place.level.as_ref().is_none_or(|wanted| level.to_string() == *wanted)
                && place.is_of(cite)
        })
}

/// Whether the word is the full name of a case, with or without its client.
pub fn names(plan: &Plan, word: &str) -> bool {
    plan.id == word || plan.case() == word
}

/// A specification, a section and a level, each if given.
#[derive(Debug, Default, PartialEq, Eq)]
struct Place {
    specification: Option<String>,
    section: Option<String>,
    level: Option<String>,
}

impl Place {
    fn read(word: &str) -> Self {
        let text = word.replace('§', " § ");
        let mut words: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
        let is_level = |word: &String| ["MUST", "SHOULD", "MAY"].contains(&word.as_str());
        let level = words.pop_if(|last| is_level(&last.to_uppercase())).map(|it| it.to_uppercase());
        let is_sign = |word: &String| word == "§" || word.eq_ignore_ascii_case("section");
        if words.is_empty() {
            return Self { level, ..Self::default() };
        }
        let sign = words.iter().position(is_sign);
        // In `RFC 7636 4.6`, the number belongs to the name.
        let number = words.first().is_some_and(|first| first.eq_ignore_ascii_case("RFC"));
        let end = sign.unwrap_or(if number { 2 } else { 1 }).min(words.len());
        let (name, section) = words.split_at(end);
        let section: String = section.iter().filter(|it| !is_sign(it)).cloned().collect();
        let name = Some(spelt(&name.concat())).filter(|it| !it.is_empty());
        let section = Some(section).filter(|it| !it.is_empty());
        Self { specification: name, section, level }
    }

    fn is_of(&self, cite: &Cite) -> bool {
        let Self { specification, section, level } = self;
        (specification.is_some() || section.is_some() || level.is_some())
            && specification.as_ref().is_none_or(|name| spelt(&cite.specification) == *name)
            && section.as_ref().is_none_or(|section| cite.section == *section)
    }
}

/// The name of a specification, normalized: in lower case, without spaces.
pub(super) fn spelt(name: &str) -> String {
    name.split_whitespace().collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifications_sections_and_levels_are_read_as_people_write_them() {
        let place = |specification: &str, section: &str, level: &str| {
            let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
            Place { specification: some(specification), section: some(section), level: some(level) }
        };
        for (word, there) in [
            ("RFC7636", place("rfc7636", "", "")),
            ("RFC 7636", place("rfc7636", "", "")),
            ("rfc 7636 4.6", place("rfc7636", "4.6", "")),
            ("RFC7636 §4.6 MUST", place("rfc7636", "4.6", "MUST")),
            ("RFC 7636 section 4.6", place("rfc7636", "4.6", "")),
            ("§4.6", place("", "4.6", "")),
            ("must", place("", "", "MUST")),
            ("OAuth2.1 should", place("oauth2.1", "", "SHOULD")),
            ("pkce", place("pkce", "", "")),
        ] {
            assert_eq!(Place::read(word), there, "{word}");
        }
    }
}
