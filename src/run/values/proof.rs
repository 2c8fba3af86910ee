//! What proofs of possession of a key are made from (RFC9449 §4).

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use url::{Position, Url};

use super::Values;
use super::assertion::{SHOWN, now};
use super::made_keys::MadeKeys;
use crate::oauth::dpop::{self, Fresh};
use crate::oauth::jws::{Signer, Unsigned};
use crate::oauth::names::{ACCESS_TOKEN, DPOP, TOKEN_TYPE};
use crate::oauth::signing::{PrivateKey, SigningAlgorithm};
use crate::oauth::{Request, pkce};
use crate::suite::Placeholder;
use crate::wire::Names;

/// What signs proofs: a key of the case, and another one.
#[derive(Clone, Debug, Default)]
pub(super) struct Proofs {
    keys: MadeKeys,
    /// Whether the newest access token is bound to a key.
    pub(super) is_bound: bool,
    /// The proofs that were sent, by step.
    sent: HashMap<String, String>,
    /// Where the request of the next proof goes.
    endpoint: Option<String>,
}

impl Proofs {
    fn key(&self, is_other: bool) -> Option<PrivateKey> {
        Some(self.keys.get(is_other)?.clone().bare())
    }

    /// Names the private keys, which a case may send, and the thumbprints of the keys that were made.
    pub(super) fn name(&self, names: &mut Names) {
        self.keys.name("proof.key", names);
        for (key, name) in self.keys.made().zip([Placeholder::ProofJkt, Placeholder::OtherJkt]) {
            let thumbprint = key.and_then(PrivateKey::thumbprint);
            thumbprint.iter().for_each(|text| names.add(text, name.name()));
        }
    }
}

impl Values {
    /// A new proof for the request, and what signs it: the case's own key, or another one. If
    /// nothing is sent, both are names.
    pub(in crate::run) fn proof(
        &self,
        request: &Request,
        nonce: Option<String>,
        is_other: bool,
    ) -> Option<(Unsigned, Signer)> {
        if !self.named.is_empty() {
            let key = json!({ "kty": "EC", "crv": "P-256", "x": "[x]", "y": "[y]" });
            let fresh = Fresh { jti: "[jti]".to_owned(), now: "[now]".into(), nonce: None };
            let signer = Signer::Shown(SigningAlgorithm::Es256, SHOWN.to_owned());
            return Some((dpop::proof(key, request, fresh), signer));
        }
        let key = self.proofs.key(is_other)?;
        let fresh = Fresh { jti: pkce::random(), now: now().into(), nonce };
        Some((dpop::proof(key.public(), request, fresh), Signer::Key(key)))
    }

    /// The same values for a proof of a request to this address.
    pub(in crate::run) fn at(&self, request: &Request) -> Self {
        let mut values = self.clone();
        values.proofs.endpoint = Some(dpop::address(request).to_owned());
        for placeholder in [Placeholder::Endpoint, Placeholder::EndpointShouted] {
            values.named.remove(&placeholder);
        }
        values
    }

    /// Whether the newest access token is bound to a key.
    pub(in crate::run) fn is_bound(&self) -> bool {
        match self.named.is_empty() {
            true => self.proofs.is_bound,
            false => self.client.sends_proofs(),
        }
    }

    /// Takes the type of a new access token (RFC6749 §5.1).
    pub(super) fn take_token_type(&mut self, json: &Map<String, Value>) {
        if json.contains_key(ACCESS_TOKEN) {
            let kind = json.get(TOKEN_TYPE).and_then(Value::as_str);
            self.proofs.is_bound = kind.is_some_and(|kind| kind.eq_ignore_ascii_case(DPOP));
        }
    }

    /// Remembers the proof that a step sent.
    pub(in crate::run) fn keep_proof(&mut self, step: &str, proof: &str) {
        self.proofs.sent.insert(step.to_owned(), proof.to_owned());
    }

    /// The proof that a step sent, or its name if nothing is sent.
    pub(in crate::run) fn sent_proof(&self, step: &str) -> Option<&str> {
        match self.named.is_empty() {
            true => self.proofs.sent.get(step).map(String::as_str),
            false => Some("[proof]"),
        }
    }

    /// Whether any step has sent a proof.
    pub(in crate::run) fn has_proved(&self) -> bool {
        !self.proofs.sent.is_empty()
    }

    /// A value made from the keys of proofs, or from the address of a proof's request.
    pub(super) fn proof_value(&self, placeholder: Placeholder) -> Option<String> {
        match placeholder {
            Placeholder::AccessTokenHash => Some(dpop::hash(&self.get(Placeholder::AccessToken)?)),
            Placeholder::ProofJkt => self.proofs.key(false)?.thumbprint(),
            Placeholder::OtherJkt => self.proofs.key(true)?.thumbprint(),
            Placeholder::Endpoint => self.proofs.endpoint.clone(),
            Placeholder::EndpointShouted => Some(shouted(self.proofs.endpoint.as_ref()?)),
            Placeholder::AudienceShouted => {
                let endpoint = self.proofs.endpoint.as_deref().unwrap_or_default();
                Some(shouted(self.client.audience(&self.issuer, endpoint)))
            }
            _ => None,
        }
    }
}

/// An address with scheme and host in upper case.
fn shouted(address: &str) -> String {
    let Ok(url) = Url::parse(address) else { return address.to_uppercase() };
    // As written: a parsed address has a path, even if it is empty.
    let origin = url[..Position::BeforePath].len().min(address.len());
    match (address.get(..origin), address.get(origin..)) {
        (Some(origin), Some(path)) => format!("{}{path}", origin.to_uppercase()),
        _ => address.to_uppercase(),
    }
}
