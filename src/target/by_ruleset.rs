//! What the ruleset of a run changes about a target.

use super::load::Target;
use crate::oauth::RequestedMode;

impl Target {
    /// Removes the known deviations that do not apply under the ruleset.
    pub fn go_by(&mut self, ruleset: &str) {
        for entries in self.known.values_mut() {
            entries.retain(|entry| entry.counts_under(ruleset));
        }
        self.known.retain(|_, entries| !entries.is_empty());
    }

    /// Lets the known deviations of these invariants be absent: few cases need not show them.
    pub fn may_lack<'a>(&mut self, invariants: impl Iterator<Item = &'a str>) {
        for id in invariants {
            for entry in self.known.get_mut(id).into_iter().flatten() {
                entry.sometimes = true;
            }
        }
    }

    /// Lets all clients request this response mode.
    pub fn respond_by(&mut self, mode: RequestedMode) {
        for client in &mut self.clients {
            client.extensions.response = Some(mode);
        }
    }
}
