//! Judging: from a transcript to a verdict, without any I/O.

use serde_json::Value;

use super::control::{Standing, looks_misconfigured};
use super::plan::Plan;
use super::seen::{describe, param, sent};
use super::transcript::{Outcome, Performed, Transcript};
use super::values::Values;
use super::verdict::{Finding, Judged};
use super::way;
use crate::agent::Landing;
use crate::oauth::names::ID_TOKEN;
use crate::oauth::{AuthorizationResponse, jwt};
use crate::suite::{
    AnyOf, Case, Expect, Invariant, LandingKind, Member, Placeholder, Status, Step, Template,
};

/// What is to be said of a case, given how the unchanged flow went and what was seen.
pub fn judge(
    plan: &Plan,
    case: &Case,
    control: &Standing,
    transcript: &Transcript,
    values: &Values,
) -> Judged {
    if let Standing::Blocked { why, .. } = control {
        return Judged::inconclusive(format!("the valid flow could not be tried {why}"));
    }
    if let Some((step, blocked)) = transcript.blocked() {
        return match control {
            // What stood in the way then is why nothing was learned that would help now.
            Standing::Refused { why, misconfigured } => no_control(why, *misconfigured),
            _ => Judged::inconclusive(format!("at {}: {blocked}", step.label)),
        };
    }
    let judged = Court { plan, values }.case(case, transcript);
    match control {
        Standing::Refused { why, misconfigured } => {
            without_control(case, transcript, values, judged, why, *misconfigured)
        }
        _ => judged,
    }
}

/// What a judgement is worth where the unchanged flow was refused: that something was granted needs
/// no control, that it was refused does.
fn without_control(
    case: &Case,
    transcript: &Transcript,
    values: &Values,
    judged: Judged,
    why: &str,
    misconfigured: bool,
) -> Judged {
    let misconfigured =
        misconfigured || transcript.steps.iter().any(|step| looks_misconfigured(&step.outcome));
    if expects_success(case) && !misconfigured {
        return judged;
    }
    let grants = |finding: &Finding| {
        let step = transcript.steps.iter().find(|step| step.label == finding.step);
        !finding.refused && step.is_some_and(|step| step.outcome.is_grant())
    };
    let granted = judged.findings.iter().any(grants);
    // A client that is not for codes has no valid flow of ours; but an error that reaches its
    // redirect URI shows that the server knows both.
    let told = !values.client.uses_codes()
        && transcript.steps.iter().all(|step| {
            matches!(step.outcome, Outcome::Landed(Landing::Callback(_)))
                && step.outcome.is_refusal()
        });
    if (granted || told) && !expects_success(case) {
        return judged;
    }
    no_control(why, misconfigured)
}

fn no_control(why: &str, misconfigured: bool) -> Judged {
    let hint = if misconfigured { HINT } else { "" };
    Judged::inconclusive(format!(
        "the valid flow does not work for this client, so a refusal would prove nothing: {why}{hint}"
    ))
}

/// Where to look when nothing works.
const HINT: &str = "; are the client's id, secret and redirect URI, the user's password and the \
                    endpoints in the target file right?";

/// Whether all that is expected could only be seen where the server said yes.
fn expects_success(case: &Case) -> bool {
    case.steps.iter().filter_map(|step| step.expect.as_ref()).all(is_success)
}

fn is_success(expect: &AnyOf<Expect>) -> bool {
    expect.iter().all(Expect::is_success)
}

/// Whether it is first of all a refusal that is expected, by its error or by its status.
fn expects_refusal(expect: &Expect) -> bool {
    let refuses = |status: &AnyOf<Status>| status.iter().all(|status| status.0 >= 400);
    expect.error.is_some() || expect.status.as_ref().is_some_and(refuses)
}

struct Court<'a> {
    plan: &'a Plan,
    values: &'a Values,
}

