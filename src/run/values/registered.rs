//! The clients that a case has registered (RFC7591), each of which is the case's client from then on.

use serde_json::{Map, Value};

use super::Values;
use crate::oauth::names::{
    APPLICATION_TYPE, AUTHORIZATION_CODE, CLIENT_ID, CLIENT_SECRET, GRANT_TYPES, JWKS, JWKS_URI,
    OPENID, POST_LOGOUT_REDIRECT_URIS, REDIRECT_URIS, REGISTRATION_ACCESS_TOKEN,
    REGISTRATION_CLIENT_URI, SCOPE, TOKEN_ENDPOINT_AUTH_METHOD,
};
use crate::oauth::request::Method;
use crate::oauth::{AuthMethod, Request, RequestForm};
use crate::suite::{Case, Placeholder};
use crate::target::Client;

/// The clients that the case has registered, and whom it acted as before.
#[derive(Clone, Debug, Default)]
pub(super) struct Registrations {
    /// The client and the other client of the target file.
    own: Option<Box<(Client, Option<Client>)>>,
    /// Every client that was registered.
    all: Vec<Registration>,
    /// The first registration access token.
    first_token: Option<String>,
    /// The first client that was registered.
    first_client: Option<Box<Client>>,
    /// Whether the case sends users to the server as the client that it registers.
    visits: bool,
    /// Whether the case acts as a client that was to be registered, and was not.
    lacks_client: bool,
    /// What the target file has for registering clients (RFC7591 §3).
    initial_token: Option<String>,
}

/// A client that was registered.
#[derive(Clone, Debug)]
pub(in crate::run) struct Registration {
    /// Its identifier.
    id: String,
    /// Where it is managed (RFC7592 §3).
    uri: Option<String>,
    /// The token for that.
    token: Option<String>,
    /// Its metadata, as the server told them last.
    pub(in crate::run) metadata: Map<String, Value>,
    /// Whether it was deleted.
    is_deleted: bool,
}

impl Registration {
    /// Where it is managed, and the token for that (RFC7592 §3).
    pub(in crate::run) fn management(&self) -> Option<(&str, &str)> {
        self.uri.as_deref().zip(self.token.as_deref())
    }

    fn take(&mut self, json: &Map<String, Value>) {
        let text = |name: &str| json.get(name).and_then(Value::as_str).map(str::to_owned);
        self.uri = text(REGISTRATION_CLIENT_URI).or(self.uri.take());
        self.token = text(REGISTRATION_ACCESS_TOKEN).or(self.token.take());
        self.metadata = json.clone();
    }
}

impl Values {
    /// Sets the token that the target file has for registering clients.
    pub(in crate::run) fn with_initial_token(mut self, token: Option<&str>) -> Self {
        self.registrations.initial_token = token.map(str::to_owned);
        self
    }

    /// The token that the target file has for registering clients (RFC7591 §3).
    pub(in crate::run) fn initial_token(&self) -> Option<&str> {
        self.registrations.initial_token.as_deref()
    }

    /// Remembers whether the case registers a client, and sends users to the server.
    pub(in crate::run) fn prepare_registration(&mut self, case: &Case) {
        self.registrations.lacks_client = case.registers() && self.registrations.all.is_empty();
        self.registrations.visits = case.steps.iter().any(|step| step.kind.is_visit());
        if !self.named.is_empty() && case.registers_keys() {
            self.client.signer = self.made_key(false);
        }
    }

    /// Begins a registration: until it is granted, there is no client to act as.
    pub(in crate::run) fn begin_registration(&mut self) {
        self.registrations.lacks_client = true;
    }

    /// Whether the case acts as a client that it has registered.
    pub(in crate::run) fn has_registered(&self) -> bool {
        self.registrations.own.is_some()
    }

    /// Whether there is no client to act as, since its registration was refused.
    pub(in crate::run) fn lacks_client(&self) -> bool {
        self.registrations.lacks_client
    }

    /// The client of the target file that users are sent to the server by, if the case does that.
    pub(in crate::run) fn visiting_client(&self) -> Option<&Client> {
        let own = self.registrations.own.as_ref().map(|own| &own.0);
        Some(own.unwrap_or(&self.client)).filter(|_| self.registrations.visits)
    }

