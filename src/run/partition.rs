//! Splits a run into parts that are tried separately, for instance on several machines.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::plan::{Plan, PlanKind};

/// One of several parts, as in `hash:1/4`: it holds the cases whose names hash to it. All clients
/// of a case are in one part, and a case stays in its part when others are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Partition {
    /// The part, counted from 1.
    pub index: u64,
    /// The number of parts.
    pub count: u64,
}

impl Partition {
    /// Whether a plan belongs to this part. Invariants check all answers, so they belong to every
    /// part.
    pub fn holds(&self, plan: &Plan) -> bool {
        matches!(plan.what, PlanKind::Invariant(_)) || self.has(plan.case())
    }

    /// Whether a case belongs to this part, by its name without the client.
    fn has(&self, case: &str) -> bool {
        let hash: [u8; 32] = Sha256::digest(case).into();
        let first = hash.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        first % self.count == self.index - 1
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "hash:{}/{}", self.index, self.count)
    }
}

impl FromStr for Partition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.strip_prefix("hash:").and_then(|parts| parts.split_once('/'));
        let numbers =
            parts.and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match numbers {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Self { index, count }),
            _ => Err("write hash:I/N, the part I of N, as in hash:1/4".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_in_one_part_and_stays_there() {
        let parts: Vec<_> = (1..=4).map(|index| Partition { index, count: 4 }).collect();
        let of = |case: &str| {
            let holding: Vec<_> = parts.iter().filter(|part| part.has(case)).collect();
            assert_eq!(holding.len(), 1, "{case}");
            holding[0].index
        };
        // These must never change, or parts made by different versions would not match.
        let cases = ["pkce/wrong-verifier", "codes/replayed", "redirect-uri/other-path", "a/b"];
        assert_eq!(cases.map(of), [2, 2, 4, 2]);
    }

    #[test]
    fn parts_are_counted_from_one() {
        assert_eq!("hash:4/4".parse(), Ok(Partition { index: 4, count: 4 }));
        for wrong in ["hash:0/4", "hash:5/4", "1/4", "count:1/4", "hash:1/0", "hash:1", "hash:a/b"]
        {
            assert!(wrong.parse::<Partition>().is_err(), "{wrong}");
        }
    }
}
