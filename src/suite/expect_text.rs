//! How expectations are described in findings: those about tokens and claims.

use super::expect::Expect;

impl Expect {
    /// Describes the expectations relative to what came before, or with it.
    pub(super) fn beside(&self) -> Vec<String> {
        let first = "than in the first ID token";
        let mut parts = Vec::new();
        parts.extend(self.hashes.iter().map(|name| format!("{name} of what came with it")));
        parts.extend(self.kept.iter().map(|name| format!("claim {name} no other {first}")));
        parts.extend(self.newer.iter().map(|name| format!("claim {name} later {first}")));
        let near = self.near.iter();
        parts.extend(near.map(|(name, by)| format!("claim {name} within {by} seconds of now")));
        parts.extend(self.as_first.iter().map(|name| format!("{name} as at first")));
        parts
    }

    /// Describes the expectations about the challenge.
    pub(super) fn of_challenges(&self) -> Vec<String> {
        let mut parts = Vec::new();
        parts.extend(self.challenge.iter().map(|(name, it)| format!("challenge {name}={it}")));
        parts.extend(self.has_challenge.iter().map(|name| format!("challenge with {name}")));
        parts.extend(self.lacks_challenge.iter().map(|name| format!("challenge without {name}")));
        parts
    }

    /// Describes the expectations about claims and their formats.
    pub(super) fn of_claims(&self) -> Vec<String> {
        let mut parts = Vec::new();
        let known = "as in the target file";
        parts.extend(self.tells.iter().map(|name| format!("{name} {known}")));
        parts.extend(self.as_known.iter().map(|name| format!("{name}, if any, {known}")));
        parts.extend(self.formed.iter().map(|name| format!("{name} in the right form")));
        parts.extend(self.nulls.map(|yes| format!("members that are null or empty: {yes}")));
        parts
            .extend(self.typed_claims.iter().map(|name| format!("claim {name} of the right type")));
        let other = self.other_claim.iter();
        parts.extend(other.map(|(name, value)| format!("claim {name} other than {value}")));
        let longest = self.longest.iter();
        parts
            .extend(longest.map(|(name, most)| {
                format!("claim {name} of {most} ASCII characters at the most")
            }));
        parts.extend(self.single.iter().map(|name| format!("one value in the claim {name}")));
        let jwe = self.jwe.iter();
        parts.extend(jwe.map(|(name, value)| format!("encrypted with {name}={value}")));
        let jose = self.jose.iter();
        parts.extend(jose.map(|(name, value)| format!("{name}={value} in its header")));
        let events = self.events.iter();
        parts.extend(events.map(|name| format!("the event {name}")));
        parts.extend(
            self.lacks_jose.iter().map(|name| format!("without {name} in the ID token's header")),
        );
        parts.extend(self.jwt.map(|jwt| format!("in the {jwt}")));
        parts
    }
}