    /// Whom the case acted as before it registered a client, and the other client then.
    pub(super) fn before_registration(&self) -> (Client, Option<Client>) {
        match self.registrations.own.as_deref() {
            Some((client, other)) => (client.clone(), other.clone()),
            None => (self.client.clone(), self.other.clone()),
        }
    }

    /// What stays when everything that the server issued is dropped.
    pub(super) fn registrations_anew(&self) -> Registrations {
        let initial_token = self.registrations.initial_token.clone();
        Registrations { initial_token, ..Registrations::default() }
    }

    /// Shows a registration by the names of its members.
    pub(super) fn show_registration(&mut self) {
        let name = |name: &str| Some(format!("[{name}]"));
        let (uri, token) = (name(REGISTRATION_CLIENT_URI), name(REGISTRATION_ACCESS_TOKEN));
        let id = self.client.id.clone();
        let metadata = [(CLIENT_ID.to_owned(), Value::from(id.as_str()))].into_iter().collect();
        let shown = Registration { id, uri, token, metadata, is_deleted: false };
        self.registrations.all.push(shown);
    }

    /// Takes a new client, and what it asked for: from now on, it is the client of the case, and the one before it is the
    /// other client.
    pub(in crate::run) fn take_registration(
        &mut self,
        request: &Request,
        json: &Map<String, Value>,
    ) {
        let json = &with_uris(request, json.clone());
        let Some(id) = json.get(CLIENT_ID).and_then(Value::as_str) else { return };
        let own = match self.registrations.own.as_deref() {
            Some((own, _)) => {
                self.other = Some(self.client.clone());
                own.clone()
            }
            None => {
                let own = (self.client.clone(), self.other.clone());
                self.registrations.own = Some(Box::new(own));
                self.client.clone()
            }
        };
        self.client = registered(&own, id, json);
        self.client.signer = self.made_key(false).filter(|_| has_keys(request));
        if self.client.signer.is_none() {
            self.client.request = self.client.request.without_object();
        }
        self.registrations.lacks_client = false;
        self.registrations.first_client.get_or_insert_with(|| Box::new(self.client.clone()));
        let (id, metadata) = (id.to_owned(), Map::new());
        let mut new = Registration { id, uri: None, token: None, metadata, is_deleted: false };
        new.take(json);
        self.registrations.first_token =
            self.registrations.first_token.take().or(new.token.clone());
        self.registrations.all.push(new);
        for name in [CLIENT_SECRET, REGISTRATION_ACCESS_TOKEN] {
            match json.get(name) {
                Some(value @ Value::String(_)) => {
                    self.received.insert(name.to_owned(), value.clone());
                }
                _ => drop(self.received.remove(name)),
            }
        }
    }

    /// Takes what the server told after a request at the place where a client is managed: its new
    /// secret, token and metadata, or that it was deleted.
    pub(in crate::run) fn take_managed(&mut self, request: &Request, json: &Map<String, Value>) {
        let mut all = self.registrations.all.iter_mut();
        let is_it = |it: &&mut Registration| it.uri.as_deref() == Some(&*request.endpoint);
        let Some(registration) = all.rfind(is_it) else { return };
        if request.method == Method::Delete {
            registration.is_deleted = true;
            return;
        }
        // Where it tells nothing of the client, nothing has changed.
        let Some(id) = json.get(CLIENT_ID).and_then(Value::as_str) else { return };
        let json = &with_uris(request, json.clone());
        registration.take(json);
        let (own, _) = self.before_registration();
        let changed = registered(&own, id, json);
        for client in std::iter::once(&mut self.client).chain(&mut self.other) {
            if client.id == id {
                let secret = match changed.secret.is_empty() {
                    true => client.secret.clone(),
                    false => changed.secret.clone(),
                };
                let signer = client.signer.clone();
                *client = Client { secret, signer, ..changed.clone() };
            }
        }
        for name in [CLIENT_SECRET, REGISTRATION_ACCESS_TOKEN] {
            if let Some(value @ Value::String(_)) = json.get(name) {
                self.received.insert(name.to_owned(), value.clone());
            }
        }
    }

