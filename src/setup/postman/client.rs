//! A client of a target file, from a block.

use super::block::{Block, Grant};
use super::collection::Found;
use super::param::{Param, Place};
use super::variables::Resolved;
use crate::oauth::AuthMethod;
use crate::oauth::names::{
    AUTHORIZATION_CODE, CLIENT_CREDENTIALS, IMPLICIT, PASSWORD, REFRESH_TOKEN,
};
use crate::oauth::pkce::{ChallengeMethod, is_verifier};
use crate::setup::environment::Environment;
use crate::setup::text::{list, one_line, quoted};
use crate::target::{is_own, is_own_header, is_reference};

/// The redirect URI that Postman uses with a browser if none is filled in.
const POSTMAN_CALLBACK: &str = "https://oauth.pstmn.io/v1/callback";

/// A client in a target file, as lines of TOML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClientText {
    /// Its name in the target file.
    pub(super) name: String,
    /// Its source, as `file:line`.
    pub(super) line: String,
    /// Settings that cannot be carried over, or that the user must fill in.
    pub(super) notes: Vec<String>,
    pub(super) lines: Vec<String>,
    /// Its redirect URIs, in TOML syntax.
    pub(super) redirect_uris: Vec<String>,
    pub(super) grants: Vec<&'static str>,
    /// Its subtables, each with name and lines.
    pub(super) tables: Vec<(&'static str, Vec<String>)>,
}

impl ClientText {
    /// Adds the grants and redirect URIs of another block of the same client.
    pub(super) fn merge(&mut self, other: Self) {
        let new = other.grants.into_iter().filter(|grant| !self.grants.contains(grant));
        let grants: Vec<_> = new.collect();
        self.grants.extend(grants);
        let new = other.redirect_uris.into_iter().filter(|uri| !self.redirect_uris.contains(uri));
        let uris: Vec<_> = new.collect();
        self.redirect_uris.extend(uris);
        let new = other.notes.into_iter().filter(|note| !self.notes.contains(note));
        let notes: Vec<_> = new.collect();
        self.notes.extend(notes);
    }

    /// The redirect URIs in TOML syntax, if there are any.
    pub(super) fn redirects(&self) -> Option<String> {
        let uris = (!self.redirect_uris.is_empty()).then(|| self.redirect_uris.join(", "));
        uris.map(|uris| format!("[{uris}]"))
    }

    /// The grants in TOML syntax.
    pub(super) fn granted(&self) -> String {
        list(self.grants.iter().copied())
    }
}

/// Creates clients, and reads secret or missing values from the environment.
pub(super) struct Maker<'a> {
    pub(super) environment: &'a mut Environment,
    /// The redirect URI to use if Postman has none.
    pub(super) callback: &'a str,
    /// Whether the server is known to issue refresh tokens.
    pub(super) refreshes: bool,
    pub(super) name: String,
    pub(super) notes: Vec<String>,
}

