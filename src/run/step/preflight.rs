//! The request that a browser sends before it lets a script of another origin use the authorization
//! endpoint.

use super::authorize;
use crate::oauth::Request;
use crate::oauth::request::Method;
use crate::run::discover::Endpoints;
use crate::run::transcript::Outcome;
use crate::run::values::Values;
use crate::target::Client;

/// An origin that is not registered for any client.
const ORIGIN: &str = "https://authspec-script.example";

pub(super) fn request(values: &Values, client: &Client, endpoints: &Endpoints) -> Request {
    let mut request = authorize::request(values, client, endpoints).by(Method::Options);
    request.set_header("origin", ORIGIN);
    request.set_header("access-control-request-method", Method::Get.name());
    request
}

/// Any answer is accepted: an endpoint without cross-origin sharing need not know the method.
pub(super) fn worked(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Answered(_))
}
