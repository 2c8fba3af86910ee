//! The authorization response: what the authorization endpoint sends to a redirect URI.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::jarm;
use super::names::{
    ACCESS_TOKEN, CODE, ERROR, EXPIRES_IN, ID_TOKEN, ISS, RESPONSE, SCOPE, STATE,
    answers_authorization,
};
use super::params::Params;

/// Where the response was in the request to the redirect URI (OAuth.ResponseTypes §2.1,
/// OAuth.FormPost §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of the URI.
    Query,
    /// In the fragment of the URI.
    Fragment,
    /// In the body of a form that the browser posted.
    FormPost,
}

impl fmt::Display for ResponseMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl ResponseMode {
    /// The registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
        }
    }
}

/// The parameters of authorization responses (RFC6749 §4.1.2, §4.2.2; RFC9207 §2; OpenID.Core
/// §3.2.2.5).
const OF_RESPONSES: &[&str] = &[
    CODE,
    ACCESS_TOKEN,
    ID_TOKEN,
    "token_type",
    EXPIRES_IN,
    SCOPE,
    STATE,
    ISS,
    ERROR,
    "error_description",
    "error_uri",
];

/// What reached a redirect URI (RFC6749 §4.1.2, §4.2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationResponse {
    /// The redirect URI without query and fragment.
    pub uri: String,
    /// Where the parameters were.
    pub mode: ResponseMode,
    /// The parameters, from all places.
    pub params: Params,
    /// Parameters of a response in other places, where a client does not look for them.
    #[serde(default, skip_serializing_if = "Params::is_empty")]
    pub astray: Params,
}

impl AuthorizationResponse {
    /// Reads the URI that a browser was sent to, without checking it. A token in the query takes
    /// precedence over the fragment, as that is where it leaks.
    pub fn read(uri: &str) -> Self {
        let (rest, fragment) = uri.split_once('#').unwrap_or((uri, ""));
        let (_, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (query, in_fragment) = (Params::parse(query), Params::parse(fragment));
        let leaks = [ACCESS_TOKEN, ID_TOKEN].iter().any(|name| query.get(name).is_some());
        let answers = Self::answers(&in_fragment);
        let mode = if answers && !leaks { ResponseMode::Fragment } else { ResponseMode::Query };
        let known: Params = query.iter().chain(in_fragment.iter()).collect();
        let behind = hidden(uri);
        let behind = behind.iter().filter(|(name, _)| known.get(name).is_none());
        let params = known.iter().chain(behind).collect();
        let others = if mode == ResponseMode::Fragment { &query } else { &in_fragment };
        Self { uri: Self::base(uri).to_owned(), mode, params, astray: Self::astray(others) }
            .opened()
    }

    /// The URI without its query and fragment.
    pub fn base(uri: &str) -> &str {
        uri.split(['?', '#']).next().unwrap_or(uri)
    }

    /// Whether these are an authorization response, in a JWT or not.
    pub fn answers(params: &Params) -> bool {
        params.iter().any(|(name, _)| answers_authorization(name)) || jarm::open(params).is_some()
    }

    /// The response with the parameters of its JWT in front of those beside it, where no client looks
    /// (OAuth.JARM §2.1); unchanged if it has none.
    #[must_use]
    pub fn opened(self) -> Self {
        let Some(inside) = jarm::open(&self.params) else { return self };
        let params = inside.iter().chain(self.params.iter()).collect();
        Self { params, astray: Self::astray(&self.params), ..self }
    }

    /// The JWT with the parameters, if they are in one (OAuth.JARM §2).
    pub fn jwt(&self) -> Option<&str> {
        jarm::open(&self.params).and_then(|_| self.params.get(RESPONSE))
    }

    /// The parameters of a response among those of the wrong place.
    pub fn astray(others: &Params) -> Params {
        others.iter().filter(|(name, _)| OF_RESPONSES.contains(name)).collect()
    }

    /// Every value of a parameter that a client finds, in the place of the other parameters.
    pub fn in_place<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        // Those of a JWT come first.
        let inside = self
            .jwt()
            .map(|_| self.params.all(name).count().saturating_sub(self.astray.all(name).count()));
        let astray = move |value: &&str| {
            inside.is_some() || !self.astray.all(name).any(|other| other == *value)
        };
        self.params.all(name).take(inside.unwrap_or(usize::MAX)).filter(astray)
    }

    /// Whether this is an answer that a client would act on, rather than some other address.
    pub fn is_answer(&self) -> bool {
        self.params.iter().any(|(name, _)| answers_authorization(name))
    }

