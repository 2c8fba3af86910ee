//! The defined types of the members of answers: a value of that type that is not empty.

use serde_json::Value;
use url::Url;

/// The type of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text that is not empty.
    Text,
    /// A text that is not empty, without blanks (OpenID.Session §2).
    Word,
    /// A number that is not negative.
    Number,
    /// True or false.
    Flag,
    /// A list of texts.
    Texts,
    /// A text or a list of texts.
    TextOrTexts,
    /// A list of objects.
    Objects,
    /// A JSON object.
    Object,
    /// The type of a claim about a user, or null (OpenID.Core §5.3.2).
    Claim(&'static Self),
    /// An absolute URL.
    Url,
    /// An absolute URL without fragment (RFC6749 §3.1, §3.2).
    Endpoint,
    /// An absolute URL without query and fragment (RFC8414 §2).
    Issuer,
}

use Kind::{Claim, Endpoint, Flag, Issuer, Number, Object, Objects, Text, TextOrTexts, Texts};

/// Every member whose type the specifications define.
const KINDS: &[(&str, Kind)] = &[
    // Token answers and authorization responses (RFC6749 §4.1.2, §5.1, §5.2; OpenID.Core §3.1.3.3).
    ("access_token", Text),
    ("token_type", Text),
    ("refresh_token", Text),
    ("id_token", Text),
    ("code", Text),
    ("expires_in", Number),
    ("scope", Text),
    ("session_state", Kind::Word),
    ("error", Text),
    ("error_description", Text),
    ("error_uri", Text),
    // Pushed requests (RFC9126 §2.2).
    ("request_uri", Text),
    ("iss", Text),
    // Introspection (RFC7662 §2.2).
    ("active", Flag),
    ("authorization_details", Objects),
    ("client_id", Text),
    ("username", Text),
    ("sub", Text),
    ("jti", Text),
    ("exp", Number),
    ("iat", Number),
    ("nbf", Number),
    ("aud", TextOrTexts),
    // ID tokens (OpenID.Core §2, OpenID.Core §3.3.2.11).
    ("auth_time", Number),
    ("nonce", Text),
    ("acr", Text),
    ("amr", Texts),
    ("azp", Text),
    ("at_hash", Text),
    ("c_hash", Text),
    // Logout tokens (OpenID.BackChannel §2.4, OpenID.BackChannel §2.5).
    ("logout_token", Text),
    ("sid", Text),
    ("events", Object),
    // Registration (RFC7591 §3.2.1, RFC7592 §3).
    ("client_secret", Text),
    ("client_id_issued_at", Number),
    ("client_secret_expires_at", Number),
    ("registration_access_token", Text),
    ("registration_client_uri", Kind::Url),
    ("redirect_uris", Texts),
    ("post_logout_redirect_uris", Texts),
    ("grant_types", Texts),
    ("response_types", Texts),
    ("contacts", Texts),
    ("token_endpoint_auth_method", Text),
    // Keys (RFC7517 §5).
    ("keys", Objects),
    // Metadata (RFC8414 §2, OpenID.Discovery §3, RFC9207 §3).
    ("issuer", Issuer),
    ("authorization_endpoint", Endpoint),
    ("token_endpoint", Endpoint),
    ("jwks_uri", Kind::Url),
    ("registration_endpoint", Kind::Url),
    ("userinfo_endpoint", Kind::Url),
    ("revocation_endpoint", Kind::Url),
    ("introspection_endpoint", Kind::Url),
    ("end_session_endpoint", Kind::Url),
    ("check_session_iframe", Kind::Url),
    ("pushed_authorization_request_endpoint", Kind::Url),
    ("service_documentation", Kind::Url),
    ("op_policy_uri", Kind::Url),
    ("op_tos_uri", Kind::Url),
    ("claims_parameter_supported", Flag),
    ("request_parameter_supported", Flag),
    ("request_uri_parameter_supported", Flag),
    ("require_request_uri_registration", Flag),
    ("authorization_response_iss_parameter_supported", Flag),
    ("require_pushed_authorization_requests", Flag),
    ("frontchannel_logout_supported", Flag),
    ("frontchannel_logout_session_supported", Flag),
    ("backchannel_logout_supported", Flag),
    ("backchannel_logout_session_supported", Flag),
    ("client_id_metadata_document_supported", Flag),
    // Claims about users (OpenID.Core §5.1).
    ("name", Claim(&Text)),
    ("given_name", Claim(&Text)),
    ("family_name", Claim(&Text)),
    ("middle_name", Claim(&Text)),
    ("nickname", Claim(&Text)),
    ("preferred_username", Claim(&Text)),
    ("profile", Claim(&Text)),
    ("picture", Claim(&Text)),
    ("website", Claim(&Text)),
    ("email", Claim(&Text)),
    ("gender", Claim(&Text)),
    ("birthdate", Claim(&Text)),
    ("zoneinfo", Claim(&Text)),
    ("locale", Claim(&Text)),
    ("phone_number", Claim(&Text)),
    ("email_verified", Claim(&Flag)),
    ("phone_number_verified", Claim(&Flag)),
    ("address", Claim(&Object)),
    ("updated_at", Claim(&Number)),
];

