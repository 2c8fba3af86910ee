//! The userinfo request (OpenID.Core §5.3.1): the access token in the header (RFC6750 §2.1, RFC9449
//! §7.1).

use super::answers::answers;
use crate::oauth::Request;
use crate::oauth::request::{Authentication, Method};
use crate::run::discover::Endpoints;
use crate::run::transcript::Outcome;
use crate::run::values::Values;
use crate::suite::{Placeholder, StepKind};

pub(super) fn request(values: &Values, endpoints: &Endpoints) -> Result<Request, String> {
    let url = endpoints.userinfo.as_ref().ok_or("the server has no userinfo endpoint")?;
    with_token(Request::new(Method::Get, url), values)
}

/// The request with the access token in its header.
pub(super) fn with_token(mut request: Request, values: &Values) -> Result<Request, String> {
    let token = values.get(Placeholder::AccessToken).ok_or("there is no access token")?;
    request.authentication = match values.is_bound() {
        true => Authentication::Dpop(token),
        false => Authentication::Bearer(token),
    };
    Ok(request)
}

pub(super) fn worked(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Answered(answer)
        if answer.status == 200 && answers(StepKind::Userinfo, answer))
}
