//! What authspec does for the clients during a case apart from sending requests: it serves a
//! document, and hears what the server tells them.

use super::deliveries::Deliveries;
use super::listeners::Listeners;
use super::served::{ServedDocument, referring};
use super::transcript::{Outcome, Performed};
use super::values::Values;
use crate::oauth::Request;
use crate::suite::{Case, Placeholder, Step};
use crate::target::{Client, Target};
use crate::wire::Blocked;

/// The clients' side of one attempt of a case.
pub(super) struct ClientSide<'a> {
    case: &'a Case,
    served: Option<ServedDocument<'a>>,
    deliveries: Deliveries<'a>,
}

impl<'a> ClientSide<'a> {
    /// Begins to listen for the case.
    ///
    /// # Errors
    /// If a client has no address for that, or it cannot be listened on.
    pub(super) async fn of(
        case: &'a Case,
        values: &mut Values,
        client_of: impl Fn(&Step, &Values) -> Client,
        (listeners, target): (&'a Listeners, &Target),
    ) -> Result<Self, Blocked> {
        let served = ServedDocument::of(case, values, listeners, target).await?;
        let client_of = |step: &Step| client_of(step, values);
        let deliveries = Deliveries::of(case, client_of, listeners).await?;
        Ok(Self { case, served, deliveries })
    }

    /// Prepares for a step.
    pub(super) fn before(&mut self, step: &Step, values: &Values) {
        self.served.iter_mut().for_each(|served| served.before(&step.label, values));
        self.deliveries.note(values.get(Placeholder::IdToken).as_deref());
    }

    /// Serves the object of this request if the case wants that, and returns the request that refers
    /// to it.
    pub(super) fn refer(&self, packed: &Request, values: &Values) -> Option<Request> {
        self.served.iter().for_each(|served| served.serve_object(packed, values));
        referring(self.case, packed, values)
    }

    /// The step in which the server tells the client something.
    pub(super) async fn hear(&mut self, step: &Step, client: &Client) -> Performed {
        let mut performed = Performed::new(step, Outcome::Delivered(None));
        self.deliveries.wait(step, client, &mut performed).await;
        performed
    }

    /// Records what was fetched during a step.
    pub(super) async fn after(&mut self, performed: &mut Performed) {
        if let Some(served) = &mut self.served {
            served.after(performed).await;
        }
    }
}
