//! The one-time codes of a user (RFC6238).

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use totp_rs::{Builder, Secret, Totp, TotpError};

/// The prefix of a URI that contains a secret.
const URI: &str = "otpauth://";

/// The advice for a text that is not a secret.
const RIGHT: &str = "write the secret that the server shows when an authenticator app is set up, \
                     in base32 as in `JBSWY3DPEHPK3PXP`, or its whole URI, `otpauth://totp/…`";

/// The source of a user's one-time codes; copies of it share the codes that were used.
#[derive(Clone)]
pub struct Otp {
    written: String,
    totp: Arc<Totp>,
    used: Arc<Mutex<Used>>,
}

/// What has happened with the codes so far.
#[derive(Default)]
struct Used {
    /// The time step of the last code, counted in steps since 1970.
    last: Option<u64>,
    /// Whether the server accepts a code only once.
    once: bool,
    /// All codes so far.
    codes: Vec<String>,
    /// Whether the server refused a code, and one of a later step too.
    is_wrong: bool,
}

impl Otp {
    /// Reads a secret in base32, or an `otpauth` URI, which specifies the number of digits, the
    /// period and the algorithm.
    ///
    /// # Errors
    /// What is wrong with it, without revealing the secret, and what would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        let is_uri = text.get(..URI.len()).is_some_and(|it| it.eq_ignore_ascii_case(URI));
        let totp = if is_uri { from_uri(text)? } else { from_base32(text)? };
        Ok(Self { written: text.to_owned(), totp: Arc::new(totp), used: Arc::default() })
    }

    /// The current code, or how long to wait for one that the server has not seen.
    ///
    /// # Errors
    /// How long to wait, if the server accepts a code only once.
    pub fn code(&self) -> Result<String, Duration> {
        self.code_at(now())
    }

    fn code_at(&self, now: Duration) -> Result<String, Duration> {
        let mut used = self.used();
        let step = now.as_secs() / self.totp.step();
        if used.once && used.last == Some(step) && !used.is_wrong {
            return Err(Duration::from_secs(self.totp.next_step(now.as_secs())) - now);
        }
        used.last = Some(step);
        let code = self.totp.generate(now.as_secs()).to_string();
        if !used.codes.contains(&code) {
            used.codes.push(code.clone());
        }
        Ok(code)
    }

    /// Notes that the server has refused so many codes in a row: from now on, none is sent twice.
    /// Another program may have sent the first one.
    ///
    /// Returns whether another code may work: if two were refused, the secret is wrong.
    pub fn refused(&self, times: usize) -> bool {
        let mut used = self.used();
        used.once = true;
        used.is_wrong |= times > 1;
        !used.is_wrong
    }

    /// All codes so far.
    pub fn codes(&self) -> Vec<String> {
        self.used().codes.clone()
    }

    /// How long a code is valid.
    pub fn period(&self) -> Duration {
        Duration::from_secs(self.totp.step())
    }

    /// The secret, in each way in which it may be written.
    pub fn secrets(&self) -> Vec<String> {
        let named = self.written.split(['?', '&']).filter_map(|part| part.strip_prefix("secret="));
        named.map(str::to_owned).chain([self.written.clone()]).collect()
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PartialEq for Otp {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Otp {}

impl fmt::Debug for Otp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It is a secret.
        f.write_str("Otp")
    }
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn from_base32(text: &str) -> Result<Totp, String> {
    // Servers show it in groups, sometimes in lower case.
    let plain: String = text.chars().filter(|c| !c.is_whitespace() && !"-=".contains(*c)).collect();
    let secret = Secret::try_from_base32(plain.to_ascii_uppercase());
    match secret {
        Ok(secret) if !plain.is_empty() => {
            Ok(Builder::new().with_secret(secret).build_noncompliant())
        }
        _ => Err(format!(
            "this is not a secret in base32, which only has letters and the digits 2 to 7; {RIGHT}"
        )),
    }
}

fn from_uri(text: &str) -> Result<Totp, String> {
    let wrong = |what: &str| Err(format!("{what}; {RIGHT}"));
    match Totp::from_url(text) {
        Ok(totp) => Ok(totp),
        // Many servers use shorter ones than the specification requires.
        Err(TotpError::SecretTooShort { .. }) => match Totp::from_url_unchecked(text) {
            Ok(totp) if totp.step() > 0 && (1..=9).contains(&totp.digits()) => Ok(totp),
            _ => wrong("this URI has an invalid period or number of digits"),
        },
        Err(TotpError::SecretNotSet) => wrong("this URI has no `secret`"),
        Err(TotpError::InvalidSecret) => wrong("the `secret` of this URI is not in base32"),
        Err(TotpError::InvalidHost { host }) if host == "hotp" => {
            wrong("this URI is for counter-based codes, not for time-based ones")
        }
        Err(TotpError::InvalidAlgorithm { .. }) => {
            wrong("the `algorithm` of this URI is not SHA1, SHA256 or SHA512")
        }
        Err(TotpError::InvalidDigits { .. } | TotpError::DigitsParse { .. }) => {
            wrong("the `digits` of this URI are not 6, 7 or 8")
        }
        Err(TotpError::StepParse { .. } | TotpError::InvalidStepZero) => {
            wrong("the `period` of this URI is not a number of seconds")
        }
        Err(_) => wrong("this is not a URI for an authenticator app"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secrets of RFC6238 Appendix B in base32.
    const SHA1: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    const SHA256: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA";
    const SHA512: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
                          GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA";

    #[test]
    fn codes_are_those_of_the_specification() {
        for (algorithm, secret, at, code) in [
            ("SHA1", SHA1, 59, "94287082"),
            ("SHA1", SHA1, 20_000_000_000, "65353130"),
            ("SHA256", SHA256, 59, "46119246"),
            ("SHA256", SHA256, 1_111_111_109, "68084774"),
            ("SHA512", SHA512, 59, "90693936"),
            ("SHA512", SHA512, 1_234_567_890, "93441116"),
        ] {
            let uri = format!(
                "otpauth://totp/as:alice?secret={secret}&algorithm={algorithm}&digits=8&period=30"
            );
            let otp = Otp::parse(&uri).unwrap();
            assert_eq!(otp.code_at(Duration::from_secs(at)).unwrap(), code, "{algorithm} at {at}");
        }
    }

    #[test]
    fn a_code_is_sent_again_until_the_server_refuses_that() {
        let otp = Otp::parse("gezd gnbv gy3t qojq gezd gnbv gy3t qojq").unwrap();
        let copy = otp.clone();
        let at = Duration::from_millis(59_500);
        assert_eq!(otp.code_at(at).unwrap(), "287082");
        assert_eq!(copy.code_at(at).unwrap(), "287082");
        assert!(copy.refused(1));
        assert_eq!(otp.code_at(at), Err(Duration::from_millis(500)));
        assert!(otp.code_at(Duration::from_secs(60)).is_ok());
        assert!(!otp.refused(2));
        assert_eq!(copy.codes().len(), 2);
    }

    #[test]
    fn what_is_no_secret_is_not_told() {
        for text in ["", "s3cret!", "otpauth://totp/a", "otpauth://hotp/a?secret=GEZDGNBVGY3TQOJQ"]
        {
            let said = Otp::parse(text).unwrap_err();
            assert!(text.is_empty() || !said.contains(text), "{said}");
        }
        let short = Otp::parse("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&period=0");
        assert!(short.is_err());
        let otp = Otp::parse("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP").unwrap();
        assert!(otp.secrets().contains(&"JBSWY3DPEHPK3PXP".to_owned()));
        assert!(!format!("{otp:?}").contains("JBSW"));
    }
}
