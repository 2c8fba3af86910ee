//! Steps for clients that depend on a deprecated grant, without what they already have.

use super::answer::Answer;
use super::catalogue::Question;
use super::client::ClientAudit;
use super::file::Grant;
use super::plan_step::{Phase, PlanStep};
use super::planned::{Planned, says_no};
use crate::oauth::names::AUTHORIZATION_CODE;
use crate::target::Client;

/// A step for each client that is registered for a deprecated grant and gets tokens by it, or that cannot
/// use codes because it is not registered for them.
pub(super) fn switch(planned: &Planned<'_>) -> Vec<PlanStep> {
    planned.clients.iter().filter_map(|audit| of_client(planned, audit)).collect()
}

fn of_client(planned: &Planned<'_>, audit: &ClientAudit) -> Option<PlanStep> {
    let client = planned.client(audit)?;
    let questions = planned.catalogue.questions.iter();
    let leaving: Vec<(Grant, &Question)> = questions
        .clone()
        .filter(|question| says_no(audit, question))
        .filter_map(|question| Some((question.0.kept?, question)))
        .filter(|(grant, _)| client.may(grant.name()))
        .collect();
    let code = questions.clone().find(|question| question.asks_for_codes());
    let is_missing =
        code.is_some_and(|it| says_no(audit, it) && planned.is_unregistered(audit, it));
    if leaving.is_empty() && !is_missing {
        return None;
    }
    let works = code.and_then(|it| audit.answer(it.id())).map(|given| given.answer);
    let mut sentences = vec![match (is_missing, works) {
        (true, _) => registration(client),
        (false, Some(Answer::Yes)) => {
            format!("{}: code with PKCE already works for it.", client.name)
        }
        (false, _) => format!("{}:", client.name),
    }];
    let mut asked: Vec<_> = code.filter(|_| is_missing).into_iter().collect();
    for (_, question) in &leaving {
        let fill = planned.fill(question, &[audit]);
        sentences.extend(question.0.in_the_app.iter().map(|text| fill.text(text)));
        asked.push(question);
    }
    if !leaving.is_empty() {
        let grants: Vec<_> = leaving.iter().map(|(it, _)| format!("`{}`", it.name())).collect();
        let grants = grants.join(" and ");
        sentences.push(format!("Once that is deployed, remove {grants} from its registration."));
    }
    Some(PlanStep {
        phase: Phase::Switch,
        text: sentences.join(" "),
        clients: vec![client.name.clone()],
        questions: asked.iter().map(|question| question.id().to_owned()).collect(),
        threats: Vec::new(),
    })
}

/// What the registration lacks.
fn registration(client: &Client) -> String {
    let name = &client.name;
    match (client.may(AUTHORIZATION_CODE), client.redirect_uris.is_empty()) {
        (true, _) => format!("Register a redirect URI for {name}."),
        (false, true) => {
            format!(
                "Register {name} for the grant type `{AUTHORIZATION_CODE}`, with a redirect URI."
            )
        }
        (false, false) => format!("Register {name} for the grant type `{AUTHORIZATION_CODE}`."),
    }
}
