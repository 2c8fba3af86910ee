//! How an authorization request is passed other than in the address of a visit: as an object that is served, or
//! pushed before each visit.

use std::sync::Arc;

use super::object_reference::ObjectReference;
use super::perform::{PerformContext, on_the_wire};
use super::request_form::is_reference;
use super::step;
use super::values::Values;
use crate::agent::Push;
use crate::oauth::Request;
use crate::suite::{Step, StepKind};
use crate::target::Client;
use crate::wire::Blocked;

impl PerformContext<'_> {
    /// Serves the object of a request, if there is one and the step passes it by reference.
    pub(super) async fn serve(
        &self,
        step: &Step,
        packed: Option<&Request>,
        client: &Client,
    ) -> Result<Option<ObjectReference>, Blocked> {
        match packed.filter(|_| is_reference(step, client)) {
            Some(packed) => {
                ObjectReference::of(packed, client, (self.listeners, self.target)).await
            }
            None => Ok(None),
        }
    }

    /// How the client pushes this authorization request before each visit, and what it sends then.
    pub(super) fn push(
        &self,
        authorization: &Request,
        values: &Values,
        client: &Client,
    ) -> (Option<Request>, Push) {
        let (values, endpoints) = (values.clone(), self.endpoints.clone());
        let (pushed, by, http) = (authorization.clone(), client.clone(), Arc::clone(self.http));
        let make = move || {
            let mut request = step::push_of(&pushed, &values, &by, &endpoints)?;
            let nonce = http.nonce(&request.endpoint);
            step::prove(StepKind::Push, None, &mut request, (&values, &by), nonce)?;
            Ok(request)
        };
        let sent = make().ok();
        let make = move || make().map(|request| on_the_wire(&request));
        (sent, Push::new(step::reference(authorization, client), make))
    }
}
