//! Finds the endpoints in metadata or in the target file.

use serde_json::{Value, json};
use url::Url;

use super::metadata_document::{NoMetadata, find_metadata};
use crate::agent::Origins;
use crate::oauth::Metadata;
use crate::oauth::metadata::{is_openid, openid_location};
use crate::oauth::names::{
    AUTHORIZATION_ENDPOINT, CHECK_SESSION_IFRAME, END_SESSION_ENDPOINT, INTROSPECTION_ENDPOINT,
    JWKS_URI, MTLS_ENDPOINT_ALIASES, OPENID, PUSHED_AUTHORIZATION_REQUEST_ENDPOINT,
    REGISTRATION_ENDPOINT, REVOCATION_ENDPOINT, TOKEN_ENDPOINT, USERINFO_ENDPOINT,
};
use crate::target::{Client, Link, Resource, Target};
use crate::wire::{Http, Sent};

/// Where the server's endpoints are.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {
    /// The authorization endpoint.
    pub authorization: String,
    /// The token endpoint.
    pub token: String,
    /// The userinfo endpoint.
    pub userinfo: Option<String>,
    /// What tells whether an access token is valid, if the target file says so.
    pub resource: Option<Resource>,
    /// The introspection endpoint.
    pub introspection: Option<String>,
    /// The revocation endpoint.
    pub revocation: Option<String>,
    /// The logout endpoint.
    pub logout: Option<String>,
    /// Where authorization requests are pushed.
    pub push: Option<String>,
    /// Where new clients register.
    pub registration: Option<String>,
    /// The keys that verify ID tokens.
    pub jwks: Option<String>,
    /// Where the metadata was found.
    pub metadata_url: Option<String>,
    /// Its content.
    pub metadata: Metadata,
    /// The location and content of the OpenID Connect metadata.
    pub openid: Option<(String, Metadata)>,
    /// Why the metadata could not be read, if the target file gives its location.
    pub unread: Option<String>,
    /// The endpoints of clients that present certificates, if others are for them (RFC8705 §5).
    pub aliases: Option<Box<Self>>,
}

impl Endpoints {
    /// Endpoints whose addresses are their own names, for showing requests without sending them.
    pub fn named() -> Self {
        let name = |name: &str| format!("[{name}]");
        // The only other address that a case asks.
        let openid = json!({ CHECK_SESSION_IFRAME: name(CHECK_SESSION_IFRAME) });
        let openid = Metadata::read(&openid.to_string()).unwrap_or_default();
        Self {
            authorization: name(AUTHORIZATION_ENDPOINT),
            token: name(TOKEN_ENDPOINT),
            userinfo: Some(name(USERINFO_ENDPOINT)),
            resource: None,
            introspection: Some(name(INTROSPECTION_ENDPOINT)),
            revocation: Some(name(REVOCATION_ENDPOINT)),
            logout: Some(name(END_SESSION_ENDPOINT)),
            push: Some(name(PUSHED_AUTHORIZATION_REQUEST_ENDPOINT)),
            registration: Some(name(REGISTRATION_ENDPOINT)),
            jwks: Some(name(JWKS_URI)),
            metadata_url: Some(name("metadata")),
            metadata: Metadata::default(),
            openid: Some((name("openid_metadata"), openid)),
            unread: None,
            aliases: None,
        }
    }

    /// The endpoints that this client uses.
    pub fn of(&self, client: &Client) -> &Self {
        self.aliases.as_deref().filter(|_| client.certificate.is_some()).unwrap_or(self)
    }

    /// The same, with aliases where the metadata name any.
    fn with_aliases(self) -> Self {
        let Some(named) = self.metadata.table(MTLS_ENDPOINT_ALIASES) else { return self };
        let alias = |name: &str| named.get(name).and_then(Value::as_str).map(str::to_owned);
        let aliases = Self {
            token: alias(TOKEN_ENDPOINT).unwrap_or_else(|| self.token.clone()),
            userinfo: alias(USERINFO_ENDPOINT).or_else(|| self.userinfo.clone()),
            introspection: alias(INTROSPECTION_ENDPOINT).or_else(|| self.introspection.clone()),
            revocation: alias(REVOCATION_ENDPOINT).or_else(|| self.revocation.clone()),
            push: alias(PUSHED_AUTHORIZATION_REQUEST_ENDPOINT).or_else(|| self.push.clone()),
            ..self.clone()
        };
        Self { aliases: Some(Box::new(aliases)), ..self }
    }

    /// All endpoints.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        let needed = [&self.authorization, &self.token].into_iter();
        let others = [&self.userinfo, &self.introspection, &self.revocation, &self.registration];
        let more = [&self.logout, &self.push, &self.jwks, &self.metadata_url];
        let others = others.into_iter().chain(more).flatten();
        let aliases = self.aliases.iter().flat_map(|it| {
            let others = [&it.userinfo, &it.introspection, &it.revocation, &it.push];
            std::iter::once(&it.token).chain(others.into_iter().flatten())
        });
        needed.chain(others).chain(aliases).map(String::as_str)
    }

    /// The origins of all endpoints: the server's own addresses.
    pub fn origins(&self, issuer: &Url) -> Origins {
        let needed = [Some(&self.authorization), Some(&self.token)];
        let others = [&self.userinfo, &self.introspection, &self.revocation, &self.logout];
        let others = others.into_iter().chain([&self.push]).map(Option::as_ref);
        let named = needed.into_iter().chain(others);
        Origins::of(named.flatten().map(String::as_str).chain([issuer.as_str()]))
    }
}

