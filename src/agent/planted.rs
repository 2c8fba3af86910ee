//! Sessions that others have planted in a browser before its user signs in there.

use super::errand::{Errand, Landing, Visit};
use super::journey::{End, Journey};
use super::seat::Seated;
use super::session::Session;
use crate::wire::Blocked;

/// What is said where there is nothing that somebody could have planted.
const NO_COOKIE_BEFORE: &str = "the server sets no cookie before the sign-in";

impl Seated<'_> {
    /// Signs in, and visits again with the cookies alone that there were when somebody was asked to.
    pub(super) async fn visit_as_before(&self, errand: &Errand) -> Visit {
        let known = self.agent.known().clone();
        let mut journey = self.journey(errand, known.clone(), Session::default(), true);
        let end = journey.travel().await;
        let Journey { exchanges, before, .. } = journey;
        let why = match end {
            End::Landed(Landing::Callback(_)) => match before.filter(|it| !it.cookies().is_empty())
            {
                Some(before) => {
                    let (visit, _) = self.over_http(errand, known, before, true).await;
                    let exchanges = exchanges.into_iter().chain(visit.exchanges).collect();
                    return Visit { exchanges, ..visit };
                }
                None => Blocked::DoesNotApply(NO_COOKIE_BEFORE.to_owned()),
            },
            End::Landed(_) => Blocked::Unseen("signing in brought no answer".to_owned()),
            End::Blocked(why) => why,
            End::WantsBrowser(why) | End::MustBeSeen(why) => {
                Blocked::Unseen(format!("{why}, which plain HTTP cannot answer"))
            }
        };
        Visit { exchanges, ..Visit::blocked(why) }
    }
}
