//! Reads what signs a client's assertions and request objects.

use std::path::Path;

use super::client::EACH_ENDPOINT;
use super::file::ClientFile;
use super::text::Text;
use crate::oauth::AuthMethod;
use crate::oauth::jws::Signer;
use crate::oauth::signing::{PrivateKey, SigningAlgorithm};
use crate::source::{Flaw, Mistake};

/// What signs the assertions and request objects of a client in a target file in this folder, if it
/// has any; `hidden` says that there is already another mistake.
///
/// # Errors
/// What is wrong with its keys or its algorithm.
pub(super) fn read(
    file: &ClientFile,
    folder: &Path,
    hidden: bool,
) -> Result<Option<Signer>, Vec<Mistake>> {
    let auth = *file.auth.get_ref();
    let alg = file.alg.as_ref().map(|alg| *alg.get_ref());
    let object = file.request.as_ref().filter(|form| form.get_ref().is_object());
    // The secret signs the objects of a client that has no other key, if the algorithm says so.
    let is_shared = auth == AuthMethod::ClientSecretJwt
        || object.is_some()
            && file.keys.is_none()
            && file.secret.is_some()
            && alg.is_some_and(SigningAlgorithm::is_symmetric);
    let has_key = auth == AuthMethod::PrivateKeyJwt || object.is_some() && !is_shared;
    let wrong = unsuited(file, auth, has_key, is_shared);
    if !wrong.is_empty() {
        return Err(wrong);
    }
    match (auth, &file.keys, &file.secret) {
        (AuthMethod::PrivateKeyJwt, None, _) if !hidden => {
            let what = "a client with `auth = \"private_key_jwt\"` and no keys";
            let right = "write `keys = \"FILE\"`; `authspec keys FILE` makes one";
            Err(vec![Mistake::new(file.auth.span(), what, right)])
        }
        (_, Some(keys), _) => {
            let read = key(keys.get_ref(), folder, alg);
            read.map(|key| Some(Signer::Key(key))).map_err(|flaw| vec![flaw.at(keys.span())])
        }
        (_, _, Some(secret)) if is_shared => {
            let alg = alg.unwrap_or(SigningAlgorithm::Hs256);
            Ok(Some(Signer::Secret(alg, secret.get_ref().text.clone())))
        }
        _ => match object {
            Some(object) if !hidden => {
                let what = "a client that passes signed objects and has no keys".to_owned();
                let right = match auth.sends_secret() {
                    true => {
                        "write `keys = \"FILE\"`; `authspec keys FILE` makes one; or `alg = \
                         \"HS256\"` if it signs with its secret"
                    }
                    false => "write `keys = \"FILE\"`; `authspec keys FILE` makes one",
                };
                Err(vec![Mistake::new(object.span(), what, right)])
            }
            _ => Ok(None),
        },
    }
}

/// What is wrong with the keys and the algorithm of a client that authenticates so, and that has a
/// key or not, or signs with its secret.
fn unsuited(file: &ClientFile, auth: AuthMethod, has_key: bool, is_shared: bool) -> Vec<Mistake> {
    let mut wrong = Vec::new();
    let is_odd = |audience: &str| audience != EACH_ENDPOINT && audience.contains(['{', '}']);
    if let Some(audience) = file.audience.as_ref().filter(|it| is_odd(&it.get_ref().text)) {
        let what = "an audience with braces".to_owned();
        let right = "write `audience = \"{endpoint}\"` for the endpoint to which each assertion goes, or the \
                     audience itself";
        wrong.push(Mistake::new(audience.span(), what, right));
    }
    if let Some(keys) = file.keys.as_ref().filter(|_| !has_key) {
        let what = format!("a client with `auth = \"{}\"` does not use keys", auth.name());
        let right = "leave `keys` out, or write `auth = \"private_key_jwt\"`";
        wrong.push(Mistake::new(keys.span(), what, right));
    }
    if let Some(alg) = &file.alg {
        let is_symmetric = alg.get_ref().is_symmetric();
        let right = match () {
            () if has_key && is_symmetric && auth.sends_secret() => Some(
                "write the algorithm of the key, as in `alg = \"ES256\"`, or leave `keys` out if the secret signs",
            ),
            () if has_key && is_symmetric => {
                Some("write the algorithm of the key, as in `alg = \"ES256\"`, or leave it out")
            }
            () if is_shared && !is_symmetric => {
                Some("write `alg = \"HS256\"`, or another that is keyed with a secret")
            }
            () if is_shared || has_key => None,
            () if is_symmetric && file.secret.is_some() => Some(
                "leave `alg` out, or write `auth = \"client_secret_jwt\"`, or `request = \"object\"` if it \
                 signs its requests with its secret",
            ),
            () => Some("leave `alg` out, or write `auth = \"private_key_jwt\"`"),
        };
        if let Some(right) = right {
            let has_both = file.keys.is_some() && auth.sends_secret();
            let keys = if has_both { " and keys" } else { "" };
            let what = format!(
                "a client with `auth = \"{}\"`{keys} does not sign with {}",
                auth.name(),
                alg.get_ref()
            );
            wrong.push(Mistake::new(alg.span(), what, right));
        }
    }
    wrong
}

/// The key that the value names: in a file, or the JWK Set itself.
fn key(
    Text { text, hidden }: &Text,
    folder: &Path,
    alg: Option<SigningAlgorithm>,
) -> Result<PrivateKey, Flaw> {
    if *hidden || text.trim_start().starts_with('{') {
        return PrivateKey::parse(text, alg).map_err(|flaw| flaw.of("the JWK Set"));
    }
    let path = folder.join(text);
    let json = std::fs::read_to_string(&path).map_err(|error| {
        let what = format!("cannot read the keys in {}: {error}", path.display());
        Flaw::new(
            what,
            format!("name a file with a JWK Set; `authspec keys {}` makes one", path.display()),
        )
    })?;
    PrivateKey::parse(&json, alg)
        .map_err(|flaw| flaw.of(&format!("the JWK Set in {}", path.display())))
}
