//! Compares what was seen with what is expected, word by word.

use std::collections::BTreeSet;
use std::fmt;

use http_auth::{ParamValue, parse_challenges};
use serde_json::Value;

use super::answer_members::{self, is};
use super::claim_checks;
use super::consistency;
use super::key_set;
use super::mismatch::Mismatch;
use super::objects;
use super::seen::{describe, named, pair};
use super::served;
use super::server_jwt;
use super::transcript::{Outcome, Performed};
use super::values::Values;
use super::visit_checks;
use crate::agent::Landing;
use crate::oauth::entropy::most_bits_of;
use crate::oauth::member::{self, Kind};
use crate::oauth::names::{CODE, ISS};
use crate::oauth::{AuthorizationResponse, grammar, jwt};
use crate::suite::{AnyOf, Expect, LandingKind, Member, Placeholder, StepKind, Template};
use crate::wire::{Answer, escaped, quoted};

/// Everything expected at a step that does not hold.
pub(super) fn mismatches(expect: &Expect, performed: &Performed, values: &Values) -> Vec<Mismatch> {
    let seen = Seen { performed, values };
    let mut found = Vec::new();
    let status = expect.status.as_ref();
    let right_status = status.is_none_or(|wanted| wanted.any(|it| Some(it.0) == seen.status()));
    if !seen.landing(expect) || !right_status || !seen.error(expect) {
        // What is not said of the landing goes without saying, unless it is what does not hold.
        let is_elsewhere = expect.landing.is_none() && !seen.landing(expect);
        let where_to = if is_elsewhere { "landing on callback, " } else { "" };
        let (expected, actual) = (format!("{where_to}{expect}"), describe(performed));
        found.push(Mismatch { expected, actual, of_refusal: true });
    }
    let others = seen
        .delivery(expect)
        .into_iter()
        .chain(seen.race(expect))
        .chain(visit_checks::mismatches(expect, performed, values))
        .chain(seen.parameters(expect))
        .chain(seen.fields(expect))
        .chain(claim_checks::of_encryption(expect, performed, values))
        .chain(seen.claims(expect))
        .chain(seen.texts(expect))
        .chain(seen.sizes(expect))
        .chain(seen.challenge(expect))
        .chain(seen.id_token(expect))
        .chain(served::mismatches(expect, performed, values))
        .chain(consistency::mismatches(expect, performed, values))
        .chain(claim_checks::mismatches(expect, performed, values))
        .chain(key_set::mismatches(expect, performed, values));
    found.extend(others);
    found
}

struct Seen<'a> {
    performed: &'a Performed,
    values: &'a Values,
}

