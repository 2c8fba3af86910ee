//! `authspec init`.

use std::io::{self, Write};
use std::path::Path;

use askama::Template;

use super::error::SetupError;
use super::oidf;
use super::options::InitOptions;
use super::postman;
use super::register::{Credentials, register};
use super::text::{list, name, named_from, one_line, quoted, refuse_to_overwrite, secret_file};
use super::wanted::{self, Wanted};
use crate::oauth::Metadata;
use crate::oauth::names::{
    OPENID, REFRESH_TOKEN, REGISTRATION_ENDPOINT, REQUIRE_PUSHED_AUTHORIZATION_REQUESTS,
    SCOPES_SUPPORTED,
};
use crate::run::{NoMetadata, find_metadata};
use crate::target::Link;
use crate::wire::{Http, HttpOptions, Network, ServerHeaders, shell_quoted};

/// The contents of a target file, with values in TOML syntax.
#[derive(Template)]
#[template(path = "target.toml", escape = "none")]
struct TargetText {
    file: String,
    /// The URL of the metadata.
    metadata: Option<String>,
    /// Why there is no metadata.
    reasons: Vec<String>,
    name: String,
    issuer: String,
    /// A likely prefix of the endpoint URLs, after a quotation mark.
    base: String,
    ruleset: &'static str,
    scope: String,
    scopes: String,
    /// Whether clients can register at the server.
    registers: bool,
    /// The file of certificate authorities.
    ca: Option<String>,
    /// The header fields of every request, and their values.
    headers: Vec<(String, String)>,
    refreshes: bool,
    registered: bool,
    /// The clients that the server did not register, and why.
    failed: Vec<String>,
    clients: Vec<ClientText>,
}

/// A client in the target file.
struct ClientText {
    name: &'static str,
    id: String,
    auth: &'static str,
    secret: Option<String>,
    /// Whether it has to push its authorization requests.
    pushes: bool,
    redirect_uris: String,
    grants: String,
    /// Its scope, if it differs from the target's.
    scope: Option<String>,
    native: bool,
}

/// Writes a target file with comments, from the issuer's metadata if available, else to fill in by hand.
/// Registers its clients if requested.
///
/// # Errors
/// Why no file is written: an invalid issuer, an existing file, or a server that refuses.
pub(crate) async fn init(
    args: &InitOptions,
    network: Network,
    out: &mut dyn Write,
) -> Result<(), SetupError> {
    if !args.from_postman.is_empty() {
        return postman::init(args, network, out).await;
    }
    if let Some(config) = &args.from_oidf {
        return oidf::init(config, args, out);
    }
    let issuer =
        Link::try_from(args.issuer.clone().unwrap_or_default()).map_err(SetupError::Usage)?;
    refuse_to_overwrite(&args.output)?;
    if args.register {
        refuse_to_overwrite(&args.output.with_extension("env"))?;
    }
    let headers = args.headers.iter().map(|it| (it.name.clone(), it.value.clone())).collect();
    let headers = ServerHeaders::new(headers);
    headers.send_to(issuer.url.as_str());
    let http = Http::over(HttpOptions::default(), Network { headers: headers.clone(), ..network });
    let found = found(args, &issuer, &http).await?;
    if let Some(url) = found.metadata.text(REGISTRATION_ENDPOINT) {
        headers.send_to(url);
    }
    let wanted = found.wanted(args.callback_port);
    let registered = match args.register {
        true => Some(register(&wanted, &found.metadata, &http).await?),
        false => None,
    };
    if let Some(all) = &registered {
        tell_unregistered(&wanted, all, out)?;
    }
    let text = text(args, &issuer, &found, &wanted, registered.as_deref());
    std::fs::write(&args.output, text.render().map_err(io::Error::other)?)?;
    told(args, &found, &wanted, registered.as_deref(), out)?;
    Ok(())
}

/// What is known of the server.
struct Found {
    metadata: Metadata,
    /// The URL of its metadata, or why that is unknown, line by line.
    url: Result<String, Vec<String>>,
}

impl Found {
    fn scope(&self) -> String {
        self.url.as_ref().map(|url| wanted::scope(&self.metadata, url)).unwrap_or_default()
    }

    fn wanted(&self, port: u16) -> Vec<Wanted> {
        wanted::wanted(&self.metadata, &self.scope(), port)
    }
}

/// Asks the server for its metadata, unless requests are forbidden.
async fn found(args: &InitOptions, issuer: &Link, http: &Http) -> Result<Found, SetupError> {
    let unknown = |why: Vec<String>| Found { metadata: Metadata::default(), url: Err(why) };
    if args.offline {
        return Ok(unknown(vec!["no request was sent (--offline)".to_owned()]));
    }
    let missing = match find_metadata(issuer, None, http).await {
        Ok((url, metadata)) => return Ok(Found { metadata, url: Ok(url) }),
        Err(missing) => missing,
    };
    match &missing {
        _ if args.register => {
            let why = "clients cannot be registered without metadata: leave out --register";
            Err(SetupError::Target(format!("{}; {why}", missing.for_argument())))
        }
        NoMetadata::NotServed(places) => {
            Ok(unknown(places.iter().map(|(url, why)| format!("{url}: {why}")).collect()))
        }
        NoMetadata::Cut(url, why) => Ok(unknown(vec![format!("{url}: {why}")])),
        NoMetadata::OfAnother { .. } | NoMetadata::Unreachable(_) => {
            Err(SetupError::Target(missing.for_argument()))
        }
    }
}

