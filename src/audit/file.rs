//! The file formats of `questions.toml` and `threats.toml`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::answer::Answer;
use crate::oauth::Cite;
use crate::oauth::names::{IMPLICIT, PASSWORD};
use crate::source::without_null;
use crate::suite::Member;

/// The questions of an audit.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "authspec audit questions")]
pub struct QuestionsFile {
    /// The questions, in the order of the table.
    #[schemars(with = "Vec<QuestionFile>")]
    pub question: Vec<Spanned<QuestionFile>>,
}

/// A question, phrased so that yes is good.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `[[question]]`")]
#[schemars(transform = without_null)]
pub struct QuestionFile {
    /// Its id in machine-readable reports.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// The question, with a question mark.
    #[schemars(with = "String")]
    pub asks: Spanned<String>,
    /// What yes means, in a few words: the heading of the row.
    pub head: String,
    /// Whether it is about each client or about the server.
    #[serde(default)]
    pub about: About,
    /// The clients that it is about.
    #[serde(default)]
    pub clients: Asked,
    /// Whether its cases run as each of these clients, whatever kind of client they name.
    #[serde(default)]
    pub as_each: bool,
    /// The part of the headline that it decides.
    pub decides: Option<Topic>,
    /// Whether it decides that only for clients registered for the implicit grant, as the others have
    /// already moved.
    #[serde(default)]
    pub only_leaving: bool,
    /// The grant whose status in the metadata it reports.
    pub metadata: Option<Grant>,
    /// The grant whose status at registration it reports.
    pub registration: Option<Grant>,
    /// The parameters that decide the question: a case says no only if an answer contains one of them.
    /// Without them, a case says no if a requirement is broken, and not only met with a different error.
    #[serde(default)]
    pub brings: Vec<String>,
    /// The cases that answer it, all of which must hold.
    #[schemars(with = "Vec<String>")]
    #[serde(deserialize_with = "crate::source::each")]
    pub cases: Vec<Spanned<String>>,
    /// The meaning if none of the cases applies.
    #[serde(default)]
    pub absent: Absent,
    /// The meaning of a server error that says that the client may not do what the case does.
    #[serde(default)]
    pub refused: Refused,
    /// The grant that keeps the subject of the question alive.
    pub kept: Option<Grant>,
    /// What changes in an app that leaves that grant, with the same placeholders as `fix`.
    pub in_the_app: Option<String>,
    /// Whether it is optional in OAuth 2.0, so that no is not a fault.
    #[serde(default)]
    pub optional: bool,
    /// What to do if the answer is no, with code between backticks and the placeholders `{clients}`, `{types}`,
    /// `{origins}`, `{token_endpoint}`, `{authorization_endpoint}`, `{listed}` and `{seen}`.
    pub fix: Option<String>,
    /// Members of the metadata, as `name=value`, of which any shows that the server can do what `fix` says;
    /// `{listed}` has the values that are there.
    #[schemars(with = "Vec<String>")]
    #[serde(default)]
    pub listed: Vec<Member>,
    /// What to do in place of `fix` if the metadata lists none of these.
    pub unlisted_fix: Option<String>,
}

/// The subject of a question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// Each client.
    #[default]
    Client,
    /// The server.
    Server,
}

/// The clients that a question is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// Clients that send users to the authorization endpoint.
    #[default]
    Visiting,
    /// Clients that send users to the authorization endpoint, or get users' passwords instead.
    WithUsers,
    /// All clients.
    Any,
    /// Clients without a secret.
    Public,
    /// Clients without a secret whose tokens are bound to a key (RFC9449) or a certificate (RFC8705).
    PublicBound,
    /// Clients with a secret.
    Confidential,
    /// Clients that authenticate when they redeem codes or get tokens for themselves.
    Authenticating,
    /// Apps on the user's device (RFC8252 §1).
    Native,
    /// Clients without a secret that are not native apps, and so may run in a browser.
    Browser,
    /// Clients that get tokens for themselves, without a user (RFC6749 §4.4).
    Service,
}

/// A part of the headline.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Whether the implicit grant is off.
    Implicit,
    /// Whether the password grant is off.
    Password,
    /// Whether a client can move to code with PKCE.
    Moving,
}

/// A deprecated grant.
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
    /// Its grant type in registrations (RFC7591 §2).
    pub fn name(self) -> &'static str {
        match self {
            Self::Implicit => IMPLICIT,
            Self::Password => PASSWORD,
        }
    }
}

/// The meaning if no case applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Absent {
    /// The question does not arise.
    #[default]
    Fine,
    /// The answer is unknown.
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

/// The meaning of a server error that says that the client may not do what the case does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// The question does not arise.
    #[default]
    Fine,
    /// The answer is no; also if a client has no redirect URI.
    No,
    /// The answer is yes, if the error answers the request that the case changes.
    Yes,
}

/// The threats of an audit.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "authspec threats")]
pub struct ThreatsFile {
    /// The threats, in the order of reports.
    #[schemars(with = "Vec<ThreatFile>")]
    pub threat: Vec<Spanned<ThreatFile>>,
}

/// A threat, which is closed if all cases of any of its sets hold.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table, as in `[[threat]]`")]
#[schemars(transform = without_null)]
pub struct ThreatFile {
    /// Its id in machine-readable reports.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// The section that describes it, such as `RFC9700 §4.5`.
    #[schemars(with = "String")]
    pub cite: Cite,
    /// Its title.
    pub title: String,
    /// What an attacker can do if it is open.
    pub attacker: String,
    /// The smallest change that closes it, if the case that shows it open names none.
    pub change: String,
    /// The parameters that decide it: a case shows the threat open only if an answer contains one of
    /// them.
    #[serde(default)]
    pub brings: Vec<String>,
    /// The sets of cases. If all cases of one set hold, the threat is closed.
    #[schemars(with = "Vec<Closed>")]
    #[serde(default)]
    pub closed_by: Vec<Closed>,
    /// The meaning if no case applies.
    #[serde(default)]
    pub absent: Absent,
    /// Whether closing it goes beyond what OAuth 2.0 requires of a server, so that it is no fault if it is open.
    #[serde(default)]
    pub optional: bool,
    /// Why no case can test it; instead of `closed_by`.
    #[schemars(with = "Option<String>")]
    pub untried: Option<Spanned<String>>,
}

/// Cases that close a threat together.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(with = "Vec<String>")]
pub struct Closed(#[serde(deserialize_with = "crate::source::each")] pub Vec<Spanned<String>>);
