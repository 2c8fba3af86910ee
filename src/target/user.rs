//! Reads the users of a target file.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};
use toml::Spanned;

use super::client::User;
use super::file::UserFile;
use super::otp::Otp;
use super::passkey::Passkey;
use super::text::Text;
use crate::oauth::{claim_form, member};
use crate::source::Mistake;

/// Reads a user from a target file in this folder, with all mistakes; `hidden` says that there is
/// already another mistake.
pub(super) fn read(
    name: Spanned<String>,
    file: UserFile,
    folder: &Path,
    hidden: bool,
) -> (User, Vec<Mistake>) {
    let mut wrong = Vec::new();
    if file.password.is_none() && file.passkey.is_none() && !hidden {
        let what = format!("the user `{}` has neither a password nor a passkey", name.get_ref());
        let right =
            "write `password = \"env:NAME\"`, or `passkey = \"new\"` where there are no passwords";
        wrong.push(Mistake::new(name.span(), what, right));
    }
    let otp = file.otp.and_then(|otp| match Otp::parse(&otp.get_ref().text) {
        Ok(read) => Some(read),
        Err(why) => {
            let (what, right) = why.split_once("; ").unwrap_or((&why, ""));
            wrong.push(Mistake::new(otp.span(), what, right));
            None
        }
    });
    let passkey = file.passkey.and_then(|passkey| {
        let Text { text, hidden } = passkey.get_ref();
        match Passkey::read(text, *hidden, folder) {
            Ok(read) => Some(read),
            Err(flaw) => {
                wrong.push(flaw.at(passkey.span()));
                None
            }
        }
    });
    let password = file.password.map(|password| password.text).unwrap_or_default();
    let claims = claims(file.claims, &mut wrong);
    (User { name: name.into_inner(), password, otp, passkey, claims }, wrong)
}

/// The claims, each of the type and form that it is defined with.
fn claims(
    file: BTreeMap<Spanned<String>, Spanned<Value>>,
    wrong: &mut Vec<Mistake>,
) -> Map<String, Value> {
    let mut claims = Map::new();
    for (name, value) in file {
        let (span, name, value) = (value.span(), name.into_inner(), value.into_inner());
        let kind = member::kind(&name).filter(|kind| !kind.fits(&value)).map(member::Kind::name);
        let form = claim_form::form(&name).filter(|form| !form.fits(&value));
        if let Some(right) = kind.or(form.map(claim_form::Form::name)) {
            let what = format!("this is no value of the claim `{name}`, which is {right}");
            wrong.push(Mistake::new(
                span,
                what,
                "write what the server must tell, or leave it out",
            ));
        }
        claims.insert(name, value);
    }
    claims
}
