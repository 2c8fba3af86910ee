//! Visits with a session of the case's own, which the case may end: a sign-in, a logout, and what
//! comes after it.

use super::session::Session;
use super::slot_guard::{Answered, SlotGuard};
use super::visit::{AgentKind, Visit, VisitRequest};
use crate::wire::Blocked;

/// Why a logout starts over: what a page does by itself may depend on the session, which has ended
/// by then.
const ACTS: &str = "a page of the logout acts by itself, so that the browser has to see it from \
                    the start";

impl SlotGuard<'_> {
    /// Visits with this session, and returns the session afterwards as well.
    pub async fn visit_in_own_session(
        &self,
        visit_request: &VisitRequest,
        session: Session,
    ) -> Visit {
        if let Err(why) = self.agent.attempts.may_visit(visit_request) {
            return Visit::blocked(why);
        }
        let visit = self.make_in_own_session(visit_request, session).await;
        self.agent.attempts.note_visit(visit_request, &visit.landing);
        visit
    }

    async fn make_in_own_session(&self, visit_request: &VisitRequest, session: Session) -> Visit {
        let known = self.agent.known().clone();
        let in_browser = match self.kind() {
            AgentKind::Browser => true,
            AgentKind::Hybrid => visit_request.is_watched,
            AgentKind::Forms => {
                return self.over_http(visit_request, known, session, true).await.0;
            }
        };
        if in_browser {
            let _alone = self.slot.alone().await;
            return self.in_browser(visit_request, known, session).await.by(self.kind());
        }
        if !visit_request.signs_out {
            let _alone = self.slot.alone().await;
            return self.hybrid(visit_request, known, session).await;
        }
        let before = session.cookies();
        let (visit, end) =
            self.over_http(visit_request, known.clone(), session.clone(), true).await;
        let is_doubtful = self.is_doubtful(&visit, end);
        if !end.is_some_and(Answered::is_for_browser) && !is_doubtful {
            return visit.by(AgentKind::Hybrid);
        }
        let is_as_before = visit.clicked.is_empty()
            && visit.session.as_ref().is_some_and(|session| session.cookies() == before);
        if !is_as_before {
            let landing = Err(Blocked::StartsOver(ACTS.to_owned()));
            return Visit { landing, ..visit }.by(AgentKind::Hybrid);
        }
        let _alone = self.slot.alone().await;
        self.in_browser(visit_request, known, session).await.by(AgentKind::Hybrid)
    }
}
