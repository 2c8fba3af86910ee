//! What is asked of the server's frame that says whether a session has changed.

/// A question for the server's frame.
#[derive(Clone, Debug)]
pub struct SessionQuestion {
    /// The address of the client's page.
    pub page: String,
    /// The address of the frame.
    pub frame: String,
    /// What is posted to it.
    pub message: String,
}
