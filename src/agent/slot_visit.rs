//! Chooses how a case visits: with a forged form, as a new visitor, over HTTP or in the browser.

use super::forgery::Forger;
use super::http_visit::CIRCLE;
use super::session::Session;
use super::slot_guard::{Answered, SlotGuard};
use super::visit::{AgentKind, Landing, Visit, VisitRequest};
use crate::oauth::names::STATE;
use crate::suite::Visitor;

impl SlotGuard<'_> {
    /// Visits the authorization endpoint with a copy of the user's session.
    ///
    /// If no page needs an answer, visits run in parallel; one that has to answer pages runs alone.
    pub async fn visit(&self, visit_request: &VisitRequest) -> Visit {
        if let Err(why) = self.agent.attempts.may_visit(visit_request) {
            return Visit::blocked(why);
        }
        let visit = self.make(visit_request).await;
        self.agent.attempts.note_visit(visit_request, &visit.landing);
        visit
    }

    async fn make(&self, visit_request: &VisitRequest) -> Visit {
        if let Some(forgery) = &visit_request.forgery {
            let known = self.agent.known().clone();
            return Forger::new(self, known).visit(visit_request, forgery).await;
        }
        if visit_request.visitor == Some(Visitor::BeforeSignIn) {
            return self.visit_as_before(visit_request).await;
        }
        if let Some(visitor) = visit_request.visitor {
            return self.visit_anew(visit_request, visitor).await;
        }
        // The reference to a pushed request may be good for one visit, which must not be begun anew
        // (RFC9126 §4).
        if visit_request.reference.is_some() {
            return self.alone(visit_request).await;
        }
        if self.kind() == AgentKind::Hybrid && self.agent.continuations.knows(visit_request) {
            let _alone = self.slot.alone().await;
            if let Some(visit) = self.continued(visit_request).await {
                return visit;
            }
        }
        if self.kind() != AgentKind::Browser && !visit_request.teaches {
            let together = self.slot.together().await;
            let known = self.agent.known().clone();
            if let Some(session) = self.session_of(visit_request) {
                let (visit, end) =
                    self.over_http(visit_request, known.clone(), session.clone(), false).await;
                if end == Some(Answered::MustBeSeen) && self.kind() == AgentKind::Hybrid {
                    if let Some(seen) = self.agent.final_pages.seen(visit_request, &visit) {
                        return seen;
                    }
                    drop(together);
                    let _alone = self.slot.alone().await;
                    return self
                        .seen_after(visit_request, known, session, &visit)
                        .await
                        .by(AgentKind::Hybrid);
                }
                // Some servers lose their way if several visits of one session overlap.
                let is_lost = goes_in_circles(&visit) || answers_another(visit_request, &visit);
                if end != Some(Answered::WantsBrowser) && !is_lost {
                    return visit.by(self.kind());
                }
            }
        }
        self.alone(visit_request).await
    }

    /// A visit that may have to answer pages, while no other visit uses the sessions.
    async fn alone(&self, visit_request: &VisitRequest) -> Visit {
        let _alone = self.slot.alone().await;
        let known = self.agent.known().clone();
        let session = self.session_of(visit_request);
        match (self.kind(), session) {
            (AgentKind::Browser, session) => {
                self.in_browser(visit_request, known, session.unwrap_or_default()).await
            }
            (AgentKind::Forms, session) => {
                self.over_http(visit_request, known, session.unwrap_or_default(), true).await.0
            }
            // No user has signed in yet, which needs the browser.
            (AgentKind::Hybrid, None) if !self.agent.spares_browser => self
                .in_browser(visit_request, known, Session::default())
                .await
                .by(AgentKind::Hybrid),
            (AgentKind::Hybrid, session)
                if visit_request.reference.is_some() && !self.agent.http_is_enough() =>
            {
                let session = session.unwrap_or_default();
                self.in_browser(visit_request, known, session).await.by(AgentKind::Hybrid)
            }
            (AgentKind::Hybrid, session) => {
                self.hybrid(visit_request, known, session.unwrap_or_default()).await
            }
        }
    }
}

/// Whether the response is to another request of the same session, by its state.
fn answers_another(visit_request: &VisitRequest, visit: &Visit) -> bool {
    let (Ok(Landing::Callback(response)) | Ok(Landing::Elsewhere(response))) = &visit.landing
    else {
        return false;
    };
    let states = (visit_request.request.params().get(STATE), response.params.get(STATE));
    matches!(states, (Some(sent), Some(told)) if sent != told)
}

fn goes_in_circles(visit: &Visit) -> bool {
    matches!(&visit.landing, Ok(Landing::ErrorPage { text, .. }) if text == CIRCLE)
}