impl Court<'_> {
    fn case(&self, case: &Case, transcript: &Transcript) -> Judged {
        let mut findings = Vec::new();
        for (index, step) in case.steps.iter().enumerate() {
            let Some(expect) = &step.expect else { continue };
            let performed = transcript.steps.get(index);
            match performed.map(|it| &it.outcome) {
                None | Some(Outcome::NotReached(_)) => {
                    match self.not_reached(case, transcript, index, expect) {
                        Some(verdict) if findings.is_empty() => return verdict,
                        // What was seen before is what ended the flow.
                        _ => break,
                    }
                }
                Some(_) if performed.is_some_and(|it| hides_headers(expect, it)) => {
                    let why = format!("at {}: the browser tells no header fields", step.label);
                    return Judged::inconclusive(why);
                }
                Some(_) => findings.extend(performed.and_then(|it| self.step(step, expect, it))),
            }
        }
        Judged::of(findings)
    }

    /// What is to be said where the flow ended before the step that is judged; nothing where the
    /// server refused the changed request earlier than it had to.
    fn not_reached(
        &self,
        case: &Case,
        transcript: &Transcript,
        index: usize,
        expect: &AnyOf<Expect>,
    ) -> Option<Judged> {
        let performed: Vec<_> = transcript.steps[..index.min(transcript.steps.len())]
            .iter()
            .filter(|step| !matches!(step.outcome, Outcome::NotReached(_)))
            .collect();
        let Some(last) = performed.last() else {
            return Some(Judged::inconclusive("no step could be taken"));
        };
        let missing = transcript.steps.iter().find_map(|step| match &step.outcome {
            Outcome::NotReached(why) => Some(why.as_str()),
            _ => None,
        });
        if !performed.iter().any(|step| step.changed) {
            let missing = missing.unwrap_or("the flow ended");
            let seen = describe(last);
            let why = format!("{missing}, though nothing was changed at {}: {seen}", last.label);
            return Some(Judged::inconclusive(why));
        }
        if is_success(expect) {
            let step = case.steps.iter().find(|step| step.label == last.label)?;
            let finding = self.finding(step, last, expect.to_string(), describe(last), false);
            return Some(Judged::of(vec![finding]));
        }
        // Where no token came, nothing can be said of its claims.
        let looks_inside = expect.iter().all(|expect| !expect.claim.is_empty());
        if last.outcome.is_refusal() && !looks_inside {
            return None;
        }
        let why = format!("neither granted nor refused at {}: {}", last.label, describe(last));
        Some(Judged::inconclusive(why))
    }

    /// What is wrong at a step: one finding at the most, about the alternative that came nearest.
    fn step(&self, step: &Step, expect: &AnyOf<Expect>, performed: &Performed) -> Option<Finding> {
        let mut nearest: Option<(bool, &Expect, Vec<Mismatch>)> = None;
        for alternative in expect.iter() {
            let found = mismatches(alternative, performed, self.values);
            if found.is_empty() {
                return None;
            }
            let refused = expects_refusal(alternative)
                && performed.outcome.is_refusal()
                && found.iter().all(|mismatch| mismatch.of_refusal);
            if nearest.as_ref().is_none_or(|(known, ..)| refused && !known) {
                nearest = Some((refused, alternative, found));
            }
        }
        let (refused, alternative, mut found) = nearest?;
        let only = found.len() == 1 && expect.iter().len() == 1;
        let Mismatch { expected, actual, .. } = found.swap_remove(0);
        let expected = match (only, refused) {
            (true, _) => expected,
            (false, true) => alternative.to_string(),
            (false, false) => expect.to_string(),
        };
        Some(self.finding(step, performed, expected, actual, refused))
    }

    fn finding(
        &self,
        step: &Step,
        performed: &Performed,
        expected: String,
        actual: String,
        refused: bool,
    ) -> Finding {
        let (cite, level, _) = self.plan.law();
        let sent = sent(performed.request.as_ref(), step);
        let step = performed.label.clone();
        Finding { cite: cite.clone(), level, expected, actual, sent, step, refused }
    }
}

/// What an invariant has to say of one step: nothing where it does not apply.
pub(super) fn invariant(
    plan: &Plan,
    invariant: &Invariant,
    performed: &Performed,
    values: &Values,
) -> Option<Vec<Finding>> {
    let applies = performed.kind == invariant.kind
        && mismatches(&invariant.whenever, performed, values).is_empty();
    let is_over = matches!(performed.outcome, Outcome::Blocked(_) | Outcome::NotReached(_));
    if !applies || is_over || hides_headers(&invariant.then, performed) {
        return None;
    }
    let step =
        Step { label: performed.label.clone(), kind: performed.kind, change: None, expect: None };
    let court = Court { plan, values };
    Some(court.step(&step, &invariant.then, performed).into_iter().collect())
}

/// Whether header fields are expected of a visit by a browser that tells nothing of them.
fn hides_headers(expect: &AnyOf<Expect>, performed: &Performed) -> bool {
    let asks = |expect: &Expect| !expect.header.is_empty() || !expect.lacks_header.is_empty();
    expect.any(asks) && performed.answer().is_none()
}

