//! A virtual authenticator, with which a browser signs in by passkey (WebAuthn §11).

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::failed::Failed;
use super::webdriver::WebDriver;
use crate::target::{Credential, Passkey};

/// An authenticator in a browser window.
pub(super) struct Authenticator {
    id: String,
    /// How often each key had been used when it was added, by its identifier.
    counts: BTreeMap<String, u64>,
}

impl Authenticator {
    /// Adds an authenticator with these keys to the browser. Its owner always consents.
    pub(super) async fn add(browser: &WebDriver, passkey: &Passkey) -> Result<Self, Failed> {
        let options = json!({
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserConsenting": true,
            "isUserVerified": true,
        });
        let id = browser.post("webauthn/authenticator".to_owned(), options).await?;
        let id = id.as_str().unwrap_or_default().to_owned();
        let mut authenticator = Self { id, counts: BTreeMap::new() };
        for credential in passkey.credentials() {
            let sign_count = credential.sign_count.max(now());
            let credential = Credential { sign_count, ..credential };
            authenticator.counts.insert(credential.id.clone(), sign_count);
            let added = browser.post(authenticator.path("/credential"), written(&credential)).await;
            if let Err(failed) = added {
                let _ = browser.delete(authenticator.path("")).await;
                return Err(failed);
            }
        }
        Ok(authenticator)
    }

    /// Removes the authenticator and saves its keys: those that were registered, and how often each
    /// was used. Returns whether any was, as some pages ask for one without a click.
    pub(super) async fn remove(self, browser: &WebDriver, passkey: &Passkey) -> bool {
        // A browser that is gone has taken it along.
        let credentials = browser.get(self.path("/credentials")).await.unwrap_or_default();
        let _ = browser.delete(self.path("")).await;
        let credentials: Vec<_> =
            credentials.as_array().into_iter().flatten().filter_map(read).collect();
        let is_used = |key: &Credential| {
            self.counts.get(&key.id).is_some_and(|count| *count != key.sign_count)
        };
        let any_is_used = credentials.iter().any(is_used);
        passkey.keep(credentials);
        any_is_used
    }

    fn path(&self, below: &str) -> String {
        format!("webauthn/authenticator/{}{below}", self.id)
    }
}

fn written(credential: &Credential) -> Value {
    let mut written = json!({
        "credentialId": credential.id,
        "isResidentCredential": credential.user_handle.is_some(),
        "rpId": credential.rp_id,
        "privateKey": credential.private_key,
        "signCount": credential.sign_count,
    });
    if let Some(user) = &credential.user_handle {
        written["userHandle"] = json!(user);
    }
    written
}

/// A count that is higher than in earlier runs: servers refuse a key with a lower count than before
/// (WebAuthn §6.1.1).
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn read(credential: &Value) -> Option<Credential> {
    let text = |name: &str| Some(credential[name].as_str()?.to_owned());
    Some(Credential {
        id: text("credentialId")?,
        rp_id: text("rpId")?,
        private_key: text("privateKey")?,
        user_handle: text("userHandle").filter(|user| !user.is_empty()),
        sign_count: credential["signCount"].as_u64()?,
    })
}
