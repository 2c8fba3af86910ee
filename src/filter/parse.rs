//! Parses filter expressions such as `suite(pkce) & !slow()`.

use std::ops::Range;

use winnow::error::{ErrMode, ParserError};
use winnow::prelude::*;
use winnow::stream::{LocatingSlice, Location};
use winnow::token::{rest, take_while};

use super::expression::Expression;
use super::matcher::Matcher;
use super::names::Predicate;
use crate::oauth::Level;
use crate::run::Verdict;
use crate::source::{Mistake, nearest};

/// The maximum length of an expression, in bytes, and the maximum nesting depth.
const LONGEST: usize = 2000;
const DEEPEST: usize = 50;

/// All predicates, with an example of each.
const PREDICATES: &[(&str, &str)] = &[
    ("all", "all()"),
    ("none", "none()"),
    ("slow", "slow()"),
    ("suite", "suite(pkce)"),
    ("case", "case(wrong-verifier)"),
    ("spec", "spec(RFC7636)"),
    ("section", "section(RFC7636 §4.6)"),
    ("level", "level(must)"),
    ("client", "client(web)"),
    ("status", "status(fail)"),
];

const LEVELS: &[(&str, Level)] =
    &[("must", Level::Must), ("should", Level::Should), ("may", Level::May)];

/// Parses an expression.
///
/// # Errors
/// The first mistake in it, and how to correct it.
pub fn parse(text: &str) -> Result<Expression, Mistake> {
    if text.len() > LONGEST {
        let right =
            format!("write at most {LONGEST} bytes; several -E select what any of them matches");
        return Err(Mistake::new(0..0, "the expression is too long", right));
    }
    let input = &mut LocatingSlice::new(text);
    let read = blank(input).and_then(|()| either(input, 0)).and_then(|read| {
        end(input)?;
        Ok(read)
    });
    read.map_err(|error| match error {
        ErrMode::Cut(ParseError(mistake)) | ErrMode::Backtrack(ParseError(mistake)) => mistake,
        ErrMode::Incomplete(_) => ParseError::from_input(input).0,
    })
}

type Input<'a> = LocatingSlice<&'a str>;

type Read<T> = ModalResult<T, ParseError>;

/// A mistake, as the parser's error.
#[derive(Debug)]
struct ParseError(Mistake);

impl ParserError<Input<'_>> for ParseError {
    type Inner = Self;

    fn from_input(input: &Input<'_>) -> Self {
        let at = input.current_token_start();
        Self(Mistake::new(at..at, "this is not understood", "see docs/FILTERS.md"))
    }

    fn into_inner(self) -> Result<Self, Self> {
        Ok(self)
    }
}

fn wrong<T>(span: Range<usize>, what: impl Into<String>, right: impl Into<String>) -> Read<T> {
    Err(ErrMode::Cut(ParseError(Mistake::new(span, what, right))))
}

/// Skips spaces.
fn blank(input: &mut Input<'_>) -> Read<()> {
    take_while(0.., char::is_whitespace).void().parse_next(input)
}

/// The location of the rest of the input, up to a number of bytes.
fn here(input: &Input<'_>, length: usize) -> Range<usize> {
    let at = input.current_token_start();
    at..at + length.min(input.len())
}

/// Expects the end of the input.
fn end(input: &Input<'_>) -> Read<()> {
    let left = &**input.as_ref();
    match left.chars().next() {
        None => Ok(()),
        Some(')') => wrong(here(input, 1), "a `)` without its `(`", "leave it out"),
        Some(_) => {
            let word = left.find(|c: char| c.is_whitespace() || "()&|".contains(c));
            let right = "write `&`, `|` or `-` between two predicates";
            wrong(here(input, word.unwrap_or(left.len()).max(1)), "an operator is missing", right)
        }
    }
}

/// Parses one of these operators, which mean the same.
fn operator(input: &mut Input<'_>, signs: &[&str]) -> Read<Option<Range<usize>>> {
    let left: &str = input.as_ref();
    for sign in signs {
        let Some(after) = left.strip_prefix(sign) else { continue };
        let is_word = sign.chars().all(char::is_alphabetic);
        if is_word && after.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let span = here(input, sign.len());
        if !is_word && *sign != "-" && *sign != "!" && after.starts_with(sign) {
            let right = format!("write it once, as in `suite(pkce) {sign} level(must)`");
            return wrong(
                here(input, 2 * sign.len()),
                format!("`{sign}{sign}` is not an operator"),
                right,
            );
        }
        take_while(sign.chars().count(), |_| true).void().parse_next(input)?;
        blank(input)?;
        if input.is_empty() {
            let right = format!("write a predicate after it, or leave out `{sign}`");
            return wrong(span, "an operator with nothing after it", right);
        }
        return Ok(Some(span));
    }
    Ok(None)
}

