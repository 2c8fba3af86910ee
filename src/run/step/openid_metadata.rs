//! The request for the OpenID Connect metadata (OpenID.Discovery §4.1).

use crate::oauth::Request;
use crate::oauth::request::Method;
use crate::run::discover::Endpoints;

pub(super) fn request(endpoints: &Endpoints) -> Result<Request, String> {
    let (url, _) = endpoints.openid.as_ref().ok_or("the server serves no such metadata")?;
    Ok(Request::new(Method::Get, url))
}
