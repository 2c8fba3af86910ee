//! Network settings from the command line, the target file and the environment.

use std::path::Path;

use crate::source::{Flaw, Mistakes};
use crate::target::Target;
use crate::wire::{Authorities, Network, Proxies, ServerHeaders};

/// The settings of the environment, and of an argument that names a file of authorities.
///
/// # Errors
/// What is wrong with them.
pub(super) fn network(ca: Option<&Path>) -> Result<Network, String> {
    let read = ca.map_or_else(|| Ok(Authorities::default()), Authorities::read);
    let authorities = read.map_err(|Flaw { what, right }| format!("--ca: {what}; {right}"))?;
    let proxies = Proxies::of_environment()?;
    Ok(Network { authorities, proxies, ..Network::default() })
}

/// The same, with the settings of the target file, which is at this path.
///
/// # Errors
/// What is wrong with them, or with the file.
pub(super) fn network_of(
    target: &Target,
    at: Option<&Path>,
    ca: Option<&Path>,
) -> Result<Network, String> {
    let headers = ServerHeaders::new(target.headers.clone());
    let network = Network { headers, ..network(ca)? };
    let Some(ca) = &target.ca else { return Ok(network) };
    let folder = at.and_then(Path::parent).unwrap_or_else(|| Path::new(""));
    let read = Authorities::read(&folder.join(ca.get_ref()));
    let read = read.map_err(|flaw| {
        let mut mistakes = Mistakes::default();
        mistakes.add(&target.source, vec![flaw.at(ca.span())]);
        mistakes.to_string()
    })?;
    Ok(Network { authorities: network.authorities.and(read), ..network })
}
