//! Loading a target file and the known deviations beside it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use url::Url;

use super::client::{Client, User};
use super::file::{ClientFile, Endpoints, Link, TargetFile};
use super::known::{Known, KnownFile};
use super::login::LoginRule;
use crate::oauth::AuthMethod;
use crate::oauth::names::{AUTHORIZATION_CODE, IMPLICIT};
use crate::source::{Mistake, Mistakes, Source, read};
use crate::suite::Feature;

/// The authorization server under test, as its files describe it.
#[derive(Clone, Debug)]
pub struct Target {
    /// The name for reports and snapshots; fit to be a folder's name.
    pub name: String,
    /// The issuer identifier.
    pub issuer: Link,
    /// The ruleset when the command line names none.
    pub ruleset: Option<String>,
    /// What it supports besides what its metadata says.
    pub supports: Vec<Feature>,
    /// Endpoints named by hand.
    pub endpoints: Endpoints,
    /// Parameters that every authorization request has besides.
    pub authorize: BTreeMap<String, String>,
    /// The clients, in the order of the file.
    pub clients: Vec<Client>,
    /// The users, in the order of the file; the first one signs in.
    pub users: Vec<User>,
    /// How to sign in.
    pub login: Vec<LoginRule>,
    /// Known deviations, by `suite/case` or `suite/case@client`.
    pub known: BTreeMap<String, Known>,
}

/// Reads a target file, and `known.toml` beside it where there is one.
///
/// # Errors
/// All mistakes in both files, or why the target file cannot be read.
pub fn load(path: &Path) -> Result<Target, Mistakes> {
    let source = source(path)?;
    let known = path.with_file_name("known.toml");
    let known = if known.is_file() { Some(self::source(&known)?) } else { None };
    parse(&source, known.as_ref())
}

fn source(path: &Path) -> Result<Source, Mistakes> {
    let name = path.display().to_string();
    std::fs::read_to_string(path).map(|text| Source::new(&name, text)).map_err(|error| {
        let mut mistakes = Mistakes::default();
        let what = format!("cannot read the target file: {error}");
        let right = "name a target file, as in `authspec run fixtures/oidc-provider/target.toml`";
        mistakes.add(&Source::new(&name, ""), vec![Mistake::new(0..0, what, right)]);
        mistakes
    })
}

/// Reads the text of a target file and of its known deviations.
///
/// # Errors
/// All mistakes in both.
pub fn parse(source: &Source, known: Option<&Source>) -> Result<Target, Mistakes> {
    let mut mistakes = Mistakes::default();
    let (file, mut found) = read::<TargetFile>(source);
    let target = file.map(|file| Checker { found: &mut found }.target(file));
    mistakes.add(source, found);
    let mut deviations = BTreeMap::new();
    if let Some(known) = known {
        let (file, mut found) = read::<KnownFile>(known);
        for (case, entry) in file.unwrap_or_default().0 {
            if entry.get_ref().reason.trim().is_empty() {
                let right = "say why the target deviates, and where it was reported";
                found.push(Mistake::new(entry.span(), "a deviation without a reason", right));
            }
            deviations.insert(case.into_inner(), entry.into_inner());
        }
        mistakes.add(known, found);
    }
    match target {
        Some(target) if mistakes.is_empty() => Ok(Target { known: deviations, ..target }),
        _ => Err(mistakes),
    }
}

struct Checker<'a> {
    found: &'a mut Vec<Mistake>,
}

impl Checker<'_> {
    fn wrong(&mut self, span: Range<usize>, what: impl Into<String>, right: impl Into<String>) {
        self.found.push(Mistake::new(span, what, right));
    }

    fn target(&mut self, file: TargetFile) -> Target {
        let name = file.name.get_ref();
        if name.is_empty() || name.contains(['/', '\\', ':']) || name.starts_with('.') {
            let right = "reports and snapshots stand in a folder of that name; use letters, digits, blanks";
            self.wrong(file.name.span(), format!("`{name}` cannot be the name of a folder"), right);
        }
        let issuer = file.issuer.get_ref();
        if issuer.url.query().is_some() {
            let what = format!("the issuer `{}` has a query", issuer.text);
            self.wrong(file.issuer.span(), what, "an issuer has none (RFC8414 §2)");
        }
        if file.client.is_empty() {
            self.wrong(0..0, "a target without clients", "write `[client.<name>]` for each client");
        }
        if file.user.is_empty() {
            self.wrong(0..0, "a target without users", "write `[user.<name>]` for whoever signs in");
        }
        let scope = file.scope.clone().unwrap_or_default();
        let clients = in_order(file.client);
        let clients = clients.into_iter().map(|(name, client)| self.client(name, client, &scope));
        let clients = clients.collect();
        let users = in_order(file.user)
            .into_iter()
            .map(|(name, user)| User { name: name.into_inner(), password: user.password.0 })
            .collect();
        Target {
            name: file.name.into_inner(),
            issuer: file.issuer.into_inner(),
            ruleset: file.ruleset.map(Spanned::into_inner),
            supports: file.supports,
            endpoints: file.endpoint,
            authorize: file.authorize,
            clients,
            users,
            login: file.login,
            known: BTreeMap::new(),
        }
    }

    fn client(&mut self, name: Spanned<String>, file: ClientFile, scope: &str) -> Client {
        let auth = *file.auth.get_ref();
        match (&file.secret, auth) {
            (Some(secret), AuthMethod::None) => {
                let right = "leave the secret out, or say how it is sent, as in `auth = \"client_secret_basic\"`";
                self.wrong(secret.span(), "a client with `auth = \"none\"` has no secret", right);
            }
            (None, AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost) => {
                let what = format!("a client with `auth = \"{}\"` and no secret", auth.name());
                let right = "write `secret = \"env:NAME\"`, or `auth = \"none\"` for a public client";
                self.wrong(file.auth.span(), what, right);
            }
            _ => {}
        }
        let front = [AUTHORIZATION_CODE, IMPLICIT];
        if file.redirect_uris.is_empty()
            && file.grants.iter().any(|grant| front.contains(&grant.as_str()))
        {
            let what = format!("the client `{}` has no redirect URI", name.get_ref());
            self.wrong(name.span(), what, "write `redirect_uris = [\"http://127.0.0.1:8765/callback\"]`");
        }
        for uri in &file.redirect_uris {
            if let Err(error) = Url::parse(uri.get_ref()) {
                let what = format!("`{}` is no redirect URI: {error}", uri.get_ref());
                self.wrong(uri.span(), what, "write an absolute URI (RFC6749 §3.1.2)");
            }
        }
        Client {
            name: name.into_inner(),
            id: file.id.0,
            auth,
            secret: file.secret.map(|secret| secret.into_inner().0).unwrap_or_default(),
            redirect_uris: file.redirect_uris.into_iter().map(Spanned::into_inner).collect(),
            grants: file.grants,
            scope: file.scope.unwrap_or_else(|| scope.to_owned()),
        }
    }
}

fn in_order<T>(map: BTreeMap<Spanned<String>, T>) -> Vec<(Spanned<String>, T)> {
    let mut entries: Vec<_> = map.into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}
