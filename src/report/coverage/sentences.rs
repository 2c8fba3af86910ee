//! The sentences of specifications that have a keyword (RFC2119), by section and position, with their
//! status: the basis of coverage.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::oauth::Cite;

/// One file per specification. The files do not contain the sentences themselves.
const FILES: &[(&str, &str)] = &[
    ("RFC6749", include_str!("../../../coverage/rfc6749.toml")),
    ("RFC6750", include_str!("../../../coverage/rfc6750.toml")),
    ("RFC7009", include_str!("../../../coverage/rfc7009.toml")),
    ("RFC7521", include_str!("../../../coverage/rfc7521.toml")),
    ("RFC7523", include_str!("../../../coverage/rfc7523.toml")),
    ("RFC7591", include_str!("../../../coverage/rfc7591.toml")),
    ("RFC7592", include_str!("../../../coverage/rfc7592.toml")),
    ("RFC7636", include_str!("../../../coverage/rfc7636.toml")),
    ("RFC7662", include_str!("../../../coverage/rfc7662.toml")),
    ("RFC8252", include_str!("../../../coverage/rfc8252.toml")),
    ("RFC8414", include_str!("../../../coverage/rfc8414.toml")),
    ("RFC8705", include_str!("../../../coverage/rfc8705.toml")),
    ("RFC8707", include_str!("../../../coverage/rfc8707.toml")),
    ("RFC9068", include_str!("../../../coverage/rfc9068.toml")),
    ("RFC9101", include_str!("../../../coverage/rfc9101.toml")),
    ("RFC9126", include_str!("../../../coverage/rfc9126.toml")),
    ("RFC9207", include_str!("../../../coverage/rfc9207.toml")),
    ("RFC9396", include_str!("../../../coverage/rfc9396.toml")),
    ("RFC9449", include_str!("../../../coverage/rfc9449.toml")),
    ("RFC9700", include_str!("../../../coverage/rfc9700.toml")),
    ("OpenID.Core", include_str!("../../../coverage/openid-core.toml")),
    ("OpenID.Discovery", include_str!("../../../coverage/openid-discovery.toml")),
    ("OpenID.Registration", include_str!("../../../coverage/openid-registration.toml")),
    ("OpenID.RPInitiated", include_str!("../../../coverage/openid-rpinitiated.toml")),
    ("OpenID.BackChannel", include_str!("../../../coverage/openid-backchannel.toml")),
    ("OpenID.FrontChannel", include_str!("../../../coverage/openid-frontchannel.toml")),
    ("OpenID.Session", include_str!("../../../coverage/openid-session.toml")),
    ("OAuth.ResponseTypes", include_str!("../../../coverage/oauth-response-types.toml")),
    ("OAuth.FormPost", include_str!("../../../coverage/oauth-form-post.toml")),
    ("OAuth.JARM", include_str!("../../../coverage/oauth-jarm.toml")),
    ("OAuth2.1", include_str!("../../../coverage/oauth2.1.toml")),
    ("FAPI2.SecurityProfile", include_str!("../../../coverage/fapi2-security-profile.toml")),
    ("FAPI2.MessageSigning", include_str!("../../../coverage/fapi2-message-signing.toml")),
];

/// A file of sentences.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Reasons that several sentences share, by name.
    #[serde(default)]
    reasons: BTreeMap<String, String>,
    /// The sentences by section, and by position among those of the section that have a keyword, from 1.
    section: BTreeMap<String, BTreeMap<String, Row>>,
}

/// The status of a sentence in a file: one of `cases`, `untested` and `binds`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    keyword: String,
    #[serde(default)]
    cases: Vec<String>,
    untested: Option<String>,
    binds: Option<String>,
}

/// A sentence with a keyword.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// The section.
    pub cite: Cite,
    /// Its position among the sentences of the section that have a keyword, from 1.
    pub place: usize,
    /// The keywords in it, such as `MUST NOT`.
    pub keyword: String,
    /// Its status.
    pub status: SentenceStatus,
}

/// The status of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SentenceStatus {
    /// These cases or invariants prove it.
    Tested(Vec<String>),
    /// It binds the server, and no case can prove it, for this reason.
    Untested(String),
    /// It binds another party.
    Foreign(String),
}

/// The number of sentences of a specification that have a keyword, by status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SentenceTotals {
    /// All of them.
    pub all: usize,
    /// Sentences that bind the authorization server.
    pub binding: usize,
    /// Those of them that cases prove.
    pub tested: usize,
    /// Those of them that no case proves, each with a reason.
    pub untested: usize,
}

impl SentenceTotals {
    /// Counts the sentences of a specification; none if they are not listed.
    pub fn of(sentences: &[Sentence], specification: &str) -> Option<Self> {
        let mut totals = Self::default();
        for sentence in sentences.iter().filter(|it| it.cite.specification == specification) {
            totals.all += 1;
            match sentence.status {
                SentenceStatus::Tested(_) => totals.tested += 1,
                SentenceStatus::Untested(_) => totals.untested += 1,
                SentenceStatus::Foreign(_) => {}
            }
        }
        totals.binding = totals.tested + totals.untested;
        (totals.all > 0).then_some(totals)
    }
}

/// All listed sentences, by specification.
///
/// # Errors
/// The first mistake in the files; tests ensure that there is none.
pub fn sentences() -> Result<Vec<Sentence>, String> {
    let all = FILES.iter().map(|(specification, text)| of_file(specification, text));
    Ok(all.collect::<Result<Vec<_>, _>>()?.concat())
}

fn of_file(specification: &str, text: &str) -> Result<Vec<Sentence>, String> {
    let file: File = toml::from_str(text).map_err(|error| format!("{specification}: {error}"))?;
    let mut sentences = Vec::new();
    for (section, rows) in file.section {
        let cite: Cite = format!("{specification} §{section}").parse()?;
        for (place, row) in rows {
            let wrong = |what: &str| format!("{cite}, sentence {place}: {what}");
            let place = place.parse().map_err(|_| wrong("its position is not a number"))?;
            let keyword = row.keyword.clone();
            let status = status(row, &file.reasons).map_err(|what| wrong(&what))?;
            sentences.push(Sentence { cite: cite.clone(), place, keyword, status });
        }
    }
    sentences.sort_by_key(|sentence| (sentence.cite.place(), sentence.place));
    Ok(sentences)
}

fn status(row: Row, reasons: &BTreeMap<String, String>) -> Result<SentenceStatus, String> {
    match (row.cases.as_slice(), row.untested, row.binds) {
        ([_, ..], None, None) => Ok(SentenceStatus::Tested(row.cases)),
        ([], Some(why), None) if why.contains(' ') => Ok(SentenceStatus::Untested(why)),
        ([], Some(name), None) => match reasons.get(&name) {
            Some(why) => Ok(SentenceStatus::Untested(why.clone())),
            None => {
                Err(format!("no reason is named `{name}`; write a reason with spaces, or name one"))
            }
        },
        ([], None, Some(who)) => Ok(SentenceStatus::Foreign(who)),
        _ => Err("write one of `cases`, `untested` and `binds`".to_owned()),
    }
}
