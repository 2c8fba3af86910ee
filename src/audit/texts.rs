//! The texts of many audits, each held once: servers of one make say the same.

use std::collections::HashSet;
use std::sync::Arc;

use super::server::ServerAudit;

/// The texts of the audits of some servers.
#[derive(Default)]
pub struct Texts(HashSet<Arc<str>>);

impl Texts {
    /// Lets an audit share its texts with those before it.
    pub fn share(&mut self, audit: &mut ServerAudit) {
        let of_clients = audit.clients.iter_mut().flat_map(|client| &mut client.answers);
        let answers = of_clients.chain(&mut audit.server).flat_map(|given| &mut given.evidence);
        let threats = audit.threats.iter_mut().flat_map(|threat| &mut threat.evidence);
        for basis in answers.chain(threats) {
            self.replace(&mut basis.case);
            self.replace(&mut basis.seen);
        }
    }

    fn replace(&mut self, text: &mut Arc<str>) {
        match self.0.get(text) {
            Some(known) => *text = Arc::clone(known),
            None => drop(self.0.insert(Arc::clone(text))),
        }
    }
}
