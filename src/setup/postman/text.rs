//! The text of a target file, from the blocks of one server.

use askama::Template;

use super::block::Block;
use super::client::{ClientText, Maker, key};
use super::server::{Said, Server};
use super::variables::Resolved;
use crate::oauth::names::{GRANT_TYPES_SUPPORTED, REFRESH_TOKEN};
use crate::setup::environment::Environment;
use crate::setup::text::{name, one_line, quoted};
use crate::target::Link;

/// The contents of a target file, with values in TOML syntax.
#[derive(Template)]
#[template(path = "postman.toml", escape = "none")]
pub(super) struct TargetText {
    file: String,
    sources: String,
    metadata: Option<String>,
    /// The file of certificate authorities.
    ca: Option<String>,
    name: String,
    issuer: String,
    /// Whether the issuer is known.
    has_issuer: bool,
    authorization: Option<String>,
    token: Option<String>,
    pub(super) clients: Vec<ClientText>,
    users: Vec<(String, String)>,
}

/// The issuer.
pub(super) enum Issuer {
    /// From the metadata.
    Says(Said),
    /// From the user, without metadata.
    Named(Link),
    /// Unknown.
    Unknown,
}

/// The contents to write, and where.
pub(super) struct Written<'a> {
    pub(super) file: String,
    pub(super) sources: String,
    pub(super) ca: Option<String>,
    pub(super) callback: &'a str,
    pub(super) environment: &'a mut Environment,
}

impl TargetText {
    /// The target file for a server.
    pub(super) fn new(server: &Server, issuer: &Issuer, written: Written<'_>) -> Self {
        let Written { file, sources, ca, callback, environment } = written;
        let said = match issuer {
            Issuer::Says(said) => Some(said),
            _ => None,
        };
        let lists = |said: &Said| said.metadata.names(GRANT_TYPES_SUPPORTED, REFRESH_TOKEN);
        let refreshes = said.is_some_and(lists);
        let users = users(server, environment);
        let clients = clients(server, environment, callback, refreshes);
        let mut url = |what: &str, url: &Option<Resolved>| {
            let url = url.as_ref().filter(|_| said.is_none())?;
            Some(match url.missing.is_empty() {
                true => quoted(&url.text),
                false => {
                    let wanted = format!("{what}_endpoint");
                    quoted(&format!("env:{}", environment.put(&wanted, None, &url.text)))
                }
            })
        };
        let authorization = url("authorization", &server.authorization);
        let token = url("token", &server.token);
        let (issuer, has_issuer, host) = match issuer {
            Issuer::Says(Said { issuer, .. }) | Issuer::Named(issuer) => {
                (issuer.text.clone(), true, name(&issuer.url))
            }
            Issuer::Unknown => {
                let about = "the issuer identifier of the server, which is not in Postman";
                let name = environment.put("issuer", None, about);
                (format!("env:{name}"), false, server.host())
            }
        };
        Self {
            file,
            sources,
            metadata: said.map(|said| one_line(&said.url)),
            ca,
            name: quoted(&host),
            issuer: quoted(&issuer),
            has_issuer,
            authorization,
            token,
            clients,
            users,
        }
    }

    /// Whether the target file names the endpoints.
    fn by_hand(&self) -> bool {
        self.metadata.is_none()
    }
}

/// The clients. Blocks that differ only in grant and redirect URI are one client.
fn clients(
    server: &Server,
    environment: &mut Environment,
    callback: &str,
    refreshes: bool,
) -> Vec<ClientText> {
    let mut clients: Vec<(&Block, ClientText)> = Vec::new();
    for found in &server.blocks {
        let at = clients.iter().position(|(block, _)| block.is_same_client(&found.block));
        let name = match at {
            Some(at) => clients[at].1.name.clone(),
            None => free_name(&slug(&found.place), &clients),
        };
        let environment = &mut *environment;
        let maker = Maker { environment, callback, refreshes, name, notes: Vec::new() };
        let client = maker.client(found);
        match at {
            Some(at) => clients[at].1.merge(client),
            None => clients.push((&found.block, client)),
        }
    }
    clients.into_iter().map(|(_, client)| client).collect()
}

/// The name, with a number appended if it is taken.
fn free_name(name: &str, clients: &[(&Block, ClientText)]) -> String {
    let is_free = |wanted: &String| clients.iter().all(|(_, client)| client.name != *wanted);
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(is_free).unwrap_or_else(|| name.to_owned())
}

/// The users, with the location of the password. User names are not secret.
fn users(server: &Server, environment: &mut Environment) -> Vec<(String, String)> {
    let mut users: Vec<(String, String)> = Vec::new();
    for found in &server.blocks {
        let named = found.block.username.as_ref().filter(|name| name.missing.is_empty());
        let Some(user) = named else { continue };
        let user_key = key(&user.text);
        if users.iter().any(|(known, _)| *known == user_key) {
            continue;
        }
        let about = format!("the password of {}", user.text);
        let password = found.block.password.as_ref().filter(|password| password.missing.is_empty());
        let password = password.map(|password| password.text.as_str());
        let wanted = if users.is_empty() {
            "password".to_owned()
        } else {
            format!("password_{}", user.text)
        };
        users.push((user_key, environment.put(&wanted, password, &about)));
    }
    if users.is_empty() {
        let name = environment.put("password", None, "the password of alice, or of another user");
        users.push(("alice".to_owned(), name));
    }
    users
}

/// A name in lower case, of letters, digits and hyphens.
fn slug(place: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = place.chars().map(plain).collect();
    let words: Vec<_> = name.split('-').filter(|word| !word.is_empty()).collect();
    let name: String = words.join("-").chars().take(40).collect();
    if name.is_empty() { "client".to_owned() } else { name.trim_end_matches('-').to_owned() }
}
