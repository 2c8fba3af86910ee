//! What a client has pushed (RFC9126).

use std::time::Duration;

use serde_json::{Map, Value};

use super::Values;
use crate::oauth::Params;
use crate::oauth::names::{EXPIRES_IN, REQUEST_URI};

impl Values {
    /// Takes the reference to what was pushed, and its lifetime (RFC9126 §2.2). If there is none, an
    /// earlier one is dropped, as a visit would refer to another request.
    pub(in crate::run) fn take_reference(&mut self, json: &Map<String, Value>) {
        match json.get(REQUEST_URI) {
            Some(value @ Value::String(_)) => {
                self.received.insert(REQUEST_URI.to_owned(), value.clone());
            }
            _ => drop(self.received.remove(REQUEST_URI)),
        }
        self.expires_in = json.get(EXPIRES_IN).and_then(Value::as_u64).map(Duration::from_secs);
    }

    /// Remembers the parameters that were pushed.
    pub(in crate::run) fn keep_pushed(&mut self, params: &Params) {
        self.pushed = Some(params.clone());
    }

    /// The parameters that were pushed last.
    pub(in crate::run) fn pushed(&self) -> Option<&Params> {
        self.pushed.as_ref()
    }
}
