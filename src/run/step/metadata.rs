//! The metadata request (RFC8414 §3.1).

use super::answers::answers;
use crate::oauth::Request;
use crate::oauth::request::Method;
use crate::run::discover::Endpoints;
use crate::run::transcript::Outcome;
use crate::suite::StepKind;

pub(super) fn request(endpoints: &Endpoints) -> Result<Request, String> {
    let url = endpoints.metadata_url.as_ref().ok_or("the server serves no metadata")?;
    Ok(Request::new(Method::Get, url))
}

pub(super) fn worked(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Answered(answer)
        if answer.status == 200 && answers(StepKind::Metadata, answer))
}
