//! Loads a target file and its known deviations.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use url::{ParseError, Url};

use super::certificate;
use super::client::{Client, User};
use super::extension::Extensions;
use super::extra::{self, ExtraFile, ExtraParams, ParamsFile};
use super::file::{ClientFile, Endpoints, Lifetimes, Start, TargetFile, UserFile};
use super::known::{Known, KnownFile, deviation, is_case};
use super::listener;
use super::login::LoginRule;
use super::origins;
use super::ports::{FIXED_PORT, open_port};
use super::resource::{self, Resource};
use super::rotation::{self, KeyRotation};
use super::signer;
use super::text::{Link, Text};
use super::user;
use crate::oauth::names::{AUTHORIZATION_CODE, IMPLICIT};
use crate::oauth::{AuthMethod, pkce};
use crate::source::{Mistake, Mistakes, Source, read};
use crate::suite::Feature;

/// The authorization server under test, as its files describe it.
#[derive(Clone, Debug)]
pub struct Target {
    /// The name for reports and snapshots, which is a valid folder name.
    pub name: String,
    /// The version of the server, for reports.
    pub version: Option<String>,
    /// What starts the server.
    pub start: Start,
    /// The issuer identifier.
    pub issuer: Link,
    /// The target file.
    pub source: Source,
    /// The certificates of its authorities, relative to the target file.
    pub ca: Option<Spanned<String>>,
    /// Header fields of every request to the server, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The default ruleset, if the command line names none.
    pub ruleset: Option<Spanned<String>>,
    /// What it supports in addition to what its metadata says.
    pub supports: Vec<Feature>,
    /// What it does not support, though other servers do.
    pub lacks: Vec<Feature>,
    /// Other origins that belong to it.
    pub origins: Vec<String>,
    /// The address at which it may fetch documents of its clients, if it is not a free port of this
    /// machine.
    pub listener: Option<Link>,
    /// The authority that signs the certificate of that address: a file relative to the target file,
    /// or its text if that is hidden.
    pub listener_ca: Option<Spanned<Text>>,
    /// Endpoints given by hand.
    pub endpoints: Endpoints,
    /// What tells whether an access token is valid.
    pub resource: Option<Resource>,
    /// What makes it sign with another key.
    pub rotate_keys: Option<KeyRotation>,
    /// The initial access token for registering clients (RFC7591 §3).
    pub registration_token: Option<String>,
    /// The lifetimes of what it issues.
    pub lifetime: Lifetimes,
    /// The clients, in the order of the file.
    pub clients: Vec<Client>,
    /// The users, in the order of the file; the first one signs in.
    pub users: Vec<User>,
    /// The login script.
    pub login: Vec<LoginRule>,
    /// Known deviations, by `suite/case` or `suite/case@client`. Once the ruleset of a run is
    /// known, only those that apply under it.
    pub known: BTreeMap<String, Vec<Known>>,
    /// The file of known deviations.
    pub known_source: Option<KnownSource>,
}

/// The file of known deviations, and the positions in it that have to match the suites.
#[derive(Clone, Debug)]
pub struct KnownSource {
    /// The file.
    pub source: Source,
    /// The position of each case.
    pub cases: BTreeMap<String, Range<usize>>,
    /// The positions of rulesets.
    pub rulesets: Vec<(Range<usize>, Vec<String>)>,
}

impl KnownSource {
    /// The ids in the file, as written: cases, or cases as one client.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.cases.keys().map(String::as_str)
    }
}

impl Target {
    /// Checks what the two files say about the suites: that the ruleset exists, and the cases if
    /// the existing ones are given.
    ///
    /// # Errors
    /// All names that are unknown.
    pub fn fits(&self, rulesets: &[&str], cases: Option<&BTreeSet<&str>>) -> Result<(), Mistakes> {
        let mut mistakes = Mistakes::default();
        let unknown = |span: Range<usize>, name: &String| {
            let what = format!("unknown ruleset `{name}`");
            let right = || format!("known are {}", rulesets.join(", "));
            (!rulesets.contains(&name.as_str())).then(|| Mistake::new(span, what, right()))
        };
        let wrong = self.ruleset.iter().filter_map(|name| unknown(name.span(), name.get_ref()));
        mistakes.add(&self.source, wrong.collect());
        if let Some(KnownSource { source, rulesets: named, .. }) = &self.known_source {
            let named =
                named.iter().flat_map(|(span, names)| names.iter().map(move |it| (span, it)));
            let wrong = named.filter_map(|(span, name)| unknown(span.clone(), name));
            mistakes.add(source, wrong.collect());
        }
        if let (Some(KnownSource { source, cases: spans, .. }), Some(cases)) =
            (&self.known_source, cases)
        {
            let gone = spans.iter().filter(|(id, _)| {
                let case = id.split('@').next().unwrap_or(id);
                !cases.contains(case)
            });
            let wrong = gone.map(|(id, span)| {
                let near = cases.iter().min_by_key(|case| strsim::damerau_levenshtein(case, id));
                let right = near.map(|near| format!("did you mean `{near}`?")).unwrap_or_default();
                Mistake::new(span.clone(), format!("there is no case `{id}`"), right)
            });
            mistakes.add(source, wrong.collect());
        }
        if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
    }
}

