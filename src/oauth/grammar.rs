//! Which characters the values of parameters may hold (RFC6749 Appendix A).

use super::names::{
    ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, CODE, CODE_VERIFIER, REFRESH_TOKEN, RESPONSE_TYPE,
    SCOPE, STATE,
};

/// Whether a parameter may have the value, by its grammar; one without a value is as good as absent, and
/// of names that the text does not know, anything may be.
///
/// What no client may send, no server has to take or send back.
pub fn allows(name: &str, value: &str) -> bool {
    let all = |fits: fn(u8) -> bool| value.bytes().all(fits);
    match name {
        _ if value.is_empty() => true,
        STATE | CLIENT_ID | CLIENT_SECRET | CODE | ACCESS_TOKEN | REFRESH_TOKEN => {
            all(|byte| matches!(byte, b' '..=b'~'))
        }
        SCOPE => value.split(' ').all(|word| {
            let fits = |byte| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~');
            !word.is_empty() && word.bytes().all(fits)
        }),
        RESPONSE_TYPE => value.split(' ').all(|word| {
            !word.is_empty() && word.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
        }),
        CODE_VERIFIER => {
            (43..=128).contains(&value.len())
                && all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_held_against_their_grammars() {
        for (name, value) in [
            (STATE, "a \"<b>&%/~"),
            (SCOPE, "openid api:read"),
            (RESPONSE_TYPE, "code id_token"),
            (CODE_VERIFIER, "a-callers-own.verifier_of~unreserved-characters"),
            (CODE_VERIFIER, ""),
            ("nonce", "å"),
        ] {
            assert!(allows(name, value), "{name}={value}");
        }
        for (name, value) in [
            (STATE, "å"),
            (STATE, "one\r\ntwo"),
            (SCOPE, "one  two"),
            (SCOPE, "a\"b"),
            (RESPONSE_TYPE, "code,token"),
            (CODE_VERIFIER, "short"),
        ] {
            assert!(!allows(name, value), "{name}={value}");
        }
    }
}
