//! What the specifications define: names, requests and answers of OAuth 2.0. Uses no other module
//! and no I/O.

pub mod assertion;
pub mod certificate;
pub mod cite;
pub mod claim_form;
pub mod claim_sources;
pub mod dpop;
pub mod encryption_keys;
pub mod entropy;
pub mod grammar;
mod jarm;
pub mod jws;
pub mod jwt;
pub mod loopback;
pub mod member;
pub mod metadata;
pub mod names;
pub mod params;
pub mod pkce;
pub mod request;
pub mod request_object;
pub mod requested_mode;
pub mod response;
pub mod signing;

pub use certificate::Certificate;
pub use cite::{Cite, Level};
pub use loopback::{listening_addresses, loopback_addresses};
pub use metadata::Metadata;
pub use params::Params;
pub use request::{AuthMethod, Authentication, Request, RequestForm, TokenKind};
pub use requested_mode::RequestedMode;
pub use response::AuthorizationResponse;
