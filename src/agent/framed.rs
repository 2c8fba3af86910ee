//! The result for a page in a frame.

/// The result for a page in a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framed {
    /// Whether it is shown.
    pub is_shown: bool,
    /// What was seen, in a few words.
    pub seen: String,
}
