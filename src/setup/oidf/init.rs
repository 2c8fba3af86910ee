//! Converts a configuration of the OpenID Foundation's conformance suite to a target file.

use std::io::{self, Write};
use std::path::Path;

use askama::Template;

use super::config::{ClientBlock, Config};
use crate::oauth::names::{AUTHORIZATION_CODE, OFFLINE_ACCESS, OPENID, REFRESH_TOKEN};
use crate::setup::environment::Environment;
use crate::setup::error::SetupError;
use crate::setup::options::InitOptions;
use crate::setup::text::{list, name, named_from, one_line, quoted, refuse_to_overwrite};
use crate::source::counted;
use crate::target::is_reference;

/// The contents of a target file, with values in TOML syntax.
#[derive(Template)]
#[template(path = "oidf.toml", escape = "none")]
struct TargetText {
    file: String,
    source: String,
    name: String,
    issuer: String,
    /// The file of certificate authorities.
    ca: Option<String>,
    endpoints: Vec<(&'static str, String)>,
    clients: Vec<ClientText>,
    user: String,
    /// Whether the configuration names the user.
    knows_user: bool,
    password: String,
}

/// A client in the target file.
struct ClientText {
    line: String,
    name: &'static str,
    lines: Vec<String>,
}

/// Writes a target file from the configuration.
pub(in crate::setup) fn init(
    path: &Path,
    args: &InitOptions,
    out: &mut dyn Write,
) -> Result<(), SetupError> {
    let config = Config::read(path).map_err(|mistakes| SetupError::Usage(mistakes.to_string()))?;
    let secrets = args.output.with_extension("env");
    refuse_to_overwrite(&args.output)?;
    refuse_to_overwrite(&secrets)?;
    let mut environment = Environment::default();
    let text = text(path, &config, args, &mut environment);
    std::fs::write(&args.output, text.render().map_err(io::Error::other)?)?;
    environment.write(&secrets, "a configuration of the OpenID Foundation's conformance suite")?;
    let (file, secrets) = (args.output.display(), secrets.display());
    let clients = counted(config.clients.len(), "client");
    writeln!(out, "wrote {file}, with {clients}; no request was sent")?;
    for line in &config.left_out {
        writeln!(out, "left out: {}", one_line(line))?;
    }
    let port = args.callback_port;
    writeln!(out, "register for each client, at the server: its `redirect_uris`, on port {port}")?;
    writeln!(out, "{secrets} has the secrets: do not share it")?;
    let missing = environment.missing().join(", ");
    writeln!(out, "{secrets} lacks values that no file has; fill in: {missing}")?;
    writeln!(out, "next: set -a; . ./{secrets}; set +a; authspec doctor {file}")?;
    Ok(())
}

fn text(
    path: &Path,
    config: &Config,
    args: &InitOptions,
    environment: &mut Environment,
) -> TargetText {
    let port = args.callback_port;
    let clients = config.clients.iter().enumerate();
    let clients = clients.map(|(index, client)| {
        let uri = match index {
            0 => format!("http://127.0.0.1:{port}/callback"),
            index => format!("http://127.0.0.1:{port}/callback{}", index + 1),
        };
        client_text(client, &uri, environment)
    });
    let clients = clients.collect();
    let user = config.user.clone().unwrap_or_else(|| "alice".to_owned());
    let about = format!("the password of {user}");
    let password = environment.put("password", None, &about);
    let alias = config.alias.as_deref().filter(|alias| is_name(alias));
    let endpoints = config.endpoints.iter().map(|(name, url)| (*name, quoted(url)));
    TargetText {
        file: one_line(&args.output.display().to_string()),
        source: one_line(&path.display().to_string()),
        name: quoted(&alias.map_or_else(|| name(&config.issuer.url), str::to_owned)),
        issuer: quoted(&config.issuer.text),
        ca: args.ca.as_ref().map(|ca| named_from(&args.output, ca)),
        endpoints: endpoints.collect(),
        clients,
        user: quoted(&user),
        knows_user: config.user.is_some(),
        password,
    }
}

/// Whether the alias is a name for a folder.
fn is_name(alias: &str) -> bool {
    !alias.is_empty()
        && alias.len() <= 100
        && !alias.starts_with('.')
        && alias.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
}

fn client_text(client: &ClientBlock, uri: &str, environment: &mut Environment) -> ClientText {
    let mut secret = |what: &str, value: &str| {
        let about = format!("{what} of {}", client.name);
        let variable = environment.put(&format!("{}_{what}", client.name), Some(value), &about);
        quoted(&format!("env:{variable}"))
    };
    // A value `env:…` of a configuration must not be read from this environment.
    let mut open = |what: &str, value: &str| match is_reference(value) {
        true => secret(what, value),
        false => quoted(value),
    };
    let scope = client.scope.as_deref().unwrap_or(OPENID);
    let mut lines = vec![format!("id = {}", open("id", &client.id))];
    lines.push(format!("auth = {}", quoted(client.auth.name())));
    lines.push(format!("scope = {}", open("scope", scope)));
    lines.extend(
        client.secret.as_ref().map(|value| format!("secret = {}", secret("secret", value))),
    );
    lines.extend(client.keys.as_ref().map(|value| format!("keys = {}", secret("keys", value))));
    lines.push(format!("redirect_uris = {}", list(std::iter::once(uri))));
    let refreshes = scope.split(' ').any(|word| word == OFFLINE_ACCESS);
    let grants = std::iter::once(AUTHORIZATION_CODE).chain(refreshes.then_some(REFRESH_TOKEN));
    lines.push(format!("grants = {}", list(grants)));
    ClientText { line: one_line(&client.line), name: client.name, lines }
}
