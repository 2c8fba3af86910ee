//! The deletion of a registered client (RFC7592 §2.3).

use crate::oauth::Request;
use crate::oauth::request::{Authentication, Method};
use crate::run::transcript::Outcome;
use crate::run::values::Values;
use crate::target::Client;

pub(super) fn request(values: &Values, client: &Client) -> Result<Request, String> {
    let registration = values.registration(client);
    let (url, token) = registration
        .and_then(|registration| registration.management())
        .ok_or("no client was registered that can be deleted")?;
    let mut request = Request::new(Method::Delete, url);
    request.authentication = Authentication::Bearer(token.to_owned());
    Ok(request)
}

/// If it cannot be deleted, the client stays, which was reported before.
pub(super) fn worked(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::NotReached(_) => true,
        Outcome::Answered(answer) => (200..300).contains(&answer.status),
        _ => false,
    }
}
