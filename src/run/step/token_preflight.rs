//! The request that a browser sends before it lets a script of the client send more than a form to
//! the token endpoint.

use url::{Position, Url};

use crate::oauth::Request;
use crate::oauth::request::Method;
use crate::run::discover::Endpoints;
use crate::target::Client;

/// The origin is the client's own, as its scripts are the ones to be allowed.
pub(super) fn request(client: &Client, endpoints: &Endpoints) -> Request {
    let mut request = Request::new(Method::Options, &endpoints.token);
    let url = Url::parse(client.redirect_uri()).ok();
    let origin = url.as_ref().map_or("null", |url| &url[..Position::BeforePath]);
    request.set_header("origin", origin);
    request.set_header("access-control-request-method", Method::Post.name());
    request.set_header("access-control-request-headers", "authorization");
    request
}
