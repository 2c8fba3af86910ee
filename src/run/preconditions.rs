//! What must be present for an expectation to be checked. If the thing that it is about is absent,
//! the expectation is neither met nor broken.

use super::answer_members;
use super::server_jwt;
use super::step;
use super::transcript::{Outcome, Performed};
use super::values::Values;
use crate::oauth::jwt;
use crate::suite::{Expect, KeyRule, StepKind};

/// Why the expectation cannot be decided, although everything seen matches it.
pub(super) fn lacking(expect: &Expect, performed: &Performed, values: &Values) -> Option<String> {
    let of_claims = !expect.claim.is_empty()
        || !expect.claims.is_empty()
        || !expect.lacks_claims.is_empty()
        || !expect.typed_claims.is_empty()
        || !expect.single.is_empty()
        || !expect.longest.is_empty()
        || !expect.lacks_jose.is_empty()
        || !expect.jose.is_empty()
        || !expect.events.is_empty()
        || !expect.kept.is_empty() && performed.kind == StepKind::Backchannel
        || !expect.other_claim.is_empty()
        || expect.unexpired.is_some();
    let jwt = expect.jwt.unwrap_or_default();
    if of_claims && server_jwt::token(expect, performed).is_none() {
        let why = match performed.kind {
            StepKind::Backchannel => "no logout token arrived".to_owned(),
            _ => format!("no {jwt} was issued"),
        };
        return Some(format!("{why}, so its claims cannot be checked"));
    }
    if performed.kind == StepKind::Jwks
        && let Some(why) = values.not_rotated()
    {
        return Some(why.to_owned());
    }
    if expect.verifies_first.is_some() {
        let first = values.first_id_token().filter(|token| values.was_signed(token));
        if first.is_none() {
            let why = "none of the keys that were published at first has signed the first ID token";
            return Some(why.to_owned());
        }
    }
    let of_key = expect.names_key.is_some() || expect.keys.contains(&KeyRule::Signs);
    if expect.verifies.is_some() || of_key {
        let Some(token) = server_jwt::newest(expect, values) else {
            return Some(format!("no {jwt} was issued, so its key cannot be checked"));
        };
        if let Some(algorithm) = jwt::unknown_algorithm(&token) {
            return Some(format!("authspec cannot check signatures of the algorithm {algorithm}"));
        }
    }
    if let Some(why) = cut(expect, performed) {
        return Some(why);
    }
    let mut measured = expect.at_most.keys().chain(expect.bits.keys());
    let unknown = measured.find(|name| answer_members::found(performed, name).is_empty());
    unknown.map(|name| format!("there is no {name}, so it cannot be checked"))
}

/// Whether the answer holds anything that the expectation is about: absent members trivially have
/// the right type and occur once.
pub(super) fn is_about(expect: &Expect, performed: &Performed) -> bool {
    let rest = Expect {
        typed: Vec::new(),
        once: Vec::new(),
        ascii: Vec::new(),
        formed: Vec::new(),
        as_known: Vec::new(),
        ..expect.clone()
    };
    let of_members = expect.typed.iter().chain(&expect.once).chain(&expect.ascii);
    let mut names = of_members.chain(&expect.formed).chain(&expect.as_known);
    !rest.is_empty() || names.any(|name| !performed.outcome.all(name).is_empty())
}

/// The reason if the answer was too long to read in full.
fn cut(expect: &Expect, performed: &Performed) -> Option<String> {
    let Outcome::Answered(answer) = &performed.outcome else { return None };
    let looks_inside = expect.verifies.is_some()
        || expect.verifies_first.is_some()
        || expect.private_keys.is_some()
        || expect.names_key.is_some()
        || !expect.keys.is_empty()
        || !expect.tells.is_empty()
        || !expect.as_known.is_empty()
        || !expect.formed.is_empty()
        || expect.nulls.is_some()
        || !expect.has.is_empty()
        || !expect.lacks.is_empty()
        || !expect.param.is_empty()
        || !expect.typed.is_empty()
        || expect.empty_lists.is_some();
    answer.unread().filter(|_| looks_inside).map(str::to_owned)
}

/// Whether a success is expected and the answer has a success status, but none of the content of a
/// success.
pub(super) fn is_empty_success(expect: &Expect, performed: &Performed) -> bool {
    expect.is_success() && is_no_answer(performed)
}

/// Whether the status is a success, but the content of a granted request is missing.
pub(super) fn is_no_answer(performed: &Performed) -> bool {
    let Outcome::Answered(answer) = &performed.outcome else { return false };
    (200..300).contains(&answer.status) && !step::answers(performed.kind, answer)
}
