//! The values of one case: those that were made up, and those that the server issued.

mod after_logout;
mod assertion;
mod encryption;
mod extension;
mod made;
mod made_keys;
mod named;
mod proof;
mod pushed;
mod registered;
mod rotation;
mod uri;

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use url::{Position, Url};

use super::client_secret;
use crate::oauth::names::{
    ACCESS_TOKEN, CODE, EXPIRES_IN, ID_TOKEN, REFRESH_TOKEN, RESPONSE, SCOPE, SESSION_STATE, SID,
    SUB,
};
use crate::oauth::{Params, jwt, pkce};
use crate::suite::{Case, Change, Placeholder, Template};
use crate::target::{Client, User};
use crate::wire::Names;
use assertion::now;
use made_keys::MadeKeys;
use proof::Proofs;
use registered::Registrations;
use rotation::Rotation;
use uri::{by_path, encoded, other_port, other_scheme};

/// What placeholders stand for in one case.
#[derive(Clone, Debug)]
pub struct Values {
    /// The issuer, exactly as in the target file.
    pub issuer: String,
    /// The client that acts.
    pub client: Client,
    /// Another client that can run the same flow.
    pub other: Option<Client>,
    /// The client that introspects tokens, if it is another one.
    pub introspector: Option<Client>,
    /// The user who signs in.
    pub user: User,
    /// Whether the browser makes all visits of the case, since it keeps what is to be looked at.
    pub(super) watches_all: bool,
    /// Whether the browser makes the logouts of the case, since a page acts by itself.
    pub(super) watches_logout: bool,
    state: String,
    nonce: String,
    /// Those of earlier visits.
    used_nonces: Vec<String>,
    verifier: String,
    other_verifier: String,
    received: Map<String, Value>,
    first_refresh_token: Option<String>,
    first_id_token: Option<String>,
    first_userinfo: Option<Map<String, Value>>,
    first_metadata: Option<Map<String, Value>>,
    new_refresh_token: Option<String>,
    expires_in: Option<Duration>,
    first_sub: Option<String>,
    granted_scope: Option<String>,
    acr: Option<String>,
    /// The clients that the case has registered.
    registrations: Registrations,
    /// Values from flows that were run for comparison, by parameter name.
    samples: Vec<(String, String)>,
    /// Values from a flow of another client.
    of_another: Vec<(String, String)>,
    /// The assertions that were sent, by step.
    assertions: HashMap<String, String>,
    /// What proofs of possession are made from, and those that were sent.
    proofs: Proofs,
    /// The keys of clients that the case registers.
    client_keys: MadeKeys,
    /// The parameters that were pushed last.
    pushed: Option<Params>,
    /// The address of the document that the case serves.
    document: Option<String>,
    /// The server's keys before and after they are rotated.
    rotation: Rotation,
    /// Values that are shown by name, if nothing is sent.
    named: HashMap<Placeholder, String>,
}

impl Values {
    /// New values for a case.
    pub fn new(issuer: &str, client: Client, other: Option<Client>, user: User) -> Self {
        let verifier = client.verifier.clone().unwrap_or_else(pkce::verifier);
        Self {
            issuer: issuer.to_owned(),
            client,
            other,
            introspector: None,
            user,
            watches_all: false,
            watches_logout: false,
            state: pkce::random(),
            nonce: pkce::random(),
            used_nonces: Vec::new(),
            verifier,
            other_verifier: pkce::verifier(),
            received: Map::new(),
            first_refresh_token: None,
            first_id_token: None,
            first_userinfo: None,
            first_metadata: None,
            new_refresh_token: None,
            expires_in: None,
            first_sub: None,
            granted_scope: None,
            acr: None,
            registrations: Registrations::default(),
            samples: Vec::new(),
            of_another: Vec::new(),
            assertions: HashMap::new(),
            proofs: Proofs::default(),
            client_keys: MadeKeys::default(),
            pushed: None,
            document: None,
            rotation: Rotation::default(),
            named: HashMap::new(),
        }
    }

    /// New values for the same case.
    pub(super) fn anew(&self) -> Self {
        let (client, other) = self.before_registration();
        let anew = Self::new(&self.issuer, client, other, self.user.clone());
        Self {
            introspector: self.introspector.clone(),
            registrations: self.registrations_anew(),
            ..anew.with_acr(self.acr.as_deref())
        }
    }

