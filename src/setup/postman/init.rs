//! Converts Postman files to target files.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use askama::Template;

use super::collection::read;
use super::server::{Said, Server};
use super::text::{Issuer, TargetText, Written};
use crate::run::find_metadata;
use crate::setup::environment::Environment;
use crate::setup::error::SetupError;
use crate::setup::options::InitOptions;
use crate::setup::text::{named_from, one_line, refuse_to_overwrite};
use crate::source::counted;
use crate::target::Link;
use crate::wire::{Http, HttpOptions, Network};

/// Writes a target file for each server that has OAuth 2.0 blocks in the collections.
pub(in crate::setup) async fn init(
    args: &InitOptions,
    network: Network,
    out: &mut dyn Write,
) -> Result<(), SetupError> {
    let paths = args.from_postman.iter().chain(&args.postman_environment);
    let paths: Vec<_> = paths.map(PathBuf::as_path).collect();
    let read = read(&paths).map_err(|mistakes| SetupError::Usage(mistakes.to_string()))?;
    let servers = Server::all(read.found);
    let outputs: Vec<_> =
        servers.iter().enumerate().map(|(index, server)| output(args, index, server)).collect();
    for path in &outputs {
        refuse_to_overwrite(path)?;
        refuse_to_overwrite(&path.with_extension("env"))?;
    }
    if servers.len() > 1 && args.issuer.is_some() {
        let hosts: Vec<_> = servers.iter().map(Server::host).collect();
        let why = format!(
            "the blocks belong to {}: {}",
            counted(servers.len(), "server"),
            hosts.join(", ")
        );
        return Err(SetupError::Usage(format!(
            "{why}; leave out the issuer, which can be that of one server only"
        )));
    }
    let http = Http::over(HttpOptions::default(), network);
    for (server, path) in servers.iter().zip(&outputs) {
        let issuer = issuer(args, server, &http).await?;
        write(server, &issuer, path, &paths, args, out)?;
    }
    for place in read.without {
        let place = one_line(&place);
        writeln!(out, "left out, as it has a token but no client: {place}")?;
    }
    Ok(())
}

/// The path of a server's target file: the first is the user's choice, the others are next to it.
fn output(args: &InitOptions, index: usize, server: &Server) -> PathBuf {
    if index == 0 {
        return args.output.clone();
    }
    let stem = args.output.file_stem().unwrap_or_default().to_string_lossy();
    args.output.with_file_name(format!("{stem}-{}.toml", server.host()))
}

async fn issuer(args: &InitOptions, server: &Server, http: &Http) -> Result<Issuer, SetupError> {
    let Some(named) = &args.issuer else {
        if !args.discover {
            return Ok(Issuer::Unknown);
        }
        return Ok(server.ask(http).await.map_or(Issuer::Unknown, Issuer::Says));
    };
    let issuer = Link::try_from(named.clone()).map_err(SetupError::Usage)?;
    if args.offline {
        return Ok(Issuer::Named(issuer));
    }
    Ok(match find_metadata(&issuer, None, http).await {
        Ok((url, metadata)) => Issuer::Says(Said { issuer, url, metadata }),
        Err(_) => Issuer::Named(issuer),
    })
}

fn write(
    server: &Server,
    issuer: &Issuer,
    path: &Path,
    sources: &[&Path],
    args: &InitOptions,
    out: &mut dyn Write,
) -> Result<(), SetupError> {
    let mut environment = Environment::default();
    let callback = format!("http://127.0.0.1:{}/callback", args.callback_port);
    let sources: Vec<_> = sources.iter().map(|path| path.display().to_string()).collect();
    let written = Written {
        file: one_line(&path.display().to_string()),
        sources: one_line(&sources.join(", ")),
        ca: args.ca.as_ref().map(|ca| named_from(path, ca)),
        callback: &callback,
        environment: &mut environment,
    };
    let target = TargetText::new(server, issuer, written);
    std::fs::write(path, target.render().map_err(io::Error::other)?)?;
    let (file, secrets) = (path.display(), path.with_extension("env"));
    environment.write(&secrets, "a Postman collection")?;
    let secrets = secrets.display();
    writeln!(
        out,
        "wrote {file}, with {} of {}",
        counted(target.clients.len(), "client"),
        server.host()
    )?;
    for client in &target.clients {
        for note in &client.notes {
            writeln!(out, "  {}: {}: {}", one_line(&client.line), client.name, one_line(note))?;
        }
    }
    let about = match issuer {
        Issuer::Says(said) => format!("the issuer is from {}", one_line(&said.url)),
        Issuer::Named(_) if args.offline => {
            format!("no request was sent, so {file} names the endpoints")
        }
        Issuer::Named(_) => format!("no metadata is served there, so {file} names the endpoints"),
        Issuer::Unknown if args.discover => format!(
            "no metadata was found that names these endpoints, so {file} names them; fill in the issuer \
            yourself"
        ),
        Issuer::Unknown => format!(
            "no metadata was requested, so {file} names the endpoints; give the issuer to request its metadata, or use \
            --discover to ask the hosts of the collection"
        ),
    };
    writeln!(out, "{about}")?;
    writeln!(out, "{secrets} has the secrets: do not share it")?;
    let missing = environment.missing();
    if !missing.is_empty() {
        writeln!(out, "{secrets} lacks values that no file has; fill in: {}", missing.join(", "))?;
    }
    writeln!(out, "next: set -a; . ./{secrets}; set +a; authspec doctor {file}")?;
    Ok(())
}