/// Finds the endpoints of the target.
///
/// # Errors
/// Why nothing can be tried: the server cannot be reached, its metadata is missing, belongs to
/// another issuer (RFC8414 §3.3), or omits an endpoint that the target file does not name either.
pub(crate) async fn discover(target: &Target, http: &Http) -> Result<Endpoints, String> {
    let by_hand = &target.endpoints;
    let found = find_metadata(&target.issuer, target.endpoints.metadata.as_ref(), http).await;
    let complete = by_hand.authorization.is_some() && by_hand.token.is_some();
    let mut unread = None;
    let (metadata_url, metadata) = match found {
        Ok((url, metadata)) => (Some(url), metadata),
        Err(missing @ NoMetadata::NotServed(_)) if complete => {
            // Cases about its location check whether it is where it must be.
            let place = by_hand.metadata.as_ref();
            unread = place.map(|_| format!("{missing}, the location in the target file"));
            (place.map(|link| link.url.to_string()), Metadata::default())
        }
        Err(NoMetadata::Cut(url, why)) if complete => {
            unread = Some(format!("{why}: {url}"));
            (Some(url), Metadata::default())
        }
        Err(missing) => return Err(missing.in_target_file()),
    };
    let named = |link: &Option<Link>, name: &str| {
        link.as_ref()
            .map(|link| link.text.clone())
            .or_else(|| metadata.text(name).map(str::to_owned))
    };
    let needed = |link, key: &str, name: &str| {
        named(link, name).map(without_fragment).ok_or_else(|| not_named(key, name))
    };
    let (openid, cut) = match &metadata_url {
        Some(url) if is_openid(url) => (Some((url.clone(), metadata.clone())), None),
        _ => openid_metadata(target, http).await,
    };
    let in_either = |link, name| named(link, name).or_else(|| of_openid(&openid, name));
    let endpoints = Endpoints {
        authorization: needed(&by_hand.authorization, "authorization", AUTHORIZATION_ENDPOINT)?,
        token: needed(&by_hand.token, "token", TOKEN_ENDPOINT)?,
        userinfo: in_either(&by_hand.userinfo, USERINFO_ENDPOINT),
        resource: target.resource.clone(),
        introspection: named(&by_hand.introspection, INTROSPECTION_ENDPOINT),
        revocation: named(&by_hand.revocation, REVOCATION_ENDPOINT),
        logout: in_either(&by_hand.logout, END_SESSION_ENDPOINT),
        push: named(&by_hand.push, PUSHED_AUTHORIZATION_REQUEST_ENDPOINT),
        registration: metadata.text(REGISTRATION_ENDPOINT).map(str::to_owned),
        jwks: metadata.text(JWKS_URI).map(str::to_owned),
        metadata_url,
        metadata,
        openid,
        unread: unread.or(cut),
        aliases: None,
    };
    Ok(endpoints.with_aliases())
}

/// Why nothing can be tried without an endpoint.
fn not_named(key: &str, name: &str) -> String {
    format!("the metadata names no {name}; write `endpoint.{key} = \"…\"` in the target file")
}

/// A fragment is not sent, and would hide the query in front of it. Another case reports it.
fn without_fragment(url: String) -> String {
    match url.split_once('#') {
        Some((url, _)) => url.to_owned(),
        None => url,
    }
}

/// An endpoint of OpenID Connect, which other metadata need not name.
fn of_openid(openid: &Option<(String, Metadata)>, name: &str) -> Option<String> {
    let (_, metadata) = openid.as_ref()?;
    metadata.text(name).map(str::to_owned)
}

/// The OpenID Connect metadata, if the server has it too and a client needs it.
///
/// If it is too long to read, the reason is returned as well.
async fn openid_metadata(
    target: &Target,
    http: &Http,
) -> (Option<(String, Metadata)>, Option<String>) {
    let asks = |scope: &str| scope.split(' ').any(|word| word == OPENID);
    if !target.clients.iter().any(|client| asks(&client.scope)) {
        return (None, None);
    }
    let url = openid_location(&target.issuer.url);
    let (exchange, _) = http.send(Sent::get(url.as_str())).await;
    let Some(answer) = exchange.answer.filter(|answer| answer.status == 200) else {
        return (None, None);
    };
    match answer.unread() {
        Some(why) => (Some((url.to_string(), Metadata::default())), Some(format!("{why}: {url}"))),
        None => (Metadata::read(&answer.body).map(|metadata| (url.to_string(), metadata)), None),
    }
}
