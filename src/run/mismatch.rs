//! One part of an expectation that does not hold.

/// One part of an expectation that does not hold.
pub(super) struct Mismatch {
    pub(super) expected: String,
    pub(super) actual: String,
    /// Whether it concerns only how a refusal is made: its status, error or place.
    pub(super) of_refusal: bool,
}

impl Mismatch {
    pub(super) fn new(expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self { expected: expected.into(), actual: actual.into(), of_refusal: false }
    }
}
