//! Deletes the clients that a case has registered, and counts those that stay.

use std::sync::atomic::Ordering;

use super::perform::{PerformContext, on_the_wire};
use super::values::Values;
use crate::oauth::Request;
use crate::oauth::request::{Authentication, Method};

impl PerformContext<'_> {
    /// Deletes the clients that a case has registered and not deleted itself (RFC7592 §2.3).
    pub(super) async fn delete_registered(&self, values: &Values) {
        for registration in values.left_registered() {
            let is_deleted = match registration.management() {
                Some((url, token)) => {
                    let mut request = Request::new(Method::Delete, url);
                    request.authentication = Authentication::Bearer(token.to_owned());
                    let (exchange, _) = self.http.send(on_the_wire(&request)).await;
                    exchange.answer.is_some_and(|answer| (200..300).contains(&answer.status))
                }
                None => false,
            };
            if !is_deleted {
                self.leftovers.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}
