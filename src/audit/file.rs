//! The words of `questions.toml` and `threats.toml`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::answer::Answer;
use crate::oauth::Cite;
use crate::oauth::names::{IMPLICIT, PASSWORD};
use crate::source::without_null;

/// What an audit asks.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "authspec audit questions")]
pub struct QuestionsFile {
    /// The questions, in the order of the table.
    #[schemars(with = "Vec<QuestionFile>")]
    pub question: Vec<Spanned<QuestionFile>>,
}

/// A question that is put so that yes is good.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `[[question]]`")]
#[schemars(transform = without_null)]
pub struct QuestionFile {
    /// Its name in reports that programs read.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// The question, with a question mark.
    #[schemars(with = "String")]
    pub asks: Spanned<String>,
    /// What a yes says, in a few words: the head of the row.
    pub head: String,
    /// Whether it is asked of each client or of the server.
    #[serde(default)]
    pub about: About,
    /// Of which clients it is asked.
    #[serde(default)]
    pub clients: Asked,
    /// Whether its cases are tried as each of these clients, whatever kind of client they name.
    #[serde(default)]
    pub as_each: bool,
    /// Which part of the headline it decides.
    pub decides: Option<Topic>,
    /// Whether it decides that only for clients that are registered for the implicit grant, as the
    /// others have moved already.
    #[serde(default)]
    pub only_leaving: bool,
    /// Which grant's standing in the metadata it tells.
    pub metadata: Option<Grant>,
    /// Which grant's standing at registration it tells.
    pub registration: Option<Grant>,
    /// A case says no where an answer brought one of these parameters, and for no other reason;
    /// without them, where a requirement is broken and not only kept in another manner.
    #[serde(default)]
    pub brings: Vec<String>,
    /// The cases that say so, all of which must hold.
    #[schemars(with = "Vec<String>")]
    #[serde(deserialize_with = "crate::source::each")]
    pub cases: Vec<Spanned<String>>,
    /// What it means where none of the cases applies.
    #[serde(default)]
    pub absent: Absent,
    /// What it means where the server says that the client may not do what the case does.
    #[serde(default)]
    pub refused: Refused,
    /// Which grant keeps alive what the question is about.
    pub kept: Option<Grant>,
    /// What changes in an app that leaves that grant, with the names in braces that `fix` may have.
    pub in_the_app: Option<String>,
    /// Whether OAuth 2.0 leaves it to the server, so that no is not a fault.
    #[serde(default)]
    pub optional: bool,
    /// What to do where the answer is no, with code between backticks and with `{clients}`, `{types}`,
    /// `{origins}`, `{token_endpoint}`, `{authorization_endpoint}` and `{seen}` in it.
    pub fix: Option<String>,
}

/// What a question is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// Each client.
    #[default]
    Client,
    /// The server.
    Server,
}

/// Of which clients a question is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// Those that send users to the authorization endpoint.
    #[default]
    Visiting,
    /// Those that do, and those that are given users' passwords instead.
    WithUsers,
    /// All of them.
    Any,
    /// Those without a secret.
    Public,
    /// Those with a secret.
    Confidential,
    /// Apps on the user's own device (RFC8252 §1).
    Native,
    /// Those without a secret that are no native apps, and so may live in a browser.
    Browser,
    /// Those that get tokens for themselves, without a user (RFC6749 §4.4).
    Service,
}

/// A part of the headline.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Whether the implicit grant is dead.
    Implicit,
    /// Whether the password grant is off.
    Password,
    /// Whether a client can move to codes with PKCE.
    Moving,
}

/// A grant that is to go.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// The implicit grant (RFC6749 §4.2).
    Implicit,
    /// The password grant (RFC6749 §4.3).
    Password,
}

impl Grant {
    /// Its grant type, as registrations name it (RFC7591 §2).
    pub fn name(self) -> &'static str {
        match self {
            Self::Implicit => IMPLICIT,
            Self::Password => PASSWORD,
        }
    }
}

/// What it means where no case applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Absent {
    /// The question does not arise.
    #[default]
    Fine,
    /// Nobody has looked.
    Unknown,
}

impl From<Absent> for Answer {
    fn from(absent: Absent) -> Self {
        match absent {
            Absent::Fine => Self::NotApplicable,
            Absent::Unknown => Self::Unknown,
        }
    }
}

/// What it means where the server says that the client may not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// The question does not arise.
    #[default]
    Fine,
    /// The answer is no; it is also where a client has nothing that the server could send users to.
    No,
    /// The answer is yes, where it was said to what the case changes.
    Yes,
}

/// What an attacker may be able to do.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "authspec threats")]
pub struct ThreatsFile {
    /// The threats, in the order of reports.
    #[schemars(with = "Vec<ThreatFile>")]
    pub threat: Vec<Spanned<ThreatFile>>,
}

/// A threat: closed where all cases of any of its sets hold.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `[[threat]]`")]
#[schemars(transform = without_null)]
pub struct ThreatFile {
    /// Its name in reports that programs read.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// The section that describes it, as in `RFC9700 §4.5`.
    #[schemars(with = "String")]
    pub cite: Cite,
    /// What it is called.
    pub title: String,
    /// What an attacker can do where it is open.
    pub attacker: String,
    /// The smallest change that closes it, where the case that says it is open knows none.
    pub change: String,
    /// A case says that it is open where an answer brought one of these parameters, and for no other
    /// reason.
    #[serde(default)]
    pub brings: Vec<String>,
    /// The sets of cases; where all cases of one hold, the threat is closed.
    #[schemars(with = "Vec<Closed>")]
    #[serde(default)]
    pub closed_by: Vec<Closed>,
    /// What it means where no case applies.
    #[serde(default)]
    pub absent: Absent,
    /// Why no case can tell; in place of `closed_by`.
    #[schemars(with = "Option<String>")]
    pub untried: Option<Spanned<String>>,
}

/// Cases that close a threat together.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(with = "Vec<String>")]
pub struct Closed(#[serde(deserialize_with = "crate::source::each")] pub Vec<Spanned<String>>);
