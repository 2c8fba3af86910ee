//! Authorization server metadata (RFC8414 §2, OpenID.Discovery §3).

use serde_json::{Map, Value};
use url::Url;

use super::member::same_words;
use super::names::{
    BACKCHANNEL_LOGOUT_SUPPORTED, FRONTCHANNEL_LOGOUT_SUPPORTED, GRANT_TYPES_SUPPORTED,
    RESPONSE_TYPES_SUPPORTED, REVOCATION_ENDPOINT_AUTH_METHODS_SUPPORTED,
    TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED,
};

/// The server's metadata, as served.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata(Map<String, Value>);

impl Metadata {
    /// Reads the metadata document, or `None` if it is not a JSON object.
    pub fn read(body: &str) -> Option<Self> {
        serde_json::from_str(body).ok().map(Self)
    }

    /// A text value.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// The members of an object.
    pub fn table(&self, name: &str) -> Option<&Map<String, Value>> {
        self.0.get(name)?.as_object()
    }

    /// Whether the document itself contains this.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Whether a capability is claimed; one that is omitted is not.
    pub fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// Whether the value is in a list in the document itself.
    pub fn names(&self, list: &str, value: &str) -> bool {
        let values = self.0.get(list).and_then(Value::as_array);
        let is = |known: &Value| known.as_str().is_some_and(|known| is_same(list, known, value));
        values.is_some_and(|values| values.iter().any(is))
    }

    /// The values of a list, or `true` or `false` of a flag, with the default if it is omitted, or
    /// `None` if the specification gives none.
    pub fn list(&self, name: &str) -> Option<Vec<&str>> {
        match self.0.get(name) {
            Some(Value::Bool(flag)) => Some(vec![if *flag { "true" } else { "false" }]),
            Some(value) => Some(value.as_array()?.iter().filter_map(Value::as_str).collect()),
            None => default(name).map(|values| values.to_vec()),
        }
    }
}

/// Whether two values of a list mean the same: response types are sets of words (RFC6749 §3.1.1).
pub fn is_same(list: &str, one: &str, other: &str) -> bool {
    one == other || list == RESPONSE_TYPES_SUPPORTED && same_words(one, other)
}

/// The locations of an issuer's metadata, in this order: RFC8414 §3.1 puts the well-known part
/// between host and path, OpenID.Discovery §4 after the path.
pub fn locations(issuer: &Url) -> Vec<Url> {
    let path = issuer.path().trim_end_matches('/');
    let at = |path: String| {
        let mut url = issuer.clone();
        url.set_path(&path);
        url
    };
    let mut found = vec![
        at(format!("/.well-known/oauth-authorization-server{path}")),
        at(format!("{path}{OPENID_PATH}")),
    ];
    if !path.is_empty() {
        found.push(at(format!("{OPENID_PATH}{path}")));
    }
    found
}

/// The path of OpenID Connect metadata, after that of the issuer (OpenID.Discovery §4).
pub const OPENID_PATH: &str = "/.well-known/openid-configuration";

/// Whether metadata found there is OpenID Connect metadata, which may omit some of what RFC8414 §2
/// requires.
pub fn is_openid(url: &str) -> bool {
    url.contains(OPENID_PATH)
}

/// The location of OpenID Connect metadata according to its own specification (OpenID.Discovery
/// §4).
pub fn openid_location(issuer: &Url) -> Url {
    let mut url = issuer.clone();
    url.set_path(&format!("{}{OPENID_PATH}", issuer.path().trim_end_matches('/')));
    url
}

/// Whether only OpenID Connect metadata defines this, with a default (OpenID.Discovery §3).
pub fn is_openid_flag(name: &str) -> bool {
    FLAGS.iter().any(|(known, _)| *known == name)
}

/// The flags that have a default when omitted (OpenID.Discovery §3, OpenID.BackChannel §2.1,
/// OpenID.FrontChannel §3).
const FLAGS: &[(&str, &[&str])] = &[
    ("claims_parameter_supported", &["false"]),
    ("request_parameter_supported", &["false"]),
    ("request_uri_parameter_supported", &["true"]),
    ("require_request_uri_registration", &["false"]),
    (BACKCHANNEL_LOGOUT_SUPPORTED, &["false"]),
    ("backchannel_logout_session_supported", &["false"]),
    (FRONTCHANNEL_LOGOUT_SUPPORTED, &["false"]),
    ("frontchannel_logout_session_supported", &["false"]),
];

/// The lists that have a default when omitted (RFC8414 §2).
const DEFAULTS: &[(&str, &[&str])] = &[
    (GRANT_TYPES_SUPPORTED, &["authorization_code", "implicit"]),
    ("response_modes_supported", &["query", "fragment"]),
    (TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED, &["client_secret_basic"]),
    (REVOCATION_ENDPOINT_AUTH_METHODS_SUPPORTED, &["client_secret_basic"]),
];

/// The default of an omitted list or flag, or `None` if the specification gives none (RFC8414 §2,
/// OpenID.Discovery §3).
pub fn default(name: &str) -> Option<&'static [&'static str]> {
    let mut all = DEFAULTS.iter().chain(FLAGS);
    all.find(|(known, _)| *known == name).map(|(_, values)| *values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_known_part_goes_between_host_and_path_first() {
        let issuer = Url::parse("https://as.example/tenant/").unwrap();
        let found: Vec<_> = locations(&issuer).iter().map(Url::to_string).collect();
        assert_eq!(
            found,
            [
                "https://as.example/.well-known/oauth-authorization-server/tenant",
                "https://as.example/tenant/.well-known/openid-configuration",
                "https://as.example/.well-known/openid-configuration/tenant",
            ]
        );
    }

    #[test]
    fn a_list_that_is_left_out_has_its_default() {
        let metadata = Metadata::read("{}").unwrap();
        assert_eq!(
            metadata.list("grant_types_supported").unwrap(),
            ["authorization_code", "implicit"]
        );
        assert_eq!(metadata.list("code_challenge_methods_supported"), None);
        assert_eq!(metadata.list("request_uri_parameter_supported").unwrap(), ["true"]);
        let metadata = Metadata::read(r#"{ "request_uri_parameter_supported": false }"#).unwrap();
        assert_eq!(metadata.list("request_uri_parameter_supported").unwrap(), ["false"]);
    }
}
