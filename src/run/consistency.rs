//! Checks an answer against what came with it or before it: ID tokens and userinfo answers of one
//! case, and the clock.

use std::time::UNIX_EPOCH;

use serde_json::{Map, Value};

use super::answer_members;
use super::mismatch::Mismatch;
use super::server_jwt;
use super::transcript::Performed;
use super::values::Values;
use crate::oauth::jwt;
use crate::oauth::names::{ACCESS_TOKEN, CODE};
use crate::suite::{Expect, Placeholder, StepKind};

/// The claims that hold hashes, and what they are hashes of (OpenID.Core §3.3.2.11).
const HASHES: [(&str, &str); 2] = [("at_hash", ACCESS_TOKEN), ("c_hash", CODE)];

/// What does not hold.
pub(super) fn mismatches(expect: &Expect, performed: &Performed, values: &Values) -> Vec<Mismatch> {
    let (mut found, seen) = (Vec::new(), Seen::new(expect, performed, values));
    let mut look = |expected: String, actual: Option<String>| {
        found.extend(actual.map(|actual| Mismatch::new(expected, actual)));
    };
    for name in &expect.hashes {
        look(format!("{name} of what came with it"), seen.wrong_hash(name));
    }
    for name in &expect.kept {
        look(format!("claim {name} no other than in the first ID token"), seen.not_kept(name));
    }
    for name in &expect.newer {
        look(format!("claim {name} later than in the first ID token"), seen.not_newer(name));
    }
    for (name, by) in &expect.near {
        look(format!("claim {name} within {by} seconds of now"), seen.not_near(name, *by));
    }
    for name in &expect.as_first {
        look(format!("{name} as at first"), seen.not_as_first(name));
    }
    found
}

struct Seen<'a> {
    performed: &'a Performed,
    values: &'a Values,
    id_token: Option<String>,
    claims: Map<String, Value>,
}

impl<'a> Seen<'a> {
    fn new(expect: &Expect, performed: &'a Performed, values: &'a Values) -> Self {
        let id_token = server_jwt::token(expect, performed);
        let claims = server_jwt::claims(expect, performed).unwrap_or_default();
        Self { performed, values, id_token, claims }
    }

    /// How the hash differs from that of the value that came with it, or `None` if either is
    /// absent.
    fn wrong_hash(&self, name: &str) -> Option<String> {
        let claim = self.claims.get(name)?;
        let (_, hashed) = HASHES.iter().find(|(claim, _)| *claim == name)?;
        let beside = answer_members::value(self.performed, hashed);
        let beside = beside.and_then(|value| value.as_str().map(str::to_owned));
        // The code that was redeemed is in the request.
        let redeemed = || self.values.get(Placeholder::Code);
        let redeemed = || redeemed().filter(|_| self.performed.kind == StepKind::Token);
        let value = beside.or_else(|| redeemed().filter(|_| *hashed == CODE))?;
        let right = jwt::half_hash(self.id_token.as_deref()?, &value)?;
        (*claim != right).then(|| match claim {
            Value::String(_) => format!("{name} of something else"),
            _ => format!("{name} is no text"),
        })
    }

    /// How the claim differs from that of the first ID token.
    fn not_kept(&self, name: &str) -> Option<String> {
        let first = self.first_claims();
        let (was, is) = (first.get(name), self.claims.get(name));
        let same = match (was, is) {
            (Some(was), Some(is)) => values_of(was) == values_of(is),
            (was, is) => was == is,
        };
        (!same).then(|| match (was, is) {
            (_, None) => format!("no claim {name}"),
            (None, _) => format!("there is a claim {name}"),
            _ => format!("another {name}"),
        })
    }

    fn not_newer(&self, name: &str) -> Option<String> {
        let first = self.first_claims();
        let number = |claims: &Map<String, Value>| claims.get(name).and_then(Value::as_f64);
        let is_newer = number(&first).zip(number(&self.claims)).is_some_and(|(was, is)| is > was);
        (!is_newer).then(|| format!("claim {name} is no later"))
    }

    fn not_near(&self, name: &str, by: u32) -> Option<String> {
        let claim = self.claims.get(name)?;
        let Some(time) = claim.as_f64() else { return Some(format!("claim {name} is no number")) };
        let date = self.performed.answer().and_then(|answer| answer.header("date"));
        let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
        let date = date.and_then(|date| date.duration_since(UNIX_EPOCH).ok());
        let clocks = [Some(self.performed.at), date.map(|date| date.as_secs())];
        let is_near = |clock: u64| {
            #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
            let distance = (time - clock as f64).abs();
            distance <= f64::from(by)
        };
        let near = clocks.into_iter().flatten().any(is_near);
        (!near).then(|| format!("claim {name} is another time"))
    }

    fn not_as_first(&self, name: &str) -> Option<String> {
        let first = match self.performed.kind {
            StepKind::Metadata | StepKind::OpenidMetadata => self.values.first_metadata()?,
            _ => self.values.first_userinfo()?,
        };
        let was = first.get(name).filter(|value| !value.is_null())?;
        match answer_members::value(self.performed, name) {
            Some(is) if is == *was => None,
            Some(_) => Some(format!("another {name}")),
            None => Some(format!("no {name}")),
        }
    }

    fn first_claims(&self) -> Map<String, Value> {
        self.values.first_id_token().and_then(jwt::claims).unwrap_or_default()
    }
}

/// The values of a claim, single or a list, in any order.
fn values_of(value: &Value) -> Vec<String> {
    let mut values: Vec<_> = match value {
        Value::Array(values) => values.iter().map(ToString::to_string).collect(),
        value => vec![value.to_string()],
    };
    values.sort_unstable();
    values
}