impl Seen<'_> {
    /// What is wrong with the parameters.
    fn parameters(&self, expect: &Expect) -> Vec<Mismatch> {
        let mut found = Vec::new();
        let whole = || describe(self.performed);
        for member in expect.has.iter().filter(|it| !answer_members::has(self.performed, it)) {
            let seen = self.member(member).unwrap_or_else(whole);
            found.push(Mismatch::new(format!("with {member}"), seen));
        }
        for member in expect.lacks.iter().filter(|it| answer_members::shows(self.performed, it)) {
            let seen = self.member(member).unwrap_or_else(whole);
            found.push(Mismatch::new(format!("without {member}"), seen));
        }
        for name in expect.once.iter().filter(|name| self.times(name) > 1) {
            found.push(Mismatch::new(
                format!("{name} once"),
                format!("{name} {} times", self.times(name)),
            ));
        }
        for name in &expect.typed {
            found.extend(self.types(name));
        }
        let value = |name: &str| answer_members::value(self.performed, name);
        for (name, wanted) in &expect.param {
            let right = |it: &Value| answer_members::is_right(self.performed, name, it);
            let values = answer_members::found(self.performed, name);
            let fits = |wanted: &str| {
                !values.is_empty() && values.iter().all(|it| right(it) && is(it, wanted))
            };
            if !self.matches(wanted, name, fits) {
                found.push(Mismatch::new(format!("{name}={wanted}"), whole()));
            }
        }
        for (name, unwanted) in &expect.other {
            let is_other = |value: &Value| !self.matches(unwanted, name, |it| is(value, it));
            if !value(name).as_ref().is_some_and(is_other) {
                found.push(Mismatch::new(format!("{name} other than {unwanted}"), whole()));
            }
        }
        found
    }

    /// What is wrong with the format of values.
    fn texts(&self, expect: &Expect) -> Vec<Mismatch> {
        let mut found = Vec::new();
        let text =
            |name: &str| Some(answer_members::value(self.performed, name)?.as_str()?.to_owned());
        for name in &expect.ascii {
            let is_fit = |c: char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
            if let Some(value) = text(name).filter(|value| !value.chars().all(is_fit)) {
                found.push(Mismatch::new(
                    format!("{name} in plain characters"),
                    pair(name, &escaped(&value)),
                ));
            }
        }
        for (name, bits) in &expect.bits {
            let Some(value) = text(name) else { continue };
            let all: Vec<_> = self.values.samples(name).chain([value.as_str()]).collect();
            if self.values.of_another(name).any(|it| it == value) {
                let seen = format!("another client was given the same {name}");
                found.push(Mismatch::new(format!("{bits} bits in {name}"), seen));
                continue;
            }
            // A token may be returned again while it is valid; a code is for one use.
            let is_same = name == CODE && all.iter().collect::<BTreeSet<_>>().len() < all.len();
            let most = if is_same { 0.0 } else { most_bits_of(&all) };
            if most < f64::from(*bits) {
                let seen = format!("{name} has {most:.0} bits at the most");
                found.push(Mismatch::new(format!("{bits} bits in {name}"), seen));
            }
        }
        found
    }

    /// What is wrong with sizes and numbers.
    fn sizes(&self, expect: &Expect) -> Vec<Mismatch> {
        let mut found = Vec::new();
        for (name, most) in &expect.at_most {
            // Some servers write numbers as text, and parameters of a redirect are always text.
            let number = |value: &Value| match value {
                Value::String(text) => text.parse().ok(),
                value => value.as_f64(),
            };
            let fits = |value: &Value| {
                number(value).is_some_and(|it: f64| it >= 0.0 && it <= f64::from(*most))
            };
            let values = answer_members::found(self.performed, name);
            if let Some(value) = values.iter().find(|value| !fits(value)) {
                found.push(Mismatch::new(
                    format!("{name} of {most} at the most"),
                    pair(name, &value.to_string()),
                ));
            }
        }
        if let (Some(wanted), Some(answer)) = (expect.empty_lists, self.performed.answer()) {
            let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
            let json = answer.json().unwrap_or_default();
            let empty = json.iter().filter(|(_, value)| is_empty(value));
            let empty: Vec<_> = empty.map(|(name, _)| named(name)).collect();
            if empty.is_empty() == wanted {
                let seen = if empty.is_empty() { "none".to_owned() } else { empty.join(", ") };
                found.push(Mismatch::new(format!("lists without elements: {wanted}"), seen));
            }
        }
        found
    }

    /// What is wrong with the challenge in the `WWW-Authenticate` field.
    fn challenge(&self, expect: &Expect) -> Vec<Mismatch> {
        const FIELD: &str = "www-authenticate";
        let mut found = Vec::new();
        let fields: Vec<_> = self
            .performed
            .answer()
            .iter()
            .flat_map(|it| it.headers(FIELD))
            .map(str::to_owned)
            .collect();
        let told = |name: &str| {
            let challenges = fields.iter().filter_map(|field| parse_challenges(field).ok());
            let params = challenges.flatten().flat_map(|challenge| challenge.params);
            let named = |(key, value): (&str, ParamValue<'_>)| {
                key.eq_ignore_ascii_case(name).then(|| value.to_unescaped())
            };
            params.filter_map(named).collect::<Vec<_>>()
        };
        for (name, wanted) in &expect.challenge {
            let fits = |wanted: &str| told(name).iter().any(|value| value == wanted);
            if !self.matches(wanted, name, fits) {
                found.push(Mismatch::new(
                    format!("challenge {name}={wanted}"),
                    self.header_text(FIELD),
                ));
            }
        }
        for name in expect.has_challenge.iter().filter(|name| told(name).is_empty()) {
            found.push(Mismatch::new(format!("challenge with {name}"), self.header_text(FIELD)));
        }
        for name in expect.lacks_challenge.iter().filter(|name| !told(name).is_empty()) {
            found.push(Mismatch::new(format!("challenge without {name}"), self.header_text(FIELD)));
        }
        found
    }

    /// What is wrong with the ID token as a whole.
    fn id_token(&self, expect: &Expect) -> Option<Mismatch> {
        let values = self.values;
        let first = || Some(values.first_id_token().filter(|it| values.was_signed(it))?.to_owned());
        let newest = || server_jwt::newest(expect, values);
        let jwt = expect.jwt.unwrap_or_default();
        self.signed(expect, (expect.verifies_first, &"the first ID token"), first)
            .or_else(|| self.signed(expect, (expect.verifies, &jwt), newest))
            .or_else(|| self.expired(expect))
    }

    /// Whether a published key has signed the token against expectation. A key set that was not read in full proves
    /// nothing, nor does an algorithm that is not known here (see `preconditions`).
    fn signed(
        &self,
        expect: &Expect,
        (wanted, name): (Option<bool>, &dyn fmt::Display),
        token: impl FnOnce() -> Option<String>,
    ) -> Option<Mismatch> {
        let (wanted, keys, token) = (wanted?, self.performed.answer()?, token()?);
        if keys.is_cut() || jwt::unknown_algorithm(&token).is_some() {
            return None;
        }
        let is_signed = jwt::is_signed_by(&token, &keys.body, &self.values.client.secret);
        let seen = format!("{name} signed by one of these keys: {is_signed}");
        (is_signed != wanted).then(|| Mismatch::new(expect.to_string(), seen))
    }

    /// Whether the ID token has expired against expectation.
    fn expired(&self, expect: &Expect) -> Option<Mismatch> {
        let wanted = expect.unexpired?;
        let expires = server_jwt::claim(expect, self.performed, "exp")
            .and_then(|exp| exp.as_u64())
            .unwrap_or_default();
        // By the server's clock, as the local one may be wrong.
        let now = self.performed.answer().and_then(Answer::date).unwrap_or(self.performed.at);
        let seen = format!("it expires at {expires}, and it was {now}");
        ((expires > now) != wanted).then(|| Mismatch::new(expect.to_string(), seen))
    }

    /// What is wrong with the header fields.
    fn fields(&self, expect: &Expect) -> Vec<Mismatch> {
        let mut found = Vec::new();
        for (name, wanted) in &expect.header {
            let name = &name.to_ascii_lowercase();
            let holds = |wanted: &str| {
                self.performed.answer().is_some_and(|answer| answer.field_holds(name, wanted))
            };
            if !self.matches(wanted, name, holds) {
                found.push(Mismatch::new(format!("{name}: {wanted}"), self.header_text(name)));
            }
        }
        for name in expect.lacks_header.iter().filter(|name| self.has_header(name)) {
            found.push(Mismatch::new(format!("without {name}"), self.header_text(name)));
        }
        found
    }

    /// What is wrong with the claims of the ID token.
    fn claims(&self, expect: &Expect) -> Vec<Mismatch> {
        let mut found = Vec::new();
        let claim = |name: &str| server_jwt::claim(expect, self.performed, name);
        for name in expect.claims.iter().filter(|name| claim(name).is_none()) {
            found.push(Mismatch::new(format!("with the claim {name}"), "no such claim".to_owned()));
        }
        for name in expect.lacks_claims.iter().filter(|name| claim(name).is_some()) {
            found.push(Mismatch::new(
                format!("without the claim {name}"),
                "there is one".to_owned(),
            ));
        }
        for (name, unwanted) in &expect.other_claim {
            let value = claim(name);
            let is_other = |value: &Value| !self.matches(unwanted, name, |it| is(value, it));
            if !value.as_ref().is_some_and(is_other) {
                let none = || "no such claim".to_owned();
                let seen =
                    value.map_or_else(none, |it| format!("claim {}", pair(name, &it.to_string())));
                found.push(Mismatch::new(format!("claim {name} other than {unwanted}"), seen));
            }
        }
        for (name, wanted) in &expect.claim {
            let value = claim(name);
            let fits = |wanted: &str| value.as_ref().is_some_and(|it| is(it, wanted));
            if !self.matches(wanted, name, fits) {
                let none = || "no such claim".to_owned();
                let seen = value
                    .as_ref()
                    .map_or_else(none, |it| format!("claim {}", pair(name, &it.to_string())));
                found.push(Mismatch::new(format!("claim {name}={wanted}"), seen));
            }
        }
        found
    }

    fn status(&self) -> Option<u16> {
        match &self.performed.outcome {
            Outcome::Answered(answer) => Some(answer.status),
            _ => None,
        }
    }

    fn landing(&self, expect: &Expect) -> bool {
        let kind = match &self.performed.outcome {
            Outcome::Landed(Landing::Callback(_)) => LandingKind::Callback,
            Outcome::Landed(Landing::ErrorPage { .. }) => {
                let wants = |it: &AnyOf<LandingKind>| it.any(|it| *it == LandingKind::Page);
                let is_any = expect.landing.as_ref().is_some_and(wants);
                if is_any { LandingKind::Page } else { LandingKind::ErrorPage }
            }
            Outcome::Landed(Landing::Elsewhere(_)) => LandingKind::Elsewhere,
            // There was no visit.
            Outcome::Landed(Landing::PushRefused(_)) => return expect.landing.is_none(),
            _ => return true,
        };
        match &expect.landing {
            Some(wanted) => wanted.any(|wanted| *wanted == kind),
            // Where the visit ends is separate from which page answered the password.
            None if !expect.lacks_redirect.is_empty() => true,
            // Parameters either reach a redirect URI or are not delivered.
            None => kind == LandingKind::Callback,
        }
    }

    /// The response that reached a redirect URI.
    fn response(&self) -> Option<&AuthorizationResponse> {
        match &self.performed.outcome {
            Outcome::Landed(Landing::Callback(response) | Landing::Elsewhere(response)) => {
                Some(response)
            }
            _ => None,
        }
    }

    /// What is wrong with where the response went, and with its mode, if there was a response: what
    /// was expected and what was seen.
    fn delivery(&self, expect: &Expect) -> Vec<Mismatch> {
        let (mut wrong, whole) = (Vec::new(), || describe(self.performed));
        if let (Outcome::Delivered(Some(sent)), Some(wanted)) =
            (&self.performed.outcome, &expect.at)
        {
            let went = AuthorizationResponse::read(&sent.url);
            let is_it =
                |uri: &Template| self.values.fill(uri).is_some_and(|uri| went.went_to(&uri));
            if !wanted.any(is_it) {
                wrong.push(Mismatch::new(format!("at {wanted}"), format!("at {}", sent.url)));
            }
        }
        let is_missed = matches!(self.performed.outcome, Outcome::Delivered(None));
        if self.performed.kind == StepKind::Frontchannel && is_missed {
            let wanted =
                expect.at.iter().map(|wanted| Mismatch::new(format!("at {wanted}"), whole()));
            wrong.extend(wanted);
        }
        let Some(AuthorizationResponse { uri, mode, astray, .. }) = self.response() else {
            return wrong;
        };
        if let Some(wanted) = expect.at.as_ref().filter(|wanted| !self.at(wanted)) {
            wrong.push(Mismatch::new(format!("at {wanted}"), format!("at {uri}, {}", whole())));
        }
        let Some(wanted) = &expect.mode else { return wrong };
        if !wanted.any(|wanted| wanted == mode) {
            wrong.push(Mismatch::new(format!("by {wanted}"), format!("by {mode}, {}", whole())));
        } else if let Some((name, _)) = astray.iter().find(|(name, _)| *name != ISS) {
            let seen = format!("by {mode}, but {name} elsewhere, {}", whole());
            wrong.push(Mismatch::new(format!("by {wanted}"), seen));
        }
        wrong
    }

    /// What is wrong with the results of requests that were sent at the same time.
    fn race(&self, expect: &Expect) -> Option<Mismatch> {
        let race = self.performed.race?;
        let excess = race.excess(expect.granted_at_most, expect.alive_at_most)?;
        Some(Mismatch::new(expect.to_string(), excess))
    }

    /// Whether the response, if there was one, went there.
    fn at(&self, wanted: &AnyOf<Template>) -> bool {
        let went = |response: &AuthorizationResponse, wanted: &Template| {
            self.values.fill(wanted).is_some_and(|uri| response.went_to(&uri))
        };
        self.response().is_none_or(|response| wanted.any(|wanted| went(response, wanted)))
    }

    /// Whether the error is one of those expected. An error page does not pass an error to the
    /// client.
    fn error(&self, expect: &Expect) -> bool {
        let Some(wanted) = &expect.error else { return true };
        if let Outcome::Landed(Landing::ErrorPage { .. }) = &self.performed.outcome {
            return true;
        }
        let refused = self.performed.outcome.is_refusal();
        let error = self.performed.outcome.error();
        refused && error.is_some_and(|error| wanted.any(|wanted| *wanted == error))
    }

    /// How often the parameter occurs in the answer.
    fn times(&self, name: &str) -> usize {
        self.performed.outcome.all(name).len()
    }

    /// What is wrong with the type of the parameter, if it is present.
    fn types(&self, name: &str) -> Option<Mismatch> {
        let values = self.performed.outcome.all(name);
        let kind = member::kind(name)?;
        // An empty claim counts as an absent claim.
        let is_nothing = |value: &Value| matches!(kind, Kind::Claim(_)) && !member::is_there(value);
        let is_right = |value: &Value| answer_members::is_right(self.performed, name, value);
        let wrong = values.iter().find(|value| !is_right(value) && !is_nothing(value))?;
        let kind = kind.name();
        Some(Mismatch::new(format!("{name} is {kind}"), pair(name, &wrong.to_string())))
    }

    /// The value of the parameter, if only one of its values is meant.
    fn member(&self, member: &Member) -> Option<String> {
        member.value.as_ref()?;
        let name = &member.name;
        let left_out = self.performed.outcome.all(name).is_empty();
        Some(match answer_members::value(self.performed, name) {
            Some(value) if left_out => format!("{name} left out, which means {value}"),
            Some(value) => pair(name, &value.to_string()),
            None => format!("no {name}"),
        })
    }

    fn has_header(&self, name: &str) -> bool {
        let Some(answer) = self.performed.answer() else { return false };
        answer.header(&name.to_ascii_lowercase()).is_some()
    }

    fn header_text(&self, name: &str) -> String {
        let Some(answer) = self.performed.answer() else { return String::new() };
        let values: Vec<_> = answer.headers(name).collect();
        match values.as_slice() {
            [] => format!("{} without {name}", answer.status),
            values => format!("{} {name}: {}", answer.status, quoted(&values.join(", "))),
        }
    }

    /// Whether any of the expected values fits. One that the request did not contain requires
    /// nothing.
    fn matches(&self, wanted: &AnyOf<Template>, name: &str, fits: impl Fn(&str) -> bool) -> bool {
        wanted.any(|template| {
            let value = template.fill(|placeholder| match placeholder {
                Placeholder::Sent => {
                    let request = self.performed.request.as_ref()?;
                    let sent = request.query.all(name).chain(request.body.all(name));
                    let pushed = self.performed.pushed.as_ref();
                    // A server that refuses a reference or an object need not know what is in it.
                    let is_unread = pushed.is_some() || self.performed.packed.is_some();
                    if is_unread && self.performed.outcome.is_refusal() {
                        return None;
                    }
                    let in_object =
                        self.performed.packed.as_ref().map(|it| objects::sent(it, name));
                    let all: Vec<_> = match (pushed, &in_object) {
                        (Some(pushed), _) => pushed.all(name).collect(),
                        (None, Some(sent)) => sent.iter().map(String::as_str).collect(),
                        (None, None) => sent.collect(),
                    };
                    let mut all = all.into_iter();
                    // If it was sent twice, there is no telling which one is right.
                    let sent = all.next().filter(|_| all.next().is_none())?;
                    // A value that no client may send need not come back either.
                    (!sent.is_empty() && grammar::allows(name, sent)).then(|| sent.to_owned())
                }
                other => self.values.get(other),
            });
            value.is_none_or(|value| fits(&value))
        })
    }
}