    /// The registration of this client, or else the last one.
    pub(in crate::run) fn registration(&self, client: &Client) -> Option<&Registration> {
        let all = &self.registrations.all;
        all.iter().rfind(|it| it.id == client.id).or(all.last())
    }

    /// The clients that were not deleted.
    pub(in crate::run) fn left_registered(&self) -> Vec<Registration> {
        self.registrations.all.iter().filter(|it| !it.is_deleted).cloned().collect()
    }

    /// The clients that were registered, with their secrets.
    pub(in crate::run) fn registered_clients(&self) -> impl Iterator<Item = &Client> {
        let is_one = |client: &&Client| self.registrations.all.iter().any(|it| it.id == client.id);
        std::iter::once(&self.client).chain(&self.other).filter(is_one)
    }

    /// A value of a registration.
    pub(super) fn registration_value(&self, placeholder: Placeholder) -> Option<String> {
        match placeholder {
            Placeholder::RegistrationToken => self.registrations.all.last()?.token.clone(),
            Placeholder::InitialToken => self.registrations.initial_token.clone(),
            Placeholder::FirstClientId => {
                self.registrations.first_client.as_ref().map(|client| client.id.clone())
            }
            Placeholder::FirstClientSecret => {
                let first = self.registrations.first_client.as_ref()?;
                Some(first.secret.clone()).filter(|secret| !secret.is_empty())
            }
            Placeholder::FirstRegistrationToken => self.registrations.first_token.clone(),
            _ => None,
        }
    }
}

/// The metadata that the server tells, with the redirect URIs that were sent if it tells none.
fn with_uris(request: &Request, mut json: Map<String, Value>) -> Map<String, Value> {
    if !json.contains_key(REDIRECT_URIS)
        && let Some(sent) = request.client_metadata().get(REDIRECT_URIS)
    {
        json.insert(REDIRECT_URIS.to_owned(), sent.clone());
    }
    json
}

/// Whether the client is to be registered with keys, by value or by reference (RFC7591 §2).
fn has_keys(request: &Request) -> bool {
    let sent = request.client_metadata();
    [JWKS, JWKS_URI].iter().any(|name| sent.get(name).is_some())
}

/// The client that the server registered. What it does not tell is as in the client of the target
/// file, or has the default value (RFC7591 §2).
fn registered(own: &Client, id: &str, json: &Map<String, Value>) -> Client {
    let text = |name: &str| json.get(name).and_then(Value::as_str);
    let list = |name: &str| {
        let values = json.get(name).and_then(Value::as_array);
        values.map(|all| all.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    };
    let method = json.get(TOKEN_ENDPOINT_AUTH_METHOD).cloned();
    let method = method.and_then(|method| serde_json::from_value(method).ok());
    let kept = |scope: &str| {
        // Some servers do not count `openid` as a scope of the client.
        let is_kept = |word: &&str| *word == OPENID || scope.split(' ').any(|it| it == *word);
        let words = own.scope.split(' ').filter(is_kept);
        words.collect::<Vec<_>>().join(" ")
    };
    let scope = text(SCOPE).map(kept).filter(|scope| !scope.is_empty());
    Client {
        id: id.to_owned(),
        auth: method.unwrap_or(AuthMethod::ClientSecretBasic),
        secret: text(CLIENT_SECRET).unwrap_or_default().to_owned(),
        signer: None,
        // An address of objects is registered for one client.
        request: match own.request {
            RequestForm::Reference => RequestForm::Query,
            form => form,
        },
        redirect_uris: list(REDIRECT_URIS).unwrap_or_default(),
        post_logout_redirect_uris: list(POST_LOGOUT_REDIRECT_URIS).unwrap_or_default(),
        grants: list(GRANT_TYPES).unwrap_or_else(|| vec![AUTHORIZATION_CODE.to_owned()]),
        scope: scope.unwrap_or_else(|| own.scope.clone()),
        native: text(APPLICATION_TYPE) == Some("native"),
        ..own.clone()
    }
}
