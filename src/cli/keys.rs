//! `authspec keys`.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::command_error::CommandError;
use crate::oauth::Certificate;
use crate::oauth::signing::{PrivateKey, SigningAlgorithm};
use crate::setup::secret_file;
use crate::source::Flaw;
use crate::wire::OwnAuthority;

/// The algorithms that `authspec keys` makes keys for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum KeyAlgorithm {
    /// ECDSA with P-256
    #[default]
    #[value(name = "ES256")]
    Es256,
    /// ECDSA with P-384
    #[value(name = "ES384")]
    Es384,
    /// ECDSA with P-521
    #[value(name = "ES512")]
    Es512,
    /// EdDSA with Ed25519
    #[value(name = "EdDSA")]
    EdDsa,
}

impl KeyAlgorithm {
    fn algorithm(self) -> SigningAlgorithm {
        match self {
            Self::Es256 => SigningAlgorithm::Es256,
            Self::Es384 => SigningAlgorithm::Es384,
            Self::Es512 => SigningAlgorithm::Es512,
            Self::EdDsa => SigningAlgorithm::EdDsa,
        }
    }
}

/// Makes a key for a client, or reads the one that is there, and shows its public half.
pub(super) fn keys(
    file: &Path,
    alg: KeyAlgorithm,
    out: &mut dyn Write,
) -> Result<ExitCode, CommandError> {
    let wrong = |what: String| CommandError::Usage(what);
    let key = match std::fs::read_to_string(file) {
        Ok(text) => PrivateKey::parse(&text, None).map_err(|Flaw { what, right }| {
            wrong(format!("the JWK Set in {} {what}; {right}", file.display()))
        })?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = PrivateKey::generate(alg.algorithm())
                .ok_or_else(|| wrong(format!("cannot make a key for {}", alg.algorithm())))?;
            save(file, &pretty(&json!({ "keys": [key.private()] })))
                .map_err(|error| wrong(format!("cannot write {}: {error}", file.display())))?;
            key
        }
        Err(error) => return Err(wrong(format!("cannot read {}: {error}", file.display()))),
    };
    writeln!(out, "{}", pretty(&json!({ "keys": [key.public()] })))?;
    Ok(ExitCode::SUCCESS)
}

/// Makes a certificate authority, or reads the one that is there, and shows its certificate.
pub(super) fn authority(file: &Path, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let wrong = |what: String| CommandError::Usage(what);
    let pem = match std::fs::read_to_string(file) {
        Ok(pem) => pem,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let pem = OwnAuthority::make()
                .map_err(|error| wrong(format!("cannot make an authority: {error}")))?;
            let saved = secret_file(file).and_then(|mut file| file.write_all(pem.as_bytes()));
            saved.map_err(|error| wrong(format!("cannot write {}: {error}", file.display())))?;
            pem
        }
        Err(error) => return Err(wrong(format!("cannot read {}: {error}", file.display()))),
    };
    let public = OwnAuthority::public_half(&pem)
        .map_err(|flaw| wrong(format!("{} {}; {}", file.display(), flaw.what, flaw.right)))?;
    write!(out, "{public}")?;
    Ok(ExitCode::SUCCESS)
}

/// Makes a certificate for a client, or reads the one that is there, and shows what to register of it
/// (RFC8705 §2.1.2, RFC8705 §2.2.2).
pub(super) fn certificate(file: &Path, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let wrong = |what: String| CommandError::Usage(what);
    let certificate = match std::fs::read_to_string(file) {
        Ok(text) => Certificate::parse(&text).map_err(|Flaw { what, right }| {
            wrong(format!("the file {} {what}; {right}", file.display()))
        })?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            let (certificate, text) = Certificate::generate(&name)
                .ok_or_else(|| wrong(format!("cannot make a certificate for `{name}`")))?;
            save(file, &text)
                .map_err(|error| wrong(format!("cannot write {}: {error}", file.display())))?;
            certificate
        }
        Err(error) => return Err(wrong(format!("cannot read {}: {error}", file.display()))),
    };
    let shown = json!({
        "tls_client_auth_subject_dn": certificate.subject(),
        "x5t#S256": certificate.thumbprint(),
        "jwks": { "keys": certificate.jwk().into_iter().collect::<Vec<_>>() },
    });
    writeln!(out, "{}", pretty(&shown))?;
    Ok(ExitCode::SUCCESS)
}

fn pretty(json: &Value) -> String {
    format!("{json:#}")
}

/// Writes what is secret to a new file that only its owner can read.
fn save(file: &Path, text: &str) -> io::Result<()> {
    secret_file(file)?.write_all(format!("{}\n", text.trim_end()).as_bytes())
}
