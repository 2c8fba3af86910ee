//! How many bits of entropy a value can have (RFC6749 §10.10).

use std::collections::BTreeSet;

use super::jwt;

/// The most bits of entropy that the value can have: its length times the bits of one character of
/// the smallest common alphabet that it can be written in. Only the signature of a signed JWT is
/// unpredictable.
///
/// The actual entropy cannot be measured from a value; this upper bound can.
pub fn most_bits(value: &str) -> f64 {
    bits(secret(value).bytes().collect())
}

/// The most bits of entropy that each of several values of one kind can have: what all of them have
/// in the same place is not random, and nor is what the others are written in.
pub fn most_bits_of(values: &[&str]) -> f64 {
    let secrets: BTreeSet<_> = values.iter().map(|value| secret(value).as_bytes()).collect();
    let secrets: Vec<_> = secrets.into_iter().collect();
    let least = values.iter().map(|value| most_bits(value)).fold(f64::INFINITY, f64::min);
    let length = secrets[0].len();
    if secrets.len() < ENOUGH || secrets.iter().any(|secret| secret.len() != length) {
        return least;
    }
    let is_fixed = |at: usize| secrets.iter().all(|secret| secret[at] == secrets[0][at]);
    let fixed: Vec<_> = (0..length).map(is_fixed).collect();
    let varying = fixed.iter().filter(|is_fixed| !**is_fixed).count();
    // A long random part may belong to the session that all of these values come from.
    let is_of_session = |at: usize| {
        let start = (0..at).rev().find(|it| !fixed[*it]).map_or(0, |it| it + 1);
        let end = (at..length).find(|it| !fixed[*it]).unwrap_or(length);
        let run: BTreeSet<_> = secrets[0][start..end].iter().collect();
        varying >= LONG && end - start >= LONG && run.len() >= LONG / 2
    };
    let counts: Vec<_> = (0..length).map(|at| !fixed[at] || is_of_session(at)).collect();
    let pooled = secrets.iter().flat_map(|secret| {
        secret.iter().zip(&counts).filter(|(_, counts)| **counts).map(|(byte, _)| *byte)
    });
    let each = counts.iter().filter(|counts| **counts).count();
    f64::from(u32::try_from(each).unwrap_or(u32::MAX)) * per_character(pooled.collect()).min(8.0)
}

/// The number of values from which on a common part is not a coincidence.
const ENOUGH: usize = 6;

/// The length from which on a part of a value is long.
const LONG: usize = 16;

/// What the reference to a pushed request may begin with (RFC9126 §2.2).
const REFERENCE: &str = "urn:ietf:params:oauth:request_uri:";

/// The unpredictable part of the value.
fn secret(value: &str) -> &str {
    if let Some(reference) = value.strip_prefix(REFERENCE) {
        return reference;
    }
    match value.rsplit_once('.') {
        Some((signed, signature))
            if signed.matches('.').count() == 1 && jwt::header(value, "alg").is_some() =>
        {
            signature
        }
        _ => value,
    }
}

fn bits(bytes: Vec<u8>) -> f64 {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    f64::from(length) * per_character(bytes)
}

fn per_character(bytes: Vec<u8>) -> f64 {
    f64::from(alphabet(&bytes)).log2()
}

/// Whether a byte is a character of an alphabet, and the size of the alphabet.
type Alphabet = (fn(u8) -> bool, u32);

/// The common alphabets with their sizes, smallest first.
const ALPHABETS: [Alphabet; 7] = [
    (|b| b.is_ascii_digit(), 10),
    (|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'), 16),
    (|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'), 16),
    (|b| b.is_ascii_digit() || b.is_ascii_lowercase(), 36),
    (|b| b.is_ascii_digit() || b.is_ascii_uppercase(), 36),
    (|b| b.is_ascii_alphanumeric(), 62),
    (|b| b.is_ascii_alphanumeric() || b"-_+/=".contains(&b), 64),
];

/// The size of the smallest common alphabet that the value can be written in.
fn alphabet(value: &[u8]) -> u32 {
    let fits = |(is_in, _): &&Alphabet| value.iter().copied().all(is_in);
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

    #[test]
    fn what_several_values_have_in_common_is_no_chance() {
        let counted: Vec<_> = (1..8).map(|it| format!("a{it:031}")).collect();
        let uuids: Vec<_> = (1..8_u128)
            .map(|it| {
                // Any function with a good distribution.
                let hex =
                    format!("{:032x}", it.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835));
                format!(
                    "{}-{}-4{}-{}-{}",
                    &hex[..8],
                    &hex[8..12],
                    &hex[13..16],
                    &hex[16..20],
                    &hex[20..]
                )
            })
            .collect();
        let of = |values: &[String]| {
            most_bits_of(&values.iter().map(String::as_str).collect::<Vec<_>>())
        };
        assert!(of(&counted) < 4.0, "{}", of(&counted));
        assert!(of(&uuids) <= 124.0, "{}", of(&uuids));
        let in_session: Vec<_> =
            uuids.iter().map(|it| format!("{it}.9b2f61d3-8c1e-4a77-b0d5-2f6e3c9a1d84")).collect();
        assert!(of(&in_session) > 200.0, "{}", of(&in_session));
    }
}
