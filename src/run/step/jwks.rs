//! The request for the server's keys (RFC8414 §2, RFC7517 §5).

use super::answers::answers;
use crate::oauth::Request;
use crate::oauth::request::Method;
use crate::run::discover::Endpoints;
use crate::run::transcript::Outcome;
use crate::suite::StepKind;

pub(super) fn request(endpoints: &Endpoints) -> Result<Request, String> {
    let url = endpoints.jwks.as_ref().ok_or("the metadata names no jwks_uri")?;
    Ok(Request::new(Method::Get, url))
}

pub(super) fn worked(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Answered(answer)
        if answer.status == 200 && answers(StepKind::Jwks, answer))
}
