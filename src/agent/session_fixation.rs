//! Sessions that an attacker has planted in a browser before its user signs in there.

use super::http_visit::{End, HttpVisit};
use super::session::Session;
use super::slot_guard::SlotGuard;
use super::visit::{Landing, Visit, VisitRequest};
use crate::wire::Blocked;

/// The reason if there is nothing that an attacker could have planted.
const NO_COOKIE_BEFORE: &str = "the server sets no cookie before the sign-in";

impl SlotGuard<'_> {
    /// Signs in, and visits again with only the cookies that existed before the sign-in page.
    pub(super) async fn visit_as_before(&self, visit_request: &VisitRequest) -> Visit {
        let known = self.agent.known().clone();
        let mut http_visit =
            self.http_visit(visit_request, known.clone(), Session::default(), true);
        let end = http_visit.travel().await;
        let HttpVisit { exchanges, before, .. } = http_visit;
        let why = match end {
            End::Landed(Landing::Callback(_)) => match before.filter(|it| !it.cookies().is_empty())
            {
                Some(before) => {
                    let (visit, _) = self.over_http(visit_request, known, before, true).await;
                    let exchanges = exchanges.into_iter().chain(visit.exchanges).collect();
                    return Visit { exchanges, ..visit };
                }
                None => Blocked::DoesNotApply(NO_COOKIE_BEFORE.to_owned()),
            },
            End::Landed(_) => Blocked::Unseen("signing in returned no response".to_owned()),
            End::Blocked(why) => why,
            End::WantsBrowser(why) | End::MustBeSeen(why) => {
                Blocked::Unseen(format!("{why}, which plain HTTP cannot answer"))
            }
        };
        Visit { exchanges, ..Visit::blocked(why) }
    }
}
