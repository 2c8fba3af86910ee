//! How many bits of chance a value can hold (RFC6749 §10.10).

/// The most bits that the value can hold: its length times what one character of the smallest usual
/// alphabet holds that it can be written in. Of a signed JWT, the signature alone is not to be known.
///
/// How much chance went into it cannot be told from a value; that it cannot be more than this can.
pub fn most_bits(value: &str) -> f64 {
    let secret = match value.rsplit_once('.') {
        Some((signed, signature)) if signed.matches('.').count() == 1 => signature,
        _ => value,
    };
    let length = u32::try_from(secret.len()).unwrap_or(u32::MAX);
    f64::from(length) * f64::from(alphabet(secret)).log2()
}

/// Whether a byte is a character of an alphabet, and how many characters it has.
type Alphabet = (fn(u8) -> bool, u32);

/// The usual alphabets with how many characters each has, smallest first.
const ALPHABETS: [Alphabet; 7] = [
    (|b| b.is_ascii_digit(), 10),
    (|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'), 16),
    (|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'), 16),
    (|b| b.is_ascii_digit() || b.is_ascii_lowercase(), 36),
    (|b| b.is_ascii_digit() || b.is_ascii_uppercase(), 36),
    (|b| b.is_ascii_alphanumeric(), 62),
    (|b| b.is_ascii_alphanumeric() || b"-_+/=".contains(&b), 64),
];

/// How many characters the smallest usual alphabet has that the value can be written in.
fn alphabet(value: &str) -> u32 {
    let fits = |(is_in, _): &&Alphabet| value.bytes().all(is_in);
    ALPHABETS.iter().find(fits).map_or(94, |(_, count)| *count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_and_alphabet_bound_what_a_value_can_hold() {
        for (value, least, most) in [
            ("123456", 19.0, 20.0),
            ("d41d8cd98f00b204e9800998ecf8427e", 128.0, 128.0),
            ("7Fjfp0ZBr1KtDRbnfVdmIw", 130.0, 132.0),
            ("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.aBcd", 20.0, 24.0),
        ] {
            let bits = most_bits(value);
            assert!((least..=most).contains(&bits), "{value}: {bits}");
        }
    }
}
