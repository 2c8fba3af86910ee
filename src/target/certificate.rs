//! Reads the certificate of a client, and makes those that a case presents in its place.

use std::path::Path;

use super::file::ClientFile;
use super::text::Text;
use crate::oauth::{Certificate, TokenKind};
use crate::source::{Flaw, Mistake};

/// The certificate of a client (RFC8705), and others that look like it. Two are equal if the client's
/// own are.
#[derive(Clone, Debug)]
pub struct ClientCertificate {
    /// Its own.
    pub own: Certificate,
    /// One with the same subject and another key, if it can be made.
    pub namesake: Option<Certificate>,
    /// A new one with the same subject and the same key, if it can be made.
    pub renewed: Option<Certificate>,
}

impl From<Certificate> for ClientCertificate {
    fn from(own: Certificate) -> Self {
        Self { namesake: own.namesake(), renewed: own.renewed(), own }
    }
}

impl PartialEq for ClientCertificate {
    fn eq(&self, other: &Self) -> bool {
        self.own == other.own
    }
}

impl Eq for ClientCertificate {}

/// What makes one.
const MAKE: &str = "write `certificate = \"FILE\"`; `authspec keys --certificate FILE` makes one";

/// The certificate of a client in a target file in this folder, if it has one; `hidden` says that there
/// is already another mistake.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(
    file: &ClientFile,
    folder: &Path,
    hidden: bool,
) -> Result<Option<ClientCertificate>, Vec<Mistake>> {
    let auth = *file.auth.get_ref();
    let tokens = file.tokens.as_ref().map(|tokens| (*tokens.get_ref(), tokens.span()));
    let bound = tokens.filter(|(kind, _)| *kind == TokenKind::Mtls);
    match (&file.certificate, bound) {
        (None, _) if auth.is_certificate() && !hidden => {
            let what = format!("a client with `auth = \"{}\"` and no certificate", auth.name());
            Err(vec![Mistake::new(file.auth.span(), what, MAKE)])
        }
        (None, Some((_, span))) if !hidden => {
            let what = "a client with `tokens = \"mtls\"` and no certificate";
            Err(vec![Mistake::new(span, what, MAKE)])
        }
        (Some(certificate), None) if !auth.is_certificate() => {
            let what =
                format!("a client with `auth = \"{}\"` presents no certificate", auth.name());
            let right = "leave `certificate` out, or write `tokens = \"mtls\"`, or `auth = \
                         \"tls_client_auth\"` or `\"self_signed_tls_client_auth\"`";
            Err(vec![Mistake::new(certificate.span(), what, right)])
        }
        (Some(certificate), _) => named(certificate.get_ref(), folder)
            .map(|own| Some(own.into()))
            .map_err(|flaw| vec![flaw.at(certificate.span())]),
        (None, _) => Ok(None),
    }
}

/// The certificate that the value names: in a file, or the text itself.
fn named(Text { text, hidden }: &Text, folder: &Path) -> Result<Certificate, Flaw> {
    if *hidden || text.trim_start().starts_with("-----BEGIN") {
        return Certificate::parse(text).map_err(|flaw| flaw.of("the certificate"));
    }
    let path = folder.join(text);
    let pem = std::fs::read_to_string(&path).map_err(|error| {
        let right = format!(
            "name a file with a certificate and its key; `authspec keys --certificate {}` makes one",
            path.display()
        );
        Flaw::new(format!("cannot read the certificate in {}: {error}", path.display()), right)
    })?;
    Certificate::parse(&pem).map_err(|flaw| flaw.of(&path.display().to_string()))
}
