//! Decides which servers to trust: by the authorities of this machine, and those that are named.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature,
    verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use sha2::{Digest, Sha256};

use crate::oauth::Certificate;
use crate::source::Flaw;

/// The webpki error for a server that uses an authority's certificate as its own.
const OF_AUTHORITY: &str = "CaUsedAsEndEntity";

/// Certificates of authorities from a file.
#[derive(Clone, Debug, Default)]
pub struct Authorities(Vec<CertificateDer<'static>>);

impl Authorities {
    /// Reads a file of certificates in PEM.
    ///
    /// # Errors
    /// What is wrong with the file, and what would be right.
    pub fn read(path: &Path) -> Result<Self, Flaw> {
        let file = path.display();
        let text = std::fs::read(path).map_err(|error| {
            let right = "name the file with the certificate of the authority, in PEM";
            Flaw::new(format!("cannot read the certificates in {file}: {error}"), right)
        })?;
        Self::parse(&text, &file.to_string())
    }

    /// Reads certificates in PEM, from the file of this name.
    ///
    /// # Errors
    /// What is wrong with the text, and what would be right.
    pub fn parse(text: &[u8], file: &str) -> Result<Self, Flaw> {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
        let found = read.map_err(|error| {
            let right = "export it again, as PEM";
            Flaw::new(format!("{file} is not a complete PEM file: {error}"), right)
        })?;
        if found.is_empty() {
            let right = format!(
                "a PEM file begins with `-----BEGIN CERTIFICATE-----`; to convert DER: openssl \
                 x509 -inform der -in {file} -out FILE"
            );
            return Err(Flaw::new(format!("{file} has no certificate in PEM"), right));
        }
        let mut roots = RootCertStore::empty();
        for certificate in &found {
            roots.add(certificate.clone()).map_err(|error| {
                let right = "name a file with complete certificates";
                Flaw::new(format!("a certificate in {file} cannot be read: {error}"), right)
            })?;
        }
        Ok(Self(found))
    }

    /// Adds the others.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }
}

/// What an HTTP client trusts, and the keys of the servers that have proved their identity.
#[derive(Debug)]
pub(super) struct Trust {
    named: Authorities,
    /// Read when a server first wants to be trusted: most under test have no TLS.
    known: OnceLock<Known>,
    proven: Mutex<BTreeSet<String>>,
    algorithms: WebPkiSupportedAlgorithms,
}

/// All that is trusted.
#[derive(Debug)]
struct Known {
    certificates: Vec<CertificateDer<'static>>,
    /// None without any certificate.
    by_chain: Option<Arc<WebPkiServerVerifier>>,
}

impl Trust {
    /// The authorities of this machine (those of `SSL_CERT_FILE` if it is set), and these.
    pub(super) fn of(named: &Authorities) -> Arc<Self> {
        let (known, proven) = (OnceLock::new(), Mutex::default());
        let algorithms = provider().signature_verification_algorithms;
        Arc::new(Self { named: named.clone(), known, proven, algorithms })
    }

    /// Whether no server can be trusted.
    pub(super) fn is_empty(&self) -> bool {
        self.known().by_chain.is_none()
    }

    fn known(&self) -> &Known {
        self.known.get_or_init(|| {
            let mut certificates = rustls_native_certs::load_native_certs().certs;
            certificates.extend(self.named.0.iter().cloned());
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(certificates.iter().cloned());
            let by_chain = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider());
            Known { certificates, by_chain: by_chain.build().ok() }
        })
    }

    /// The TLS configuration of a client with these protocols (RFC7301), which presents this
    /// certificate if it is asked for one.
    pub(super) fn config(
        self: &Arc<Self>,
        protocols: &[&str],
        certificate: Option<&Certificate>,
    ) -> Result<ClientConfig, Error> {
        let config = ClientConfig::builder_with_provider(provider());
        let config = config.with_safe_default_protocol_versions()?.dangerous();
        let trust: Arc<dyn ServerCertVerifier> = Arc::<Self>::clone(self);
        let config = config.with_custom_certificate_verifier(trust);
        let mut config = match certificate {
            Some(own) => {
                config.with_client_auth_cert(own.chain().to_vec(), own.key().clone_key())?
            }
            None => config.with_no_client_auth(),
        };
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        Ok(config)
    }

    /// The key hashes of all servers that have proved their identity, in the format of browsers.
    pub(super) fn proven(&self) -> Vec<String> {
        self.proven.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let parsed = ParsedCertificate::try_from(own)?;
        let Known { certificates, by_chain } = self.known();
        let by_chain = by_chain.as_ref().ok_or(CertificateError::UnknownIssuer)?;
        let verified = match by_chain.verify_server_cert(own, others, name, ocsp, now) {
            // `openssl req -x509` creates such a certificate: an authority that only signs itself.
            // Naming that exact certificate means trusting it.
            Err(error)
                if error.to_string().contains(OF_AUTHORITY) && certificates.contains(own) =>
            {
                verify_server_name(&parsed, name)?;
                ServerCertVerified::assertion()
            }
            verified => verified?,
        };
        let key = Sha256::digest(parsed.subject_public_key_info().as_ref());
        let mut proven = self.proven.lock().unwrap_or_else(PoisonError::into_inner);
        proven.insert(STANDARD.encode(key));
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, own, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, own, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
