//! Assertions of clients, before they are signed.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::Values;
use crate::oauth::jws::{Signer, Unsigned};
use crate::oauth::names::SUB;
use crate::oauth::signing::SigningAlgorithm;
use crate::oauth::{Params, Request, assertion, dpop, pkce, request_object};
use crate::suite::Placeholder;
use crate::target::Client;

/// The signature of an assertion that is only shown.
pub(super) const SHOWN: &str = "[signature]";

impl Values {
    /// What signs the client's assertions and request objects, if it can sign.
    pub(in crate::run) fn signer(&self, client: &Client) -> Option<Signer> {
        let signer = client.signer.clone()?;
        Some(if self.named.is_empty() {
            signer
        } else {
            Signer::Shown(signer.alg(), SHOWN.to_owned())
        })
    }

    /// What keys an assertion with this secret, which the client sends otherwise.
    pub(in crate::run) fn keyed(&self, secret: &str) -> Signer {
        match self.named.is_empty() {
            true => Signer::Secret(SigningAlgorithm::Hs256, secret.to_owned()),
            false => Signer::Shown(SigningAlgorithm::Hs256, SHOWN.to_owned()),
        }
    }

    /// A new assertion of the client for this request (RFC7523 §3), or one of names if nothing is
    /// sent.
    pub(in crate::run) fn assertion(&self, client: &Client, request: &Request) -> Unsigned {
        let audience = client.audience(&self.issuer, dpop::address(request));
        match self.named.is_empty() {
            true => assertion::unsigned(&client.id, audience, &pkce::random(), &now().into()),
            false => assertion::unsigned(&client.id, audience, "[jti]", &Value::from("[now]")),
        }
    }

    /// A new JWT by which the client asks for a token of the user (RFC7523 §3).
    pub(in crate::run) fn grant(&self, client: &Client, request: &Request) -> Unsigned {
        let mut made = self.assertion(client, request);
        let user = self.get(Placeholder::UserName).unwrap_or_default();
        made.claims.insert(SUB.to_owned(), user.into());
        made
    }

    /// A new request object of the client for the target (RFC9101 §4), or one of names if nothing
    /// is sent.
    pub(in crate::run) fn request_object(&self, params: &Params, client: &Client) -> Unsigned {
        let now = match self.named.is_empty() {
            true => now().into(),
            false => Value::from("[now]"),
        };
        request_object::unsigned(params, &client.id, &self.issuer, &now)
    }

    /// Remembers the assertion that a step sent.
    pub(in crate::run) fn keep_assertion(&mut self, step: &str, assertion: &str) {
        self.assertions.insert(step.to_owned(), assertion.to_owned());
    }

    /// The assertion that a step sent, or its name if nothing is sent.
    pub(in crate::run) fn sent_assertion(&self, step: &str) -> Option<&str> {
        match self.named.is_empty() {
            true => self.assertions.get(step).map(String::as_str),
            false => Some("[client_assertion]"),
        }
    }
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
