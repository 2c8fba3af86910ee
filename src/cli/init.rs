//! `authspec init`.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use askama::Template;
use toml::Value;
use url::Url;

use super::args::InitArgs;
use super::network::network;
use super::postman;
use super::prepare::CommandError;
use super::register::{Credentials, register};
use crate::oauth::names::{
    AUTHORIZATION_CODE, CLIENT_CREDENTIALS, IMPLICIT, OPENID, REFRESH_TOKEN,
};
use crate::oauth::{AuthMethod, Metadata};
use crate::run::find_metadata;
use crate::target::{Link, is_reference};
use crate::wire::{Http, HttpOptions, printable};

/// Scopes that valid flows ask for, where the server lists them.
const SCOPES: [&str; 3] = [OPENID, "profile", "offline_access"];

/// A target file, yet to be written; text in it is as TOML writes it.
#[derive(Template)]
#[template(path = "target.toml", escape = "none")]
struct TargetText {
    file: String,
    metadata: String,
    name: String,
    issuer: String,
    scope: String,
    scopes: String,
    refreshes: bool,
    registered: bool,
    clients: Vec<ClientText>,
}

/// A client in it.
struct ClientText {
    name: &'static str,
    id: String,
    auth: &'static str,
    secret: Option<String>,
    redirect_uris: String,
    grants: String,
    native: bool,
}

/// A client as it is to be registered.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) name: &'static str,
    pub(super) auth: AuthMethod,
    pub(super) redirect_uris: Vec<String>,
    pub(super) grants: Vec<&'static str>,
    pub(super) scope: String,
    pub(super) native: bool,
}

impl Wanted {
    /// The variable of the environment that holds its secret.
    pub(super) fn variable(&self) -> Option<String> {
        let is_public = self.auth == AuthMethod::None;
        (!is_public).then(|| format!("AUTHSPEC_{}_SECRET", self.name.to_ascii_uppercase()))
    }
}

