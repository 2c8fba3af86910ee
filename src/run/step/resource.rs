//! A request to the resource of the target file, with the access token in the header (RFC6750 §2.1,
//! RFC9449 §7.1).

use super::userinfo;
use crate::oauth::Request;
use crate::run::discover::Endpoints;
use crate::run::transcript::Outcome;
use crate::run::values::Values;

/// The request; to the userinfo endpoint if the target file names no resource.
pub(super) fn request(values: &Values, endpoints: &Endpoints) -> Result<Request, String> {
    let Some(resource) = &endpoints.resource else { return userinfo::request(values, endpoints) };
    userinfo::with_token(Request::new(resource.method, &resource.address), values)
}

/// Whether the answer is what the target file calls valid, or any success; what it means is not known.
pub(super) fn worked(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Answered(answer) if (200..300).contains(&answer.status))
}
