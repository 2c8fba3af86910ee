//! Searches texts for many values in one pass.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The shortest value that is searched for inside other text; a shorter one would hide innocent
/// words.
pub(super) const SHORTEST: usize = 6;

/// How many bytes of a value are looked up first, for long values, others, and very short ones.
const HEADS: [usize; 3] = [16, SHORTEST, 1];

/// Of a longer value, only so many bytes of both ends are kept.
const END: usize = 32;

/// How many values are searched for. A server that issues more than that is misbehaving.
const MOST: usize = 2000;

/// How many values of different lengths may have the same beginning.
const ALIKE: usize = 64;

/// A word of at most this length may be an ordinary one, and is only hidden as a whole word.
const LONGEST_WORD: usize = 16;

/// What is shown in place of a value, and where it is searched for.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) shown: Arc<str>,
    /// Whether it is hidden only as a whole word.
    is_word: bool,
    /// Whether it cannot be one of our own words.
    is_random: bool,
}

/// Values with the same beginning, longest first, by what is kept of them.
type ByLength = BTreeMap<Reverse<usize>, HashMap<Box<[u8]>, Entry>>;

/// Values by their beginnings and lengths.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    values: HashMap<Box<[u8]>, ByLength>,
    /// For each pair of bytes, whether a value begins with it.
    begins: Vec<u64>,
    count: usize,
    is_full: bool,
}

impl Index {
    /// Adds a value to search for; its first replacement is kept.
    pub(super) fn insert(&mut self, value: &str, shown: &str) {
        let bytes = value.as_bytes();
        let Some(head) = HEADS.into_iter().find(|head| bytes.len() >= *head) else { return };
        self.is_full |= self.count >= MOST;
        if self.is_full {
            return;
        }
        let alike = self.values.entry(bytes[..head].into()).or_default();
        if alike.len() >= ALIKE && !alike.contains_key(&Reverse(bytes.len())) {
            self.is_full = true;
            return;
        }
        let same = alike.entry(Reverse(bytes.len())).or_default();
        if same.contains_key(&*ends(bytes)) {
            return;
        }
        let entry =
            Entry { shown: shown.into(), is_word: is_word(value), is_random: is_random(value) };
        same.insert(ends(bytes).into(), entry);
        self.count += 1;
        self.begins.resize(1 << 10, 0);
        let seconds = bytes.get(1).map_or(0..=u8::MAX, |second| *second..=*second);
        for second in seconds {
            let pair = pair(bytes[0], second);
            self.begins[pair / 64] |= 1 << (pair % 64);
        }
    }

    /// An index that searches for nothing, as there was too much to search for.
    pub(super) fn full() -> Self {
        Self { is_full: true, ..Self::default() }
    }

    /// How many values are searched for.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Whether there were too many values to search for them all.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    /// The longest value at a position of the text, and its length. With `ours`, only what cannot
    /// be one of our own words counts.
    pub(super) fn at(&self, text: &[u8], at: usize, ours: bool) -> Option<(usize, &Entry)> {
        if self.begins.is_empty() {
            return None;
        }
        let pair = pair(text[at], text.get(at + 1).copied().unwrap_or_default());
        if self.begins[pair / 64] & (1 << (pair % 64)) == 0 {
            return None;
        }
        let found = |head: usize| {
            let lengths = self.values.get(text.get(at..at + head)?)?;
            lengths.iter().find_map(|(Reverse(length), same)| {
                let entry = same.get(&*ends(text.get(at..at + length)?))?;
                let fits = if ours { entry.is_random } else { !entry.is_word };
                (fits || (!ours && is_apart(text, at, *length))).then_some((*length, entry))
            })
        };
        HEADS.into_iter().filter(|head| at + head <= text.len()).find_map(found)
    }
}

fn pair(first: u8, second: u8) -> usize {
    usize::from(first) << 8 | usize::from(second)
}

/// What is kept of a value: all of it, or its ends.
fn ends(value: &[u8]) -> Cow<'_, [u8]> {
    if value.len() <= 2 * END {
        return value.into();
    }
    [&value[..END], &value[value.len() - END..]].concat().into()
}

/// Whether it could be an ordinary word: short, or only letters.
fn is_word(value: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphabetic() || b"_-".contains(&byte);
    value.len() < SHORTEST || (value.len() <= LONGEST_WORD && value.bytes().all(is_plain))
}

/// Whether it cannot be one of our own words.
fn is_random(value: &str) -> bool {
    let has = |what: fn(&u8) -> bool| value.bytes().any(|byte| what(&byte));
    value.len() > 2 * LONGEST_WORD
        || (value.len() > 9 && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic))
}

/// Whether the word is not continued by another letter or digit.
fn is_apart(text: &[u8], at: usize, length: usize) -> bool {
    let is_plain = text[at..at + length].iter().all(u8::is_ascii_alphabetic);
    let is_part =
        |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii() || (is_plain && *byte == b'_');
    let joins = |one: Option<&u8>, other: Option<&u8>| {
        one.is_some_and(is_part) && other.is_some_and(is_part)
    };
    let before = at.checked_sub(1).and_then(|before| text.get(before));
    let (first, last) = (text.get(at), text.get(at + length - 1));
    !joins(before, first) && !joins(last, text.get(at + length))
}
