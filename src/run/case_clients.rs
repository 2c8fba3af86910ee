//! The clients that a case is tried as.

use crate::oauth::names::{CLIENT_CREDENTIALS, IMPLICIT, PASSWORD};
use crate::oauth::{AuthMethod, RequestForm, RequestedMode};
use crate::suite::ClientKind;
use crate::target::{Client, Target};

/// The clients that a case is tried as.
#[derive(Clone, Debug)]
pub struct CaseClients<'a> {
    /// In the order of the target file. If the client is not part of the name, the later ones are
    /// used when the first cannot be.
    pub clients: Vec<&'a Client>,
    /// Whether the client is part of the plan's name.
    pub each: bool,
}

/// The clients that a suite file means: all of a kind if it says so, otherwise the first one that
/// fits.
pub(super) fn usual<'a>(kind: &ClientKind, target: &'a Target) -> CaseClients<'a> {
    let each = matches!(kind, ClientKind::Each | ClientKind::All);
    CaseClients { clients: of_kind(kind, target), each }
}

/// All clients that a case of this kind can be tried as.
pub fn of_kind<'a>(kind: &ClientKind, target: &'a Target) -> Vec<&'a Client> {
    let fits = |client: &&Client| {
        let with_codes = client.uses_codes();
        match kind {
            ClientKind::Each | ClientKind::Any => with_codes,
            ClientKind::All => client.visits(),
            ClientKind::Public => with_codes && client.is_public(),
            ClientKind::Confidential => with_codes && !client.is_public(),
            ClientKind::ClientSecretBasic => {
                with_codes && client.auth == AuthMethod::ClientSecretBasic
            }
            ClientKind::ClientSecretPost => {
                with_codes && client.auth == AuthMethod::ClientSecretPost
            }
            ClientKind::PrivateKeyJwt => client.auth == AuthMethod::PrivateKeyJwt,
            ClientKind::ClientSecretJwt => client.auth == AuthMethod::ClientSecretJwt,
            ClientKind::Dpop => with_codes && client.sends_proofs(),
            ClientKind::Certificate => client.auth.is_certificate(),
            ClientKind::TlsClientAuth => client.auth == AuthMethod::TlsClientAuth,
            ClientKind::SelfSignedTlsClientAuth => {
                client.auth == AuthMethod::SelfSignedTlsClientAuth
            }
            ClientKind::Mtls => client.binds_to_certificate(),
            ClientKind::PushedObject => with_codes && client.request == RequestForm::PushedObject,
            ClientKind::Jarm => {
                with_codes && client.extensions.response.is_some_and(RequestedMode::is_jwt)
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
    let mut clients: Vec<_> = target.clients.iter().filter(fits).collect();
    if *kind == ClientKind::Any {
        clients.sort_by_key(|client| !client.is_public());
    }
    clients
}

/// Describes the kind.
pub(super) fn describe(kind: &ClientKind) -> String {
    match kind {
        ClientKind::Each | ClientKind::Any => "client that uses codes".to_owned(),
        ClientKind::All => "client with a redirect URI".to_owned(),
        ClientKind::Public => "public client that uses codes".to_owned(),
        ClientKind::Confidential => "confidential client that uses codes".to_owned(),
        ClientKind::ClientSecretBasic => "client that uses client_secret_basic".to_owned(),
        ClientKind::ClientSecretPost => "client that uses client_secret_post".to_owned(),
        ClientKind::PrivateKeyJwt => "client that uses private_key_jwt".to_owned(),
        ClientKind::ClientSecretJwt => "client that uses client_secret_jwt".to_owned(),
        ClientKind::Dpop => "client that uses codes with `tokens = \"dpop\"`".to_owned(),
        ClientKind::Certificate => "client that authenticates by a certificate".to_owned(),
        ClientKind::TlsClientAuth => "client that uses tls_client_auth".to_owned(),
        ClientKind::SelfSignedTlsClientAuth => {
            "client that uses self_signed_tls_client_auth".to_owned()
        }
        ClientKind::Mtls => "client with `tokens = \"mtls\"`".to_owned(),
        ClientKind::PushedObject => {
            "client that uses codes with `request = \"pushed-object\"`".to_owned()
        }
        ClientKind::Jarm => {
            "client that uses codes with `response = \"jwt\"` or another `.jwt` mode".to_owned()
        }
        ClientKind::Password => "client with the grant password".to_owned(),
        ClientKind::Service => "confidential client with the grant client_credentials".to_owned(),
        ClientKind::Implicit => "client that may use the implicit grant".to_owned(),
        ClientKind::Native => {
            "client with `native = true` and a redirect URI on a loopback IP literal".to_owned()
        }
        ClientKind::Named(name) => format!("client named `{name}`"),
    }
}
