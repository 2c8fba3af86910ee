//! The characters allowed in parameter values (RFC6749 Appendix A, RFC7636 §4.1 and §4.2).

use super::names::{
    ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, CODE, CODE_CHALLENGE, CODE_VERIFIER, GRANT_TYPE,
    PASSWORD, REDIRECT_URI, REFRESH_TOKEN, RESPONSE_TYPE, SCOPE, STATE, USERNAME,
};

/// Whether the grammar of a parameter allows the value. An empty value counts as absent, and
/// parameters that the specification does not define may have any value.
///
/// A server need not accept or return what no client may send.
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
        CODE_VERIFIER | CODE_CHALLENGE => (43..=128).contains(&value.len()) && all(is_unreserved),
        // A grant type of another specification is named by a URI.
        GRANT_TYPE => is_of_uri(value),
        REDIRECT_URI => is_uri(value),
        USERNAME | PASSWORD => !value.chars().any(|it| it.is_ascii_control() && it != '\t'),
        _ => true,
    }
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// Whether it is an absolute URI without a fragment (RFC3986 §4.3), as redirect URIs are (RFC6749 §3.1.2).
fn is_uri(value: &str) -> bool {
    let scheme = value.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    is_of_uri(value)
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(is_of_scheme)
}

/// Whether it only contains characters that may occur in a URI before its fragment (RFC3986 §2).
fn is_of_uri(value: &str) -> bool {
    let fits = |byte: u8| is_unreserved(byte) || b":/?[]@!$&'()*+,;=%".contains(&byte);
    let is_escape = |rest: &str| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    value.bytes().all(fits) && value.split('%').skip(1).all(is_escape)
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
            (CODE_CHALLENGE, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            (GRANT_TYPE, "authorization_code"),
            (GRANT_TYPE, "urn:ietf:params:oauth:grant-type:device_code"),
            (REDIRECT_URI, "com.example.app:/callback?a=%20b"),
            (REDIRECT_URI, "http://[::1]:8765/callback"),
            (PASSWORD, "pass wörd"),
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
            (CODE_CHALLENGE, "short"),
            (GRANT_TYPE, "authorization code"),
            (REDIRECT_URI, "/callback"),
            (REDIRECT_URI, "https://app.example/callback#"),
            (REDIRECT_URI, "https://app.example/%zz"),
            (REDIRECT_URI, "https://app.example/a b"),
            (USERNAME, "alice\n"),
        ] {
            assert!(!allows(name, value), "{name}={value}");
        }
    }
}
