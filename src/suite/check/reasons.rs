//! Checks reasons: a refusal counts only if its sole possible cause is the change that a case is
//! about.

use std::collections::BTreeSet;

use toml::Spanned;

use super::requirement::Checker;
use crate::oauth::names::{
    ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, CODE_CHALLENGE, CODE_CHALLENGE_METHOD, GRANT_TYPE,
    NONCE, RESPONSE_TYPE, SCOPE,
};
use crate::suite::case::Step;
use crate::suite::change::Change;
use crate::suite::file::CaseFile;
use crate::suite::jwt_change::JwtChange;

impl Checker<'_> {
    /// Checks that no step that must be refused has two reasons for it, unless the case says what
    /// must be granted otherwise, or why they are one.
    pub(super) fn reasons(&mut self, case: &CaseFile, steps: &[Step]) {
        if self.is_mistaken() {
            return;
        }
        for (label, given) in &case.given {
            if case.when.is_empty() {
                let right = "write the change that is refused as `when.<step>`";
                self.wrong(
                    given.span(),
                    format!("at `{}`: `given` without `when`", label.get_ref()),
                    right,
                );
            }
        }
        if let Some(why) = case.together.as_ref().filter(|why| why.get_ref().trim().is_empty()) {
            self.wrong(why.span(), "no reason is given", "say why the changes are one");
        }
        let several = steps.iter().enumerate().find_map(|(index, step)| {
            let expect = case.then.get(&Spanned::new(0..0, step.label.clone()))?;
            let found = changes(case, steps, index);
            (expect.get_ref().is_refusal() && found.len() > 1).then_some((expect, found))
        });
        match (several, &case.together) {
            (Some((expect, found)), None) => {
                let found: Vec<_> = found.iter().map(|name| format!("`{name}`")).collect();
                let what = format!("this may be refused because of any of {}", found.join(", "));
                let right = "move what must be granted without the others to `given.<step>`, or \
                             write `together = \"…\"`, why they are one change";
                self.wrong(expect.span(), what, right);
            }
            (None, Some(why)) => {
                let right = "leave `together` out";
                self.wrong(why.span(), "nothing here is refused for several changes", right);
            }
            _ => {}
        }
    }
}

/// The changes to this step and to those that lead to it, each by a name. A visit starts over,
/// whatever an earlier one requested.
fn changes(case: &CaseFile, steps: &[Step], index: usize) -> BTreeSet<String> {
    let begin = if steps[index].kind.is_visit() { index } else { 0 };
    let labels = steps[begin..=index].iter().map(|step| Spanned::new(0..0, step.label.clone()));
    let changes = labels.filter_map(|label| case.when.get(&label));
    changes.flat_map(|change| names(change.get_ref())).collect()
}

/// The parts of a change; parts that belong together by the specifications are one.
fn names(change: &Change) -> BTreeSet<String> {
    if change.set.contains_key(GRANT_TYPE) {
        // The request of another grant, which has other parameters.
        return BTreeSet::from([GRANT_TYPE.to_owned()]);
    }
    let set = change.set.keys().chain(change.json.keys()).chain(change.unsigned.keys());
    // A request without an ID token has no use for a nonce.
    let scope = change.set.contains_key(SCOPE);
    let renamed =
        |name: &&String| change.set.keys().all(|it| it == *name || !it.eq_ignore_ascii_case(name));
    let parameters = set
        .filter(|name| *name != NONCE || !change.set.contains_key(RESPONSE_TYPE))
        .chain(change.omit.iter().filter(renamed).filter(|name| *name != NONCE || !scope))
        .chain(change.repeat.keys())
        .chain(&change.query);
    let mut names: BTreeSet<_> = parameters.map(|name| whole(name).to_owned()).collect();
    let proves = change.auth.is_some()
        || change.secret.is_some()
        || change.token.is_some()
        || change.assertion.is_some()
        || change.header.contains_key(AUTHORIZATION);
    let shows_key = change.proof.is_some() || change.proofs.is_some();
    names.extend(shows_key.then(|| "proof".to_owned()));
    names.extend(change.certificate.map(|_| "certificate".to_owned()));
    let others = change.header.keys().filter(|name| *name != AUTHORIZATION);
    names.extend(others.cloned());
    names.extend(proves.then(|| CREDENTIALS.to_owned()));
    if proves {
        // It replaces the header field.
        names.remove(ACCESS_TOKEN);
    }
    let words = [
        ("client", change.client.is_some()),
        ("user", change.user.is_some()),
        ("visitor", change.visitor.is_some()),
        ("decide", change.decide.is_some()),
        ("form", change.form.is_some()),
        ("object", change.object.as_ref().is_some_and(|object| **object != JwtChange::default())),
        ("beside", change.beside.is_some()),
        ("request", change.request.is_some()),
        ("method", change.method.is_some()),
        ("body", change.body.is_some()),
    ];
    names.extend(words.into_iter().filter(|(_, given)| *given).map(|(word, _)| word.to_owned()));
    names
}

const AUTHORIZATION: &str = "authorization";
const CREDENTIALS: &str = "credentials";

/// What a parameter is a part of.
fn whole(name: &str) -> &str {
    match name {
        CODE_CHALLENGE_METHOD => CODE_CHALLENGE,
        CLIENT_SECRET => CLIENT_ID,
        name => name,
    }
}
