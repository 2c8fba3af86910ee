//! `authspec audit`: is implicit dead here, can every client move, and what can attackers do.

#[path = "audit/command.rs"]
mod command;
#[path = "audit/fleet.rs"]
mod fleet;
#[path = "audit/matrix.rs"]
mod matrix;

use std::collections::BTreeMap;
use std::fs;

use command::{audit, json, stable};
use honest::{Config, Defect, Honest};
use serde_json::Value;
use tempfile::TempDir;

/// How the headline begins where the server gives tokens by implicit to clients that do not ask for it.
const ALIVE: &str =
    "4 of 8 clients can still get tokens by implicit: native, portal, web, with-key;";

#[test]
fn the_answer_comes_first() {
    let folder = TempDir::new().unwrap();
    let (said, complaints, code) = audit(&folder, &["--agent", "forms"]);
    // It takes plain, which is a threat.
    assert_eq!(code, Some(1), "{complaints}");
    insta::assert_snapshot!("honest", stable(&said));
}

#[test]
fn what_keeps_a_client_alive_is_told_with_the_way_from_it() {
    let folder = TempDir::new().unwrap();
    let args = ["--agent", "forms", "--allow", "implicit", "--allow", "password", "--register"];
    let (said, complaints, code) = audit(&folder, &args);
    assert_eq!(code, Some(1), "{complaints}");
    insta::assert_snapshot!("lax", stable(&said));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_alone_leaves_most_unknown() {
    let honest = Honest::start(Config::default()).await.unwrap();
    let issuer = honest.issuer().to_owned();
    let folder = TempDir::new().unwrap();
    let (said, complaints, code) = audit(&folder, &[&issuer, "--register"]);
    assert_eq!(code, Some(3), "{complaints}");
    insta::assert_snapshot!("issuer", stable(&said));
}

#[test]
fn a_server_that_does_not_answer_is_unknown() {
    let folder = TempDir::new().unwrap();
    let args = ["--agent", "forms", "--defect", "refuses-connections"];
    let (said, _, code) = audit(&folder, &args);
    assert_eq!(code, Some(3));
    assert!(said.starts_with("Nothing could be tested: http://127.0.0.1:"), "{said}");
    assert!(!said.contains("are off"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_deviation_is_a_deviation_all_the_same() {
    let defects = vec![Defect::AllowsTokenResponse];
    let honest = Honest::start(Config { defects, ..Config::default() }).await.unwrap();
    let folder = TempDir::new().unwrap();
    let port = honest.issuer().rsplit(':').next().unwrap().parse().unwrap();
    fs::write(folder.path().join("target.toml"), honest::target_file(port, 8765)).unwrap();
    let known = "[\"implicit/token\"]\nreason = \"it has to stay\"\nfinding = \"access_token\"\n";
    fs::write(folder.path().join("known.toml"), known).unwrap();
    let (said, complaints, code) = audit(&folder, &["target.toml", "--agent", "forms"]);
    assert_eq!(code, Some(1), "{complaints}");
    let first = said.lines().next().unwrap();
    assert!(first.starts_with(ALIVE), "{first}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_tried_for_a_client_is_not_yes() {
    let defects = vec![Defect::PkceOptionalForPublic];
    let honest = Honest::start(Config { defects, ..Config::default() }).await.unwrap();
    let folder = TempDir::new().unwrap();
    let port = honest.issuer().rsplit(':').next().unwrap().parse().unwrap();
    // It is not for codes, and the server gives it some all the same.
    let target = honest::target_file(port, 8765);
    let of_codes = r#"grants = ["authorization_code", "refresh_token"]"#;
    let target = target.replacen(of_codes, r#"grants = ["implicit"]"#, 1);
    fs::write(folder.path().join("target.toml"), target).unwrap();
    let said = json(&folder, &["target.toml", "--agent", "forms"]);
    let clients = said["servers"][0]["clients"].as_array().unwrap();
    let native = clients.iter().find(|it| it["name"] == "native").unwrap();
    let answers = native["answers"].as_array().unwrap();
    let enforced = answers.iter().find(|it| it["question"] == "enforced").unwrap();
    assert_eq!(enforced["answer"], "no", "{enforced}");
}

#[test]
fn a_page_and_a_table_hold_the_same_and_no_markup_of_others() {
    let folder = TempDir::new().unwrap();
    let hostile = ["--agent", "forms", "--defect", "allows-token-response"];
    for format in ["markdown", "html"] {
        let args = [&hostile[..], &["--format", format, "--output", "out/audit"]].concat();
        let (said, complaints, code) = audit(&folder, &args);
        assert_eq!(code, Some(1), "{complaints}");
        assert!(said.starts_with(&format!("honest: {ALIVE}")), "{said}");
        let text = fs::read_to_string(folder.path().join("out/audit")).unwrap();
        assert!(text.contains(ALIVE), "{text}");
        assert!(text.contains("PKCE downgrade") && !text.contains("<script"), "{text}");
    }
    let page = fs::read_to_string(folder.path().join("out/audit")).unwrap();
    let page = scraper::Html::parse_document(&page);
    let shown = page.root_element().text().collect::<String>();
    assert!(!shown.contains('`'), "a literal backtick: {shown}");
    let links = scraper::Selector::parse(".proof a, .threat a").unwrap();
    let files: Vec<_> = page.select(&links).filter_map(|link| link.attr("href")).collect();
    let files: Vec<_> = files.into_iter().filter(|file| !file.starts_with("https:")).collect();
    assert!(files.len() > 20, "{} links", files.len());
    for file in files {
        assert!(folder.path().join("out").join(file).is_file(), "{file}");
    }
}

/// Each format has the same headline, the same steps and the same answers.
#[test]
fn all_formats_say_the_same() {
    let folder = TempDir::new().unwrap();
    let args = ["--agent", "forms", "--allow", "implicit", "--allow", "password", "--register"];
    let found = stable(&json(&folder, &args).to_string());
    let found: serde_json::Value = serde_json::from_str(&found).unwrap();
    let server = &found["servers"][0];
    let headline = server["headline"].as_str().unwrap();
    let steps = server["plan"].as_array().unwrap();
    let steps: Vec<_> = steps.iter().map(|step| step["text"].as_str().unwrap()).collect();
    assert!(steps.len() > 5, "{steps:?}");
    for format in ["text", "markdown", "html"] {
        let (said, _, _) = audit(&folder, &[&args[..], &["--format", format]].concat());
        let said = match format {
            "html" => scraper::Html::parse_document(&said).root_element().text().collect(),
            _ => said,
        };
        let plain = |text: &str| text.replace('`', "").trim_end().to_owned();
        let said = plain(&stable(&said));
        assert!(said.contains(headline), "{format}: {said}");
        let mut places = steps.iter().map(|step| said.find(&plain(step)));
        let places: Vec<_> =
            places.by_ref().map(|it| it.unwrap_or_else(|| panic!("{said}"))).collect();
        assert!(places.is_sorted(), "{format}");
        let last = places.last().unwrap();
        let proof = said.find("for each answer that is not yes").or(said.find("For each answer"));
        assert!(proof.unwrap() > *last, "{format}: the plan comes before the evidence");
    }
}

/// Nobody is told to do what is done.
#[test]
fn steps_are_computed_from_what_was_found() {
    let folder = TempDir::new().unwrap();
    let steps = |args: &[&str]| -> Vec<String> {
        let found = json(&folder, args);
        let steps = found["servers"][0]["plan"].as_array().unwrap().clone();
        let required = steps.iter().filter(|step| step["phase"] != "strengthen");
        required.map(|step| step["text"].as_str().unwrap().to_owned()).collect()
    };
    let lax = ["--agent", "forms", "--allow", "implicit"];
    let of_lax = steps(&lax);
    let legacy: Vec<_> = of_lax.iter().filter(|step| step.contains("legacy")).collect();
    assert_eq!(legacy.len(), 1, "{of_lax:#?}");
    assert!(!legacy[0].contains("authorization_code") && !legacy[0].contains("CORS"), "{legacy:?}");
    // Where scripts are kept out, that comes first, and only there.
    let closed = steps(&[&lax[..], &["--defect", "closes-token-to-scripts"]].concat());
    assert!(closed[0].contains("CORS"), "{closed:#?}");
    assert!(!of_lax.iter().any(|step| step.contains("CORS")), "{of_lax:#?}");
    // By the target file, nobody needs what is turned off.
    let open = steps(&["--agent", "forms", "--defect", "allows-token-response"]);
    assert!(open[0].contains("not registered for it, so nothing changes"), "{open:#?}");
}

#[test]
fn each_result_for_code_scanning_has_its_rule() {
    let folder = TempDir::new().unwrap();
    let args = ["--agent", "forms", "--defect", "allows-token-response", "--format", "sarif"];
    let (said, complaints, code) = audit(&folder, &args);
    assert_eq!(code, Some(1), "{complaints}");
    crate::valid::assert_valid(authspec::report::Format::Sarif, &said);
    let log: serde_json::Value = serde_json::from_str(&said).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let is_alive = |it: &&serde_json::Value| it["ruleId"] == "audit/question/front-channel";
    assert_eq!(results.iter().filter(is_alive).count(), 4);
    for result in results {
        let place = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][place]["id"], result["ruleId"]);
    }
}

#[test]
fn an_earlier_audit_shows_the_trend() {
    let folder = TempDir::new().unwrap();
    let before = json(&folder, &["--agent", "forms", "--defect", "allows-token-response"]);
    fs::write(folder.path().join("before.json"), before.to_string()).unwrap();
    let args = ["--agent", "forms", "--defect", "skips-verifier-check", "--since", "before.json"];
    let (said, complaints, _) = audit(&folder, &args);
    let trend = said.split("\nSince ").nth(1).unwrap_or_else(|| panic!("{said}{complaints}"));
    assert!(trend.contains("better    honest native front-channel: no, now yes"), "{trend}");
    assert!(trend.contains("worse     honest web enforced: yes, now no"), "{trend}");
    assert!(trend.contains("worse     honest code-injection: closed, now open"), "{trend}");
}

/// What keys, pushed requests and bound tokens close, and what opens it again.
#[test]
fn what_goes_beyond_what_is_required_is_told_by_client() {
    let folder = TempDir::new().unwrap();
    let told = |args: &[&str], client: &str, id: &str| -> String {
        let found = json(&folder, &[&["--agent", "forms"], args].concat());
        let server = &found["servers"][0];
        let clients = server["clients"].as_array().unwrap();
        let of = clients.iter().find(|it| it["name"] == client).unwrap();
        let answers = of["answers"].as_array().unwrap().iter();
        let threats = server["threats"].as_array().unwrap().iter();
        let answer = answers.clone().find(|it| it["question"] == id).map(|it| &it["answer"]);
        let status = || threats.clone().find(|it| it["id"] == id).map(|it| &it["status"]);
        answer.or_else(status).unwrap().as_str().unwrap().to_owned()
    };
    let (bound, fapi) = (["--allow", "bound"], ["--allow", "fapi2"]);
    for (args, client, id, good, defect, bad) in [
        (&fapi, "with-key", "request-fixed", "yes", "takes-unpushed-requests", "no"),
        (&fapi, "with-key", "request-tampering", "closed", "takes-unpushed-requests", "open"),
        (&bound, "web", "token-bound", "yes", "takes-bound-tokens-as-bearer", "no"),
        (&bound, "web", "token-replay", "closed", "takes-bound-tokens-as-bearer", "open"),
        (&bound, "native", "refresh-bound", "yes", "refreshes-with-any-proof", "no"),
    ] {
        assert_eq!(told(args, client, id), good, "{id}");
        let broken = [&args[..], &["--defect", defect]].concat();
        assert_eq!(told(&broken, client, id), bad, "{id} {defect}");
    }
    // Without any defect, these differ from client to client.
    for (client, id, answer) in [
        ("web", "secret-sent", "no"),
        ("service", "secret-sent", "no"),
        ("native", "secret-sent", "not-applicable"),
        ("with-key", "secret-sent", "yes"),
        ("with-shared-key", "secret-sent", "yes"),
        ("web", "signed", "not-applicable"),
        ("with-key", "signed", "yes"),
        ("native", "token-bound", "no"),
        ("native", "request-fixed", "no"),
    ] {
        assert_eq!(told(&[], client, id), answer, "{client} {id}");
    }
}

/// What only a real browser sees.
#[test]
fn frames_and_referers_are_looked_at_by_a_browser() {
    let folder = TempDir::new().unwrap();
    let statuses = |args: &[&str]| -> BTreeMap<String, String> {
        let audit = json(&folder, args);
        let threats = audit["servers"][0]["threats"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        threats.map(|threat| (text(&threat["id"]), text(&threat["status"]))).collect()
    };
    let hybrid = ["--agent", "hybrid"];
    let (sound, unseen) = (statuses(&hybrid), statuses(&["--agent", "forms"]));
    for (threat, defect) in [("clickjacking", "allows-framing"), ("referer", "loads-foreign-image")]
    {
        assert_eq!(sound[threat], "closed");
        let broken = [&hybrid[..], &["--defect", defect]].concat();
        assert_eq!(statuses(&broken)[threat], "open");
        assert_eq!(unseen[threat], "unknown");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_fleet_is_judged_right() {
    let wrong = fleet::audit(12, 4).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a benchmark: two hundred servers take minutes"]
async fn a_fleet_of_two_hundred_is_judged_right() {
    let start = std::time::Instant::now();
    let wrong = fleet::audit(200, 8).await;
    println!("200 servers: {:.1} s", start.elapsed().as_secs_f64());
    assert!(wrong.is_empty(), "{wrong:#?}");
}
