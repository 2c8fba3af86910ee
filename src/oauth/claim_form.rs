//! The forms of standard claims about users (OpenID.Core §5.1).

use serde_json::Value;
use url::Url;

/// A form that the text of a claim has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An address as in `local@domain` (RFC5322 §3.4.1).
    Email,
    /// `YYYY-MM-DD`, or `YYYY`.
    Birthdate,
    /// A name of the time zone database, as in `Europe/Paris`.
    Zone,
    /// A language tag, as in `en-US` (RFC5646); some write `en_US`.
    Locale,
    /// An absolute URL.
    Url,
    /// A phone number, as in `+1 (425) 555-1212`.
    Phone,
}

/// The form of the claim, or `None` if none is defined.
pub fn form(name: &str) -> Option<Form> {
    Some(match name {
        "email" => Form::Email,
        "birthdate" => Form::Birthdate,
        "zoneinfo" => Form::Zone,
        "locale" => Form::Locale,
        "profile" | "picture" | "website" => Form::Url,
        "phone_number" => Form::Phone,
        _ => return None,
    })
}

impl Form {
    /// Whether the value has this form.
    pub fn fits(self, value: &Value) -> bool {
        value.as_str().is_some_and(|text| self.fits_text(text))
    }

    fn fits_text(self, text: &str) -> bool {
        match self {
            Self::Email => text.rsplit_once('@').is_some_and(|(local, domain)| {
                let is_quoted = local.starts_with('"') && local.ends_with('"');
                let is_plain = |part: &str| !part.contains(|c: char| " <>()@,;".contains(c));
                !local.is_empty()
                    && (is_quoted || is_plain(local))
                    && !domain.is_empty()
                    && is_plain(domain)
            }),
            Self::Birthdate => is_birthdate(text),
            Self::Zone => all(text, |c| c.is_ascii_alphanumeric() || "/_+-".contains(c)),
            Self::Locale => {
                let mut tags = text.split(['-', '_']);
                tags.all(|tag| {
                    (1..=8).contains(&tag.len()) && all(tag, |c| c.is_ascii_alphanumeric())
                })
            }
            Self::Url => Url::parse(text).is_ok_and(|url| url.has_host()),
            Self::Phone => {
                let digits = text.chars().filter(char::is_ascii_digit).count();
                let number = text.split_once(";ext=").map_or(text, |(number, _)| number);
                let is_written = |rest| all(rest, |c| c.is_ascii_digit() || " ()-./".contains(c));
                number.strip_prefix('+').is_some_and(is_written) && digits > 2
            }
        }
    }

    /// Its description.
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "an email address",
            Self::Birthdate => "a date as in 1865-11-26, or a year",
            Self::Zone => "a time zone as in Europe/Paris",
            Self::Locale => "a language tag as in en-US",
            Self::Url => "an absolute URL",
            Self::Phone => "a phone number as in +1 (425) 555-1212",
        }
    }
}

/// The year may be `0000`, if it is left out.
fn is_birthdate(text: &str) -> bool {
    let number = |part: &str, digits: usize| {
        part.parse::<u32>()
            .ok()
            .filter(|_| part.len() == digits && all(part, |c| c.is_ascii_digit()))
    };
    let parts: Vec<_> = text.split('-').collect();
    match parts.as_slice() {
        [year] => number(year, 4).is_some(),
        [year, month, day] => {
            let within = |part, most| number(part, 2).is_some_and(|it| (1..=most).contains(&it));
            number(year, 4).is_some() && within(month, 12) && within(day, 31)
        }
        _ => false,
    }
}

fn all(text: &str, fits: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_claim_has_the_form_of_its_name() {
        for (name, value, fits) in [
            ("email", json!("alice@example.org"), true),
            ("email", json!("\"alice liddell\"@example.org"), true),
            ("email", json!("alice"), false),
            ("email", json!("Alice <alice@example.org>"), false),
            ("birthdate", json!("1865-11-26"), true),
            ("birthdate", json!("0000-11-26"), true),
            ("birthdate", json!("1865"), true),
            ("birthdate", json!("26.11.1865"), false),
            ("birthdate", json!("1865-13-26"), false),
            ("birthdate", json!(1865), false),
            ("zoneinfo", json!("America/Argentina/Buenos_Aires"), true),
            ("zoneinfo", json!("GMT +1 hour"), false),
            ("locale", json!("zh-Hant-TW"), true),
            ("locale", json!("en_GB"), true),
            ("locale", json!("English, please"), false),
            ("website", json!("https://alice.example/"), true),
            ("website", json!("alice.example"), false),
            ("phone_number", json!("+1 (604) 555-1234;ext=5678"), true),
            ("phone_number", json!("+441865000001"), true),
            ("phone_number", json!("01865 000001"), false),
        ] {
            let form = form(name).expect("the form is defined");
            assert_eq!(form.fits(&value), fits, "{name}: {value}");
        }
        assert_eq!(form("nickname"), None);
    }
}