/// Parses the text of a target file and of its known deviations.
///
/// # Errors
/// All mistakes in both.
pub fn parse(source: &Source, known: Option<&Source>) -> Result<Target, Mistakes> {
    let mut mistakes = Mistakes::default();
    let (file, mut found) = read::<TargetFile>(source);
    let target = file.and_then(|file| Checker::new(source, &mut found).target(file));
    mistakes.add(source, found);
    let (known, known_source) = match known {
        Some(source) => {
            let (known, found) = deviations(source);
            let (known, source) = known;
            mistakes.add(&source.source, found);
            (known, Some(source))
        }
        None => (BTreeMap::new(), None),
    };
    match target {
        Some(target) if mistakes.is_empty() => Ok(Target { known, known_source, ..target }),
        _ => Err(mistakes),
    }
}

type Deviations = (BTreeMap<String, Vec<Known>>, KnownSource);

fn deviations(source: &Source) -> (Deviations, Vec<Mistake>) {
    let (file, mut found) = read::<KnownFile>(source);
    let (mut known, mut cases, mut rulesets) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for (case, entries) in file.unwrap_or_default().0 {
        is_case(&case, &mut found);
        for entry in entries.iter() {
            deviation(entry, &mut found);
            let named = entry.ruleset.iter();
            rulesets.extend(named.map(|it| (it.span(), it.get_ref().iter().cloned().collect())));
        }
        cases.insert(case.get_ref().clone(), case.span());
        known.insert(case.into_inner(), entries.iter().cloned().map(Known::from).collect());
    }
    ((known, KnownSource { source: source.clone(), cases, rulesets }), found)
}

/// Checks a target file and collects mistakes.
struct Checker<'a> {
    source: &'a Source,
    /// What was already wrong, which may have hidden something.
    folder: PathBuf,
    hidden: Vec<usize>,
    /// Where clients are told that a session has ended.
    notified: Vec<Spanned<Link>>,
    found: &'a mut Vec<Mistake>,
}

impl<'a> Checker<'a> {
    fn new(source: &'a Source, found: &'a mut Vec<Mistake>) -> Self {
        let hidden = found.iter().map(|mistake| mistake.span.start).collect();
        // Files that it names are relative to its folder.
        let folder = Path::new(&source.name).parent().unwrap_or(Path::new("")).to_owned();
        Self { source, folder, hidden, notified: Vec::new(), found }
    }

    /// What was read, unless something is wrong with it.
    fn sound<T>(&mut self, read: Result<T, Vec<Mistake>>) -> Option<T> {
        read.map_err(|wrong| self.found.extend(wrong)).ok()
    }

    fn wrong(&mut self, span: Range<usize>, what: impl Into<String>, right: impl Into<String>) {
        self.found.push(Mistake::new(span, what, right));
    }

    fn target(&mut self, file: TargetFile) -> Option<Target> {
        self.at_the_top(&file);
        let (extensions, wrong) = Extensions::read(&file.extensions(), &Extensions::default());
        self.found.extend(wrong);
        let scope = file.scope.map(|scope| scope.text).unwrap_or_default();
        let extra_params = self.extra_params(&file.authorize, &file.token, &file.refresh);
        let wrong = extra::header_mistakes(file.header.iter());
        self.found.extend(wrong);
        let clients = in_order(file.client.unwrap_or_default());
        let all = (scope.as_str(), &extra_params, &extensions);
        let clients: Vec<_> =
            clients.into_iter().map(|(name, file)| self.client(name, file, all)).collect();
        self.found.extend(origins::mistakes(&file.origins, &clients));
        let redirect_uris = clients.iter().flat_map(Client::browser_uris).cloned();
        let redirect_uris: Vec<_> = redirect_uris.collect();
        let listener = file.listener.as_ref();
        self.found.extend(listener::mistakes(listener, &self.notified, &redirect_uris));
        self.found.extend(listener::scheme_mistake(listener, file.listener_ca.as_ref()));
        let resource = file.resource.map(resource::read).and_then(|it| self.sound(it));
        let rotate_keys = rotation::read(file.rotate_keys.as_ref());
        let rotate_keys = self.sound(rotate_keys).flatten();
        let users = in_order(file.user.unwrap_or_default());
        let users = users.into_iter().map(|(name, file)| self.user(name, file)).collect();
        Some(Target {
            name: file.name?.into_inner(),
            version: file.version,
            start: file.start,
            issuer: file.issuer?.into_inner(),
            source: self.source.clone(),
            ca: file.ca,
            headers: headers(file.header),
            ruleset: file.ruleset,
            supports: file.supports,
            listener: file.listener.map(Spanned::into_inner),
            listener_ca: file.listener_ca,
            endpoints: file.endpoint,
            lacks: file.lacks,
            origins: file.origins.into_iter().map(|it| it.into_inner().text).collect(),
            resource,
            rotate_keys,
            registration_token: file.registration.token.map(|token| token.text),
            lifetime: file.lifetime,
            clients,
            users,
            login: file.login,
            known: BTreeMap::new(),
            known_source: None,
        })
    }

