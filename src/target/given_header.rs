//! Header fields given as arguments.

use std::collections::BTreeMap;

use toml::Spanned;

use super::extra::header_mistakes;
use super::text::Text;

/// A header field given as an argument, as in `x-api-key: env:GATEWAY_KEY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenHeader {
    /// Its name, in lower case.
    pub name: String,
    /// The value as given, for a target file: the name of a variable rather than its value.
    pub written: String,
    /// The value to send.
    pub value: String,
}

impl TryFrom<&str> for GivenHeader {
    type Error = String;

    fn try_from(text: &str) -> Result<Self, String> {
        let Some((name, written)) = text.split_once(':') else {
            return Err("write a name and a value, as in 'x-api-key: env:GATEWAY_KEY'".to_owned());
        };
        let (name, written) = (name.trim().to_ascii_lowercase(), written.trim().to_owned());
        let value = Text::try_from(written.clone())?;
        let field = BTreeMap::from([(Spanned::new(0..0, name.clone()), value.clone())]);
        match header_mistakes(field.iter()).first() {
            Some(mistake) => Err(format!("{}; {}", mistake.what, mistake.right)),
            None => Ok(Self { name, written, value: value.text }),
        }
    }
}
