//! The audit: is the implicit grant off, can every client move to code with PKCE, and what can an
//! attacker do today? It only reads the results of a run.

mod answer;
mod case_answer;
mod catalogue;
mod client;
mod file;
mod fill;
mod headline;
mod load;
mod plan;
mod plan_step;
mod planned;
mod progress;
mod scope;
mod server;
mod switch;
mod texts;
mod threat;
mod topic;
mod trend;

pub use answer::{Answer, Basis, Given};
pub use catalogue::{Catalogue, Question, Threat};
pub use client::{ClientAudit, ClientType};
pub use file::{
    About, Absent, Asked, Closed, Grant, QuestionFile, QuestionsFile, Refused, ThreatFile,
    ThreatsFile, Topic,
};
pub use load::{embedded, load};
pub use plan_step::{Phase, PlanStep};
pub use progress::Progress;
pub use scope::plans;
pub use server::{ServerAudit, exit_code, read, untried};
pub use texts::Texts;
pub use threat::{ThreatAudit, ThreatStatus};
pub use topic::{TopicAudit, Unsettled};
pub use trend::{Change, Trend, compare};
