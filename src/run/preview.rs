//! Previews: what a case sends, with the names of values in their place, and nothing sent.

use super::discover::Endpoints;
use super::step;
use super::values::Values;
use crate::oauth::Request;
use crate::suite::{Case, Change, ClientRef, Step};
use crate::target::{Client, Target, User};

/// What one step sends.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The step's name in the suite file.
    pub label: String,
    /// The request of the valid flow.
    pub valid: Request,
    /// The request of the case.
    pub sent: Request,
    /// Who signs in, where it is another user than in the valid flow.
    pub user: Option<String>,
}

/// What the case sends at each step, as this client; made by the code that makes the requests.
///
/// # Errors
/// What is missing for it.
pub fn preview(
    case: &Case,
    target: &Target,
    client: &Client,
    other: Option<&Client>,
    user: &User,
) -> Result<Vec<Preview>, String> {
    let endpoints = Endpoints::named(target);
    let valid = Values::named(client, other, user);
    let mut values = valid.clone();
    if let Some(verifier) = case.verifier.as_ref().and_then(|verifier| values.fill(verifier)) {
        values.set_verifier(verifier);
    }
    let of_step = |step: &Step| {
        let request =
            |values: &Values, client| step::request(step.kind, values, client, &endpoints);
        let client = acting(step, &values);
        let sent = request(&values, client)?;
        let sent = match &step.change {
            Some(change) => step::apply(change, sent, &step::Actors { values: &values, client })?,
            None => sent,
        };
        let user = step.change.as_ref().and_then(other_user);
        Ok(Preview {
            label: step.label.clone(),
            valid: request(&valid, &valid.client)?,
            sent,
            user,
        })
    };
    case.steps.iter().map(of_step).collect()
}

/// The client that takes the step, which may be the other one.
fn acting<'a>(step: &Step, values: &'a Values) -> &'a Client {
    let changed = step.change.as_ref().is_some_and(|change| change.client.is_some());
    values.other.as_ref().filter(|_| changed).unwrap_or(&values.client)
}

fn other_user(change: &Change) -> Option<String> {
    Some(match change.user.as_ref()? {
        ClientRef::Other => "another user".to_owned(),
        ClientRef::Named(name) => format!("the user {name}"),
    })
}
