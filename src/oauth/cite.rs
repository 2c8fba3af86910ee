//! Citations: the specification, the section, and the level of a requirement.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The sections of each specification, one specification per line.
const SECTIONS: &str = include_str!("sections.txt");

/// A section of a specification, always written as in `RFC7636 §4.6`.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Cite {
    /// The specification's short name, such as `RFC7636` or `OAuth2.1`.
    pub specification: String,
    /// The section's number, such as `4.6`.
    pub section: String,
}

impl Cite {
    /// Its position: that of the specification in the list, and that of the section in its
    /// contents.
    pub fn place(&self) -> (usize, usize) {
        let specification = specifications().position(|name| name == self.specification);
        let line = SECTIONS.lines().nth(specification.unwrap_or_default()).unwrap_or_default();
        let section = line.split(' ').skip(1).position(|section| section == self.section);
        (specification.unwrap_or_default(), section.unwrap_or_default())
    }

    /// Where the section can be read.
    pub fn url(&self) -> String {
        let Self { specification, section } = self;
        match specification.as_str() {
            "OAuth2.1" => format!(
                "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1#section-{section}"
            ),
            "OAuth.BrowserBasedApps" => format!(
                "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-browser-based-apps#section-{section}"
            ),
            "OpenID.Core" => "https://openid.net/specs/openid-connect-core-1_0.html".to_owned(),
            "OpenID.Discovery" => {
                "https://openid.net/specs/openid-connect-discovery-1_0.html".to_owned()
            }
            "OpenID.Registration" => {
                "https://openid.net/specs/openid-connect-registration-1_0.html".to_owned()
            }
            "OpenID.RPInitiated" => {
                "https://openid.net/specs/openid-connect-rpinitiated-1_0.html".to_owned()
            }
            "OpenID.BackChannel" => {
                "https://openid.net/specs/openid-connect-backchannel-1_0.html".to_owned()
            }
            "OpenID.FrontChannel" => {
                "https://openid.net/specs/openid-connect-frontchannel-1_0.html".to_owned()
            }
            "OpenID.Session" => {
                "https://openid.net/specs/openid-connect-session-1_0.html".to_owned()
            }
            "OAuth.ResponseTypes" => {
                "https://openid.net/specs/oauth-v2-multiple-response-types-1_0.html".to_owned()
            }
            "OAuth.FormPost" => {
                "https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html".to_owned()
            }
            "FAPI2.SecurityProfile" => {
                "https://openid.net/specs/fapi-security-profile-2_0-final.html".to_owned()
            }
            "FAPI2.MessageSigning" => {
                "https://openid.net/specs/fapi-message-signing-2_0-final.html".to_owned()
            }
            "OAuth.JARM" => "https://openid.net/specs/oauth-v2-jarm.html".to_owned(),
            rfc => format!(
                "https://www.rfc-editor.org/rfc/{}.html#section-{section}",
                rfc.to_lowercase()
            ),
        }
    }
}

/// The specifications that can be cited.
pub fn specifications() -> impl Iterator<Item = &'static str> {
    SECTIONS.lines().filter_map(|line| line.split(' ').next())
}

impl FromStr for Cite {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((specification, section)) = text.split_once(" §") else {
            return Err(format!("`{text}` is not a citation; write one such as `RFC7636 §4.6`"));
        };
        let Some(line) =
            SECTIONS.lines().find(|line| line.split(' ').next() == Some(specification))
        else {
            let known: Vec<_> = specifications().collect();
            return Err(format!(
                "unknown specification `{specification}`; known are {}",
                known.join(", ")
            ));
        };
        if !line.split(' ').skip(1).any(|known| known == section) {
            return Err(format!(
                "{specification} has no section {section}; look the number up in its table of \
                 contents"
            ));
        }
        Ok(Self { specification: specification.to_owned(), section: section.to_owned() })
    }
}

impl TryFrom<String> for Cite {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Cite> for String {
    fn from(cite: Cite) -> Self {
        cite.to_string()
    }
}

impl fmt::Display for Cite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} §{}", self.specification, self.section)
    }
}

/// The level of a requirement, weakest first (RFC2119).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Optional: cannot be broken.
    May,
    /// Breaking it is a warning.
    Should,
    /// Breaking it is a failure.
    Must,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::May => "MAY",
            Self::Should => "SHOULD",
            Self::Must => "MUST",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_citation_names_a_section_that_is_there() {
        assert_eq!("RFC7636 §4.6".parse::<Cite>().unwrap().to_string(), "RFC7636 §4.6");
        for wrong in ["RFC7636 4.6", "RFC7636 §4.9", "RFC1 §1", "7636 §4.6", ""] {
            assert!(wrong.parse::<Cite>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn levels_are_ordered_by_strength() {
        assert!(Level::Must > Level::Should && Level::Should > Level::May);
    }
}
