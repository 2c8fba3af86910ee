//! What pages ask for in addition to a password: one-time codes and passkeys.

use std::time::Duration;

use super::action::Action;
use crate::target::User;
use crate::wire::Blocked;

/// Why there is no code to type.
#[derive(Debug)]
pub(super) enum NoCode {
    /// There is one after this time: the current code was already sent.
    Wait(Duration),
    /// There is none at all.
    Never(Blocked),
}

/// The code to type after a visit has had so many refused in a row.
pub(super) fn one_time_code(user: &User, refused: usize) -> Result<String, NoCode> {
    let name = &user.name;
    let table = user.table();
    let Some(otp) = &user.otp else {
        return Err(NoCode::Never(Blocked::TargetLacks {
            why: format!("a page asks {name} for a one-time code"),
            advice: format!(
                "write `otp = \"env:{}_OTP\"` below `{table}`, with the secret that the \
                 server shows when an authenticator app is set up",
                variable(name)
            ),
        }));
    };
    if refused > 0 && !otp.refused(refused) {
        return Err(NoCode::Never(Blocked::TargetLacks {
            why: format!("the one-time codes of {name} were refused"),
            advice: format!(
                "check that `otp` below `{table}` is the secret of this user, and that the \
                 clocks of both machines agree"
            ),
        }));
    }
    otp.code().map_err(NoCode::Wait)
}

/// What a page asks for that the user lacks, if it is about a passkey.
pub(super) fn no_passkey(user: &User, action: &Action) -> Option<Blocked> {
    let (name, table) = (&user.name, user.table());
    let lacks = action.passkey && user.passkey.is_none();
    lacks.then(|| Blocked::TargetLacks {
        why: format!("a page asks {name} for a passkey, or to set one up"),
        advice: format!(
            "write `passkey = \"new\"` below `{table}` to register one when the server asks \
             for it, or name a file with one that is registered"
        ),
    })
}

/// The name of an environment variable.
fn variable(name: &str) -> String {
    let name = name.split('@').next().unwrap_or(name).to_ascii_uppercase();
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}
