//! A virtual authenticator, by which a browser signs in with a passkey (WebAuthn §11).

use serde_json::{Value, json};

use super::webdriver::{Failed, WebDriver};
use crate::target::{Credential, Passkey};

/// One in a window of the browser's.
pub(super) struct Authenticator {
    id: String,
}

impl Authenticator {
    /// Gives the browser one that has these keys, and whose owner always agrees.
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
        let authenticator = Self { id: id.as_str().unwrap_or_default().to_owned() };
        for credential in passkey.credentials() {
            let added = browser.post(authenticator.path("/credential"), written(&credential)).await;
            if let Err(failed) = added {
                let _ = browser.delete(authenticator.path("")).await;
                return Err(failed);
            }
        }
        Ok(authenticator)
    }

    /// Takes it away, and keeps its keys: those that were registered, and how often each was used.
    pub(super) async fn remove(self, browser: &WebDriver, passkey: &Passkey) {
        // A browser that is gone has taken it along.
        if let Ok(credentials) = browser.get(self.path("/credentials")).await {
            passkey.keep(credentials.as_array().into_iter().flatten().filter_map(read).collect());
        }
        let _ = browser.delete(self.path("")).await;
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
