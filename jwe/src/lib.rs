//! JSON Web Encryption in its compact form (RFC7516), for the tests and for the server that they are tried on.
//!
//! It puts together what `aws-lc-rs` encrypts: there is no cipher here. Only what servers commonly take is there: RSA-OAEP
//! with SHA-1 or SHA-256, ECDH-ES on P-256 and the secret of a client, each with AES in GCM, or in CBC with an HMAC.

mod algorithms;
mod content;
mod decrypt;
mod encrypt;
mod parts;
mod shared;

pub use algorithms::{ContentEncryption, KeyManagement};
pub use decrypt::{Decrypted, PrivateKey};
pub use encrypt::{encrypt, fits};
pub use shared::{DIRECT, decrypt_with_secret, encrypt_directly, encrypt_with_secret};
