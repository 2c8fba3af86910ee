//! Network settings from the command line, the target file and the environment.

use std::path::Path;
use std::sync::Arc;

use crate::source::{Flaw, Mistake, Mistakes};
use crate::target::Target;
use crate::wire::{Authorities, Network, OwnAuthority, Proxies, ServerHeaders};

/// What certificates begin with, where they stand in the target file themselves.
const PEM: &str = "-----BEGIN";

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
    let folder = at.and_then(Path::parent).unwrap_or_else(|| Path::new(""));
    let wrong = |mistake: Mistake| {
        let mut mistakes = Mistakes::default();
        mistakes.add(&target.source, vec![mistake]);
        mistakes.to_string()
    };
    let own_authority = own_authority(target, folder).map_err(wrong)?.map(Arc::new);
    let network = Network { headers, own_authority, ..network(ca)? };
    let Some(ca) = &target.ca else { return Ok(network) };
    let read = match ca.get_ref().starts_with(PEM) {
        true => Authorities::parse(ca.get_ref().as_bytes(), "`ca`"),
        false => Authorities::read(&folder.join(ca.get_ref())),
    };
    let read = read.map_err(|flaw| wrong(flaw.at(ca.span())))?;
    Ok(Network { authorities: network.authorities.and(read), ..network })
}

/// The authority of the listener, which is in a file, or comes from the environment.
fn own_authority(target: &Target, folder: &Path) -> Result<Option<OwnAuthority>, Mistake> {
    let Some(named) = &target.listener_ca else { return Ok(None) };
    let text = &named.get_ref().text;
    if named.get_ref().hidden {
        let read = OwnAuthority::read(text).map_err(|flaw| flaw.of("the authority"));
        return read.map(Some).map_err(|flaw| flaw.at(named.span()));
    }
    let path = folder.join(text);
    let file = path.display();
    let pem = std::fs::read_to_string(&path).map_err(|error| {
        let right = format!("`authspec keys --certificate-authority {file}` makes one");
        let what = format!("cannot read the authority in {file}: {error}");
        Mistake::new(named.span(), what, right)
    })?;
    let read = OwnAuthority::read(&pem).map_err(|flaw| flaw.of(&file.to_string()));
    read.map(Some).map_err(|flaw| flaw.at(named.span()))
}
