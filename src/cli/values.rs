//! Values of arguments that are more than a number or a name.

use crate::source::DurationText;

/// A length of time that something can happen in.
pub(super) fn timeout(text: &str) -> Result<DurationText, String> {
    let time = DurationText::try_from(text.to_owned())?;
    let right = || "no answer comes in no time; write one as in `90s`, `10m` or `1h`".to_owned();
    (!time.0.is_zero()).then_some(time).ok_or_else(right)
}

/// A URL that our client can reach: WebDriver servers speak plain HTTP.
pub(super) fn webdriver_url(text: &str) -> Result<String, String> {
    match url::Url::parse(text) {
        Ok(url) if url.scheme() == "http" && url.has_host() => Ok(text.to_owned()),
        _ => Err("write an http URL, such as http://127.0.0.1:4444".to_owned()),
    }
}
