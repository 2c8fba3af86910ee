//! Changes a JWT that a client makes.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::encrypted::encrypted;
use crate::oauth::jws::{Signer, Unsigned};
use crate::oauth::signing::{PrivateKey, SigningAlgorithm};
use crate::oauth::{jwt, pkce};
use crate::run::values::Values;
use crate::suite::{JsonTemplate, JwtChange, JwtForm, KeyChange};
use crate::target::Client;

/// The JWT with the change made, signed. `own` is what signs it in the valid flow. The error names
/// what is missing for the change.
pub(super) fn changed(
    change: &JwtChange,
    mut made: Unsigned,
    own: &Signer,
    values: &Values,
    client: &Client,
) -> Result<String, String> {
    let signer = signer(change.key, own, values, client)?;
    made.name_signer(&signer);
    if let Some(KeyChange::New | KeyChange::Embedded) = change.key
        && let Some(kid) = own.key().and_then(PrivateKey::kid)
    {
        made.header.insert("kid".to_owned(), kid.into());
    }
    if change.key == Some(KeyChange::Embedded)
        && let Some(key) = signer.key()
    {
        made.header.insert("jwk".to_owned(), key.public());
    }
    if change.key == Some(KeyChange::Private) {
        // One that is only shown has no key.
        let private = own.key().map_or_else(|| "[private key]".into(), PrivateKey::private);
        made.header.insert("jwk".to_owned(), private);
    }
    apply(&change.set, &change.omit, &mut made.claims, values)?;
    apply(&change.again, &[], &mut made.again, values)?;
    apply(&change.header.set, &change.header.omit, &mut made.header, values)?;
    let text = shaped(change, made, &signer)?;
    match change.encrypted {
        Some(how) => encrypted(how, text, values),
        None => Ok(text),
    }
}

fn apply(
    set: &BTreeMap<String, JsonTemplate>,
    omit: &[String],
    members: &mut Map<String, Value>,
    values: &Values,
) -> Result<(), String> {
    for (name, template) in set {
        let filled = template.fill(&|placeholder| values.get(placeholder));
        let filled = filled.ok_or_else(|| format!("there is no value for {name}"))?;
        members.insert(name.clone(), filled);
    }
    members.retain(|name, _| !omit.contains(name));
    Ok(())
}

/// What signs it.
fn signer(
    key: Option<KeyChange>,
    own: &Signer,
    values: &Values,
    client: &Client,
) -> Result<Signer, String> {
    // A client that signs with its secret keeps its algorithm.
    let keyed = Some(own.alg()).filter(|alg| alg.is_symmetric());
    let hmac = |secret: String| Signer::Secret(keyed.unwrap_or(SigningAlgorithm::Hs256), secret);
    let Some(key) = key else { return Ok(own.clone()) };
    let shown = |signer: Signer| match own {
        Signer::Shown(..) => Signer::Shown(signer.alg(), format!("[{key}]")),
        _ => signer,
    };
    Ok(match key {
        KeyChange::Broken | KeyChange::Private => own.clone(),
        KeyChange::None => Signer::Nothing,
        KeyChange::Other => {
            let other = values.other.as_ref().and_then(|other| values.signer(other));
            shown(other.ok_or("there is no other client with a key")?)
        }
        KeyChange::Next => shown(values.made_key(true).ok_or("cannot make a key")?),
        KeyChange::New | KeyChange::Embedded => shown(match own {
            Signer::Secret(alg, _) => Signer::Secret(*alg, pkce::random()),
            own => Signer::Key(
                PrivateKey::generate(own.alg())
                    .or_else(|| PrivateKey::generate(SigningAlgorithm::Es256))
                    .ok_or("cannot make a key")?,
            ),
        }),
        KeyChange::IdAsSecret => shown(hmac(client.id.clone())),
        KeyChange::EmptySecret => shown(hmac(String::new())),
        // One that is only shown has no key.
        KeyChange::PublicAsSecret if matches!(own, Signer::Shown(..)) => shown(hmac(String::new())),
        KeyChange::PublicAsSecret => {
            let pem = own.key().and_then(PrivateKey::public_pem);
            hmac(pem.ok_or("the client has no public key that can be written as PEM")?)
        }
    })
}

/// The text, with what is wrong with its form.
fn shaped(change: &JwtChange, mut made: Unsigned, signer: &Signer) -> Result<String, String> {
    let text = made.clone().serialize(signer);
    let (message, signature) = text.rsplit_once('.').unwrap_or((&text, ""));
    if change.key == Some(KeyChange::Broken) {
        // A signature that is only shown has no bytes.
        let shown = || format!("{message}.[{}]", KeyChange::Broken);
        return Ok(jwt::forged(&text).unwrap_or_else(shown));
    }
    Ok(match change.form {
        None => text,
        Some(JwtForm::WithoutSignature) => format!("{message}."),
        Some(JwtForm::TwoParts) => message.to_owned(),
        Some(JwtForm::ChangedAfterSigning) => {
            made.claims.insert("authspec".to_owned(), Value::from("added"));
            let other = made.serialize(&Signer::Nothing);
            format!("{other}{signature}")
        }
        Some(JwtForm::ZeroSignature) => jwt::with_zeros(&text)
            .unwrap_or_else(|| format!("{message}.[{}]", JwtForm::ZeroSignature)),
        Some(JwtForm::DerSignature) => match signer {
            Signer::Shown(..) => format!("{message}.[{}]", JwtForm::DerSignature),
            signer => {
                let signature = signer.key().and_then(|key| key.sign_in_der(message.as_bytes()));
                let signature = signature.ok_or("the client's key is not on a curve of ECDSA")?;
                format!("{message}.{}", jwt::encoded(&signature))
            }
        },
    })
}
