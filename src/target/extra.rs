//! Additional parameters and header fields of valid requests that a server requires.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::text::Text;
use crate::oauth::names::{
    CLIENT_ID, CLIENT_SECRET, CODE, CODE_CHALLENGE, CODE_CHALLENGE_METHOD, CODE_VERIFIER,
    GRANT_TYPE, NONCE, REDIRECT_URI, REFRESH_TOKEN, RESPONSE_TYPE, STATE,
};
use crate::oauth::{Params, Request};
use crate::source::Mistake;
use crate::suite::AnyOf;

/// Parameters by name, each with a value, or with several if it is sent several times.
pub type ParamsFile = BTreeMap<Spanned<String>, AnyOf<Text>>;

/// Additions to a request to the token endpoint.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a table, as in `[token]`")]
pub struct ExtraFile {
    /// Parameters of the body.
    #[schemars(with = "BTreeMap<String, AnyOf<Text>>")]
    pub body: ParamsFile,
    /// Parameters of the URL.
    #[schemars(with = "BTreeMap<String, AnyOf<Text>>")]
    pub query: ParamsFile,
    /// Header fields.
    #[schemars(with = "BTreeMap<String, Text>")]
    pub header: BTreeMap<Spanned<String>, Text>,
}

/// Additions to the valid requests of a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExtraParams {
    /// Parameters of its authorization requests.
    pub authorize: Params,
    /// Additions to its token requests, other than those with a refresh token.
    pub token: Extra,
    /// Additions to its requests with a refresh token.
    pub refresh: Extra,
    /// Names and values that came from the environment, and are not shown.
    pub secrets: Vec<(String, String)>,
}

/// Additions to a request to the token endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    /// Parameters of the body.
    pub body: Params,
    /// Parameters of the URL.
    pub query: Params,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Extra {
    /// Adds all of it to the request, replacing what has the same name there.
    pub fn add_to(&self, request: &mut Request) {
        request.body.overwrite(&self.body);
        request.query.overwrite(&self.query);
        for (name, value) in &self.headers {
            request.set_header(name, value);
        }
    }
}

impl ExtraParams {
    /// Reads the tables of a target file.
    pub(super) fn new(authorize: &ParamsFile, token: &ExtraFile, refresh: &ExtraFile) -> Self {
        let mut secrets = Vec::new();
        let authorize = params(authorize, &mut secrets);
        let mut extra = |file: &ExtraFile| Extra {
            body: params(&file.body, &mut secrets),
            query: params(&file.query, &mut secrets),
            headers: headers(&file.header, &mut secrets),
        };
        let (token, refresh) = (extra(token), extra(refresh));
        Self { authorize, token, refresh, secrets }
    }

    /// Combines these with those of the whole target, which apply if a client has none of that
    /// name.
    pub(super) fn over(self, all: &Self) -> Self {
        let over = |own: &Params, all: &Params| {
            let mut both = all.clone();
            both.overwrite(own);
            both
        };
        let extra = |own: &Extra, all: &Extra| {
            let is_own = |name: &String| own.headers.iter().any(|(known, _)| known == name);
            let others = all.headers.iter().filter(|(name, _)| !is_own(name));
            Extra {
                body: over(&own.body, &all.body),
                query: over(&own.query, &all.query),
                headers: others.chain(&own.headers).cloned().collect(),
            }
        };
        Self {
            authorize: over(&self.authorize, &all.authorize),
            token: extra(&self.token, &all.token),
            refresh: extra(&self.refresh, &all.refresh),
            secrets: self.secrets.iter().chain(&all.secrets).cloned().collect(),
        }
    }

    /// The same with names in place of what is not shown.
    #[must_use]
    pub fn named(&self) -> Self {
        let shown = |value: &str| {
            let name = self.secrets.iter().find(|(_, secret)| secret == value);
            name.map_or_else(|| value.to_owned(), |(name, _)| format!("[{name}]"))
        };
        let params = |params: &Params| params.iter().map(|(name, it)| (name, shown(it))).collect();
        let extra = |extra: &Extra| Extra {
            body: params(&extra.body),
            query: params(&extra.query),
            headers: extra.headers.iter().map(|(name, it)| (name.clone(), shown(it))).collect(),
        };
        Self {
            authorize: params(&self.authorize),
            token: extra(&self.token),
            refresh: extra(&self.refresh),
            secrets: Vec::new(),
        }
    }
}

