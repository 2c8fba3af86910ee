//! Cases that are about access tokens, and not about users: what a token is worth is asked at the
//! resource of the target file, if there is one, and else at the userinfo endpoint.

use std::sync::Arc;

use crate::suite::{AnyOf, Case, Change, Expect, Feature, Status, Step, StepKind};
use crate::target::Resource;

/// The case at the resource, if it is not about users.
pub(super) fn moved(case: &Arc<Case>, resource: Option<&Resource>) -> Arc<Case> {
    let Some(resource) = resource.filter(|_| is_about_tokens(case)) else {
        return Arc::clone(case);
    };
    let mut case = (**case).clone();
    case.needs.retain(|feature| *feature != Feature::Userinfo);
    for step in case.steps.iter_mut().filter(|step| step.kind == StepKind::Userinfo) {
        step.kind = StepKind::Resource;
        if step.label == StepKind::Userinfo.name() {
            step.label = StepKind::Resource.name().to_owned();
        }
        if let Some(expect) = &mut step.expect {
            expect.iter_mut().for_each(|expect| grant(expect, resource));
        }
    }
    Arc::new(case)
}

/// What the resource answers to a valid token is for the target file to say.
fn grant(expect: &mut Expect, resource: &Resource) {
    let is_granted = |statuses: &AnyOf<Status>| statuses.iter().all(|it| *it == Status(200));
    if expect.status.as_ref().is_some_and(is_granted) {
        expect.status = Some(resource.valid.clone());
    }
}

/// Whether the case has requests with access tokens, and looks at nothing in their answers that only
/// the userinfo endpoint tells.
fn is_about_tokens(case: &Case) -> bool {
    let mut steps = case.steps.iter().filter(|step| step.kind == StepKind::Userinfo).peekable();
    steps.peek().is_some()
        && !case.needs.contains(&Feature::Openid)
        && steps.all(|step| is_of_any_resource(step) && sends_as_any(step))
}

/// Whether it expects no more than a status and a challenge.
fn is_of_any_resource(step: &Step) -> bool {
    let bare = |expect: &Expect| {
        let status = expect.status.clone();
        let (header, lacks_header) = (expect.header.clone(), expect.lacks_header.clone());
        let (challenge, lacks) = (expect.challenge.clone(), expect.lacks_challenge.clone());
        let has_challenge = expect.has_challenge.clone();
        let (error, moot) = (expect.error.clone(), expect.moot.clone());
        let rest = Expect {
            status,
            header,
            lacks_header,
            challenge,
            has_challenge,
            lacks_challenge: lacks,
            error,
            moot,
            ..Expect::default()
        };
        *expect == rest
    };
    step.expect.as_ref().is_none_or(|expect| expect.iter().all(bare))
}

/// Whether it sends the request in a way that any resource takes: in the query or by another method,
/// the userinfo endpoint answers as its own specification says.
fn sends_as_any(step: &Step) -> bool {
    let method = |change: &Change| change.method.is_some() || change.body.is_some();
    !step.change.as_ref().is_some_and(method)
}
