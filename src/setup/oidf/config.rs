//! A configuration of the OpenID Foundation's conformance suite.

use std::path::Path;

use crate::oauth::AuthMethod;
use crate::oauth::metadata::OPENID_PATH;
use crate::oauth::names::{
    AUTHORIZATION_ENDPOINT, CLIENT_ID, CLIENT_SECRET, END_SESSION_ENDPOINT, ISSUER, SCOPE,
    TOKEN_ENDPOINT, USERINFO_ENDPOINT,
};
use crate::oauth::signing::PrivateKey;
use crate::source::{Json, Mistake, Mistakes, Source};
use crate::target::Link;

/// The clients of a configuration, and how each authenticates with a secret.
const CLIENTS: &[(&str, AuthMethod)] = &[
    ("client", AuthMethod::ClientSecretBasic),
    ("client2", AuthMethod::ClientSecretBasic),
    ("client_secret_post", AuthMethod::ClientSecretPost),
    ("client_secret_jwt", AuthMethod::ClientSecretJwt),
];

/// The endpoints that a configuration may name, and what target files call them.
const ENDPOINTS: &[(&str, &str)] = &[
    (AUTHORIZATION_ENDPOINT, "authorization"),
    (TOKEN_ENDPOINT, "token"),
    (USERINFO_ENDPOINT, "userinfo"),
    (END_SESSION_ENDPOINT, "logout"),
];

/// What a target file has no word for, and why.
const UNUSED: &[(&str, &str)] = &[
    ("browser", "login and consent pages are recognized; for unusual ones, write `[[login]]`"),
    ("override", "no case needs instructions of its own"),
    ("resource", "access tokens are tried at the userinfo endpoint"),
    ("mtls", "clients do not authenticate with certificates here"),
    ("mtls2", "clients do not authenticate with certificates here"),
];

/// What a configuration says.
#[derive(Debug)]
pub(super) struct Config {
    pub(super) alias: Option<String>,
    pub(super) issuer: Link,
    /// Endpoints given by hand, by their names in target files.
    pub(super) endpoints: Vec<(&'static str, String)>,
    /// Whom `login_hint` names.
    pub(super) user: Option<String>,
    pub(super) clients: Vec<ClientBlock>,
    /// What is left out, each with its location and the reason.
    pub(super) left_out: Vec<String>,
}

/// A client of the configuration.
#[derive(Debug)]
pub(super) struct ClientBlock {
    pub(super) name: &'static str,
    /// Its location, as `file:line`.
    pub(super) line: String,
    pub(super) id: String,
    pub(super) auth: AuthMethod,
    pub(super) secret: Option<String>,
    /// Its private keys, as a JWK Set.
    pub(super) keys: Option<String>,
    pub(super) scope: Option<String>,
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// Everything that is wrong in it, or why it cannot be read.
    pub(super) fn read(path: &Path) -> Result<Self, Mistakes> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            let what = format!("cannot read the configuration: {error}");
            let right = "name a configuration of the OpenID Foundation's conformance suite";
            all_in(&Source::new(name.clone(), ""), vec![Mistake::new(0..0, what, right)])
        })?;
        let source = Source::of_secrets_in_json(name, text);
        let mut reader = Reader { source: &source, mistakes: Vec::new(), left_out: Vec::new() };
        match Json::read(&source).map(|json| reader.config(json)) {
            Err(mistake) => Err(all_in(&source, vec![mistake])),
            Ok(Some(config)) if reader.mistakes.is_empty() => {
                Ok(Self { left_out: reader.left_out, ..config })
            }
            Ok(_) => Err(all_in(&source, reader.mistakes)),
        }
    }
}

fn all_in(source: &Source, found: Vec<Mistake>) -> Mistakes {
    let mut mistakes = Mistakes::default();
    mistakes.add(source, found);
    mistakes
}

/// Reads one file.
struct Reader<'a> {
    source: &'a Source,
    mistakes: Vec<Mistake>,
    left_out: Vec<String>,
}