/// The suffix of lists in metadata (RFC8414 §2, OpenID.Discovery §3).
const LIST: &str = "_supported";

/// The type of the member, or `None` if no known specification defines it.
pub fn kind(name: &str) -> Option<Kind> {
    let known = KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
    known.or_else(|| name.ends_with(LIST).then_some(Texts))
}

/// Whether the value has the type of the member with this name, and is not empty.
pub fn is_right(name: &str, value: &Value) -> bool {
    match kind(name) {
        Some(kind) => kind.fits(value) && (is_there(value) || !matches!(kind, Claim(_))),
        None => is_there(value),
    }
}

/// Whether the value is not empty: null and empty texts, lists and objects are.
pub fn is_there(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

impl Kind {
    /// Whether the value has this type.
    pub fn fits(self, value: &Value) -> bool {
        let all = |values: &[Value], fit: fn(&Value) -> bool| values.iter().all(fit);
        match (self, value) {
            (Self::Text | Self::TextOrTexts, Value::String(text)) => !text.is_empty(),
            (Self::Word, Value::String(text)) => !text.is_empty() && !text.contains(' '),
            (Self::Number, Value::Number(number)) => number.as_f64().is_some_and(|it| it >= 0.0),
            (Self::Flag, Value::Bool(_)) => true,
            (Self::Texts | Self::TextOrTexts, Value::Array(values)) => {
                all(values, Value::is_string)
            }
            (Self::Claim(kind), value) => !is_there(value) || kind.fits(value),
            (Self::Object, Value::Object(_)) => true,
            (Self::Objects, Value::Array(values)) => all(values, Value::is_object),
            (Self::Url | Self::Endpoint | Self::Issuer, Value::String(text)) => Url::parse(text)
                .is_ok_and(|url| {
                    let has_fragment = url.fragment().is_some() && self != Self::Url;
                    let has_query = url.query().is_some() && self == Self::Issuer;
                    url.has_host() && !has_fragment && !has_query
                }),
            _ => false,
        }
    }

    /// Its description.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Word => "a text without blanks",
            Self::Number => "a number that is not negative",
            Self::Flag => "true or false",
            Self::Texts => "a list of texts",
            Self::TextOrTexts => "a text or a list of texts",
            Self::Object => "an object",
            Self::Claim(kind) => kind.name(),
            Self::Objects => "a list of objects",
            Self::Url => "an absolute URL",
            Self::Endpoint => "an absolute URL without fragment",
            Self::Issuer => "an absolute URL without query and fragment",
        }
    }
}

/// Whether two response types are the same: each is a set of words (RFC6749 §3.1.1).
pub fn same_words(one: &str, other: &str) -> bool {
    let in_order = |text: &str| {
        let mut words: Vec<_> = text.split(' ').map(str::to_owned).collect();
        words.sort_unstable();
        words
    };
    in_order(one) == in_order(other)
}

/// Whether a member, header field or cookie of this name would contain a token, however the name is
/// spelt.
pub fn names_token(name: &str) -> bool {
    ["accesstoken", "refreshtoken", "idtoken"].contains(&&*letters(name))
}

/// The letters of a name, which are the same in every spelling.
pub fn letters(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let plain: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    plain.strip_prefix('x').map(str::to_owned).unwrap_or(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_a_value_of_the_right_type_is_right() {
        for (name, value, right) in [
            ("access_token", json!("x"), true),
            ("access_token", json!(""), false),
            ("access_token", json!(null), false),
            ("access_token", json!(["x"]), false),
            ("access_token", json!(7), false),
            ("expires_in", json!(3600), true),
            ("expires_in", json!("3600"), false),
            ("expires_in", json!(-1), false),
            ("active", json!("true"), false),
            ("active", json!(false), true),
            ("code_challenge_methods_supported", json!("S256"), false),
            ("code_challenge_methods_supported", json!(["S256"]), true),
            ("authorization_endpoint", json!("https://as.example/a?b=c"), true),
            ("authorization_endpoint", json!("https://as.example/a#b"), false),
            ("token_endpoint", json!("/token"), false),
            ("issuer", json!("https://as.example?x"), false),
            ("aud", json!(["a", "b"]), true),
            ("unheard_of", json!({}), false),
            ("unheard_of", json!(7), true),
        ] {
            assert_eq!(is_right(name, &value), right, "{name}: {value}");
        }
    }

    #[test]
    fn names_of_tokens_are_known_in_every_spelling() {
        for (name, is_one) in [
            ("access_token", true),
            ("accessToken", true),
            ("X-Access-Token", true),
            ("IDTOKEN", true),
            ("registration_access_token", false),
            ("token_type", false),
        ] {
            assert_eq!(names_token(name), is_one, "{name}");
        }
        assert!(same_words("code id_token", "id_token code"));
    }
}