    fn at_the_top(&mut self, file: &TargetFile) {
        let lacks = [
            (file.name.is_none(), "a name", "write `name = \"…\"` at the top of the file"),
            (file.issuer.is_none(), "an issuer", "write `issuer = \"…\"` at the top of the file"),
            (
                file.client.as_ref().is_none_or(BTreeMap::is_empty),
                "clients",
                "write `[client.<name>]` for each client",
            ),
            (
                file.user.as_ref().is_none_or(BTreeMap::is_empty),
                "users",
                "write `[user.<name>]` for each user who can sign in",
            ),
        ];
        for (lacks, what, right) in lacks {
            if lacks && self.hidden.is_empty() {
                self.wrong(0..0, format!("a target without {what}"), right);
            }
        }
        if let Some(name) = &file.name
            && (name.get_ref().is_empty()
                || name.get_ref().contains(['/', '\\', ':'])
                || name.get_ref().starts_with('.'))
        {
            let what = format!("`{}` cannot be a folder name", name.get_ref());
            let right = "snapshots and evidence are stored in a folder of that name; use letters, \
                         digits, spaces";
            self.wrong(name.span(), what, right);
        }
        if let Some(issuer) = &file.issuer
            && issuer.get_ref().url.query().is_some()
        {
            let what = format!("the issuer `{}` has a query", issuer.get_ref().text);
            self.wrong(issuer.span(), what, "leave it out; an issuer has none (RFC8414 §2)");
        }
    }

    fn extra_params(
        &mut self,
        authorize: &ParamsFile,
        token: &ExtraFile,
        refresh: &ExtraFile,
    ) -> ExtraParams {
        self.found.extend(extra::mistakes(authorize, [token, refresh]));
        ExtraParams::new(authorize, token, refresh)
    }

    fn client(
        &mut self,
        name: Spanned<String>,
        file: ClientFile,
        (scope, all, extensions): (&str, &ExtraParams, &Extensions),
    ) -> Client {
        let (extensions, wrong) = Extensions::read(&file.extensions(), extensions);
        self.found.extend(wrong);
        self.credentials(&name, &file);
        let signer = signer::read(&file, &self.folder, self.is_hidden(&name));
        let signer = self.sound(signer).flatten();
        let certificate = certificate::read(&file, &self.folder, self.is_hidden(&name));
        let certificate = self.sound(certificate).flatten();
        self.redirect_uris(&file.redirect_uris);
        self.redirect_uris(&file.post_logout_redirect_uris);
        self.notified.extend(file.backchannel_logout_uri.clone());
        self.notified.extend(file.request_uri.clone());
        self.notified.extend(file.frontchannel_logout_uri.clone());
        let extra_params = self.extra_params(&file.authorize, &file.token, &file.refresh);
        let redirect_uris = file.redirect_uris.into_iter();
        let after_logout = file.post_logout_redirect_uris.into_iter();
        Client {
            name: name.into_inner(),
            id: file.id.text,
            auth: file.auth.into_inner(),
            secret: file.secret.map(|secret| secret.into_inner().text).unwrap_or_default(),
            signer,
            audience: file.audience.map(|audience| audience.into_inner().text),
            sends_client_id: file.sends_client_id.unwrap_or_default(),
            request: file.request.map(Spanned::into_inner).unwrap_or_default(),
            request_uri: file.request_uri.map(|uri| uri.into_inner().text),
            tokens: file.tokens.map(Spanned::into_inner).unwrap_or_default(),
            certificate,
            redirect_uris: redirect_uris.map(|uri| uri.into_inner().text).collect(),
            post_logout_redirect_uris: after_logout.map(|uri| uri.into_inner().text).collect(),
            backchannel_logout_uri: file.backchannel_logout_uri.map(|uri| uri.into_inner().text),
            backchannel_logout_session_required: file.backchannel_logout_session_required,
            frontchannel_logout_uri: file.frontchannel_logout_uri.map(|uri| uri.into_inner().text),
            frontchannel_logout_session_required: file.frontchannel_logout_session_required,
            grants: file.grants,
            scope: file.scope.map_or_else(|| scope.to_owned(), |scope| scope.text),
            native: file.native,
            challenge_method: file.challenge_method,
            verifier: file.verifier.map(|verifier| verifier.into_inner().text),
            extra_params: extra_params.over(all),
            extensions,
        }
    }