/// Parses alternatives.
fn either(input: &mut Input<'_>, depth: usize) -> Read<Expression> {
    let mut read = both(input, depth)?;
    while operator(input, &["|", "+", "or"])?.is_some() {
        read = Expression::Or(Box::new(read), Box::new(both(input, depth)?));
    }
    Ok(read)
}

/// Parses conjunctions and differences.
fn both(input: &mut Input<'_>, depth: usize) -> Read<Expression> {
    let mut read = one(input, depth)?;
    loop {
        let other = if operator(input, &["&", "and"])?.is_some() {
            one(input, depth)?
        } else if operator(input, &["-"])?.is_some() {
            Expression::Not(Box::new(one(input, depth + 1)?))
        } else {
            return Ok(read);
        };
        read = Expression::And(Box::new(read), Box::new(other));
    }
}

/// Parses an operand of binary operators.
fn one(input: &mut Input<'_>, depth: usize) -> Read<Expression> {
    if depth > DEEPEST {
        let right = "write several -E, which select what any of them matches";
        return wrong(here(input, 0), "the expression is nested too deep", right);
    }
    if operator(input, &["!", "not"])?.is_some() {
        return Ok(Expression::Not(Box::new(one(input, depth + 1)?)));
    }
    let left: &str = input.as_ref();
    if !left.starts_with('(') {
        return predicate(input);
    }
    let span = here(input, 1);
    take_while(1, '(').void().parse_next(input)?;
    blank(input)?;
    let read = either(input, depth + 1)?;
    let left: &str = input.as_ref();
    if left.is_empty() {
        return wrong(span, "a `(` that is not closed", "write `)` where it ends");
    }
    if !left.starts_with(')') {
        end(input)?;
    }
    take_while(1, ')').void().parse_next(input)?;
    blank(input)?;
    Ok(read)
}

fn predicate(input: &mut Input<'_>) -> Read<Expression> {
    let left: &str = input.as_ref();
    if left.is_empty() {
        return wrong(
            here(input, 0),
            "an expression with nothing in it",
            "write one such as `suite(pkce)`",
        );
    }
    if let Some(sign) = left.chars().next().filter(|c| "&|+)-".contains(*c)) {
        let right = "write a predicate before it, as in `suite(pkce)`";
        return wrong(
            here(input, sign.len_utf8()),
            format!("`{sign}` with nothing before it"),
            right,
        );
    }
    let at = input.current_token_start();
    let name: &str =
        take_while(0.., |c: char| !c.is_whitespace() && !"()&|+!".contains(c)).parse_next(input)?;
    let span = at..at + name.len();
    let Some((_, example)) = PREDICATES.iter().find(|(known, _)| *known == name) else {
        return unknown(input, name, span);
    };
    blank(input)?;
    let left: &str = input.as_ref();
    if !left.starts_with('(') {
        return wrong(span, format!("`{name}` without parentheses"), format!("write `{example}`"));
    }
    let open = here(input, 1);
    take_while(1, '(').void().parse_next(input)?;
    blank(input)?;
    let at = input.current_token_start();
    let (matcher, length) = argument(input, name, at)?;
    let left: &str = input.as_ref();
    if !left.starts_with(')') {
        let right = "write `)` where it ends; write `\\)` for one within the text";
        return wrong(open, format!("the `(` of `{name}` is not closed"), right);
    }
    take_while(1, ')').void().parse_next(input)?;
    blank(input)?;
    made(name, matcher, at..at + length)
}

/// The error for a word that is not a predicate.
fn unknown(input: &mut Input<'_>, name: &str, span: Range<usize>) -> Read<Expression> {
    blank(input)?;
    let left: &str = input.as_ref();
    let names = PREDICATES.iter().map(|(known, _)| *known);
    if name.is_empty() {
        return wrong(here(input, 1), "this is not understood", "see docs/FILTERS.md");
    }
    if !left.starts_with('(') && !names.clone().any(|it| it.eq_ignore_ascii_case(name)) {
        let right =
            format!("write `case({name})` or `suite({name})`; plain words are written without -E");
        return wrong(span, format!("`{name}` is not a predicate"), right);
    }
    let right = match nearest(&name.to_lowercase(), names.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known are {}", names.collect::<Vec<_>>().join(", ")),
    };
    wrong(span, format!("unknown predicate `{name}`"), right)
}

/// The argument in parentheses: its matcher, its text and its length.
#[derive(Debug)]
struct Argument {
    /// `=`, `~`, `#` or `/`, if given.
    sign: Option<char>,
    text: String,
}

