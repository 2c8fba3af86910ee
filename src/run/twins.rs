//! Twins: what is tried alongside a case, so that its change is the only possible cause of the
//! result.

use crate::oauth::names::{
    CODE, CODE_CHALLENGE, CODE_CHALLENGE_METHOD, CODE_VERIFIER, DPOP, REDIRECT_URI, REFRESH_TOKEN,
};
use crate::suite::{AnyOf, Case, Change, ClientRef, Expect, Step, StepKind, Template};
use crate::target::Client;

/// The case with an additional change.
#[derive(Clone, Debug)]
pub(super) struct Variant {
    /// The case to try instead.
    pub(super) case: Case,
    /// Whether all expectations of the case apply. Otherwise only nothing may be granted, as there
    /// is a second reason to refuse it.
    pub(super) is_whole: bool,
}

/// What must be refused too for the case to pass.
pub(super) fn variants(case: &Case) -> Vec<Variant> {
    let whole = reversed(case).map(|case| Variant { case, is_whole: true });
    let part = without_other_checks(case).into_iter();
    whole.into_iter().chain(part.map(|case| Variant { case, is_whole: false })).collect()
}

/// The case with repeated parameters in the other order: a server may take the first or the last.
fn reversed(case: &Case) -> Option<Case> {
    let mut case = case.clone();
    if case.steps.iter().all(|step| step.kind.is_visit()) {
        // Only the repeating visit is needed.
        case.steps.retain(repeats_another);
    }
    let repeating: Vec<_> = case.steps.iter_mut().filter(|step| repeats_another(step)).collect();
    if repeating.is_empty() {
        return None;
    }
    for change in repeating.into_iter().filter_map(|step| step.change.as_mut()) {
        change.reversed = true;
    }
    Some(case)
}

/// Whether it sends a parameter again with another value.
fn repeats_another(step: &Step) -> bool {
    let repeated = step.change.iter().flat_map(|change| change.repeat.values());
    repeated.flat_map(AnyOf::iter).any(|value| value.to_string() != "[sent]")
}

/// A case in which a code must be refused, without other possible reasons for the refusal: the
/// verifier, its challenge, and the redirect URI of another client's code.
fn without_other_checks(case: &Case) -> Vec<Case> {
    let Some(index) = case.steps.iter().position(refuses_code) else { return Vec::new() };
    let is_foreign = changed(&case.steps[index]).client.is_some();
    let own_uri = |case: &mut Case| {
        // Its value is known if there is another client.
        if let Ok(uri) = "{other.redirect_uri}".parse::<Template>() {
            change(&mut case.steps[index]).set.insert(REDIRECT_URI.to_owned(), uri);
        }
    };
    let mut cases = Vec::new();
    let mut without_verifier = case.clone();
    omit(&mut without_verifier.steps[index], &[CODE_VERIFIER]);
    cases.push(without_verifier);
    // No challenge belongs to a code that was never issued.
    let unbound = unbound(case).filter(|_| !changed(&case.steps[index]).names(CODE));
    if is_foreign {
        for case in [Some(case), unbound.as_ref()].into_iter().flatten() {
            let mut at_theirs = case.clone();
            own_uri(&mut at_theirs);
            cases.push(at_theirs);
        }
    }
    cases.extend(unbound);
    cases
}

/// The case in a flow without a challenge, or `None` if the case is about the challenge.
fn unbound(case: &Case) -> Option<Case> {
    let mut case = case.clone();
    for step in &mut case.steps {
        match step.kind {
            StepKind::Authorize if changed(step).names(CODE_CHALLENGE) => return None,
            StepKind::Authorize => omit(step, &[CODE_CHALLENGE, CODE_CHALLENGE_METHOD]),
            StepKind::Token => omit(step, &[CODE_VERIFIER]),
            _ => {}
        }
    }
    Some(case)
}

/// Whether a code must be refused for what it is or who sends it. Other values that the server
/// stores with the code may then be wrong as well, unlike in a case with just a wrong verifier or
/// redirect URI.
fn refuses_code(step: &Step) -> bool {
    let refuses = |expect: &AnyOf<Expect>| expect.iter().all(|it| it.error.is_some());
    let change = changed(step);
    let mut rest = change.clone();
    (rest.set, rest.omit, rest.client) = Default::default();
    let mut named = change.set.keys().chain(&change.omit);
    let is_replay = step.label != step.kind.name();
    let is_about_code = is_replay || change.client.is_some() || change.names(CODE);
    step.kind == StepKind::Token
        && is_about_code
        && step.expect.as_ref().is_some_and(refuses)
        && rest == Change::default()
        && named.all(|name| name == CODE)
}

/// The case without the event that must not invalidate a token, to see that the token becomes
/// invalid otherwise. `None` if the case does not expect that something stays valid.
pub(super) fn without_event(case: &Case) -> Option<Case> {
    let harm = case.steps.iter().position(|step| {
        step.change.is_some() && (step.kind == StepKind::Revoke || step.label != step.kind.name())
    })?;
    let ends = matches!(case.steps[harm].kind, StepKind::Revoke)
        || case.steps[..harm].iter().any(|it| it.kind == case.steps[harm].kind)
            && case.steps[harm].kind == StepKind::Token;
    let lives = |step: &Step| {
        (matches!(step.kind, StepKind::Refresh | StepKind::Introspect) || step.kind.uses_token())
            && step.change.is_none()
            && step.expect.as_ref().is_some_and(|it| it.iter().all(Expect::is_success))
    };
    let after = case.steps[harm + 1..].iter().position(lives)? + harm + 1;
    if !ends || expects_grant(&case.steps[harm]) {
        return None;
    }
    let mut case = case.clone();
    let change = change(&mut case.steps[harm]);
    if change.client.is_some() || change.auth.is_some() || change.secret.is_some() {
        (change.client, change.auth, change.secret) = (None, None, None);
    } else {
        *change = Change::default();
    }
    if *change == Change::default() {
        case.steps[harm].change = None;
    }
    for (index, step) in case.steps.iter_mut().enumerate() {
        step.expect = step.expect.take().filter(|_| index == after);
    }
    case.steps.truncate(after + 1);
    Some(case)
}