/// Reports which clients were not registered, and why.
///
/// # Errors
/// If no client was registered.
fn tell_unregistered(
    wanted: &[Wanted],
    all: &[Result<Credentials, String>],
    out: &mut dyn Write,
) -> Result<(), SetupError> {
    let failed: Vec<_> = failures(wanted, all).collect();
    if failed.len() == all.len() {
        let why = "no client was registered, so nothing is written";
        let right = "leave out --register, and register the clients by hand";
        return Err(SetupError::Target(format!("{why}: {}; {right}", failed.join("; "))));
    }
    for line in failed {
        writeln!(out, "not registered: {line}")?;
    }
    Ok(())
}

fn failures(
    wanted: &[Wanted],
    all: &[Result<Credentials, String>],
) -> impl Iterator<Item = String> {
    let both = wanted.iter().zip(all);
    both.filter_map(|(client, made)| Some(format!("{}: {}", client.name, made.as_ref().err()?)))
}

/// Reports what was written, and what to do next.
fn told(
    args: &InitOptions,
    found: &Found,
    wanted: &[Wanted],
    registered: Option<&[Result<Credentials, String>]>,
    out: &mut dyn Write,
) -> Result<(), SetupError> {
    let (file, secrets) = (args.output.display(), args.output.with_extension("env"));
    if let Err(reasons) = &found.url {
        writeln!(out, "no metadata available:")?;
        for line in reasons {
            writeln!(out, "  {}", one_line(line))?;
        }
    }
    writeln!(out, "wrote {file}; it reads passwords and secrets from the environment")?;
    if let Some(registered) = registered {
        let shown = secrets.display();
        write_secrets(&secrets, wanted, registered)?;
        writeln!(out, "{shown} has the secrets of the registered clients: do not share it")?;
        writeln!(
            out,
            "next: set -a; . ./{shown}; AUTHSPEC_PASSWORD=…; set +a; authspec doctor {file}"
        )?;
        return Ok(());
    }
    let endpoints = match found.url {
        Ok(_) => "",
        Err(_) => "fill in `endpoint.authorization` and `endpoint.token`, ",
    };
    let next = "register the clients that it names, then: authspec doctor";
    writeln!(out, "next: {endpoints}{next} {file}")?;
    Ok(())
}

fn text(
    args: &InitOptions,
    issuer: &Link,
    found: &Found,
    wanted: &[Wanted],
    registered: Option<&[Result<Credentials, String>]>,
) -> TargetText {
    let listed = found.metadata.list(SCOPES_SUPPORTED).unwrap_or_default().join(" ");
    // None if registration was refused.
    let id = |index: usize, client: &Wanted| match registered {
        Some(all) => all[index].as_ref().ok().map(|it| quoted(&it.client_id)),
        None => Some(quoted(&format!("authspec-{}", client.name))),
    };
    let scope = found.scope();
    let must_push = found.metadata.flag(REQUIRE_PUSHED_AUTHORIZATION_REQUESTS);
    let clients = wanted.iter().enumerate().filter_map(|(index, client)| {
        Some(ClientText {
            name: client.name,
            id: id(index, client)?,
            auth: client.auth.name(),
            secret: client.variable(),
            pushes: must_push && !client.redirect_uris.is_empty(),
            redirect_uris: match client.redirect_uris.as_slice() {
                [] => String::new(),
                uris => list(uris.iter().map(String::as_str)),
            },
            grants: list(client.grants.iter().copied()),
            scope: (client.scope != scope).then(|| quoted(&client.scope)),
            native: client.native,
        })
    });
    let failed = registered.into_iter().flat_map(|all| failures(wanted, all));
    let base = quoted(issuer.text.trim_end_matches('/'));
    TargetText {
        file: args.output.display().to_string(),
        metadata: found.url.as_ref().ok().map(|url| one_line(url)),
        reasons: found.url.as_ref().err().into_iter().flatten().map(|it| one_line(it)).collect(),
        name: quoted(&name(&issuer.url)),
        issuer: quoted(&issuer.text),
        base: base.trim_end_matches('"').to_owned(),
        // An OpenID provider is one of OAuth 2.0 too.
        ruleset: match scope.split(' ').any(|word| word == OPENID) {
            true => "oidc",
            false => "bcp",
        },
        registers: found.metadata.text(REGISTRATION_ENDPOINT).is_some(),
        scope: quoted(&scope),
        scopes: one_line(&listed),
        ca: args.ca.as_ref().map(|ca| named_from(&args.output, ca)),
        headers: args.headers.iter().map(|it| (quoted(&it.name), quoted(&it.written))).collect(),
        refreshes: wanted.iter().any(|client| client.grants.contains(&REFRESH_TOKEN)),
        registered: registered.is_some(),
        failed: failed.map(|line| one_line(&line)).collect(),
        clients: clients.collect(),
    }
}

/// Writes the secrets to a file that only its owner can read.
fn write_secrets(
    path: &Path,
    wanted: &[Wanted],
    all: &[Result<Credentials, String>],
) -> Result<(), SetupError> {
    let mut file = secret_file(path)?;
    writeln!(
        file,
        "# Secrets of the clients that authspec registered. Load this file with your shell."
    )?;
    let registered =
        wanted.iter().zip(all).filter_map(|(it, made)| Some((it, made.as_ref().ok()?)));
    for (client, credentials) in registered {
        if let Some((name, secret)) = client.variable().zip(credentials.secret.as_ref()) {
            writeln!(file, "{name}={}", shell_quoted(secret))?;
        }
        if let Some(manage) = &credentials.manage {
            writeln!(file, "# {} is managed at {}", client.name, one_line(manage))?;
        }
    }
    Ok(())
}