fn argument(input: &mut Input<'_>, name: &str, at: usize) -> Read<(Argument, usize)> {
    let left: &str = input.as_ref();
    let sign = left.chars().next().filter(|c| "=~#/".contains(*c));
    if sign.is_some() {
        take_while(1, |_| true).void().parse_next(input)?;
    }
    let last = if sign == Some('/') { '/' } else { ')' };
    let left: &str = input.as_ref();
    let (mut text, mut escaped, mut end) = (String::new(), false, None);
    for (index, c) in left.char_indices() {
        match (escaped, c) {
            (false, '\\') => escaped = true,
            (false, c) if c == last => {
                end = Some(index);
                break;
            }
            (true, c) => {
                // In patterns, a backslash is part of the pattern.
                let is_ours = c == last || matches!(sign, None | Some('=' | '~')) && c == '\\';
                text.extend((!is_ours).then_some('\\'));
                text.push(c);
                escaped = false;
            }
            (false, c) => text.push(c),
        }
    }
    let Some(end) = end else {
        if last == '/' {
            let right = "write `/` where it ends; write `\\/` for one within it";
            return wrong(at..at + 1, "a regular expression that is not closed", right);
        }
        rest.void().parse_next(input)?;
        return Ok((Argument { sign, text }, left.len()));
    };
    let length = left[..end].chars().count();
    take_while(length, |_| true).void().parse_next(input)?;
    if last == '/' {
        take_while(1, '/').void().parse_next(input)?;
        blank(input)?;
        let left: &str = input.as_ref();
        if !left.is_empty() && !left.starts_with(')') {
            let right = format!("write `)` after the last `/`, as in `{name}(/^wrong/)`");
            return wrong(here(input, 1), "text after a regular expression", right);
        }
    }
    let written = left[..end].trim_end().len() + sign.map_or(0, char::len_utf8);
    let written = written + usize::from(last == '/');
    Ok((Argument { sign, text: text.trim().to_owned() }, written))
}

/// The expression of a predicate with its argument.
fn made(name: &str, Argument { sign, text }: Argument, span: Range<usize>) -> Read<Expression> {
    let whole = match name {
        "all" => Some(Expression::All),
        "none" => Some(Expression::None),
        "slow" => Some(Expression::Slow),
        _ => None,
    };
    let is_empty = text.is_empty() && sign.is_none();
    match whole {
        Some(whole) if is_empty => return Ok(whole),
        Some(_) => {
            return wrong(span, format!("`{name}` takes no argument"), format!("write `{name}()`"));
        }
        None => {}
    }
    if text.is_empty() {
        let example = PREDICATES.iter().find(|(known, _)| *known == name).map_or("", |it| it.1);
        let what = format!("`{name}` with nothing to compare with");
        return wrong(span, what, format!("write it like `{example}`"));
    }
    match name {
        "level" => Ok(Expression::Level(one_of(LEVELS, "level", &text, sign, span)?)),
        "status" => {
            let names = Verdict::ALL.iter().map(|verdict| (verdict.name(), *verdict));
            let names: Vec<_> = names.chain([("skip", Verdict::NotApplicable)]).collect();
            let verdict = one_of(&names, "status", &text, sign, span.clone())?;
            Ok(Expression::Status(verdict, span))
        }
        "suite" => of_name(Predicate::Suite, sign.unwrap_or('#'), text, span),
        "spec" => of_name(Predicate::Spec, sign.unwrap_or('#'), text, span),
        "section" => of_name(Predicate::Section, sign.unwrap_or('#'), text, span),
        "client" => of_name(Predicate::Client, sign.unwrap_or('#'), text, span),
        _ => of_name(Predicate::Case, sign.unwrap_or('~'), text, span),
    }
}

/// One of a few words, in any letter case.
fn one_of<T: Copy>(
    all: &[(&str, T)],
    kind: &str,
    text: &str,
    sign: Option<char>,
    span: Range<usize>,
) -> Read<T> {
    let names = || all.iter().map(|(name, _)| *name);
    if let Some(sign) = sign.filter(|sign| *sign != '=') {
        let right = format!("write one of {}", names().collect::<Vec<_>>().join(", "));
        return wrong(span, format!("`{kind}` does not support `{sign}`"), right);
    }
    let small = text.to_lowercase();
    match all.iter().find(|(name, _)| *name == small) {
        Some((_, it)) => Ok(*it),
        None => {
            let right = match nearest(&small, names()) {
                Some(near) => format!("did you mean `{kind}({near})`?"),
                None => format!("known are {}", names().collect::<Vec<_>>().join(", ")),
            };
            wrong(span, format!("unknown {kind} `{text}`"), right)
        }
    }
}

fn of_name(predicate: Predicate, sign: char, text: String, span: Range<usize>) -> Read<Expression> {
    let matcher = match sign {
        '=' => Ok(Matcher::Exact(text)),
        '~' => Ok(Matcher::Contains(text)),
        '/' => Matcher::regex(&text).map_err(|why| ("a regular expression", why)),
        _ => Matcher::glob(&text).map_err(|why| ("a glob pattern", why)),
    };
    match matcher {
        Ok(matcher) => Ok(Expression::Name(predicate, matcher, span)),
        Err((kind, why)) => {
            let right = format!(
                "write it as plain text, as in `{}(={text})`",
                predicate.name(),
                text = "pkce"
            );
            wrong(span, format!("{kind} that cannot be read: {why}"), right)
        }
    }
}