    fn user(&mut self, name: Spanned<String>, file: UserFile) -> User {
        let hidden = self.is_hidden(&name);
        let (user, wrong) = user::read(name, file, &self.folder, hidden);
        self.found.extend(wrong);
        user
    }

    /// Whether something was already wrong in the table of this name.
    fn is_hidden(&self, name: &Spanned<String>) -> bool {
        let part = self.source.table(name.span().start);
        self.hidden.iter().any(|start| part.contains(start))
    }

    /// Checks a client's credentials and redirect URIs.
    fn credentials(&mut self, name: &Spanned<String>, file: &ClientFile) {
        let hidden = self.is_hidden(name);
        let auth = *file.auth.get_ref();
        match (&file.secret, auth) {
            (Some(secret), AuthMethod::None) => {
                let right = "leave the secret out, or say how it is sent, as in `auth = \
                             \"client_secret_basic\"`";
                self.wrong(secret.span(), "a client with `auth = \"none\"` has no secret", right);
            }
            (Some(secret), AuthMethod::PrivateKeyJwt) => {
                let right = "write `keys = \"FILE\"` in its place, or say how the secret is used, \
                             as in `auth = \"client_secret_jwt\"`";
                let what = "a client with `auth = \"private_key_jwt\"` has no secret";
                self.wrong(secret.span(), what, right);
            }
            (Some(secret), _) if auth.is_certificate() => {
                let what = format!("a client with `auth = \"{}\"` has no secret", auth.name());
                let right = "leave the secret out; the client presents its `certificate`";
                self.wrong(secret.span(), what, right);
            }
            (None, AuthMethod::None | AuthMethod::PrivateKeyJwt) => {}
            (None, _) if !hidden && !auth.is_certificate() => {
                let what = format!("a client with `auth = \"{}\"` and no secret", auth.name());
                let right =
                    "write `secret = \"env:NAME\"`, or `auth = \"none\"` for a public client";
                self.wrong(file.auth.span(), what, right);
            }
            _ => {}
        }
        let front = [AUTHORIZATION_CODE, IMPLICIT];
        let visits = file.grants.iter().any(|grant| front.contains(&grant.as_str()));
        if file.redirect_uris.is_empty() && visits && !hidden {
            let what = format!("the client `{}` has no redirect URI", name.get_ref());
            self.wrong(
                name.span(),
                what,
                "write `redirect_uris = [\"http://127.0.0.1:8765/callback\"]`",
            );
        }
        if let Some(verifier) = &file.verifier
            && !pkce::is_verifier(&verifier.get_ref().text)
        {
            let what = "this cannot be a verifier (RFC7636 §4.1)";
            let right = "write 43 to 128 letters, digits or `-._~`, or leave it out: then each \
                         flow has a new one";
            self.wrong(verifier.span(), what, right);
        }
    }

    fn redirect_uris(&mut self, uris: &[Spanned<Text>]) {
        for uri in uris {
            if let Some(what) = open_port(&uri.get_ref().text) {
                self.wrong(uri.span(), what, FIXED_PORT);
            } else if let Err(error) = Url::parse(&uri.get_ref().text) {
                let what = match error {
                    ParseError::RelativeUrlWithoutBase => {
                        format!("the redirect URI `{}` has no scheme", uri.get_ref().text)
                    }
                    error => format!("`{}` is not a redirect URI: {error}", uri.get_ref().text),
                };
                self.wrong(
                    uri.span(),
                    what,
                    "write an absolute URI, as in `https://app.example/callback`",
                );
            }
        }
    }
}

fn in_order<T>(map: BTreeMap<Spanned<String>, T>) -> Vec<(Spanned<String>, T)> {
    let mut entries: Vec<_> = map.into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// The header fields, with names in lower case.
fn headers(given: BTreeMap<Spanned<String>, Text>) -> Vec<(String, String)> {
    let lower = |name: Spanned<String>| name.into_inner().to_ascii_lowercase();
    given.into_iter().map(|(name, value)| (lower(name), value.text)).collect()
}