impl Maker<'_> {
    /// The client of a block.
    pub(super) fn client(mut self, found: &Found) -> ClientText {
        let block = &found.block;
        self.notes.clone_from(&block.notes);
        let mut lines = vec![format!("id = {}", self.id(block))];
        lines.extend(self.credentials(block));
        let redirect_uris = self.redirect_uri(block).into_iter().collect();
        if let Some(scope) = &block.scope {
            lines.push(format!("scope = {}", self.open("scope", scope)));
        }
        lines.extend(self.pkce(block));
        self.other_endpoint(block);
        let mut tables = Vec::new();
        let authorize = self.params(&block.authorize, &[Place::Query], "authorize");
        tables.extend(authorize.into_iter().map(|(_, lines)| ("authorize", lines)));
        for (table, params) in [("token", &block.token), ("refresh", &block.refresh)] {
            let places = [Place::Body, Place::Query, Place::Header];
            let found = self.params(params, &places, table);
            let line = |(place, lines): (Place, Vec<String>)| {
                format!("{} = {{ {} }}", place.word(), lines.join(", "))
            };
            let lines: Vec<_> = found.into_iter().map(line).collect();
            tables.extend((!lines.is_empty()).then_some((table, lines)));
        }
        let grants = self.grants(block);
        let notes = self.notes.iter().map(|note| one_line(note)).collect();
        ClientText {
            name: self.name,
            line: one_line(&found.line),
            notes,
            lines,
            redirect_uris,
            grants,
            tables,
        }
    }

    fn grants(&self, block: &Block) -> Vec<&'static str> {
        let (grant, renews) = match block.grant {
            Grant::Code | Grant::Pkce => (AUTHORIZATION_CODE, true),
            Grant::Implicit => (IMPLICIT, false),
            Grant::Password => (PASSWORD, true),
            Grant::Client => (CLIENT_CREDENTIALS, false),
        };
        let refreshes = renews && (self.refreshes || block.refreshes);
        std::iter::once(grant).chain(refreshes.then_some(REFRESH_TOKEN)).collect()
    }

    fn id(&mut self, block: &Block) -> String {
        match &block.client_id {
            Some(id) => self.open("id", id),
            None => {
                self.notes.push("`clientId` is missing".to_owned());
                self.left(&format!("{}_id", self.name), "the client identifier")
            }
        }
    }

    /// How it authenticates, and its secret.
    fn credentials(&mut self, block: &Block) -> Vec<String> {
        let Some(secret) = &block.client_secret else {
            return vec![format!("auth = {}", quoted(AuthMethod::None.name()))];
        };
        let secret = self.secret("secret", secret);
        vec![format!("auth = {}", quoted(block.auth.name())), format!("secret = {secret}")]
    }

    fn redirect_uri(&mut self, block: &Block) -> Option<String> {
        if !matches!(block.grant, Grant::Code | Grant::Pkce | Grant::Implicit) {
            return None;
        }
        let uri = match &block.redirect_uri {
            Some(uri) => return Some(self.open("redirect_uri", uri)),
            None if block.use_browser => POSTMAN_CALLBACK,
            None => self.callback,
        };
        self.notes.push(format!(
            "`redirect_uri` is missing; check that {uri} is registered, or correct it"
        ));
        Some(quoted(uri))
    }

    fn pkce(&mut self, block: &Block) -> Vec<String> {
        let mut lines = Vec::new();
        if block.challenge_method == ChallengeMethod::Plain {
            lines.push(format!("challenge_method = {}", quoted("plain")));
        }
        if let Some(verifier) = &block.verifier {
            if verifier.missing.is_empty() && !is_verifier(&verifier.text) {
                self.notes.push(
                    "its own verifier is invalid (RFC7636 §4.1) and left out; each flow has a new one"
                        .to_owned(),
                );
            } else {
                lines.push(format!("verifier = {}", self.secret("verifier", verifier)));
            }
        }
        lines
    }

    fn other_endpoint(&mut self, block: &Block) {
        let refresh = block.refresh_url.as_ref().map(|url| &url.text);
        if let Some(url) =
            refresh.filter(|url| Some(*url) != block.token_url.as_ref().map(|it| &it.text))
        {
            self.notes.push(format!(
                "`refreshTokenUrl` {url} differs from `accessTokenUrl`; refresh tokens are sent to the token \
                endpoint here (RFC6749 §6)"
            ));
        }
    }

    /// The parameters that go to each place, as `name = value`.
    fn params(
        &mut self,
        params: &[Param],
        places: &[Place],
        of: &str,
    ) -> Vec<(Place, Vec<String>)> {
        let mut all = Vec::new();
        for place in places {
            let here: Vec<_> = params
                .iter()
                .filter(|it| it.place == *place && self.is_sent(it))
                .cloned()
                .collect();
            let mut names: Vec<_> = here.iter().map(|param| param.name.clone()).collect();
            names.sort();
            names.dedup();
            let line = |name: &String| {
                let values: Vec<_> = here
                    .iter()
                    .filter(|it| it.name == *name)
                    .map(|it| self.value(it, of))
                    .collect();
                let value = match values.as_slice() {
                    // A header field has a single value here; Postman lists them separately.
                    [.., last] if *place == Place::Header => last.clone(),
                    [one] => one.clone(),
                    several => format!("[{}]", several.join(", ")),
                };
                format!("{} = {value}", key(name))
            };
            let lines: Vec<_> = names.iter().map(line).collect();
            all.extend((!lines.is_empty()).then_some((*place, lines)));
        }
        self.unsent(params, places);
        all
    }

    fn is_sent(&self, param: &Param) -> bool {
        let own = if param.place == Place::Header { is_own_header } else { is_own };
        param.enabled && !own(&param.name)
    }

    /// Notes the parameters that are not sent.
    fn unsent(&mut self, params: &[Param], places: &[Place]) {
        for param in params {
            let name = &param.name;
            let why = match () {
                () if !param.enabled => "is switched off in Postman",
                () if !self.is_sent(param) => "has a new value in every request here",
                () if !places.contains(&param.place) => {
                    "can only be sent in the URL, as a browser sends this request"
                }
                () => continue,
            };
            self.notes.push(format!("`{name}` {why}, and is left out"));
        }
    }

    fn value(&mut self, param: &Param, of: &str) -> String {
        let is_secret = param.value.secret || sounds_secret(&param.name);
        let what = format!("{of}_{}", param.name);
        if is_secret { self.secret(&what, &param.value) } else { self.open(&what, &param.value) }
    }

    /// A value for the target file, unless a variable in it is missing.
    fn open(&mut self, what: &str, value: &Resolved) -> String {
        // A value `env:…` from a collection must not be read from this environment.
        if value.secret || !value.missing.is_empty() || is_reference(&value.text) {
            return self.secret(what, value);
        }
        quoted(&value.text)
    }

    /// A value read from the environment.
    fn secret(&mut self, what: &str, value: &Resolved) -> String {
        let about = format!("{what} of the client {}", self.name);
        if value.missing.is_empty() {
            let wanted = format!("{}_{what}", self.name);
            let name = self.environment.put(&wanted, Some(&value.text), &about);
            return quoted(&format!("env:{name}"));
        }
        let is_whole =
            value.missing.len() == 1 && value.text == format!("{{{{{}}}}}", value.missing[0]);
        let wanted = match is_whole {
            true => value.missing[0].clone(),
            false => format!("{}_{what}", self.name),
        };
        let about = if is_whole {
            format!("{} in Postman", value.text)
        } else {
            format!("{about}: {}", value.text)
        };
        self.notes.push(format!("{what} is {}, which no file defines", value.text));
        self.left(&wanted, &about)
    }

    /// A value that the user must provide.
    fn left(&mut self, wanted: &str, about: &str) -> String {
        let name = self.environment.put(wanted, None, about);
        if let Some(note) = self.notes.last_mut() {
            *note = format!("{note}: set {name}");
        }
        quoted(&format!("env:{name}"))
    }
}

/// Whether the value of such a parameter is secret.
fn sounds_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["secret", "password", "token", "assertion", "key", "credential", "signature", "authorization"]
        .iter()
        .any(|word| name.contains(word))
}

/// A TOML key, quoted if necessary.
pub(super) fn key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { quoted(name) }
}
