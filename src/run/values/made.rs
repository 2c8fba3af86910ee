//! Values that are made from others, or from scratch, so that they are not valid.

use url::form_urlencoded::byte_serialize;

use super::Values;
use crate::oauth::Certificate;
use crate::oauth::names::{ACCESS_TOKEN, CODE, LOGOUT_TOKEN, OPENID, REFRESH_TOKEN, REQUEST_URI};
use crate::oauth::params::NO_TEXT;
use crate::oauth::request::Authentication;
use crate::suite::Placeholder;
use crate::target::{Client, ClientCertificate};
use crate::wire::Names;

impl Values {
    /// A value made from the client's identifier, from codes and tokens, or from scratch.
    pub(super) fn made_value(&self, placeholder: Placeholder) -> Option<String> {
        match placeholder {
            Placeholder::ClientBasicEncoded => {
                let (id, secret) = (self.client.id.clone(), self.client.secret.clone());
                let header = Authentication::Basic { id, secret }.header()?;
                header.strip_prefix("Basic ").map(str::to_owned)
            }
            Placeholder::ClientIdSwapped => swapped(&self.client.id),
            Placeholder::CodeSwapped => swapped(&self.received(CODE)?),
            Placeholder::AccessTokenSwapped => swapped(&self.received(ACCESS_TOKEN)?),
            Placeholder::LogoutToken => self.received(LOGOUT_TOKEN),
            Placeholder::RequestUri => self.received(REQUEST_URI),
            Placeholder::RefreshTokenSwapped => swapped(&self.received(REFRESH_TOKEN)?),
            Placeholder::RedirectWithoutDot => {
                let (before, behind) = self.client.redirect_uri().rsplit_once('.')?;
                Some(format!("{before}x{behind}"))
            }
            Placeholder::FirstIdToken => self.first_id_token().map(str::to_owned),
            Placeholder::CertificateThumbprint => Some(self.certificate()?.thumbprint().to_owned()),
            Placeholder::CertificateBase64 => Some(self.certificate()?.base64()),
            Placeholder::CertificateEscaped => {
                let pem = self.certificate()?.pem();
                Some(byte_serialize(pem.as_bytes()).collect::<String>().replace('+', "%20"))
            }
            Placeholder::Long => Some("authspec".repeat(1000)),
            Placeholder::NoText => Some(NO_TEXT.to_string()),
            _ => None,
        }
    }

    fn certificate(&self) -> Option<&Certificate> {
        self.client.certificate.as_ref().map(|certificate| &certificate.own)
    }

    /// Names the certificates, which are new on every run.
    pub(super) fn name_certificates(&self, names: &mut Names) {
        let of = |client: Option<&Client>, names: &mut Names, prefix: &str| {
            let Some(certificate) = client.and_then(|client| client.certificate.as_ref()) else {
                return;
            };
            let ClientCertificate { own, namesake, renewed } = certificate;
            let all = [
                (Some(own), "thumbprint"),
                (namesake.as_ref(), "namesake"),
                (renewed.as_ref(), "renewed"),
            ];
            for (certificate, name) in all {
                let Some(certificate) = certificate else { continue };
                names.add(certificate.thumbprint(), &format!("{prefix}certificate.{name}"));
            }
        };
        of(Some(&self.client), names, "");
        of(self.other.as_ref(), names, "other.");
    }

    /// The scope of valid flows, or a value made from it. `None` if no scope is requested.
    pub(super) fn scope_value(&self, placeholder: Placeholder) -> Option<String> {
        let words = self.client.scope.split(' ');
        let words: Vec<_> = match placeholder {
            Placeholder::ScopeReversed => words.rev().collect(),
            Placeholder::ScopeFirst => words.take(1).collect(),
            Placeholder::ScopeWithoutOpenid => words.filter(|word| *word != OPENID).collect(),
            _ => words.collect(),
        };
        // A parameter without a value is treated as omitted (RFC6749 §3.1).
        let may_be_empty = placeholder == Placeholder::ScopeWithoutOpenid;
        Some(words.join(" ")).filter(|scope| may_be_empty || !scope.is_empty())
    }
}

/// The text with the case of its letters swapped, or `None` if it has no letters.
fn swapped(text: &str) -> Option<String> {
    let swap = |letter: char| match letter.is_ascii_lowercase() {
        true => letter.to_ascii_uppercase(),
        false => letter.to_ascii_lowercase(),
    };
    Some(text.chars().map(swap).collect()).filter(|swapped| swapped != text)
}
