//! Texts as their readers decode them, with the source position of each byte.

use std::ops::Range;

use super::printable::steers;

/// The longest character reference in a page, including the ampersand.
const LONGEST_ENTITY: usize = 10;

/// A decoded text, and the part of the source that each of its bytes comes from.
pub(super) struct View {
    pub(super) text: Vec<u8>,
    from: Vec<Range<u32>>,
}

impl View {
    /// The part of the source that a part of the text comes from.
    pub(super) fn source(&self, part: Range<usize>) -> Range<usize> {
        let (first, last) = (&self.from[part.start], &self.from[part.end - 1]);
        first.start as usize..last.end as usize
    }

    /// The text as it is, without characters that control a terminal, as they will be removed.
    fn plain(source: &str) -> Self {
        let mut view = Self::of(source.len());
        for (at, c) in source.char_indices().filter(|(_, c)| !steers(*c)) {
            view.push(c, at..at + c.len_utf8());
        }
        view
    }

    fn of(length: usize) -> Self {
        Self { text: Vec::with_capacity(length), from: Vec::with_capacity(length) }
    }

    #[expect(clippy::cast_possible_truncation, reason = "no text is that long")]
    fn push(&mut self, c: char, from: Range<usize>) {
        let from = from.start as u32..from.end as u32;
        let mut buffer = [0; 4];
        for byte in c.encode_utf8(&mut buffer).bytes() {
            self.text.push(byte);
            self.from.push(from.clone());
        }
    }

    /// The same text with some parts decoded; `decode` returns their length.
    fn read(&self, decode: impl Fn(&[u8]) -> Option<(usize, Decoded)>) -> Self {
        let (mut view, mut at) = (Self::of(self.text.len()), 0);
        while at < self.text.len() {
            match decode(&self.text[at..]) {
                Some((length, decoded)) => {
                    let from = self.source(at..at + length);
                    match decoded {
                        Decoded::Char(c) if !steers(c) => view.push(c, from),
                        Decoded::Byte(byte) if byte >= b' ' || b"\t\n".contains(&byte) => {
                            view.text.push(byte);
                            #[expect(
                                clippy::cast_possible_truncation,
                                reason = "no text is that long"
                            )]
                            view.from.push(from.start as u32..from.end as u32);
                        }
                        _ => {}
                    }
                    at += length;
                }
                None => {
                    view.text.push(self.text[at]);
                    view.from.push(self.from[at].clone());
                    at += 1;
                }
            }
        }
        view
    }
}

/// What some bytes decode to.
enum Decoded {
    Byte(u8),
    Char(char),
    Nothing,
}

/// Views the text in every way in which it may be read: by a person, or a parser of URLs, forms,
/// pages or JSON, and combinations of them. One at a time, as each is many times as large as the
/// text.
pub(super) fn look(source: &str, mut at: impl FnMut(&View)) {
    let plain = View::plain(source);
    let has = |bytes: &[u8]| source.bytes().any(|byte| bytes.contains(&byte));
    if has(b"\t\r\n") {
        at(&plain.read(unbroken));
    }
    if has(b"&") {
        at(&plain.read(entity));
    }
    if has(b"\\") {
        at(&plain.read(escape));
    }
    if has(b"+") {
        at(&plain.read(form));
    }
    if has(b"%") {
        let once = plain.read(percent);
        if once.text.contains(&b'%') {
            at(&once.read(percent));
            at(&once.read(form));
        }
        at(&once);
    }
    if has(b"&\\") && has(b"%\\") {
        at(&plain.read(escape).read(entity).read(form));
    }
    at(&plain);
}

/// URL parsers ignore these.
fn unbroken(text: &[u8]) -> Option<(usize, Decoded)> {
    matches!(text[0], b'\t' | b'\r' | b'\n').then_some((1, Decoded::Nothing))
}

fn percent(text: &[u8]) -> Option<(usize, Decoded)> {
    let [b'%', high, low, ..] = text else { return None };
    Some((3, Decoded::Byte(u8::try_from(digit(*high, 16)? << 4 | digit(*low, 16)?).ok()?)))
}

fn form(text: &[u8]) -> Option<(usize, Decoded)> {
    if text[0] == b'+' { Some((1, Decoded::Byte(b' '))) } else { percent(text) }
}

fn entity(text: &[u8]) -> Option<(usize, Decoded)> {
    let body = text.strip_prefix(b"&")?;
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'#';
    let length = body.iter().take(LONGEST_ENTITY).take_while(|byte| name(byte)).count();
    let whole = length + 1 + usize::from(body.get(length) == Some(&b';'));
    let name = std::str::from_utf8(&body[..length]).ok()?;
    let c = match name.to_ascii_lowercase().as_str() {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "sol" => '/',
        "plus" => '+',
        "equals" => '=',
        "tab" => '\t',
        "newline" => '\n',
        number => {
            let number = number.strip_prefix('#')?;
            let number = match number.strip_prefix('x') {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => number.parse(),
            };
            char::from_u32(number.ok()?)?
        }
    };
    Some((whole, Decoded::Char(c)))
}

fn escape(text: &[u8]) -> Option<(usize, Decoded)> {
    let [b'\\', kind, rest @ ..] = text else { return None };
    let c = match kind {
        b'"' | b'\\' | b'/' | b'\'' => char::from(*kind),
        b'n' => '\n',
        b't' => '\t',
        b'r' | b'b' | b'f' => return Some((2, Decoded::Nothing)),
        b'u' => {
            let digits = rest.get(..4)?;
            let number = digits.iter().try_fold(0, |sum, it| Some(sum << 4 | digit(*it, 16)?))?;
            return Some((6, char::from_u32(number).map_or(Decoded::Nothing, Decoded::Char)));
        }
        _ => return None,
    };
    Some((2, Decoded::Char(c)))
}

fn digit(byte: u8, base: u32) -> Option<u32> {
    char::from(byte).to_digit(base)
}
