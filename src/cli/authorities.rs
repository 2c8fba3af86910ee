//! Whom to trust besides the authorities of this machine: as the command line says, and the target file.

use std::path::Path;

use super::prepare::CommandError;
use crate::source::{Mistake, Mistakes};
use crate::target::Target;
use crate::wire::Authorities;

/// The authorities that an argument names.
pub(super) fn authorities(file: Option<&Path>) -> Result<Authorities, CommandError> {
    let read = file.map_or_else(|| Ok(Authorities::default()), Authorities::read);
    read.map_err(|(what, right)| CommandError::Usage(format!("--ca: {what}; {right}")))
}

/// The same, with those that the target file names; it stands here.
pub(super) fn authorities_of(
    target: &Target,
    at: Option<&Path>,
    file: Option<&Path>,
) -> Result<Authorities, CommandError> {
    let named = authorities(file)?;
    let Some(ca) = &target.ca else { return Ok(named) };
    let folder = at.and_then(Path::parent).unwrap_or_else(|| Path::new(""));
    let read = Authorities::read(&folder.join(ca.get_ref()));
    let read = read.map_err(|(what, right)| {
        let mut mistakes = Mistakes::default();
        mistakes.add(&target.source, vec![Mistake::new(ca.span(), what, right)]);
        CommandError::Usage(mistakes.to_string())
    })?;
    Ok(named.and(read))
}