    /// Whether the response went to this redirect URI, which may have its own query.
    pub fn went_to(&self, redirect_uri: &str) -> bool {
        let (base, query) = redirect_uri.split_once('?').unwrap_or((redirect_uri, ""));
        let same = match (Url::parse(&self.uri), Url::parse(base)) {
            // Browsers and servers write an empty path as `/`.
            (Ok(went), Ok(registered)) => went == registered,
            _ => self.uri == base,
        };
        same && Params::parse(query)
            .iter()
            .all(|(name, value)| self.params.get(name) == Some(value))
    }
}

/// Credentials in places where nothing looks for them: after a second question mark, or
/// percent-encoded in the path.
fn hidden(uri: &str) -> Params {
    let decoded = percent_decoded(uri);
    let parts = |text: &str| {
        let parts = text.split(['?', '#', '&', ';', '/', '\r', '\n']).skip(1);
        let pairs = parts.filter_map(|part| part.split_once('='));
        let told = pairs.filter(|(name, value)| {
            [CODE, ACCESS_TOKEN, ID_TOKEN].contains(name) && !value.is_empty()
        });
        told.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
    };
    let (mut found, of_decoded) = (parts(uri), parts(&decoded));
    if found.is_empty() {
        found = of_decoded;
    }
    Params::parse(&found.join("&"))
}

/// The address decoded once, except for its query, whose values may contain anything.
fn percent_decoded(uri: &str) -> String {
    let end = uri.find('?').unwrap_or(uri.len());
    let plain = uri[..end].replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    // Form decoding then only decodes percent signs.
    url::form_urlencoded::parse(plain.as_bytes()).next().map_or(String::new(), |(it, _)| it.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mode_is_where_the_answer_stood() {
        let query = AuthorizationResponse::read("https://c.example/cb?code=1&state=2");
        assert_eq!((query.mode, query.params.get("state")), (ResponseMode::Query, Some("2")));
        let fragment = AuthorizationResponse::read("https://c.example/cb?x=y#access_token=1");
        assert_eq!(fragment.mode, ResponseMode::Fragment);
        assert!(fragment.went_to("https://c.example/cb"));
        assert!(fragment.went_to("https://c.example/cb?x=y"));
        assert!(!fragment.went_to("https://c.example/cb?x=z"));
        let both = AuthorizationResponse::read("https://c.example/cb?access_token=1#id_token=2");
        assert_eq!(both.mode, ResponseMode::Query);
        assert_eq!(both.astray.get("id_token"), Some("2"));
        let iss = AuthorizationResponse::read("https://c.example/cb?iss=a&x=y#access_token=1");
        assert_eq!((iss.astray.encode().as_str(), iss.in_place("iss").next()), ("iss=a", None));
        assert!(!AuthorizationResponse::read("com.example.app:/cb").is_answer());
    }

    #[test]
    fn a_response_in_a_jwt_is_read_inside() {
        let claims = serde_json::json!({ "iss": "i", "aud": "a", "exp": 1, "code": "c" });
        let jwt = crate::oauth::jwt::unsigned(&claims);
        let read = AuthorizationResponse::read(&format!("https://c.example/cb#response={jwt}"));
        assert_eq!((read.mode, read.params.get("code")), (ResponseMode::Fragment, Some("c")));
        assert_eq!((read.jwt(), read.astray.is_empty()), (Some(jwt.as_str()), true));
        let uri = format!("https://c.example/cb?iss=i&iss=x&response={jwt}");
        let beside = AuthorizationResponse::read(&uri);
        assert_eq!(beside.in_place("iss").collect::<Vec<_>>(), ["i"]);
        assert_eq!(beside.astray.encode(), "iss=i&iss=x");
    }

    #[test]
    fn credentials_are_found_wherever_they_stand() {
        for uri in [
            "https://c.example/cb#authspec?code=c1&state=2",
            "https://c.example/cb?x=y?code=c1",
            "https://c.example/cb#a#code=c1",
            "https://c.example/cb%3Fcode=c1&state=2",
            "https://c.example/cb%0Acode%3Dc1",
            "https://c.example/cb;code=c1",
        ] {
            let read = AuthorizationResponse::read(uri);
            assert_eq!(read.params.get("code"), Some("c1"), "{uri}");
        }
        for uri in [
            "https://c.example/cb?state=2&error=code",
            "https://c.example/cb?response_type=code",
            "https://c.example/cb?next=%2Fcb%3Fcode%3D1",
        ] {
            assert_eq!(AuthorizationResponse::read(uri).params.get("code"), None, "{uri}");
        }
    }
}