/// One word of an expectation that does not hold.
struct Mismatch {
    expected: String,
    actual: String,
    /// Whether it is only about the manner of a refusal: its status, error or place.
    of_refusal: bool,
}

fn mismatches(expect: &Expect, performed: &Performed, values: &Values) -> Vec<Mismatch> {
    let seen = Seen { performed, values };
    let mut found = Vec::new();
    let mut add = |expected: String, actual: String, of_refusal: bool| {
        found.push(Mismatch { expected, actual, of_refusal });
    };
    let whole = || describe(performed);
    let status = expect.status.as_ref();
    let right_status = status.is_none_or(|wanted| wanted.any(|it| Some(it.0) == seen.status()));
    if !seen.landing(expect) || !right_status || !seen.error(expect) {
        add(expect.to_string(), whole(), true);
    }
    let on_the_way = way::mismatches(expect, performed, values);
    let told = seen.delivery(expect).into_iter().chain(seen.race(expect)).chain(on_the_way);
    for (expected, actual) in told {
        add(expected, actual, false);
    }
    for member in expect.has.iter().filter(|member| !seen.has(member)) {
        add(format!("with {member}"), seen.member(member).unwrap_or_else(whole), false);
    }
    for member in expect.lacks.iter().filter(|member| seen.has(member)) {
        add(format!("without {member}"), seen.member(member).unwrap_or_else(whole), false);
    }
    for name in expect.once.iter().filter(|name| seen.times(name) > 1) {
        add(format!("{name} once"), format!("{name} {} times", seen.times(name)), false);
    }
    for (name, wanted) in &expect.param {
        let value = param(&performed.outcome, name);
        if !seen.matches(wanted, name, |wanted| value.as_ref().is_some_and(|it| is(it, wanted))) {
            add(format!("{name}={wanted}"), whole(), false);
        }
    }
    for (name, unwanted) in &expect.other {
        let value = param(&performed.outcome, name);
        let is_other = |value: &Value| !seen.matches(unwanted, name, |it| is(value, it));
        if !value.as_ref().is_some_and(is_other) {
            add(format!("{name} other than {unwanted}"), whole(), false);
        }
    }
    for (name, wanted) in &expect.header {
        if !seen.matches(wanted, name, |wanted| seen.header(name, wanted)) {
            add(format!("{name}: {wanted}"), seen.header_text(name), false);
        }
    }
    for name in expect.lacks_header.iter().filter(|name| seen.has_header(name)) {
        add(format!("without {name}"), seen.header_text(name), false);
    }
    for (name, wanted) in &expect.claim {
        let value = seen.claim(name);
        if !seen.matches(wanted, name, |wanted| value.as_ref().is_some_and(|it| is(it, wanted))) {
            let actual =
                value.map_or("no such claim".to_owned(), |it| format!("claim {name}={it}"));
            add(format!("claim {name}={wanted}"), actual, false);
        }
    }
    found
}

struct Seen<'a> {
    performed: &'a Performed,
    values: &'a Values,
}