/// Asks the metadata of an issuer, and writes a target file with comments; registers its clients
/// where that is asked for.
pub(super) async fn init(args: &InitArgs, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    if !args.from_postman.is_empty() {
        return postman::init(args, out).await;
    }
    let issuer =
        Link::try_from(args.issuer.clone().unwrap_or_default()).map_err(CommandError::Usage)?;
    let secrets = args.output.with_extension("env");
    refuse_to_overwrite(&args.output)?;
    if args.register {
        refuse_to_overwrite(&secrets)?;
    }
    let http = Http::over(HttpOptions::default(), network(args.ca.as_deref())?);
    let (url, metadata) =
        find_metadata(&issuer, None, &http).await.map_err(CommandError::Target)?;
    let wanted = wanted(&metadata, args.callback_port);
    let registered = match args.register {
        true => Some(register(&wanted, &metadata, &http).await?),
        false => None,
    };
    let text = text(&args.output, &url, &issuer, &metadata, &wanted, registered.as_deref());
    let text = text.render().map_err(io::Error::other)?;
    std::fs::write(&args.output, text)?;
    let file = args.output.display();
    writeln!(out, "{file} is written; it reads passwords and secrets from the environment")?;
    if let Some(registered) = registered {
        let shown = secrets.display();
        write_secrets(&secrets, &wanted, &registered)?;
        writeln!(
            out,
            "{shown} has the secrets of the clients that were registered: keep it to yourself"
        )?;
        writeln!(
            out,
            "next: set -a; . ./{shown}; AUTHSPEC_PASSWORD=…; set +a; authspec doctor {file}"
        )?;
    } else {
        writeln!(out, "next: register the clients that it names, then: authspec doctor {file}")?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn refuse_to_overwrite(path: &Path) -> Result<(), CommandError> {
    match path.exists() {
        true => {
            let why = "is there already: name another with --output, or move it away";
            Err(CommandError::Usage(format!("{} {why}", path.display())))
        }
        false => Ok(()),
    }
}

/// The clients that make most cases possible, as far as the metadata says that the server has them.
fn wanted(metadata: &Metadata, port: u16) -> Vec<Wanted> {
    let lists =
        |list: &str, value: &str| metadata.list(list).is_some_and(|values| values.contains(&value));
    let grant = |value: &str| lists("grant_types_supported", value);
    let method = |value: &str| lists("token_endpoint_auth_methods_supported", value);
    let callback = format!("http://127.0.0.1:{port}/callback");
    let scope = scope(metadata);
    let mut codes = vec![AUTHORIZATION_CODE];
    codes.extend(grant(REFRESH_TOKEN).then_some(REFRESH_TOKEN));
    let client = |name, auth, uri: &str, native| Wanted {
        name,
        auth,
        redirect_uris: vec![uri.to_owned()],
        grants: codes.clone(),
        scope: scope.clone(),
        native,
    };
    let mut clients = vec![
        client("native", AuthMethod::None, &callback, true),
        client("web", AuthMethod::ClientSecretBasic, &callback, false),
    ];
    if method("client_secret_post") {
        clients.push(client("portal", AuthMethod::ClientSecretPost, &callback, false));
    }
    let other = format!("http://127.0.0.1:{port}/other");
    clients.push(client("other", AuthMethod::ClientSecretBasic, &other, false));
    if grant(CLIENT_CREDENTIALS) {
        let service = client("service", AuthMethod::ClientSecretBasic, &callback, false);
        let grants = vec![CLIENT_CREDENTIALS];
        clients.push(Wanted { redirect_uris: Vec::new(), grants, ..service });
    }
    if grant(IMPLICIT) && lists("response_types_supported", "token") {
        let legacy = client("legacy", AuthMethod::None, &callback, false);
        clients.push(Wanted { grants: vec![IMPLICIT], ..legacy });
    }
    clients
}

/// The scopes worth asking for that the server lists; that of OpenID Connect where it lists none.
fn scope(metadata: &Metadata) -> String {
    let Some(listed) = metadata.list("scopes_supported") else { return OPENID.to_owned() };
    let known: Vec<_> = SCOPES.into_iter().filter(|scope| listed.contains(scope)).collect();
    match known.is_empty() {
        true => listed.iter().find(|it| !is_reference(it)).copied().unwrap_or_default().to_owned(),
        false => known.join(" "),
    }
}

fn text(
    file: &Path,
    url: &str,
    issuer: &Link,
    metadata: &Metadata,
    wanted: &[Wanted],
    registered: Option<&[Credentials]>,
) -> TargetText {
    let listed = metadata.list("scopes_supported").unwrap_or_default().join(" ");
    let id = |index: usize, client: &Wanted| match registered {
        Some(all) => quoted(&all[index].client_id),
        None => quoted(&format!("authspec-{}", client.name)),
    };
    let clients = wanted.iter().enumerate().map(|(index, client)| ClientText {
        name: client.name,
        id: id(index, client),
        auth: client.auth.name(),
        secret: client.variable(),
        redirect_uris: match client.redirect_uris.as_slice() {
            [] => String::new(),
            uris => list(uris.iter().map(String::as_str)),
        },
        grants: list(client.grants.iter().copied()),
        native: client.native,
    });
    TargetText {
        file: file.display().to_string(),
        metadata: one_line(url),
        name: quoted(&name(&issuer.url)),
        issuer: quoted(&issuer.text),
        scope: quoted(&scope(metadata)),
        scopes: one_line(&listed),
        refreshes: wanted.iter().any(|client| client.grants.contains(&REFRESH_TOKEN)),
        registered: registered.is_some(),
        clients: clients.collect(),
    }
}

/// A name that can be that of a folder.
pub(super) fn name(issuer: &Url) -> String {
    let host = issuer.host_str().unwrap_or("server").trim_matches(['[', ']']);
    let port = issuer.port().map(|port| format!("-{port}")).unwrap_or_default();
    let last = issuer.path_segments().and_then(|mut parts| parts.rfind(|part| !part.is_empty()));
    let name = last.map_or(format!("{host}{port}"), |last| format!("{host}{port}-{last}"));
    name.replace(|c: char| !c.is_ascii_alphanumeric() && !"-._".contains(c), "-")
}

/// What a server says, as part of a comment.
pub(super) fn one_line(text: &str) -> String {
    printable(text).replace('\n', " ").chars().take(500).collect()
}

pub(super) fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

pub(super) fn list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    Value::Array(texts.map(|text| Value::String(text.to_owned())).collect()).to_string()
}

/// A new file that only its owner can read.
pub(super) fn secret_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    File::options().write(true).create_new(true).mode(0o600).open(path)
}

/// Text as a word of the shell.
pub(super) fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Writes the secrets where only their owner can read them.
fn write_secrets(path: &Path, wanted: &[Wanted], all: &[Credentials]) -> Result<(), CommandError> {
    let mut file = secret_file(path)?;
    writeln!(file, "# Secrets of the clients that authspec registered; for the shell to read.")?;
    for (client, credentials) in wanted.iter().zip(all) {
        if let Some((name, secret)) = client.variable().zip(credentials.secret.as_ref()) {
            writeln!(file, "{name}={}", shell_quoted(secret))?;
        }
        if let Some(manage) = &credentials.manage {
            writeln!(file, "# {} is managed at {}", client.name, one_line(manage))?;
        }
    }
    Ok(())
}
