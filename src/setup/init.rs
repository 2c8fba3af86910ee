//! `authspec init`.

use std::io::{self, Write};
use std::path::Path;

use askama::Template;

use super::error::SetupError;
use super::options::InitOptions;
use super::postman;
use super::register::{Credentials, register};
use super::text::{list, name, one_line, quoted, refuse_to_overwrite, secret_file, shell_quoted};
use super::wanted::{self, Wanted};
use crate::oauth::Metadata;
use crate::oauth::names::REFRESH_TOKEN;
use crate::run::{NoMetadata, find_metadata};
use crate::target::Link;
use crate::wire::{Http, HttpOptions, Network};

/// A target file, yet to be written; text in it is as TOML writes it.
#[derive(Template)]
#[template(path = "target.toml", escape = "none")]
struct TargetText {
    file: String,
    /// Where the metadata was found.
    metadata: Option<String>,
    /// Why there is none.
    reasons: Vec<String>,
    name: String,
    issuer: String,
    /// What the addresses of its endpoints may begin with, with a quotation mark before it.
    base: String,
    scope: String,
    scopes: String,
    refreshes: bool,
    registered: bool,
    /// Which clients the server did not register, and why.
    failed: Vec<String>,
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
    /// Where it is not that of all.
    scope: Option<String>,
    native: bool,
}

/// Writes a target file with comments: from the metadata of an issuer where they can be had, else one to be filled in;
/// registers its clients where that is asked for.
///
/// # Errors
/// Why nothing is written: a wrong issuer, a file that exists, or a server that refuses.
pub async fn init(
    args: &InitOptions,
    network: Network,
    out: &mut dyn Write,
) -> Result<(), SetupError> {
    if !args.from_postman.is_empty() {
        return postman::init(args, network, out).await;
    }
    let issuer =
        Link::try_from(args.issuer.clone().unwrap_or_default()).map_err(SetupError::Usage)?;
    refuse_to_overwrite(&args.output)?;
    if args.register {
        refuse_to_overwrite(&args.output.with_extension("env"))?;
    }
    let http = Http::over(HttpOptions::default(), network);
    let found = found(args, &issuer, &http).await?;
    let wanted = found.wanted(args.callback_port);
    let registered = match args.register {
        true => Some(register(&wanted, &found.metadata, &http).await?),
        false => None,
    };
    if let Some(all) = &registered {
        tell_unregistered(&wanted, all, out)?;
    }
    let text = text(&args.output, &issuer, &found, &wanted, registered.as_deref());
    std::fs::write(&args.output, text.render().map_err(io::Error::other)?)?;
    told(args, &found, &wanted, registered.as_deref(), out)?;
    Ok(())
}

/// What is known of the server.
struct Found {
    metadata: Metadata,
    /// Where its metadata is, or why that is not known, line by line.
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

/// Asks the server for its metadata, unless nobody is to be asked.
async fn found(args: &InitOptions, issuer: &Link, http: &Http) -> Result<Found, SetupError> {
    let unknown = |why: Vec<String>| Found { metadata: Metadata::default(), url: Err(why) };
    if args.offline {
        return Ok(unknown(vec!["nobody was asked (--offline)".to_owned()]));
    }
    let missing = match find_metadata(issuer, None, http).await {
        Ok((url, metadata)) => return Ok(Found { metadata, url: Ok(url) }),
        Err(missing) => missing,
    };
    match &missing {
        _ if args.register => {
            let why = "without metadata no client can be registered: leave out --register";
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

/// Tells which clients were not registered, and why.
///
/// # Errors
/// Where there are none but these.
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

/// Says what was written, and what to do next.
fn told(
    args: &InitOptions,
    found: &Found,
    wanted: &[Wanted],
    registered: Option<&[Result<Credentials, String>]>,
    out: &mut dyn Write,
) -> Result<(), SetupError> {
    let (file, secrets) = (args.output.display(), args.output.with_extension("env"));
    if let Err(reasons) = &found.url {
        writeln!(out, "no metadata was taken:")?;
        for line in reasons {
            writeln!(out, "  {}", one_line(line))?;
        }
    }
    writeln!(out, "{file} is written; it reads passwords and secrets from the environment")?;
    if let Some(registered) = registered {
        let shown = secrets.display();
        write_secrets(&secrets, wanted, registered)?;
        writeln!(
            out,
            "{shown} has the secrets of the clients that were registered: keep it to yourself"
        )?;
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
    file: &Path,
    issuer: &Link,
    found: &Found,
    wanted: &[Wanted],
    registered: Option<&[Result<Credentials, String>]>,
) -> TargetText {
    let listed = found.metadata.list("scopes_supported").unwrap_or_default().join(" ");
    // Nothing where it was refused.
    let id = |index: usize, client: &Wanted| match registered {
        Some(all) => all[index].as_ref().ok().map(|it| quoted(&it.client_id)),
        None => Some(quoted(&format!("authspec-{}", client.name))),
    };
    let scope = found.scope();
    let clients = wanted.iter().enumerate().filter_map(|(index, client)| {
        Some(ClientText {
            name: client.name,
            id: id(index, client)?,
            auth: client.auth.name(),
            secret: client.variable(),
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
        file: file.display().to_string(),
        metadata: found.url.as_ref().ok().map(|url| one_line(url)),
        reasons: found.url.as_ref().err().into_iter().flatten().map(|it| one_line(it)).collect(),
        name: quoted(&name(&issuer.url)),
        issuer: quoted(&issuer.text),
        base: base.trim_end_matches('"').to_owned(),
        scope: quoted(&scope),
        scopes: one_line(&listed),
        refreshes: wanted.iter().any(|client| client.grants.contains(&REFRESH_TOKEN)),
        registered: registered.is_some(),
        failed: failed.map(|line| one_line(&line)).collect(),
        clients: clients.collect(),
    }
}

/// Writes the secrets where only their owner can read them.
fn write_secrets(
    path: &Path,
    wanted: &[Wanted],
    all: &[Result<Credentials, String>],
) -> Result<(), SetupError> {
    let mut file = secret_file(path)?;
    writeln!(file, "# Secrets of the clients that authspec registered; for the shell to read.")?;
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
