//! A server known only by its issuer identifier.

use std::collections::BTreeMap;

use url::Position;

use super::client::{Client, User};
use super::extension::Extensions;
use super::extra::ExtraParams;
use super::file::{Endpoints, Lifetimes, Start};
use super::load::Target;
use super::text::Link;
use crate::oauth::{AuthMethod, RequestForm, TokenKind, pkce};
use crate::source::Source;

impl Target {
    /// A server known only by its issuer identifier: its only client is an unknown one, and it has
    /// no users.
    ///
    /// # Errors
    /// What is wrong with the identifier.
    pub fn of_issuer(issuer: &str) -> Result<Self, String> {
        let issuer = Link::try_from(issuer.to_owned())?;
        let named: Vec<_> = issuer.url[Position::BeforeHost..Position::AfterPath]
            .split(['/', ':', '[', ']'])
            .filter(|part| !part.is_empty())
            .collect();
        let nobody = User::new("nobody", "");
        Ok(Self {
            listener: None,
            listener_ca: None,
            name: named.join("_"),
            version: None,
            start: Start::default(),
            source: Source::new(issuer.text.clone(), ""),
            issuer,
            ca: None,
            headers: Vec::new(),
            ruleset: None,
            supports: Vec::new(),
            lacks: Vec::new(),
            origins: Vec::new(),
            endpoints: Endpoints::default(),
            resource: None,
            rotate_keys: None,
            registration_token: None,
            lifetime: Lifetimes::default(),
            clients: vec![stranger()],
            users: vec![nobody],
            login: Vec::new(),
            known: BTreeMap::new(),
            known_source: None,
        })
    }
}

/// A client that no server knows, with an address that does not exist.
fn stranger() -> Client {
    Client {
        name: "nobody".to_owned(),
        id: "authspec-unknown-client".to_owned(),
        auth: AuthMethod::None,
        secret: String::new(),
        signer: None,
        audience: None,
        sends_client_id: false,
        request: RequestForm::Query,
        request_uri: None,
        tokens: TokenKind::Bearer,
        certificate: None,
        redirect_uris: vec!["https://client.authspec.example/callback".to_owned()],
        post_logout_redirect_uris: Vec::new(),
        backchannel_logout_uri: None,
        backchannel_logout_session_required: false,
        frontchannel_logout_uri: None,
        frontchannel_logout_session_required: false,
        grants: Vec::new(),
        scope: String::new(),
        native: false,
        challenge_method: pkce::ChallengeMethod::default(),
        verifier: None,
        extra_params: ExtraParams::default(),
        extensions: Extensions::default(),
    }
}
