//! Puts the messages of serde and the TOML parser into plain English.

use super::Flaw;

/// The TOML parser's message, our message, and what would be right.
const SYNTAX: &[(&str, &str, &str)] = &[
    ("string values must be quoted", "text without quotes", "write it in quotes, as in `\"text\"`"),
    ("invalid basic string", "text without a closing quote", "write `\"` where it ends"),
    (
        "missing comma between array elements",
        "a list that is not closed, or lacks a comma",
        "write `]` or `,` before this",
    ),
    (
        "invalid unquoted key",
        "a name with a character other than a letter, a number, `-` and `_`",
        "write the name in quotes, as in `[user.\"alice@as.example\"]`",
    ),
    ("wanted string or table", "something else where a text belongs", "write the text in quotes"),
    (
        "cannot extend value",
        "this has a value already",
        "write it as a value or as a table, not both",
    ),
];

/// What serde expects, in a word, and with an example.
const WANTED: &[(&str, &str, &str)] = &[
    ("a string", "text", "text in quotes, as in `\"text\"`"),
    ("a sequence", "a list", "a list, as in `[\"one\", \"two\"]`"),
    ("a map", "a table", "a table, as in `{ name = \"value\" }`"),
    ("i64", "a whole number", "a whole number, as in `400`"),
    ("u32", "a whole number", "a whole number, as in `128`"),
    ("u16", "a whole number", "a whole number, as in `400`"),
];

/// What is wrong, and what would be right, for `message` about the text `at`.
///
/// Our own messages contain both, separated by a semicolon.
pub(super) fn plain(message: &str, at: &str) -> Flaw {
    if let Some((_, what, right)) = SYNTAX.iter().find(|(said, ..)| message.starts_with(said)) {
        return Flaw::new(*what, *right);
    }
    if message == "duplicate key" {
        return Flaw::new(format!("a second `{at}`"), "give it another name, or combine the two");
    }
    if let Some(name) = message.strip_prefix("missing field ") {
        return missing(name, at);
    }
    let types = message.strip_prefix("invalid type: ");
    if let Some((found, wanted)) = types.and_then(|types| types.rsplit_once(", expected ")) {
        return wrong_type(found, wanted, at);
    }
    let message = message.replacen("unknown field", "unknown word", 1);
    let message = message.replacen("unknown variant", "unknown word", 1);
    let (what, right) = match message.split_once("; ") {
        Some((what, right)) => (what, right.to_owned()),
        None => match message.split_once(", expected ") {
            Some((what, right)) => (what, format!("expected {right}")),
            None => (message.as_str(), String::new()),
        },
    };
    let right = match suggestion(what, &right) {
        Some(word) if right.matches('`').count() == 2 => format!("did you mean `{word}`?"),
        Some(word) => format!("did you mean `{word}`? {right}"),
        None => right,
    };
    Flaw::new(what, right)
}

fn missing(name: &str, at: &str) -> Flaw {
    let place = match at.chars().next() {
        Some('[') => format!("under `{at}`"),
        Some(_) => "in this table".to_owned(),
        None => "at the top of the file".to_owned(),
    };
    Flaw::new(
        format!("{name} is missing"),
        format!("write `{} = …` {place}", name.trim_matches('`')),
    )
}

fn wrong_type(found: &str, wanted: &str, at: &str) -> Flaw {
    if at.starts_with("[[") {
        let name = at.trim_matches(['[', ']']);
        let what = "a list of tables where one table belongs";
        return Flaw::new(what, format!("write `[{name}]`, with one bracket"));
    }
    let found = match found.split(' ').next().unwrap_or_default() {
        "string" => "text",
        "integer" => "a number",
        "floating" => "a number with a fraction",
        "sequence" => "a list",
        "map" if at.starts_with(|first: char| first.is_ascii_digit()) => "a date",
        "map" => "a table",
        _ => at,
    };
    if at.starts_with('[') && (found, wanted) == ("a table", "a sequence") {
        let what = "one table where a list of tables belongs";
        return Flaw::new(what, format!("write `[{at}]`, with two brackets"));
    }
    let (word, example) = WANTED
        .iter()
        .find(|(said, ..)| *said == wanted)
        .map_or((wanted, wanted), |(_, word, example)| (*word, *example));
    let word = word.split(", as in").next().unwrap_or(word);
    Flaw::new(format!("{found} where {word} belongs"), format!("write {example}"))
}

/// The valid word that was probably meant by the unknown one.
pub(super) fn suggestion<'a>(what: &str, right: &'a str) -> Option<&'a str> {
    let unknown = what.strip_prefix("unknown ")?.split('`').nth(1)?;
    nearest(unknown, right.split('`').skip(1).step_by(2))
}

/// The closest word to an unknown one, if one is close enough.
pub fn nearest<'a>(unknown: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    words
        .map(|word| (strsim::damerau_levenshtein(unknown, word), word))
        .filter(|(distance, word)| *distance <= 1 + word.len() / 4)
        .min()
        .map(|(_, word)| word)
}
