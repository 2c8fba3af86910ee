//! What the conformance suite of the OpenID Foundation would say, module by module.

mod result;
mod table;

pub use result::{ModuleResult, Says};
pub use table::module_table;

pub(super) use table::{counts, reason};