impl Reader<'_> {
    fn config(&mut self, json: Json<'_>) -> Option<Config> {
        if json.members().is_none() {
            let what = format!("{} where a configuration belongs", json.kind());
            let right = "name a configuration with `server` and `client`, as the conformance suite exports it";
            self.mistake(json, what, right);
            return None;
        }
        let server = self.object(json, "server", "{ \"discoveryUrl\": \"https://…\" }");
        let issuer = server.and_then(|server| self.issuer(server));
        let endpoint = |(key, name): &(&str, &'static str)| {
            let url = server?.get(key)?;
            Some((*name, self.address(url, key)?))
        };
        let endpoints = ENDPOINTS.iter().filter_map(endpoint).collect();
        let user = server.and_then(|server| self.text(server, "login_hint"));
        if json.get("client").is_none() {
            let right =
                "add it, as in `\"client\": { \"client_id\": \"…\", \"client_secret\": \"…\" }`";
            self.mistake(json, "a configuration without `client`".to_owned(), right);
        }
        let clients = CLIENTS.iter().filter_map(|(name, auth)| self.client(json, name, *auth));
        let clients = clients.collect();
        for (key, why) in UNUSED {
            if let Some(value) = json.get(key) {
                self.left_out.push(format!("{}: `{key}`: {why}", self.line(value)));
            }
        }
        let (alias, left_out) = (self.text(json, "alias"), Vec::new());
        Some(Config { alias, issuer: issuer?, endpoints, user, clients, left_out })
    }

    fn issuer(&mut self, server: Json<'_>) -> Option<Link> {
        let Some(url) = server.get("discoveryUrl") else {
            let Some(issuer) = server.get(ISSUER) else {
                let what = "`server` has neither `discoveryUrl` nor `issuer`".to_owned();
                let right = format!("add `\"discoveryUrl\": \"https://as.example{OPENID_PATH}\"`");
                self.mistake(server, what, &right);
                return None;
            };
            return Link::try_from(self.address(issuer, ISSUER)?).ok();
        };
        let text = self.address(url, "discoveryUrl")?;
        let Some(issuer) = text.strip_suffix(OPENID_PATH) else {
            let what = "this is not where an issuer has its metadata".to_owned();
            let right = format!("end it with `{OPENID_PATH}` (OpenID.Discovery §4)");
            self.mistake(url, what, &right);
            return None;
        };
        Link::try_from(issuer.to_owned()).ok()
    }

    fn client(
        &mut self,
        json: Json<'_>,
        name: &'static str,
        auth: AuthMethod,
    ) -> Option<ClientBlock> {
        json.get(name)?;
        let block =
            self.object(json, name, "{ \"client_id\": \"…\", \"client_secret\": \"…\" }")?;
        let line = self.line(block);
        let Some(id) = self.text(block, CLIENT_ID).filter(|id| !id.is_empty()) else {
            if block.get(CLIENT_ID).is_none_or(|id| id.text().is_some()) {
                let right = "add the identifier that the client has at the server";
                self.mistake(block, format!("`{name}` without `client_id`"), right);
            }
            return None;
        };
        let secret = self.text(block, CLIENT_SECRET).filter(|secret| !secret.is_empty());
        let keys = block.get("jwks").filter(|_| secret.is_none());
        let keys = keys.and_then(|keys| self.keys(keys));
        if let Some(unused) = block.get("jwks").filter(|_| secret.is_some()) {
            let why = "the client has a secret, and authenticates with that";
            self.left_out.push(format!("{}: `jwks` of `{name}`: {why}", self.line(unused)));
        }
        let auth = match (&secret, &keys) {
            (Some(_), _) => auth,
            (None, Some(_)) => AuthMethod::PrivateKeyJwt,
            (None, None) => AuthMethod::None,
        };
        let scope = self.text(block, SCOPE);
        Some(ClientBlock { name, line, id, auth, secret, keys, scope })
    }

    /// Private keys, which are checked as those of a target file are.
    fn keys(&mut self, keys: Json<'_>) -> Option<String> {
        let text = self.source.text.get(keys.span())?.to_owned();
        match PrivateKey::parse(&text, None) {
            Ok(_) => Some(text.lines().map(str::trim).collect::<Vec<_>>().join(" ")),
            Err(flaw) => {
                self.mistakes.push(flaw.of("`jwks`").at(start_of(keys)));
                None
            }
        }
    }

    /// The member with this name, which has to be an object.
    fn object<'a>(&mut self, json: Json<'a>, name: &str, example: &str) -> Option<Json<'a>> {
        let right = format!("write `\"{name}\": {example}`");
        match json.get(name) {
            Some(value) if value.members().is_some() => return Some(value),
            Some(value) => self.mistake(value, format!("{} for `{name}`", value.kind()), &right),
            None => self.mistake(json, format!("a configuration without `{name}`"), &right),
        }
        None
    }

    /// The text of the member with this name, if it is there.
    fn text(&mut self, json: Json<'_>, name: &str) -> Option<String> {
        let value = json.get(name)?;
        if value.text().is_none() {
            let right = format!("write a text, as in `\"{name}\": \"…\"`");
            self.mistake(value, format!("{} for `{name}`", value.kind()), &right);
        }
        value.text()
    }

    fn address(&mut self, value: Json<'_>, name: &str) -> Option<String> {
        let text = value.text();
        if let Some(Ok(link)) = text.map(Link::try_from) {
            return Some(link.text);
        }
        let what = format!("`{name}` is not a URL");
        self.mistake(value, what, "write it with scheme and host, as in `https://as.example`");
        None
    }

    fn mistake(&mut self, at: Json<'_>, what: String, right: &str) {
        self.mistakes.push(Mistake::new(start_of(at), what, right));
    }

    fn line(&self, value: Json<'_>) -> String {
        format!("{}:{}", self.source.name, self.source.line(value.span().start))
    }
}

/// The position of a text, or the first character of anything longer.
fn start_of(value: Json<'_>) -> std::ops::Range<usize> {
    let span = value.span();
    if value.plain().is_some() { span } else { span.start..span.start + 1 }
}