fn expects_grant(step: &Step) -> bool {
    step.expect.as_ref().is_some_and(|it| it.iter().all(Expect::is_success))
}

/// What must be granted for the refusal to mean anything, if the valid flow does not show it, and
/// how it differs from the case.
pub(super) fn granted(case: &Case) -> Option<(Case, &'static str)> {
    let once = once(case).map(|case| (case, "without the second value"));
    once.or_else(|| Some((given(case)?, "without what the case is about")))
        .or_else(|| Some((unchanged(case)?, "without what came before")))
        .or_else(|| Some((proved(case)?, WITH_PROOF)))
}

/// How a case about a proof of possession differs from what must be granted.
pub(super) const WITH_PROOF: &str = "with a right proof";

/// The case with a right proof at the step that must be refused, if it is about the proof there.
fn proved(case: &Case) -> Option<Case> {
    let refuses = |step: &Step| step.expect.as_ref().is_some_and(AnyOf::is_refusal);
    let index = case.steps.iter().rposition(|step| refuses(step) && shows_key(step))?;
    let mut case = case.clone();
    case.steps.truncate(index + 1);
    case.steps.iter_mut().for_each(|step| step.expect = None);
    let change = change(&mut case.steps[index]);
    change.header.remove(DPOP);
    (change.proof, change.proofs) = (Some(Box::default()), None);
    Some(case)
}

/// Whether the step differs in its proof that the client holds a key.
fn shows_key(step: &Step) -> bool {
    let change = changed(step);
    change.proof.is_some() || change.proofs.is_some() || change.header.contains_key(DPOP)
}

/// The case reduced to the circumstances that it is set in.
fn given(case: &Case) -> Option<Case> {
    let refuses = |step: &Step| step.expect.as_ref().is_some_and(AnyOf::is_refusal);
    let given = case.steps.iter().rposition(|step| step.given.is_some())?;
    let judged = case.steps[given..]
        .iter()
        .rposition(|step| refuses(step) && (step.given.is_some() || !step.kind.is_visit()));
    let mut case = case.clone();
    case.steps.truncate(given + judged? + 1);
    // What is served later is what the case is about.
    if let Some(served) = &mut case.serve {
        served.later = None;
    }
    for step in &mut case.steps {
        (step.change, step.expect) = (step.given.take(), None);
    }
    Some(case)
}

/// The case without any change, if a repeated refresh must be refused: no valid flow has a second
/// one.
fn unchanged(case: &Case) -> Option<Case> {
    let refreshes = |step: &&Step| step.kind == StepKind::Refresh;
    let judged = case.steps.iter().rposition(|step| {
        let refuses = step.expect.as_ref().is_some_and(AnyOf::is_refusal);
        refreshes(&step) && step.change.is_none() && refuses
    })?;
    let mut case = case.clone();
    case.steps.truncate(judged + 1);
    let is_another = case.steps.iter().filter(refreshes).count() > 1;
    if !is_another || case.steps.iter().all(|step| step.change.is_none()) {
        return None;
    }
    for step in &mut case.steps {
        (step.change, step.expect) = (None, None);
    }
    Some(case)
}

/// The case without the second value, if it sets the first one too: that alone must be granted.
fn once(case: &Case) -> Option<Case> {
    let adds = |step: &Step| {
        let change = changed(step);
        change.repeat.keys().any(|name| change.set.contains_key(name))
    };
    let index = case.steps.iter().position(adds)?;
    let mut case = case.clone();
    change(&mut case.steps[index]).repeat.clear();
    case.steps.truncate(index + 1);
    for step in &mut case.steps {
        step.expect = None;
    }
    Some(case)
}

/// A possible reason for a refusal that the case does not state.
pub(super) fn other_reason(case: &Case, other: Option<&Client>) -> Option<&'static str> {
    let as_other = case.steps.iter().any(|step| {
        step.kind == StepKind::Refresh && changed(step).client == Some(ClientRef::Other)
    });
    (as_other && other.is_some_and(|other| !other.may(REFRESH_TOKEN)))
        .then_some("the other client may not refresh at all, so a refusal proves nothing")
}

fn changed(step: &Step) -> Change {
    step.change.clone().unwrap_or_default()
}

fn change(step: &mut Step) -> &mut Change {
    step.change.get_or_insert_default()
}

fn omit(step: &mut Step, names: &[&str]) {
    let change = change(step);
    change.omit.extend(names.iter().map(|&name| name.to_owned()));
}

impl Change {
    /// Whether it changes the parameter of this name.
    fn names(&self, name: &str) -> bool {
        self.set.contains_key(name)
            || self.repeat.contains_key(name)
            || self.omit.iter().any(|omitted| omitted == name)
    }
}
