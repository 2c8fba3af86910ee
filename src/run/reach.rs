//! As which clients a case is tried.

use crate::oauth::AuthMethod;
use crate::oauth::names::{CLIENT_CREDENTIALS, IMPLICIT, PASSWORD};
use crate::suite::ClientKind;
use crate::target::{Client, Target};

/// The clients as which a case is tried.
#[derive(Clone, Debug)]
pub struct Reach<'a> {
    /// In the order of the target file.
    pub clients: Vec<&'a Client>,
    /// Whether the client is part of the plan's name.
    pub each: bool,
}

/// The clients that a suite file means: all of a kind where it says so, else the first one.
pub(super) fn usual<'a>(kind: &ClientKind, target: &'a Target) -> Reach<'a> {
    let each = matches!(kind, ClientKind::Each | ClientKind::All);
    let mut clients = of_kind(kind, target);
    if !each {
        clients.truncate(1);
    }
    Reach { clients, each }
}

/// All clients that a case of this kind can be tried as.
pub fn of_kind<'a>(kind: &ClientKind, target: &'a Target) -> Vec<&'a Client> {
    let fits = |client: &&Client| {
        let with_codes = client.uses_codes();
        match kind {
            ClientKind::Each => with_codes,
            ClientKind::All => client.visits(),
            ClientKind::Public => with_codes && client.is_public(),
            ClientKind::Confidential => with_codes && !client.is_public(),
            ClientKind::ClientSecretBasic => {
                with_codes && client.auth == AuthMethod::ClientSecretBasic
            }
            ClientKind::ClientSecretPost => {
                with_codes && client.auth == AuthMethod::ClientSecretPost
            }
            ClientKind::Password => client.may(PASSWORD),
            ClientKind::Service => client.may(CLIENT_CREDENTIALS) && !client.is_public(),
            ClientKind::Implicit => client.visits() && client.may(IMPLICIT),
            ClientKind::Native => {
                with_codes && client.native && client.loopback_uri(false).is_some()
            }
            ClientKind::Named(name) => client.name == *name,
        }
    };
    target.clients.iter().filter(fits).collect()
}

/// The kind in words.
pub(super) fn describe(kind: &ClientKind) -> String {
    match kind {
        ClientKind::Each => "client that uses codes".to_owned(),
        ClientKind::All => "client with a redirect URI".to_owned(),
        ClientKind::Public => "public client that uses codes".to_owned(),
        ClientKind::Confidential => "confidential client that uses codes".to_owned(),
        ClientKind::ClientSecretBasic => "client that uses client_secret_basic".to_owned(),
        ClientKind::ClientSecretPost => "client that uses client_secret_post".to_owned(),
        ClientKind::Password => "client with the grant password".to_owned(),
        ClientKind::Service => "confidential client with the grant client_credentials".to_owned(),
        ClientKind::Implicit => "client that may use the implicit grant".to_owned(),
        ClientKind::Native => {
            "client with `native = true` and a redirect URI on a loopback IP literal".to_owned()
        }
        ClientKind::Named(name) => format!("client named `{name}`"),
    }
}
