//! Each question and each threat flips with a defect, and stays as it is without one.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Mutex;
use std::thread;

use serde_json::Value;
use tempfile::TempDir;

use super::command::{audit, json, stable};

/// What is wrong with the embedded server, line by line; with `lax`, it allows the implicit grant.
const LINES: &[(&[&str], bool)] = &[
    (&["allows-token-response"], false),
    (&["allows-id-token-token"], false),
    (&["allows-code-token"], false),
    (&["allows-code-id-token-token"], false),
    (&["folds-response-type"], false),
    (&["allows-password-grant"], false),
    (&["compares-padded-s256"], false),
    (&["demands-secret-of-public"], false),
    (&["accepts-missing-secret"], false),
    (&["pkce-optional-for-public"], false),
    (&["pkce-optional-for-confidential"], false),
    (&["skips-verifier-check"], false),
    (&["accepts-unbound-verifier"], false),
    (&["breaks-plain"], false),
    (&["closes-token-to-scripts"], true),
    (&["accepts-rotated-refresh-token"], false),
    (&["fixes-loopback-port"], false),
    (&["refuses-private-schemes"], false),
    (&["omits-acr"], false),
    (&["rejects-posted-authorization"], false),
    (&["rejects-tilde"], false),
    (&["refuses-acr-values"], false),
    (&["advertises-implicit"], false),
    (&["advertises-password"], false),
    (&["registers-implicit"], false),
    (&["registers-password"], false),
    (&["hides-pkce-support"], false),
    (&["shares-authorization-across-origins"], false),
    (&["reads-query-access-token"], false),
    (&["redeems-code-by-get"], false),
    (&["skips-code-client-binding"], false),
    (&["accepts-replayed-code"], false),
    (&["issues-guessable-codes"], false),
    (&["accepts-any-redirect-uri"], false),
    (&["matches-redirect-prefix"], false),
    (&["strips-userinfo"], false),
    (&["redirects-errors-before-login"], false),
    (&["refuses-before-redirect-check"], false),
    (&["omits-iss"], false),
    (&["skips-verifier-check", "mangles-state"], false),
    (&["redirects-with-307"], false),
    (&["skips-sign-in"], false),
    (&["accepts-any-secret"], false),
    (&["skips-refresh-client-binding"], false),
    (&["widens-scope-on-refresh"], false),
    (&["takes-codes-for-access"], false),
    (&["accepts-any-access-token"], false),
    (&["keeps-access-token-after-replay"], false),
    (&["ignores-revocation"], false),
    (&["revokes-for-any-client"], false),
    (&["introspects-for-anyone"], false),
    (&["forgets-no-store"], false),
    (&["breaks-signature"], false),
    (&["allows-missing-nonce"], true),
    // These deviate, and open nothing: what is looked at is what was given away.
    (&["omits-www-authenticate-at-userinfo"], false),
    (&["resolves-redirect-uri"], false),
    (&["takes-first-redirect-uri"], false),
    (&["ignores-response-type"], false),
];

/// What no defect flips over plain HTTP, and why.
const UNFLIPPED: &[&str] = &[
    // A browser looks at these; another test has one.
    "clickjacking",
    "referer",
    // What servers of today do, and clients with keys, pushed requests and bound tokens change: another test has such.
    "secret-sent",
    "secret-on-the-wire",
    "pushed",
    "signed",
    "request-fixed",
    "request-tampering",
    "token-bound",
    "token-replay",
    "refresh-bound",
    // Allowing the implicit grant flips it, which is no defect; the golden output shows it.
    "id-token",
];

/// How many servers are audited at once.
const AT_ONCE: usize = 4;

fn arguments(lax: bool) -> Vec<&'static str> {
    let mut arguments = vec!["--agent", "forms", "--register"];
    arguments.extend(if lax { ["--allow", "implicit"].as_slice() } else { &[] });
    arguments
}

/// What one line changes, as text, and the questions and threats that flip.
fn line(folder: &TempDir, defects: &[&str], lax: bool) -> (String, BTreeSet<String>) {
    let mut args = arguments(lax);
    args.extend(["--since", if lax { "lax.json" } else { "sound.json" }]);
    args.extend(defects.iter().flat_map(|defect| ["--defect", defect]));
    let found = json(folder, &args);
    let with = if lax { ", with the implicit grant" } else { "" };
    let mut text = format!("{}{with}\n", defects.join(" and "));
    let server = &found["servers"][0];
    let _ = writeln!(text, "    {}", stable(server["headline"].as_str().unwrap()).trim_end());
    for step in server["plan"].as_array().unwrap() {
        let (phase, step) = (step["phase"].as_str().unwrap(), step["text"].as_str().unwrap());
        let _ = writeln!(text, "      {phase:<8} {}", stable(step).trim_end());
    }
    let mut flipped = BTreeSet::new();
    for kind in ["better", "worse", "other"] {
        for change in found["trend"][kind].as_array().unwrap() {
            let word = |name: &str| change[name].as_str().unwrap_or_default().to_owned();
            let (client, about, was, is) =
                (word("client"), word("about"), word("before"), word("now"));
            let _ = writeln!(text, "        {kind:<6} {about} {client}: {was}, now {is}");
            if kind != "other" {
                flipped.insert(about);
            }
        }
    }
    (text, flipped)
}

#[test]
fn each_question_and_each_threat_flips_with_a_defect() {
    let folder = TempDir::new().unwrap();
    for (name, lax) in [("sound.json", false), ("lax.json", true)] {
        let args = [arguments(lax), vec!["--format", "json", "--output", name]].concat();
        let (_, complaints, code) = audit(&folder, &args);
        assert!(code.is_some_and(|code| code < 2), "{complaints}");
    }
    let found = Mutex::new(Vec::new());
    let next = Mutex::new(LINES.iter().enumerate());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some((index, (defects, lax))) = next.lock().unwrap().next() else { break };
                    // Evidence of several servers of one name would be mixed up.
                    let own = TempDir::new().unwrap();
                    for name in ["sound.json", "lax.json"] {
                        std::fs::copy(folder.path().join(name), own.path().join(name)).unwrap();
                    }
                    found.lock().unwrap().push((index, line(&own, defects, *lax)));
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort_by_key(|(index, _)| *index);
    let text: String = found.iter().map(|(_, (text, _))| text.as_str()).collect();
    insta::assert_snapshot!("matrix", text);
    let flipped: BTreeSet<_> = found.into_iter().flat_map(|(_, (_, flipped))| flipped).collect();
    let never: Vec<_> = asked(&folder)
        .into_iter()
        .filter(|id| !flipped.contains(id) && !UNFLIPPED.contains(&id.as_str()))
        .collect();
    assert!(never.is_empty(), "no defect flips these: {never:?}");
}

/// All questions and threats.
fn asked(folder: &TempDir) -> Vec<String> {
    let text = std::fs::read_to_string(folder.path().join("lax.json")).unwrap();
    let audit: Value = serde_json::from_str(&text).unwrap();
    let server = &audit["servers"][0];
    let of_client = server["clients"][0]["answers"].as_array().unwrap().iter();
    let of_server = server["server"].as_array().unwrap().iter();
    let questions = of_client.chain(of_server).map(|it| it["question"].as_str().unwrap());
    let threats = server["threats"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap());
    questions.chain(threats).map(str::to_owned).collect()
}
