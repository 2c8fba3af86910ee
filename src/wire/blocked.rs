//! Reasons why something could not be tested.

use std::fmt;
use std::time::Duration;

/// Why there is nothing to judge. Says nothing about the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// No connection, or it broke.
    Unreachable(String),
    /// The server's certificate is not trusted.
    Untrusted(String),
    /// No answer within this time.
    TimedOut(Duration),
    /// A server error, or the server refuses further requests.
    Unavailable(u16),
    /// An answer with this status that asks to wait for so long, for the last time or for too long.
    AsksToWait(u16, Duration),
    /// Requests were held back for so long that what they use may have expired.
    HeldBack(Duration),
    /// An error that only reports a server error.
    Troubled(String),
    /// A redirect with this status from an endpoint without pages. Frameworks whose error page wants a sign-in
    /// answer so when they fail.
    Redirected(u16),
    /// An answer with this status that neither grants nor refuses anything.
    Mute(u16),
    /// None of the requests that were sent at once was granted, so there was no winner.
    NoWinner,
    /// What the case checks could not be seen.
    Unseen(String),
    /// The server does not have what the case checks.
    DoesNotApply(String),
    /// Something lives longer than a case waits.
    OutlivesUs(String),
    /// The sign-in did not complete.
    Login(String),
    /// A page asks for something that is not in the target file.
    TargetLacks {
        /// What it asks for.
        why: String,
        /// What to write, as a sentence without its end.
        advice: String,
    },
    /// The browser or its driver failed.
    Browser(String),
    /// The browser was running and is gone: its driver or its machine ended. Not caused by the
    /// server.
    BrowserLost(String),
    /// An address of a client cannot be listened on.
    NotListening(String),
    /// What was done so far has changed too much to go on, so that the case starts over.
    StartsOver(String),
    /// The user's session ended, or was renewed, while the case paused.
    SessionChanged,
}

/// Whether a status reports a server error or overload, and nothing about the request. Not
/// supporting the request (501) is an answer.
pub fn is_trouble(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..) && status != 501
}

impl Blocked {
    /// Whether the server itself could not be reached, or does not want to be, so that further
    /// attempts are pointless.
    pub fn is_network(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_) | Self::Untrusted(_) | Self::TimedOut(_) | Self::AsksToWait(..)
        )
    }

    /// Whether it is temporary: the same request may work another time.
    pub fn is_temporary(&self) -> bool {
        self.is_stumble()
            || self.is_network()
            || matches!(
                self,
                Self::Unavailable(_) | Self::HeldBack(_) | Self::Browser(_) | Self::BrowserLost(_)
            )
    }

    /// Whether the server may have failed by chance, so that another attempt may work.
    pub fn is_stumble(&self) -> bool {
        match self {
            Self::Unavailable(status) => *status != 429,
            Self::Unreachable(_) | Self::TimedOut(_) | Self::Troubled(_) | Self::Redirected(_) => {
                true
            }
            _ => false,
        }
    }
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "the server cannot be reached: {why}"),
            Self::Untrusted(why) => {
                write!(f, "the certificate of the server is not trusted: {why}")
            }
            Self::TimedOut(time) => write!(f, "no answer within {} s", time.as_secs_f64()),
            Self::AsksToWait(status, wait) => {
                let wait = wait.as_secs();
                write!(f, "the server answered {status}, and asked to wait for {wait} s each time")
            }
            Self::HeldBack(time) => {
                let held = time.as_secs();
                write!(f, "requests were held back for {held} s, so a code may have expired")
            }
            Self::Unavailable(429) => f.write_str("the server answered 429: too many requests"),
            Self::Unavailable(status) => {
                write!(f, "the server answered {status}: no verdict")
            }
            Self::Troubled(error) => {
                write!(f, "the server answered {error}: no verdict")
            }
            Self::Redirected(status) => {
                write!(
                    f,
                    "the server answered {status}, a redirect, at an endpoint that has no pages"
                )
            }
            Self::Mute(status) => {
                write!(
                    f,
                    "an answer of status {status} that says nothing: no redirect, no error, no page"
                )
            }
            Self::NoWinner => f.write_str("of all requests sent at once, none was granted"),
            Self::Unseen(why)
            | Self::DoesNotApply(why)
            | Self::NotListening(why)
            | Self::StartsOver(why) => f.write_str(why),
            Self::SessionChanged => f.write_str("the user's session changed while the case paused"),
            Self::OutlivesUs(what) => write!(f, "{what}, longer than the case waits"),
            Self::TargetLacks { why, advice } => write!(f, "{why}: {advice}"),
            Self::Login(why) => write!(f, "signing in failed: {why}"),
            Self::Browser(why) => write!(f, "the browser failed: {why}"),
            Self::BrowserLost(why) => write!(f, "the browser was lost: {why}"),
        }
    }
}
