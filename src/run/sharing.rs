//! Which cases share a flow, and the result of each.

use super::discover::Endpoints;
use super::engine::Run;
use super::feature;
use super::perform::PerformContext;
use super::plan::PlanKind;
use super::shared::{FEWEST, FIRST, MOST, Member, may_share, tried_together};
use super::transcript::Transcript;
use super::values::Values;
use crate::suite::Case;

impl Run {
    /// What happens in a case on a flow that it shares with others that are yet to be tried, or
    /// `None` if it needs its own flow.
    pub(super) async fn on_shared_flow(
        &self,
        case: &Case,
        values: &mut Values,
        context: &PerformContext<'_>,
    ) -> Option<Transcript> {
        if self.all_of == 0 || !may_share(case) {
            return None;
        }
        let name = (case.id.clone(), values.client.name.clone());
        let key = (values.client.name.clone(), case.flow());
        let most = {
            let mut made = self.shared.made();
            if let Some((transcript, theirs)) = made.ready.remove(&name) {
                *values = theirs;
                return Some(transcript);
            }
            let most = made.most.get(&key).copied().unwrap_or(FIRST);
            (!made.alone.contains(&key)).then_some(most)?
        };
        let own = std::iter::once((case, values.other.clone()));
        let members: Vec<_> =
            own.chain(self.waiting(case, values, context.endpoints)).take(most).collect();
        if members.len() < FEWEST {
            return None;
        }
        let tried = Box::pin(tried_together(&members, values.anew(), context)).await;
        let mut made = self.shared.made();
        let Some(tried) = tried else {
            made.alone.insert(key);
            return None;
        };
        made.most.insert(key, (most * 2).min(MOST));
        made.ready.extend(tried.into_iter().map(|(id, it)| ((id, name.1.clone()), it)));
        let (transcript, theirs) = made.ready.remove(&name)?;
        *values = theirs;
        Some(transcript)
    }

    /// The other cases that can share a flow with this one.
    fn waiting<'a>(
        &'a self,
        case: &'a Case,
        values: &'a Values,
        ends: &'a Endpoints,
    ) -> impl Iterator<Item = Member<'a>> {
        let unasked = (0..self.all_of).filter(|index| self.finished(*index).is_none());
        unasked.filter_map(move |index| {
            let PlanKind::Case { case: theirs, client, other, user } = &self.plans[index].what
            else {
                return None;
            };
            let fits = theirs.id != case.id
                && client.name == values.client.name
                && user.name == values.user.name
                && may_share(theirs)
                && theirs.flow() == case.flow()
                && feature::unfit(theirs, &self.target, client, ends).is_none();
            fits.then(|| (&**theirs, other.as_deref().cloned()))
        })
    }
}
