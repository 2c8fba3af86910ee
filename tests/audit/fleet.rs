//! Many embedded servers of mixed defects, audited in one run, and what has to be found of each.

use std::collections::BTreeSet;
use std::fs;

use honest::{Config, Defect, Honest};
use serde_json::Value;
use tempfile::TempDir;

use super::command;

/// A defect, and the questions that it turns to no.
const FLIPS: &[(Defect, &[&str])] = &[
    (Defect::AllowsTokenResponse, &["front-channel"]),
    (Defect::AllowsCodeToken, &["front-channel"]),
    (Defect::AllowsIdTokenToken, &["front-channel"]),
    (Defect::FoldsResponseType, &["front-channel"]),
    (Defect::AllowsPasswordGrant, &["password"]),
    (Defect::AcceptsMissingSecret, &["secret"]),
    (Defect::PkceOptionalForPublic, &["enforced"]),
    (Defect::PkceOptionalForConfidential, &["enforced"]),
    (Defect::SkipsVerifierCheck, &["code", "enforced"]),
    (Defect::AcceptsRotatedRefreshToken, &["refresh"]),
    (Defect::FixesLoopbackPort, &["loopback"]),
    (Defect::RefusesPrivateSchemes, &["private-use"]),
    (Defect::OmitsAcr, &["acr"]),
    (Defect::RejectsPostedAuthorization, &["by-post"]),
    (Defect::AdvertisesImplicit, &["metadata-implicit"]),
    (Defect::AdvertisesPassword, &["metadata-password"]),
    (Defect::HidesPkceSupport, &["detectable"]),
    (Defect::SharesAuthorizationAcrossOrigins, &["authorization-scripts"]),
];

/// Questions whose answer the flips decide alone.
const DECIDED: &[&str] = &[
    "code",
    "front-channel",
    "password",
    "secret",
    "enforced",
    "refresh",
    "loopback",
    "private-use",
    "acr",
    "by-post",
    "metadata-implicit",
    "metadata-password",
    "detectable",
    "authorization-scripts",
];

/// One server of the fleet, and what it does wrong.
struct Member {
    name: String,
    defects: Vec<Defect>,
    _honest: Honest,
}

/// Audits so many servers, so many at once, and says of which something else was found than is true.
pub(crate) async fn audit(count: usize, at_once: usize) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    let mut members = Vec::new();
    let mut list = String::from("# The fleet\n");
    for index in 0..count {
        let defects = defects(index);
        let config = Config { defects: defects.clone(), ..Config::default() };
        let honest = Honest::start(config).await.unwrap();
        let port = honest.issuer().rsplit(':').next().unwrap().parse().unwrap();
        let name = format!("server-{index}");
        let text = honest::target_file(port, 8765).replacen("\"honest\"", &format!("{name:?}"), 1);
        fs::write(folder.path().join(format!("{name}.toml")), text).unwrap();
        list.extend([name.as_str(), ".toml # one of them\n"]);
        members.push(Member { name, defects, _honest: honest });
    }
    fs::write(folder.path().join("fleet.txt"), list).unwrap();
    let jobs = at_once.to_string();
    let args = ["--targets", "fleet.txt", "--agent", "forms", "--jobs", &jobs];
    let found = tokio::task::block_in_place(|| command::json(&folder, &args));
    let servers = found["servers"].as_array().unwrap();
    assert_eq!(servers.len(), count);
    members.iter().zip(servers).flat_map(|(member, server)| wrong(member, server)).collect()
}

/// A mix of defects that is the same on every run: none to four of them, and one in twenty servers
/// is not there.
fn defects(index: usize) -> Vec<Defect> {
    if index % 20 == 7 {
        return vec![Defect::RefusesConnections];
    }
    let picked = (0..index % 5).map(|turn| FLIPS[(index * 7 + turn * 5) % FLIPS.len()].0);
    picked.collect::<BTreeSet<_>>().into_iter().collect()
}

/// What was found of a server and is not true, or is true and was not found.
fn wrong(member: &Member, server: &Value) -> Vec<String> {
    let Member { name, defects, .. } = member;
    assert_eq!(server["name"], **name);
    if defects.contains(&Defect::RefusesConnections) {
        let is_untried = server["untried"].is_string() && server["topics"] == Value::Array(vec![]);
        return if is_untried { Vec::new() } else { vec![format!("{name} is not there")] };
    }
    let flipped: BTreeSet<_> = FLIPS
        .iter()
        .filter(|(defect, _)| defects.contains(defect))
        .flat_map(|(_, questions)| questions.iter().copied())
        .collect();
    let clients = server["clients"].as_array().unwrap().iter();
    let of_clients = clients.flat_map(|client| client["answers"].as_array().unwrap());
    let all: Vec<_> = of_clients.chain(server["server"].as_array().unwrap()).collect();
    let mut wrong = Vec::new();
    for question in DECIDED {
        let answers = all.iter().filter(|given| given["question"] == *question);
        let answers: BTreeSet<_> = answers.map(|given| given["answer"].as_str().unwrap()).collect();
        let is_no = answers.contains("no");
        if is_no != flipped.contains(question) || answers.contains("unknown") {
            wrong.push(format!("{name} {defects:?}: {question} is {answers:?}"));
        }
    }
    let topic = |name: &str| {
        let topics = server["topics"].as_array().unwrap().iter();
        topics.clone().find(|it| it["topic"] == name).unwrap()["behavior"].as_str().unwrap()
    };
    for (name, is_well) in [
        ("implicit", !flipped.contains("front-channel")),
        ("password", !flipped.contains("password")),
        // Whoever has codes that PKCE protects has moved, whatever else is wrong.
        ("moving", !flipped.contains("code")),
    ] {
        if topic(name) != if is_well { "yes" } else { "no" } {
            wrong.push(format!("{} {defects:?}: {name} is {}", member.name, topic(name)));
        }
    }
    wrong
}
