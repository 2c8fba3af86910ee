//! What shows whether an access token is worth anything.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::text::Link;
use crate::oauth::request::Method;
use crate::source::{Mistake, without_null};
use crate::suite::{AnyOf, Status};

/// A resource that access tokens are for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `[resource]`")]
#[schemars(transform = without_null)]
pub struct ResourceFile {
    /// Its address. It is sent access tokens of all clients.
    pub address: Link,
    /// The method of requests to it; `GET` by default.
    #[schemars(with = "Option<Method>")]
    pub method: Option<Spanned<Method>>,
    /// The status with which it answers a request with a valid token, or a list of these; 200 by default.
    #[schemars(with = "Option<AnyOf<Status>>")]
    pub valid: Option<Spanned<AnyOf<Status>>>,
}

/// The same, once it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its address.
    pub address: String,
    /// The method of requests to it.
    pub method: Method,
    /// The statuses of its answers to valid tokens.
    pub valid: AnyOf<Status>,
}

/// Reads it.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(file: ResourceFile) -> Result<Resource, Vec<Mistake>> {
    let mut wrong = Vec::new();
    if let Some(method) = &file.method
        && !matches!(method.get_ref(), Method::Get | Method::Post)
    {
        let what = format!("a run does not try tokens by {}", method.get_ref().name());
        let right = "name a resource that is read by `GET`, or asked by `POST`";
        wrong.push(Mistake::new(method.span(), what, right));
    }
    if let Some(valid) = &file.valid
        && valid.get_ref().iter().any(|status| !(200..300).contains(&status.0))
    {
        let what = "a token is not valid where the answer is no success";
        let right = "write statuses from 200 to 299";
        wrong.push(Mistake::new(valid.span(), what, right));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(Resource {
        address: file.address.text,
        method: file.method.map(Spanned::into_inner).unwrap_or_default(),
        valid: file.valid.map_or_else(|| AnyOf::one(Status(200)), Spanned::into_inner),
    })
}
