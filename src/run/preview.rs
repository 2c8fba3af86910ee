//! Previews: what a case sends, with the names of values in place of the values. Nothing is sent.

use super::discover::Endpoints;
use super::request_form::{is_pushed, is_reference, refers};
use super::served;
use super::step;
use super::values::Values;
use crate::oauth::Request;
use crate::suite::{Case, CaseUser, Change, ClientRef, Parallel, Pause, Step, StepKind, Visitor};
use crate::target::{Client, User};

/// What one step sends.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The step's name in the suite file.
    pub label: String,
    /// The request of the valid flow.
    pub valid: Request,
    /// The request of the case.
    pub sent: Request,
    /// What else differs from the valid flow, in a few words each.
    pub notes: Vec<String>,
}

/// What the case sends at each step as this client. Uses the code that makes the real requests.
///
/// # Errors
/// What is missing for it.
pub fn preview(
    case: &Case,
    client: &Client,
    other: Option<&Client>,
    user: &User,
) -> Result<Vec<Preview>, String> {
    let endpoints = Endpoints::named();
    let valid = Values::named(client, other, user);
    let mut values = valid.clone();
    values.prepare_registration(case);
    if let Some(verifier) = case.verifier.as_ref().and_then(|verifier| values.fill(verifier)) {
        values.set_verifier(verifier);
    }
    let of_step = |(index, step): (usize, &Step)| {
        let request = |values: &Values, client| {
            let request = step::request(step.kind, values, client, &endpoints)?;
            match refers(case, index) {
                true => step::referring(&request, values, client),
                false => Ok(request),
            }
        };
        let client = acting(step, &values);
        let mut sent = request(&values, client)?;
        if let Some(change) = &step.change {
            sent = step::apply(change, sent, &step::Actors { values: &values, client })?;
        }
        step::prove(step.kind, step.change.as_ref(), &mut sent, (&values, client), None)?;
        let notes = notes(case, step, client);
        let (label, of_client) = (step.label.clone(), &valid.client);
        let requested = proved(step.kind, request(&valid, of_client)?, (&valid, of_client))?;
        let unchanged = Step::unchanged(&step.label, step.kind);
        let actors = step::Actors { values: &valid, client: of_client };
        let packed = step::packed(&unchanged, &requested, refers(case, index), &actors)?;
        let requested = packed.unwrap_or(requested);
        let actors = step::Actors { values: &values, client };
        let sent = match step::packed(step, &sent, refers(case, index), &actors)? {
            Some(packed) => served::referring(case, &packed, &values).unwrap_or(packed),
            None => sent,
        };
        if !is_pushed(step, client) || refers(case, index) {
            return Ok(vec![Preview { label, valid: requested, sent, notes }]);
        }
        let push = Preview {
            label: format!("push before {label}"),
            valid: push(&requested, (&valid, of_client), &endpoints)?,
            sent: push(&sent, (&values, client), &endpoints)?,
            notes: Vec::new(),
        };
        let valid = step::referring(&requested, &valid, of_client)?;
        let sent = step::referring(&sent, &values, client)?;
        Ok(vec![push, Preview { label, valid, sent, notes }])
    };
    let previews: Vec<Vec<_>> =
        case.steps.iter().enumerate().map(of_step).collect::<Result<_, String>>()?;
    Ok(previews.into_iter().flatten().collect())
}

/// The unchanged request, with a proof if the client's tokens are bound.
fn proved(
    kind: StepKind,
    mut request: Request,
    actors: (&Values, &Client),
) -> Result<Request, String> {
    step::prove(kind, None, &mut request, actors, None)?;
    Ok(request)
}

/// The push of an authorization request.
fn push(
    authorization: &Request,
    (values, client): (&Values, &Client),
    endpoints: &Endpoints,
) -> Result<Request, String> {
    let push = step::push_of(authorization, values, client, endpoints)?;
    proved(StepKind::Push, push, (values, client))
}

/// The client that takes the step, which may be the other one.
fn acting<'a>(step: &Step, values: &'a Values) -> &'a Client {
    let changed = step.change.as_ref().is_some_and(|change| change.client.is_some());
    values.other.as_ref().filter(|_| changed).unwrap_or(&values.client)
}

/// How an object is passed that is shown in its request.
const BY_REFERENCE: &str = "the object is at a request_uri, from which the server fetches it";

/// A visit by another user than the first of the target file.
const ANOTHER_USER: &str = "signed in as another user";

/// The user agent of a visit that follows after a sign-in elsewhere.
const AS_BEFORE: &str = "with only the cookies that a browser had before the user signed in there";

/// What differs in a step apart from the request.
fn notes(case: &Case, step: &Step, client: &Client) -> Vec<String> {
    let mut notes = step.change.as_ref().map(change_notes).unwrap_or_default();
    notes.extend(is_reference(step, client).then(|| BY_REFERENCE.to_owned()));
    let is_other = case.user == CaseUser::Other && step.kind.is_visit();
    notes.extend(is_other.then(|| ANOTHER_USER.to_owned()));
    notes
}

/// What a change does apart from the request.
fn change_notes(change: &Change) -> Vec<String> {
    let user = change.user.as_ref().map(|user| match user {
        ClientRef::Other => ANOTHER_USER.to_owned(),
        ClientRef::Named(name) => format!("signed in as the user {name}"),
    });
    let race = change.parallel.map(|Parallel(count)| format!("{count} times at once"));
    let wait = change.wait.map(|what| format!("when the {what} has expired"));
    let pause = change.pause.map(|Pause(seconds)| format!("{seconds} s later"));
    let visitor = change.visitor.map(|visitor| match visitor {
        Visitor::New => "in a browser in which nobody has signed in".to_owned(),
        Visitor::BeforeSignIn => AS_BEFORE.to_owned(),
        Visitor::NewBrowser => "in a real browser, in which nobody has signed in".to_owned(),
    });
    let decide = change.decide.map(|_| "consent is refused".to_owned());
    let form = change.form.map(|form| form.to_string());
    let certificate = change.certificate.map(|certificate| certificate.to_string());
    let encrypted = change.object.as_ref().and_then(|object| object.encrypted);
    let encrypted = encrypted.map(|how| format!("the JWT is {how}"));
    let all = [user, visitor, decide, form, certificate, encrypted, race, wait, pause];
    all.into_iter().flatten().collect()
}
