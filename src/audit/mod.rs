//! The audit: is the implicit grant dead, can every client move to codes with PKCE, and what can an
//! attacker do today? A pure reading of the results of a run.

mod answer;
mod breaking;
mod case_answer;
mod catalogue;
mod client;
mod file;
mod headline;
mod load;
mod scope;
mod server;
mod threat;
mod topic;
mod trend;

pub use answer::{Answer, Basis, Given};
pub use breaking::Break;
pub use catalogue::{Catalogue, Question, Threat};
pub use client::{ClientAudit, ClientSort};
pub use file::{
    About, Absent, Asked, Closed, Grant, QuestionFile, QuestionsFile, Refused, ThreatFile,
    ThreatsFile, Topic,
};
pub use load::{embedded, load};
pub use scope::plans;
pub use server::{ServerAudit, exit_code, read, untried};
pub use threat::{ThreatAudit, ThreatStatus};
pub use topic::{TopicAudit, Unsettled};
pub use trend::{Change, Trend, compare};
