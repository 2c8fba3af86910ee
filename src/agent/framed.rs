//! What became of a page in a frame.

/// What became of the page in the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framed {
    /// Whether it shows.
    pub is_shown: bool,
    /// What was seen, in a few words.
    pub seen: String,
}