    /// Makes a new nonce. Each request for an ID token has its own, as a server may refuse a
    /// repeated one.
    pub(super) fn renew_nonce(&mut self) {
        self.used_nonces.push(std::mem::replace(&mut self.nonce, pkce::random()));
    }

    /// Drops everything that the server issued.
    pub(super) fn forget(&mut self) {
        *self = self.anew();
    }

    /// Sets the address of the document that the case serves.
    pub(super) fn serve(&mut self, document: String) {
        self.document = Some(document);
    }

    /// Uses the verifier of a case.
    pub fn set_verifier(&mut self, verifier: String) {
        for placeholder in
            [Placeholder::Verifier, Placeholder::VerifierReversed, Placeholder::Challenge]
        {
            self.named.remove(&placeholder);
        }
        self.verifier = verifier;
    }

    /// Sets the authentication context class to ask for (OpenID.Core §3.1.2.1).
    pub fn with_acr(mut self, acr: Option<&str>) -> Self {
        self.acr = acr.map(str::to_owned);
        self
    }

    /// Takes the values of an authorization response.
    pub fn take_params(&mut self, params: &Params) {
        for name in [CODE, ACCESS_TOKEN, ID_TOKEN, RESPONSE, SESSION_STATE] {
            if let Some(value) = params.all(name).find(|value| !value.is_empty()) {
                self.proofs.is_bound &= name != ACCESS_TOKEN;
                self.received.insert(name.to_owned(), value.into());
            }
        }
        self.keep_first_id_token();
    }

    /// Takes the values of a token response.
    pub fn take_json(&mut self, json: &Map<String, Value>) {
        for name in [ACCESS_TOKEN, REFRESH_TOKEN, ID_TOKEN] {
            if let Some(value @ Value::String(_)) = json.get(name) {
                self.received.insert(name.to_owned(), value.clone());
            }
        }
        self.take_token_type(json);
        self.keep_first_id_token();
        self.keep_first_access_token();
        self.expires_in = json.get(EXPIRES_IN).and_then(Value::as_u64).map(Duration::from_secs);
        let scope = json.get(SCOPE).and_then(Value::as_str).unwrap_or(&self.client.scope);
        self.granted_scope.get_or_insert_with(|| scope.to_owned());
        self.new_refresh_token = json.get(REFRESH_TOKEN).and_then(Value::as_str).map(str::to_owned);
        if self.first_refresh_token.is_none() {
            self.first_refresh_token = self.received(REFRESH_TOKEN);
        }
    }

    /// Takes the claims of a userinfo response.
    pub fn take_claims(&mut self, claims: &Map<String, Value>) {
        let sub = claims.get(SUB).and_then(Value::as_str);
        self.first_sub = self.first_sub.take().or_else(|| sub.map(str::to_owned));
        self.first_userinfo.get_or_insert_with(|| claims.clone());
    }

    /// Takes a metadata document.
    pub fn take_metadata(&mut self, members: &Map<String, Value>) {
        self.first_metadata.get_or_insert_with(|| members.clone());
    }

    /// The first metadata document of the case.
    pub fn first_metadata(&self) -> Option<&Map<String, Value>> {
        self.first_metadata.as_ref()
    }

    /// The first ID token of the case.
    pub fn first_id_token(&self) -> Option<&str> {
        self.first_id_token.as_deref()
    }

    /// The first userinfo response.
    pub fn first_userinfo(&self) -> Option<&Map<String, Value>> {
        self.first_userinfo.as_ref()
    }

    fn keep_first_id_token(&mut self) {
        self.first_id_token = self.first_id_token.take().or_else(|| self.received(ID_TOKEN));
    }