impl Seen<'_> {
    fn status(&self) -> Option<u16> {
        match &self.performed.outcome {
            Outcome::Answered(answer) => Some(answer.status),
            _ => None,
        }
    }

    fn landing(&self, expect: &Expect) -> bool {
        let kind = match &self.performed.outcome {
            Outcome::Landed(Landing::Callback(_)) => LandingKind::Callback,
            Outcome::Landed(Landing::ErrorPage { .. }) => LandingKind::ErrorPage,
            Outcome::Landed(Landing::Elsewhere(_)) => LandingKind::Elsewhere,
            _ => return true,
        };
        match &expect.landing {
            Some(wanted) => wanted.any(|wanted| *wanted == kind),
            // Parameters reach a redirect URI, or they reach nobody.
            None => kind == LandingKind::Callback,
        }
    }

    /// What reached a redirect URI.
    fn response(&self) -> Option<&AuthorizationResponse> {
        match &self.performed.outcome {
            Outcome::Landed(Landing::Callback(response) | Landing::Elsewhere(response)) => {
                Some(response)
            }
            _ => None,
        }
    }

    /// What is wrong with the place that the response went to, and with its mode, where there was
    /// one; what was wanted and what was seen.
    fn delivery(&self, expect: &Expect) -> Vec<(String, String)> {
        let (mut wrong, whole) = (Vec::new(), || describe(self.performed));
        let Some(AuthorizationResponse { uri, mode, .. }) = self.response() else { return wrong };
        if let Some(wanted) = expect.at.as_ref().filter(|wanted| !self.at(wanted)) {
            wrong.push((format!("at {wanted}"), format!("at {uri}, {}", whole())));
        }
        if let Some(wanted) = expect.mode.as_ref().filter(|it| !it.any(|wanted| wanted == mode)) {
            wrong.push((format!("by {wanted}"), format!("by {mode}, {}", whole())));
        }
        wrong
    }

    /// What is wrong with what requests that were sent at once were given.
    fn race(&self, expect: &Expect) -> Option<(String, String)> {
        let race = self.performed.race?;
        let over = |most: Option<usize>, count| most.is_some_and(|most| count > most);
        let wrong =
            over(expect.granted_at_most, race.granted) || over(expect.alive_at_most, race.alive);
        wrong.then(|| (expect.to_string(), race.to_string()))
    }

    /// Whether the response went there, where there was one.
    fn at(&self, wanted: &AnyOf<Template>) -> bool {
        let went = |response: &AuthorizationResponse, wanted: &Template| {
            self.values.fill(wanted).is_some_and(|uri| response.went_to(&uri))
        };
        self.response().is_none_or(|response| wanted.any(|wanted| went(response, wanted)))
    }

    /// Whether the error is one that is wanted; an error page shows none to the client.
    fn error(&self, expect: &Expect) -> bool {
        let Some(wanted) = &expect.error else { return true };
        if let Outcome::Landed(Landing::ErrorPage { .. }) = &self.performed.outcome {
            return true;
        }
        let refused = self.performed.outcome.is_refusal();
        let error = self.performed.outcome.error();
        refused && error.is_some_and(|error| wanted.any(|wanted| *wanted == error))
    }

    fn has(&self, member: &Member) -> bool {
        let Some(value) = param(&self.performed.outcome, &member.name) else { return false };
        match (&member.value, &value) {
            (None, _) => true,
            // A scope is a list too, of words (RFC6749 §3.3).
            (Some(wanted), Value::String(text)) => {
                text == wanted || text.split(' ').any(|word| word == wanted)
            }
            (Some(wanted), value) => is(value, wanted),
        }
    }

    /// How often the parameter stands in an authorization response; JSON has no member twice.
    fn times(&self, name: &str) -> usize {
        match &self.performed.outcome {
            Outcome::Landed(Landing::Callback(response) | Landing::Elsewhere(response)) => {
                response.params.all(name).count()
            }
            _ => 0,
        }
    }

    /// What the parameter holds, where only one of its values is meant.
    fn member(&self, member: &Member) -> Option<String> {
        member.value.as_ref()?;
        let value = param(&self.performed.outcome, &member.name);
        Some(
            value.map_or(format!("no {}", member.name), |value| format!("{}={value}", member.name)),
        )
    }

    fn header(&self, name: &str, wanted: &str) -> bool {
        let Some(answer) = self.performed.answer() else { return false };
        answer.headers(&name.to_ascii_lowercase()).any(|value| {
            value.eq_ignore_ascii_case(wanted)
                || value.split(',').any(|element| {
                    let word = element.trim().split([' ', ';']).next().unwrap_or_default();
                    word.eq_ignore_ascii_case(wanted)
                })
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
            values => format!("{} {name}: {}", answer.status, values.join(", ")),
        }
    }

    fn claim(&self, name: &str) -> Option<Value> {
        let token = param(&self.performed.outcome, ID_TOKEN)?;
        jwt::claims(token.as_str()?)?.get(name).cloned()
    }

    /// Whether any of the wanted values fits; one that the request did not have asks for nothing.
    fn matches(&self, wanted: &AnyOf<Template>, name: &str, fits: impl Fn(&str) -> bool) -> bool {
        wanted.any(|template| {
            let value = template.fill(|placeholder| match placeholder {
                Placeholder::Sent => {
                    let request = self.performed.request.as_ref()?;
                    let mut all = request.query.all(name).chain(request.body.all(name));
                    // Of one that was sent twice nobody can say which is the right one.
                    let sent = all.next().filter(|_| all.next().is_none())?;
                    (!sent.is_empty()).then(|| sent.to_owned())
                }
                other => self.values.get(other),
            });
            value.is_none_or(|value| fits(&value))
        })
    }
}

fn is(value: &Value, wanted: &str) -> bool {
    match value {
        Value::String(text) => text == wanted,
        Value::Array(values) => values.iter().any(|value| is(value, wanted)),
        Value::Bool(flag) => wanted.parse() == Ok(*flag),
        Value::Number(number) => number.to_string().as_str() == wanted,
        Value::Null | Value::Object(_) => false,
    }
}
