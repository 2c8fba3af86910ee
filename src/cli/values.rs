//! Parsers for argument values.

use crate::source::DurationText;
use crate::target::GivenHeader;

/// Parses a duration greater than zero.
pub(super) fn timeout(text: &str) -> Result<DurationText, String> {
    let time = DurationText::try_from(text.to_owned())?;
    let right =
        || "the duration must not be zero; write one such as `90s`, `10m` or `1h`".to_owned();
    (!time.0.is_zero()).then_some(time).ok_or_else(right)
}

/// Parses the URL of a WebDriver server, which speaks plain HTTP.
pub(super) fn webdriver_url(text: &str) -> Result<String, String> {
    match url::Url::parse(text) {
        Ok(url) if url.scheme() == "http" && url.has_host() => Ok(text.to_owned()),
        _ => Err("write an http URL, such as http://127.0.0.1:4444".to_owned()),
    }
}

/// Parses a header field, whose value may be `env:NAME`.
pub(super) fn header(text: &str) -> Result<GivenHeader, String> {
    GivenHeader::try_from(text)
}
