//! An authority of authspec's own, which signs the certificates of its listener.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, date_time_ymd,
};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{RootCertStore, ServerConfig};

use crate::source::Flaw;
use crate::suite::BadCertificate;

/// What makes such an authority.
const MADE_BY: &str = "`authspec keys --certificate-authority FILE` makes one";

/// The name of every such authority.
const NAME: &str = "authspec, for this machine only";

/// The name of one that nobody trusts, which must not be taken for one of those.
const UNTRUSTED: &str = "authspec, trusted by nobody";

/// A host for which every such authority may vouch, and at which nobody listens.
const OTHER_HOST: &str = "other.localhost";

/// How to listen over TLS at a host.
#[derive(Clone, Debug)]
pub struct ServerCertificate {
    /// The host, a loopback address or `localhost`.
    pub(super) host: String,
    /// Each has sessions of its own, so that none is resumed after a change of the certificate.
    pub(super) config: Arc<ServerConfig>,
}

/// An authority that vouches for addresses of this machine, and for no others.
pub struct OwnAuthority {
    certificate: CertificateDer<'static>,
    key: PrivatePkcs8KeyDer<'static>,
    name: &'static str,
}

impl OwnAuthority {
    /// Makes one: its private key and its certificate, in PEM.
    ///
    /// # Errors
    /// If the machine has no randomness.
    pub fn make() -> Result<String, String> {
        let key = KeyPair::generate().map_err(|error| error.to_string())?;
        let own = params(NAME).self_signed(&key).map_err(|error| error.to_string())?;
        Ok(format!("{}{}", key.serialize_pem(), own.pem()).replace("\r\n", "\n"))
    }

    /// Makes one that nobody has a reason to trust, as it is gone after the run.
    ///
    /// # Errors
    /// If the machine has no randomness.
    pub fn untrusted() -> Result<Self, String> {
        let key = KeyPair::generate().map_err(|error| error.to_string())?;
        let own = params(UNTRUSTED).self_signed(&key).map_err(|error| error.to_string())?;
        let (certificate, key) = (own.der().clone(), key.serialize_der().into());
        Ok(Self { certificate, key, name: UNTRUSTED })
    }

    /// Reads one that was made so.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(pem: &str) -> Result<Self, Flaw> {
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| Flaw::new("has no certificate in PEM", MADE_BY))?;
        let key = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| Flaw::new("has no private key in PEM", MADE_BY))?;
        let read = Self { certificate, key, name: NAME };
        let why = |error: String| {
            Flaw::new(format!("vouches for nothing that its key signs: {error}"), MADE_BY)
        };
        let (own, _) = read.sign("localhost", None).map_err(why)?;
        read.vouches_for(&own).map_err(|error| why(error.to_string()))?;
        Ok(read)
    }

    /// Its certificate in a PEM file.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn public_half(pem: &str) -> Result<String, Flaw> {
        Self::read(pem)?;
        let begin = pem.find("-----BEGIN CERTIFICATE-----").unwrap_or_default();
        Ok(format!("{}\n", pem[begin..].trim_end()))
    }

    /// A certificate for this host, a loopback address or `localhost`. Whether it is untrusted depends
    /// on the authority alone.
    ///
    /// # Errors
    /// If it cannot vouch for that host.
    pub fn certify(
        &self,
        host: &str,
        bad: Option<BadCertificate>,
    ) -> Result<ServerCertificate, String> {
        let (certificate, key) = self.sign(host, bad)?;
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let config = config.with_safe_default_protocol_versions().map_err(|it| it.to_string())?;
        let chain = vec![certificate, self.certificate.clone()];
        let config = config.with_no_client_auth().with_single_cert(chain, key);
        let config = config.map(Arc::new).map_err(|error| error.to_string())?;
        Ok(ServerCertificate { host: host.to_owned(), config })
    }

    fn sign(
        &self,
        host: &str,
        bad: Option<BadCertificate>,
    ) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), String> {
        let wrong = |error: rcgen::Error| error.to_string();
        let issuer = Issuer::new(params(self.name), KeyPair::try_from(&self.key).map_err(wrong)?);
        let key = KeyPair::generate().map_err(wrong)?;
        let named = if bad == Some(BadCertificate::WrongHost) { OTHER_HOST } else { host };
        let mut own = CertificateParams::new(vec![named.to_owned()]).map_err(wrong)?;
        if bad == Some(BadCertificate::Expired) {
            own.not_after = date_time_ymd(2020, 1, 1);
        }
        own.distinguished_name.push(DnType::CommonName, "authspec");
        own.use_authority_key_identifier_extension = true;
        own.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        own.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let own = own.signed_by(&key, &issuer).map_err(wrong)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok((own.der().clone(), key))
    }

    fn vouches_for(&self, own: &CertificateDer<'_>) -> Result<(), rustls::Error> {
        let wrong = |error: &dyn std::fmt::Display| rustls::Error::General(error.to_string());
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone())?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
        let verifier = verifier.build().map_err(|error| wrong(&error))?;
        let name = ServerName::try_from("localhost").map_err(|error| wrong(&error))?;
        verifier.verify_server_cert(own, &[], &name, &[], UnixTime::now()).map(drop)
    }
}

