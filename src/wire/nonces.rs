//! The nonces that servers want in the proofs of a client (RFC9449 §8, §9).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http_auth::parse_challenges;
use url::Url;

use super::exchange::Answer;
use crate::oauth::names::{DPOP, DPOP_NONCE, ERROR, USE_DPOP_NONCE};

/// The longest nonce that is kept, in bytes.
const LONGEST: usize = 4 << 10;

/// The newest nonce of each origin.
#[derive(Debug, Default)]
pub(super) struct Nonces(Mutex<HashMap<String, String>>);

impl Nonces {
    /// Keeps the nonce of an answer from this address, if it has one.
    pub(super) fn learn(&self, url: &str, answer: &Answer) {
        let Some(nonce) = answer.header(DPOP_NONCE).filter(|it| it.len() <= LONGEST) else {
            return;
        };
        if let Some(origin) = origin(url) {
            self.all().insert(origin, nonce.to_owned());
        }
    }

    /// The nonce for the next proof to this address.
    pub(super) fn of(&self, url: &str) -> Option<String> {
        self.all().get(&origin(url)?).cloned()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn origin(url: &str) -> Option<String> {
    Url::parse(url).ok().map(|url| url.origin().ascii_serialization())
}

/// Whether the answer asks for the same request again, with a proof that has the nonce in it: by an
/// error code at the token endpoint (RFC9449 §8), by a challenge elsewhere (RFC9449 §9).
pub fn asks_for_nonce(answer: &Answer) -> bool {
    if !matches!(answer.status, 400 | 401) || answer.header(DPOP_NONCE).is_none() {
        return false;
    }
    let json = answer.json().unwrap_or_default();
    json.get(ERROR).is_some_and(|error| error == USE_DPOP_NONCE)
        || answer.headers("www-authenticate").any(|field| {
            let challenges = parse_challenges(field).unwrap_or_default();
            challenges.into_iter().filter(|it| it.scheme.eq_ignore_ascii_case(DPOP)).any(|it| {
                it.params.iter().any(|(name, value)| {
                    name.eq_ignore_ascii_case(ERROR) && value.to_unescaped() == USE_DPOP_NONCE
                })
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
        let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        Answer { status, headers: headers.collect(), body: body.to_owned().into(), cut: false }
    }

    #[test]
    fn the_newest_nonce_of_an_origin_counts() {
        let nonces = Nonces::default();
        nonces.learn("https://as.example/token", &answer(200, &[(DPOP_NONCE, "one")], ""));
        nonces.learn("https://as.example/par?x", &answer(400, &[(DPOP_NONCE, "two")], ""));
        nonces.learn("https://rs.example/", &answer(401, &[(DPOP_NONCE, "other")], ""));
        nonces.learn("https://as.example/token", &answer(200, &[], ""));
        assert_eq!(nonces.of("https://as.example/userinfo").as_deref(), Some("two"));
        assert_eq!(nonces.of("https://as.example:8443/"), None);
    }

    #[test]
    fn an_error_or_a_challenge_asks_for_a_nonce() {
        let nonce = (DPOP_NONCE, "one");
        let asks = r#"{"error":"use_dpop_nonce"}"#;
        assert!(asks_for_nonce(&answer(400, &[nonce], asks)));
        assert!(!asks_for_nonce(&answer(400, &[], asks)));
        assert!(!asks_for_nonce(&answer(200, &[nonce], asks)));
        assert!(!asks_for_nonce(&answer(400, &[nonce], r#"{"error":"invalid_grant"}"#)));
        let challenge =
            ("www-authenticate", r#"Bearer, DPoP error="use_dpop_nonce", algs="ES256""#);
        assert!(asks_for_nonce(&answer(401, &[nonce, challenge], "")));
        let other = ("www-authenticate", r#"DPoP error="invalid_token""#);
        assert!(!asks_for_nonce(&answer(401, &[nonce, other], "")));
    }
}