fn params(file: &ParamsFile, secrets: &mut Vec<(String, String)>) -> Params {
    let pairs = file.iter().flat_map(|(name, values)| {
        values.iter().map(|value| (name.get_ref().clone(), value.clone()))
    });
    let pairs: Vec<_> = pairs.collect();
    note(&pairs, secrets);
    pairs.into_iter().map(|(name, value)| (name, value.text)).collect()
}

fn headers(
    file: &BTreeMap<Spanned<String>, Text>,
    secrets: &mut Vec<(String, String)>,
) -> Vec<(String, String)> {
    let pairs = file.iter().map(|(name, it)| (name.get_ref().to_ascii_lowercase(), it.clone()));
    let pairs: Vec<_> = pairs.collect();
    note(&pairs, secrets);
    pairs.into_iter().map(|(name, value)| (name, value.text)).collect()
}

fn note(pairs: &[(String, Text)], secrets: &mut Vec<(String, String)>) {
    let hidden = pairs.iter().filter(|(_, value)| value.hidden);
    secrets.extend(hidden.map(|(name, value)| (name.clone(), value.text.clone())));
}

/// Parameters that every request sets itself, so that they cannot have a fixed value.
const OWN: &[&str] = &[
    CLIENT_ID,
    CLIENT_SECRET,
    CODE,
    CODE_CHALLENGE,
    CODE_CHALLENGE_METHOD,
    CODE_VERIFIER,
    GRANT_TYPE,
    NONCE,
    REDIRECT_URI,
    REFRESH_TOKEN,
    RESPONSE_TYPE,
    STATE,
];

/// Header fields that every request sets itself.
const OWN_HEADERS: &[&str] =
    &["authorization", "content-length", "content-type", "cookie", "host", "transfer-encoding"];

/// Whether every request sets this parameter itself.
pub fn is_own(name: &str) -> bool {
    OWN.contains(&name)
}

/// Whether every request sets this header field itself.
pub fn is_own_header(name: &str) -> bool {
    OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str())
}

fn own(name: &Spanned<String>) -> Mistake {
    let what = format!("every request has its own value of `{}`", name.get_ref());
    let right = "leave it out; a client's `id`, `secret`, `redirect_uris`, `verifier` and \
                 `challenge_method` determine it";
    Mistake::new(name.span(), what, right)
}

/// Checks for additions that cannot be sent.
pub(super) fn mistakes(authorize: &ParamsFile, extras: [&ExtraFile; 2]) -> Vec<Mistake> {
    // A server may require the client's identifier in addition to the `Authorization` header.
    let is_beside = |name: &&Spanned<String>| name.get_ref() != CLIENT_ID;
    let bodies = extras.iter().flat_map(|extra| extra.body.keys()).filter(is_beside);
    let params = bodies.chain(extras.iter().flat_map(|extra| extra.query.keys()));
    let params = authorize.keys().chain(params).filter(|name| is_own(name.get_ref()));
    let headers = extras.iter().flat_map(|extra| &extra.header);
    params.map(own).chain(header_mistakes(headers)).collect()
}

/// Checks for header fields that cannot be added.
pub(super) fn header_mistakes<'a>(
    headers: impl Iterator<Item = (&'a Spanned<String>, &'a Text)>,
) -> Vec<Mistake> {
    let mistake = |(name, value): (&Spanned<String>, &Text)| {
        let is_plain = |byte: u8| byte == b'\t' || (b' '..=b'~').contains(&byte);
        let shown = name.get_ref();
        if is_own_header(shown) {
            Some(own(name))
        } else if !is_field(shown) {
            let what = format!("`{shown}` is not the name of a header field");
            let right = "write letters, digits and hyphens, as in `x-tenant`";
            Some(Mistake::new(name.span(), what, right))
        } else if !value.text.bytes().all(is_plain) {
            let what = format!(
                "the value of the header field `{shown}` has a line break, or is not ASCII"
            );
            let right = "write printable ASCII; does the variable end with a line break?";
            Some(Mistake::new(name.span(), what, right))
        } else {
            None
        }
    };
    headers.filter_map(mistake).collect()
}

fn is_field(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_token)
}
