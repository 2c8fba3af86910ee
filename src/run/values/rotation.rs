//! What shows whether the server signs with another key than before.

use serde_json::json;

use super::Values;
use crate::oauth::jwt;
use crate::oauth::names::{ID_TOKEN, KEYS};
use crate::wire::Answer;

/// The server's keys before the operator makes it sign with another one, and whether that was done.
#[derive(Clone, Debug, Default)]
pub(super) struct Rotation {
    first_keys: Option<String>,
    is_done: bool,
}

impl Values {
    /// Takes the key set, if it is the first one.
    pub(in crate::run) fn take_keys(&mut self, answer: &Answer) {
        self.rotation.first_keys.get_or_insert_with(|| answer.body.to_string());
    }

    /// The keys that the server published first.
    pub(super) fn first_keys(&self) -> Option<&str> {
        self.rotation.first_keys.as_deref()
    }

    /// Remembers that the operator has done it.
    pub(in crate::run) fn keys_are_rotated(&mut self) {
        self.rotation.is_done = true;
    }

    /// Why answers say nothing of a rotation that was to be done before them, if so.
    pub(in crate::run) fn not_rotated(&self) -> Option<&'static str> {
        if !self.rotation.is_done {
            return None;
        }
        let (first, newest) = (self.first_id_token()?, self.received(ID_TOKEN)?);
        let keys = jwt::keys(self.rotation.first_keys.as_ref()?).unwrap_or_default();
        // Without any key, only the client's secret can have signed.
        let sets = keys.into_iter().map(|key| vec![key]).chain([Vec::new()]);
        let sets = sets.map(|keys| json!({ KEYS: keys }).to_string());
        let has_signed =
            |token: &str, set: &str| jwt::is_signed_by(token, set, &self.client.secret);
        let mut sets = sets.filter(|set| has_signed(first, set));
        sets.any(|set| has_signed(&newest, &set)).then_some(
            "after `rotate_keys` of the target file, ID tokens are signed with the same key as before",
        )
    }

    /// Whether one of the keys that were published at first has signed the token.
    pub(in crate::run) fn was_signed(&self, token: &str) -> bool {
        let keys = self.rotation.first_keys.as_ref();
        keys.is_some_and(|keys| jwt::is_signed_by(token, keys, &self.client.secret))
    }
}
