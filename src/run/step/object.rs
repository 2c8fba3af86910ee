//! Passes an authorization request as a request object (RFC9101).

use super::change::Actors;
use super::jwt;
use crate::oauth::names::REQUEST;
use crate::oauth::request_object::beside;
use crate::oauth::{Params, Request};
use crate::run::request_form::form_of;
use crate::suite::{Change, Step};

/// The authorization request of this step, changed already, as the object in which the client passes
/// it, or `None` if it passes it otherwise. The error names what is missing for it.
pub(in crate::run) fn packed(
    step: &Step,
    request: &Request,
    refers: bool,
    actors: &Actors<'_>,
) -> Result<Option<Request>, String> {
    let form = form_of(step, actors.client).filter(|form| form.is_object() && !refers);
    let Some(form) = form else { return Ok(None) };
    as_object(step.change.as_ref(), request, form.is_pushed(), actors).map(Some)
}

/// The request as an object that the client signs, with what has to stand beside it.
fn as_object(
    change: Option<&Change>,
    request: &Request,
    is_pushed: bool,
    Actors { values, client }: &Actors<'_>,
) -> Result<Request, String> {
    let signer = values.signer(client).ok_or("the client has no key to sign request objects")?;
    let params = request.params();
    let made = values.request_object(params, client);
    let object = match change.and_then(|change| change.object.as_ref()) {
        Some(change) => jwt::changed(change, made, &signer, values, client)?,
        None => made.sign(&signer),
    };
    let mut outside = beside(params, is_pushed);
    outside.set(REQUEST, object);
    if let Some(beside) = change.and_then(|change| change.beside.as_ref()) {
        for (name, template) in &beside.set {
            let value = values.fill(template);
            outside.set(name, value.ok_or_else(|| format!("there is no value for {template}"))?);
        }
        beside.omit.iter().for_each(|name| outside.omit(name));
    }
    let mut packed = request.clone();
    *packed.params_mut() = outside;
    Ok(packed)
}

/// What a request is about that is passed as this object, if it is: its parameters, and what the case
/// puts beside the object, as a server may look at either.
pub(in crate::run) fn about(
    request: Request,
    change: Option<&Change>,
    packed: Option<&Request>,
) -> Request {
    let beside = change.and_then(|change| change.beside.as_ref());
    let (Some(beside), Some(packed)) = (beside, packed) else { return request };
    let set = beside.set.keys().filter_map(|name| Some((name, packed.params().get(name)?)));
    let mut about = request;
    about.params_mut().overwrite(&set.collect::<Params>());
    about
}
