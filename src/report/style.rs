//! Text style for a terminal: colors and width.

use anstyle::{AnsiColor, Style as Look};
use textwrap::{Options, WordSeparator, WordSplitter};

use crate::run::Verdict;

/// The style of text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Whether to use colors.
    pub color: bool,
    /// The number of columns; none if lines may have any length, as in files.
    pub width: Option<usize>,
}

impl Style {
    /// A word for a verdict, in its color.
    pub(super) fn verdict(self, verdict: Verdict, word: &str) -> String {
        let color = match verdict {
            Verdict::Pass => AnsiColor::Green,
            Verdict::Warn | Verdict::NotApplicable => AnsiColor::Yellow,
            Verdict::Fail => AnsiColor::Red,
            Verdict::Known => AnsiColor::Cyan,
            Verdict::Inconclusive => AnsiColor::Magenta,
        };
        self.painted(color.on_default().bold(), word)
    }

    /// The id of a case, with suite, name and client in different styles.
    pub(super) fn id(self, id: &str) -> String {
        let (suite, case) = id.split_once('/').unwrap_or(("", id));
        let (case, client) = case.split_once('@').map_or((case, ""), |(case, it)| (case, it));
        let mut text = self.painted(AnsiColor::Magenta.on_default(), suite);
        if !suite.is_empty() {
            text.push('/');
        }
        text += &self.painted(AnsiColor::Blue.on_default().bold(), case);
        if !client.is_empty() {
            text.push('@');
            text += &self.painted(AnsiColor::Cyan.on_default(), client);
        }
        text
    }

    /// Text about something that is as it should be.
    pub fn good(self, text: &str) -> String {
        self.painted(AnsiColor::Green.on_default(), text)
    }

    /// Text about a problem.
    pub fn bad(self, text: &str) -> String {
        self.painted(AnsiColor::Red.on_default().bold(), text)
    }

    /// Text about something to look at.
    pub fn caution(self, text: &str) -> String {
        self.painted(AnsiColor::Yellow.on_default(), text)
    }

    /// Text about something that could not be tested.
    pub(super) fn unknown(self, text: &str) -> String {
        self.painted(AnsiColor::Magenta.on_default(), text)
    }

    /// Less important text.
    pub fn dim(self, text: &str) -> String {
        self.painted(Look::new().dimmed(), text)
    }

    /// Important text.
    pub fn strong(self, text: &str) -> String {
        self.painted(Look::new().bold(), text)
    }

    fn painted(self, look: Look, text: &str) -> String {
        if self.color && !text.is_empty() {
            format!("{look}{text}{look:#}")
        } else {
            text.to_owned()
        }
    }

    /// A text that begins after `first`, wrapped to the width of the terminal, with the other lines indented.
    pub(super) fn hanging(self, first: &str, indent: usize, text: &str) -> String {
        let Some(width) = self.width.filter(|width| *width > indent + 20) else {
            return format!("{first}{text}\n");
        };
        let below = " ".repeat(indent);
        // A word with a hyphen may be an id, which must not be wrapped.
        let options = Options::new(width - indent).word_splitter(WordSplitter::NoHyphenation);
        let options = options.word_separator(WordSeparator::AsciiSpace);
        let lines = textwrap::wrap(text, options);
        let lines: Vec<_> = lines.iter().map(|line| line.trim_end()).collect();
        format!("{first}{}\n", lines.join(&format!("\n{below}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_hangs_below_its_beginning() {
        let style = Style { color: false, width: Some(40) };
        let text = "one two three four five six seven eight";
        let hung = style.hanging("  key  ", 7, text);
        assert_eq!(hung, "  key  one two three four five six seven\n       eight\n");
        assert_eq!(Style::default().hanging("  key  ", 7, text), format!("  key  {text}\n"));
    }

    #[test]
    fn colors_are_written_only_where_they_are_wanted() {
        let plain = Style::default();
        assert_eq!(plain.id("pkce/wrong-verifier@web"), "pkce/wrong-verifier@web");
        assert_eq!(plain.verdict(Verdict::Fail, "FAIL"), "FAIL");
        let colored = Style { color: true, ..plain };
        assert_eq!(colored.verdict(Verdict::Fail, "FAIL"), "\u{1b}[1m\u{1b}[31mFAIL\u{1b}[0m");
        assert_eq!(anstream::adapter::strip_str(&colored.id("a/b@c")).to_string(), "a/b@c");
    }
}
