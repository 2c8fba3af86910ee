//! What is asked of the server's frame that says whether a session has changed.

/// Where the client's page is, at the origin of its redirect URI. The listener always shows it.
pub const SESSION_PAGE: &str = "/.authspec/session";

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