    /// Codes and tokens of this flow, by parameter name.
    pub(super) fn minted(&self) -> impl Iterator<Item = (String, String)> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        self.received.iter().filter_map(move |(name, value)| Some((name.clone(), text(value)?)))
    }

    /// Adds values from other flows of the client, and from one of another client, for comparison.
    pub(super) fn with_samples(
        mut self,
        samples: Vec<(String, String)>,
        of_another: Vec<(String, String)>,
    ) -> Self {
        (self.samples, self.of_another) = (samples, of_another);
        self
    }

    /// The values with this name from other flows of the client.
    pub(super) fn samples<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.samples.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value with this name from the flow of another client.
    pub(super) fn of_another<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.of_another.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    }

    /// The lifetime of the newest access token, if the server gave it (RFC6749 §5.1).
    pub fn expires_in(&self) -> Option<Duration> {
        self.expires_in
    }

    /// The template with its placeholders replaced, or `None` if one has no value yet.
    pub fn fill(&self, template: &Template) -> Option<String> {
        template.fill(|placeholder| self.get(placeholder))
    }

    /// The value that a placeholder stands for.
    pub fn get(&self, placeholder: Placeholder) -> Option<String> {
        if let Some(name) = self.named.get(&placeholder) {
            return Some(name.clone());
        }
        let other = self.other.as_ref();
        Some(match placeholder {
            Placeholder::State => self.state.clone(),
            Placeholder::Nonce => self.nonce.clone(),
            Placeholder::Verifier => self.verifier.clone(),
            Placeholder::VerifierReversed => self.verifier.chars().rev().collect(),
            Placeholder::Challenge => pkce::challenge(&self.verifier),
            Placeholder::Code => self.received(CODE)?,
            Placeholder::AccessToken => self.received(ACCESS_TOKEN)?,
            Placeholder::RefreshToken => self.received(REFRESH_TOKEN)?,
            Placeholder::NewRefreshToken => self.new_refresh_token.clone()?,
            Placeholder::FirstRefreshToken => self.first_refresh_token.clone()?,
            Placeholder::GrantedScope => self.granted_scope.clone()?,
            Placeholder::FirstSub => self.first_sub.clone()?,
            Placeholder::IdTokenSub => self.id_token_claim(SUB)?,
            Placeholder::IdTokenSid => self.id_token_claim(SID)?,
            Placeholder::IdToken => self.received(ID_TOKEN)?,
            Placeholder::IdTokenForged => jwt::forged(&self.received(ID_TOKEN)?)?,
            Placeholder::Issuer => self.issuer.clone(),
            Placeholder::Now => now().to_string(),
            Placeholder::Acr => self.acr.clone()?,
            Placeholder::Document => self.document.clone()?,
            Placeholder::Scope
            | Placeholder::ScopeReversed
            | Placeholder::ScopeFirst
            | Placeholder::ScopeWithoutOpenid => self.scope_value(placeholder)?,
            Placeholder::ClientId => self.client.id.clone(),
            Placeholder::ClientSecret => self.client.secret.clone(),
            Placeholder::ClientBasic => {
                STANDARD.encode(format!("{}:{}", self.client.id, self.client.secret))
            }
            Placeholder::UserName => self.user.name.clone(),
            Placeholder::UserPassword => self.user.password.clone(),
            Placeholder::OtherVerifier => self.other_verifier.clone(),
            Placeholder::OtherChallenge => pkce::challenge(&self.other_verifier),
            Placeholder::OtherClientId => other?.id.clone(),
            Placeholder::OtherClientSecret => {
                other.map(|client| client.secret.clone()).filter(|secret| !secret.is_empty())?
            }
            Placeholder::OtherRedirectUri => {
                let theirs = &other?.redirect_uris;
                theirs.iter().find(|uri| !self.client.redirect_uris.contains(uri))?.clone()
            }
            // The values of a request are known only where its answer is judged.
            Placeholder::Sent => return None,
            other => self.derived_value(other)?,
        })
    }

    /// A value made from others, from the client's URIs, or from scratch.
    fn derived_value(&self, placeholder: Placeholder) -> Option<String> {
        let made = self.made_value(placeholder).or_else(|| self.registration_value(placeholder));
        let made = made.or_else(|| self.extension_value(placeholder));
        let made = made.or_else(|| self.proof_value(placeholder));
        let made = made.or_else(|| self.key_set(placeholder));
        made.or_else(|| self.redirect_value(placeholder)).or_else(|| self.logout_value(placeholder))
    }

    /// A value made from the client's redirect URIs.
    fn redirect_value(&self, placeholder: Placeholder) -> Option<String> {
        Some(match placeholder {
            Placeholder::RedirectUri => self.client.redirect_uri().to_owned(),
            Placeholder::RedirectOrigin => self.redirect_part(Position::BeforePath, true)?,
            Placeholder::RedirectAuthority => self.redirect_part(Position::BeforePath, false)?,
            Placeholder::RedirectHost => self.redirect_part(Position::AfterHost, false)?,
            Placeholder::RedirectPort => self.redirect()?.port_or_known_default()?.to_string(),
            Placeholder::RedirectPath => self.redirect()?.path().to_owned(),
            Placeholder::RedirectScheme => self.redirect()?.scheme().to_owned(),
            Placeholder::RedirectOtherScheme => other_scheme(self.client.redirect_uri())?,
            Placeholder::RedirectShoutedScheme => {
                let (scheme, rest) = self.client.redirect_uri().split_once(':')?;
                format!("{}:{rest}", scheme.to_uppercase())
            }
            Placeholder::RedirectEncoded => self.redirect_by_path(encoded)?,
            Placeholder::RedirectShouted => self.redirect_by_path(str::to_uppercase)?,
            Placeholder::RedirectOtherPort => other_port(self.client.loopback_uri(false)?)?,
            Placeholder::RedirectOtherPortIpv6 => other_port(self.client.loopback_uri(true)?)?,
            Placeholder::RedirectPrivateUse => self.client.private_use_uri()?.to_owned(),
            Placeholder::AnotherRedirectUri => self.client.another_uri()?.to_owned(),
            Placeholder::RedirectWithQuery => self.client.uri_with_query()?.to_owned(),
            Placeholder::RedirectOnly => self.client.login_only_uri()?.to_owned(),
            _ => return None,
        })
    }

    /// Names all values that are secret or new on every run.
    pub fn name(&self, names: &mut Names) {
        self.proofs.name(names);
        self.name_certificates(names);
        self.client_keys.name("client.key", names);
        self.used_nonces.iter().for_each(|nonce| names.add(nonce, Placeholder::Nonce.name()));
        for client in self.registered_clients() {
            names.add(&client.id, Placeholder::ClientId.name());
            client_secret::name(client, names);
        }
        for placeholder in [
            Placeholder::State,
            Placeholder::Nonce,
            Placeholder::Verifier,
            Placeholder::VerifierReversed,
            Placeholder::Challenge,
            Placeholder::IdToken,
            Placeholder::IdTokenForged,
            Placeholder::CodeSwapped,
            Placeholder::AccessTokenSwapped,
            Placeholder::RefreshTokenSwapped,
            Placeholder::AccessTokenForged,
            Placeholder::AccessTokenUnsigned,
            Placeholder::AccessTokenAltered,
            Placeholder::Response,
            Placeholder::Introspection,
            Placeholder::Userinfo,
            Placeholder::RequestUri,
            Placeholder::CertificateEscaped,
            Placeholder::CertificateBase64,
            Placeholder::OtherVerifier,
            Placeholder::OtherChallenge,
            // Its port follows from that of the registered one, which the system may have chosen.
            Placeholder::RedirectOtherPort,
            Placeholder::RedirectOtherPortIpv6,
            Placeholder::LogoutOtherPort,
            Placeholder::Document,
        ] {
            if let Some(value) = self.get(placeholder) {
                names.add(&value, placeholder.name());
            }
        }
    }

    /// Names values that the case makes from secrets: a very short secret would not be found in
    /// them.
    pub fn name_made(&self, case: &Case, names: &mut Names) {
        let changes = case.steps.iter().filter_map(|step| step.change.as_ref());
        for template in changes.flat_map(Change::templates) {
            // Long values are shown by name, as they are not readable.
            let is_named = |it: Placeholder| it.is_secret() || it == Placeholder::Long;
            if template.placeholders().any(is_named)
                && let Some(value) = self.fill(template)
            {
                names.add_made(&value, &template.to_string());
            }
        }
    }

    /// A text in the newest ID token.
    fn id_token_claim(&self, name: &str) -> Option<String> {
        Some(jwt::claims(&self.received(ID_TOKEN)?)?.get(name)?.as_str()?.to_owned())
    }

    fn received(&self, name: &str) -> Option<String> {
        self.received.get(name)?.as_str().map(str::to_owned)
    }

    fn redirect(&self) -> Option<Url> {
        Url::parse(self.client.redirect_uri()).ok()
    }

    /// The client's redirect URI with another path, or `None` if the path stays the same.
    fn redirect_by_path(&self, change: impl Fn(&str) -> String) -> Option<String> {
        by_path(&self.redirect()?, change)
    }

    fn redirect_part(&self, to: Position, with_scheme: bool) -> Option<String> {
        let url = self.redirect()?;
        let from = if with_scheme { Position::BeforeScheme } else { Position::BeforeHost };
        Some(url[from..to].to_owned())
    }
}
