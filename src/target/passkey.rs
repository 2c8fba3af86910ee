//! Passkeys, with which a user signs in using a browser (WebAuthn).

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::source::Flaw;

/// The value in a target file for a passkey that is registered during the run.
const NEW: &str = "new";

/// A user's passkeys; copies of it share them.
#[derive(Clone)]
pub struct Passkey {
    credentials: Arc<Mutex<Vec<Credential>>>,
    /// Held by a visit while it may sign in: copies of a key cannot keep a common count of uses.
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// A passkey in the format of WebDriver's virtual authenticators (WebAuthn §11.4): binary values
/// are in base64url.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its identifier.
    pub id: String,
    /// The relying party: the domain of the server, or one above it.
    pub rp_id: String,
    /// Its private key, as PKCS#8.
    pub private_key: String,
    /// The user, as the server identifies them, or `None` if the server has to name the key.
    pub user_handle: Option<String>,
    /// How often it was used.
    pub sign_count: u64,
}

impl Passkey {
    /// Reads the value from a target file in this folder: `new`, the name of a file, or what the
    /// environment has in place of one.
    ///
    /// # Errors
    /// What is wrong with it, and what would be right; neither reveals the key.
    pub fn read(text: &str, from_environment: bool, folder: &Path) -> Result<Self, Flaw> {
        if text == NEW {
            return Ok(Self::of(Vec::new()));
        }
        if from_environment || text.trim_start().starts_with('{') {
            let credential = Credential::parse(text);
            return credential.map(|it| Self::of(vec![it])).map_err(|flaw| flaw.of("the passkey"));
        }
        let path = folder.join(text);
        let json = std::fs::read_to_string(&path).map_err(|error| {
            let what = format!("cannot read the passkey in {}: {error}", path.display());
            let right = "name a file with one, or write `passkey = \"new\"` to register one when \
                         the server asks for it";
            Flaw::new(what, right)
        })?;
        let credential = Credential::parse(&json);
        credential
            .map(|it| Self::of(vec![it]))
            .map_err(|flaw| flaw.of(&format!("the passkey in {}", path.display())))
    }

    fn of(credentials: Vec<Credential>) -> Self {
        Self { credentials: Arc::new(Mutex::new(credentials)), turn: Arc::default() }
    }

    /// The current keys.
    pub fn credentials(&self) -> Vec<Credential> {
        self.all().clone()
    }

    /// Saves the state of the keys, and those that were registered.
    pub fn keep(&self, credentials: Vec<Credential>) {
        let mut all = self.all();
        for credential in credentials {
            all.retain(|known| known.id != credential.id);
            all.push(credential);
        }
    }

    /// Waits until no other visit signs in with it.
    pub async fn turn(&self) -> tokio::sync::OwnedMutexGuard<()> {
        Arc::clone(&self.turn).lock_owned().await
    }

    fn all(&self) -> MutexGuard<'_, Vec<Credential>> {
        self.credentials.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PartialEq for Passkey {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.credentials, &other.credentials)
    }
}

impl Eq for Passkey {}

impl fmt::Debug for Passkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It is a secret.
        f.write_str("Passkey")
    }
}

impl Credential {
    /// Parses a passkey in JSON, in WebDriver's format; the key may be in PEM.
    ///
    /// # Errors
    /// What is wrong with it, as the rest of a sentence, and what would be right.
    fn parse(json: &str) -> Result<Self, Flaw> {
        let right = "write `{\"credentialId\": …, \"rpId\": …, \"privateKey\": …, \"userHandle\": \
                     …}`, as WebDriver gives the credentials of a virtual authenticator: all but \
                     `rpId` in base64url, the key as PKCS#8 or in PEM";
        let wrong = |what: String| Flaw::new(what, right);
        let value: Value = serde_json::from_str(json).map_err(|error| {
            wrong(format!("is not JSON (line {}, column {})", error.line(), error.column()))
        })?;
        if !value.is_object() {
            return Err(wrong("is not a JSON object".to_owned()));
        }
        let text = |name: &str| value[name].as_str().filter(|text| !text.is_empty());
        let needed = |name: &str| text(name).ok_or_else(|| wrong(format!("has no `{name}`")));
        let binary = |name: &str| {
            let coded = in_base64url(needed(name)?);
            coded.ok_or_else(|| wrong(format!("has a `{name}` that is not in base64url")))
        };
        let rp_id = needed("rpId")?.to_owned();
        if rp_id.contains(['/', ':']) {
            return Err(wrong(
                "has an `rpId` that is not a domain, as in \
                              `login.example`"
                    .to_owned(),
            ));
        }
        let private_key = binary("privateKey")?;
        // A DER sequence.
        if !private_key.starts_with('M') {
            return Err(wrong("has a `privateKey` that is not PKCS#8".to_owned()));
        }
        let user_handle = match text("userHandle") {
            Some(_) => Some(binary("userHandle")?),
            None => None,
        };
        let id = binary("credentialId")?;
        let sign_count = value["signCount"].as_u64().unwrap_or_default();
        Ok(Self { id, rp_id, private_key, user_handle, sign_count })
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("rp_id", &self.rp_id).finish_non_exhaustive()
    }
}

/// Converts either kind of base64, or PEM, to base64url without padding.
fn in_base64url(text: &str) -> Option<String> {
    let lines = text.lines().filter(|line| !line.starts_with("-----"));
    let text: String = lines.flat_map(str::chars).filter(|c| !c.is_whitespace()).collect();
    let bytes = [URL_SAFE_NO_PAD.decode(&text), URL_SAFE.decode(&text), STANDARD.decode(&text)];
    let bytes = bytes.into_iter().find_map(Result::ok).filter(|bytes| !bytes.is_empty())?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "MEECAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQcEJzAlAgEBBCDFJYJ2pNn9";

    #[test]
    fn a_credential_is_read_and_never_shown() {
        let json = format!(
            r#"{{"credentialId": "AQID", "rpId": "as.example", "privateKey": "-----BEGIN PRIVATE KEY-----\n{KEY}\n-----END PRIVATE KEY-----\n", "userHandle": "BAU=", "signCount": 3}}"#
        );
        let passkey = Passkey::read(&json, true, Path::new("")).unwrap();
        let credential = passkey.credentials().remove(0);
        assert_eq!((credential.id.as_str(), credential.sign_count), ("AQID", 3));
        assert_eq!(credential.private_key, KEY);
        assert_eq!(credential.user_handle.as_deref(), Some("BAU"));
        assert!(!format!("{passkey:?}{credential:?}").contains("MEEC"));
        let newer = Credential { sign_count: 4, ..credential };
        passkey.clone().keep(vec![newer]);
        assert_eq!(passkey.credentials().len(), 1);
        assert_eq!(passkey.credentials()[0].sign_count, 4);
    }

    #[test]
    fn what_is_missing_is_named() {
        for (json, what) in [
            ("{", "is not JSON (line 1, column 1)"),
            ("[]", "is not a JSON object"),
            (r#"{"credentialId": "AQID", "rpId": "as.example"}"#, "has no `privateKey`"),
            (r#"{"rpId": "https://as.example", "privateKey": "MEEC"}"#, "is not a domain"),
            (r#"{"rpId": "as.example", "privateKey": "s3cret!"}"#, "not in base64url"),
            (r#"{"rpId": "as.example", "privateKey": "AQID"}"#, "not PKCS#8"),
        ] {
            let said = Credential::parse(json).unwrap_err().what;
            assert!(said.contains(what) && !said.contains("s3cret"), "{json}: {said}");
        }
    }
}