/// What its certificate says. Whoever trusts it trusts it for this machine's own addresses alone, and
/// whoever finds the key can pretend to be nobody else.
fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName("localhost".to_owned()),
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([127, 0, 0, 0], 8)),
            GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(
                std::net::Ipv6Addr::LOCALHOST.octets(),
                128,
            )),
        ],
        excluded_subtrees: Vec::new(),
    });
    params
}

impl std::fmt::Debug for OwnAuthority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OwnAuthority").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_vouches_for_addresses_of_this_machine() {
        let pem = OwnAuthority::make().unwrap();
        let read = OwnAuthority::read(&pem).unwrap();
        for host in ["localhost", "127.0.0.1", "::1"] {
            read.certify(host, None).unwrap();
        }
        let (other, _) = read.sign("as.example", None).unwrap();
        assert!(read.vouches_for(&other).is_err());
    }

    #[test]
    fn a_bad_certificate_is_wrong_in_one_thing() {
        let authority = OwnAuthority::read(&OwnAuthority::make().unwrap()).unwrap();
        let refused = |bad| {
            let (own, _) = authority.sign("localhost", bad).unwrap();
            authority.vouches_for(&own).map_err(|error| error.to_string())
        };
        assert_eq!(refused(None), Ok(()));
        let wrong_host = refused(Some(BadCertificate::WrongHost)).unwrap_err();
        assert!(wrong_host.contains("not valid for name \"localhost\""), "{wrong_host}");
        assert!(wrong_host.contains("other.localhost"), "{wrong_host}");
        let expired = refused(Some(BadCertificate::Expired)).unwrap_err();
        assert!(expired.contains("certificate expired"), "{expired}");
    }

    #[test]
    fn its_public_half_has_no_key() {
        let pem = OwnAuthority::make().unwrap();
        let public = OwnAuthority::public_half(&pem).unwrap();
        assert!(public.starts_with("-----BEGIN CERTIFICATE-----\n"));
        assert!(!public.contains("PRIVATE"));
    }

    #[test]
    fn halves_of_two_authorities_are_none() {
        let [one, other] = [OwnAuthority::make().unwrap(), OwnAuthority::make().unwrap()];
        let begin = "-----BEGIN CERTIFICATE-----";
        let key = one.split(begin).next().unwrap();
        let certificate = other.split(begin).nth(1).unwrap();
        let mixed = format!("{key}{begin}{certificate}");
        assert!(OwnAuthority::read(&mixed).unwrap_err().what.contains("vouches for nothing"));
        assert!(OwnAuthority::read(key).unwrap_err().what.contains("no certificate"));
    }
}
