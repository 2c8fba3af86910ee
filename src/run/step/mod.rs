//! The steps: what a valid flow sends at each, and what it takes from the answer.

mod answers;
mod assertion;
mod authenticate;
mod authorize;
mod backchannel;
mod change;
mod client_credentials;
mod frame;
mod implicit;
mod introspect;
mod jwks;
mod jwt;
mod kinds;
mod logout;
mod manage;
mod metadata;
mod object;
mod openid_metadata;
mod password;
mod preflight;
mod proof;
mod push;
mod refresh;
mod register;
mod revoke;
mod token;
mod token_preflight;
mod unregister;
mod userinfo;

pub(super) use answers::answers;
pub(super) use change::{Actors, apply};
pub(super) use kinds::{request, take, worked};
pub(super) use manage::unmanaged;
pub(super) use object::{about, packed};
pub(super) use proof::{may_learn, prove};
pub(super) use push::{NO_ENDPOINT as NO_PUSH_ENDPOINT, of as push_of, reference, referring};
