//! Mistakes in a file, and how they are shown.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use super::Source;

/// A mistake in a file, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong, as a fragment.
    pub what: String,
    /// What would be right, as a sentence, or empty if `what` already says it.
    pub right: String,
    /// Its position in the file, in bytes.
    pub span: Range<usize>,
}

impl Mistake {
    /// A mistake at `span`.
    pub fn new(span: Range<usize>, what: impl Into<String>, right: impl Into<String>) -> Self {
        Self { what: what.into(), right: right.into(), span }
    }

    /// Whether it is the same mistake, elsewhere.
    fn is_like(&self, other: &Self) -> bool {
        self.what == other.what && self.right == other.right
    }
}

/// All mistakes in some files, ready to be shown; never empty when returned as an error.
#[derive(Clone, Debug, Default)]
pub struct Mistakes {
    found: Vec<(Source, Vec<Mistake>)>,
}

impl Mistakes {
    /// Adds what was found in one file, in the order of its lines.
    pub fn add(&mut self, source: &Source, mut mistakes: Vec<Mistake>) {
        mistakes.sort_by_key(|mistake| mistake.span.start);
        mistakes.dedup();
        match self.found.iter_mut().find(|(known, _)| known == source) {
            Some((_, before)) => {
                before.append(&mut mistakes);
                before.sort_by_key(|mistake| mistake.span.start);
            }
            None if mistakes.is_empty() => {}
            None => self.found.push((source.clone(), mistakes)),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// How many mistakes there are.
    pub fn len(&self) -> usize {
        self.found.iter().map(|(_, mistakes)| mistakes.len()).sum()
    }
}

impl Mistakes {
    /// All of them, without their number.
    pub fn listed(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = self.list(&mut text);
        text.trim_end().to_owned()
    }

    fn list(&self, f: &mut dyn fmt::Write) -> fmt::Result {
        let renderer = Renderer::plain();
        for (source, mistakes) in &self.found {
            for (index, mistake) in mistakes.iter().enumerate() {
                if mistakes[..index].iter().any(|known| known.is_like(mistake)) {
                    // The first one shows what would be right.
                    let (line, column) = source.place(mistake.span.start);
                    let (what, name) = (&mistake.what, &source.name);
                    writeln!(f, "error: {what}, as above, at {name}:{line}:{column}")?;
                    let is_last =
                        !mistakes.get(index + 1).is_some_and(|next| next.is_like(mistake));
                    f.write_str(if is_last { "\n" } else { "" })?;
                    continue;
                }
                let title = Level::ERROR.primary_title(mistake.what.as_str());
                let (text, span) = source.shown(&mistake.span);
                let mut group = if text.is_empty() {
                    title.element(Origin::path(source.name.as_str()))
                } else {
                    let snippet = Snippet::source(text.as_str()).path(source.name.as_str());
                    title.element(snippet.annotation(AnnotationKind::Primary.span(span)))
                };
                if !mistake.right.is_empty() {
                    group = group.element(Level::HELP.message(mistake.right.as_str()));
                }
                writeln!(f, "{}\n", renderer.render(&[group]))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.list(f)?;
        let (files, mistakes) = (self.found.len(), self.len());
        write!(f, "{} in {}", counted(mistakes, "mistake"), counted(files, "file"))
    }
}

impl std::error::Error for Mistakes {}

/// A number of things: `1 case`, `2 cases`.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
