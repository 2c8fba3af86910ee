//! Reads the users of a target file.

use std::path::Path;

use toml::Spanned;

use super::client::User;
use super::file::UserFile;
use super::otp::Otp;
use super::passkey::Passkey;
use super::text::Text;
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
            Err((what, right)) => {
                wrong.push(Mistake::new(passkey.span(), what, right));
                None
            }
        }
    });
    let password = file.password.map(|password| password.text).unwrap_or_default();
    (User { name: name.into_inner(), password, otp, passkey }, wrong)
}
