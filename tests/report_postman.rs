//! A Postman collection of what failed: everything that was sent, and nothing that is not to be seen.

use std::collections::BTreeSet;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const DEFECTS: &[&str] = &[
    "skips-verifier-check",
    "accepts-any-secret",
    "accepts-any-redirect-uri",
    "accepts-any-access-token",
    "forgets-no-store",
];

fn authspec(args: &[&str], folder: &TempDir) -> Output {
    Command::new(env!("CARGO_BIN_EXE_authspec")).args(args).current_dir(folder).output().unwrap()
}

/// The collection of a run of a broken server, and its results.
fn collection() -> (Value, Value, String) {
    let folder = TempDir::new().unwrap();
    let mut args = vec!["run", "--agent", "forms", "--results", "results.json"];
    args.extend(DEFECTS.iter().flat_map(|name| ["--defect", name]));
    args.extend(["--report", "postman=direct.json"]);
    authspec(&args, &folder);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let results = serde_json::from_str(&read("results.json")).unwrap();
    let text = read("direct.json");
    let later = authspec(&["report", "postman"], &folder);
    assert_eq!(String::from_utf8_lossy(&later.stdout), text, "made later, it is another");
    (serde_json::from_str(&text).unwrap(), results, text)
}

/// All requests of the collection.
fn requests(collection: &Value) -> Vec<&Value> {
    let folders = collection["item"].as_array().unwrap().iter();
    folders.flat_map(|folder| folder["item"].as_array().unwrap()).map(|it| &it["request"]).collect()
}

/// The variables in a text.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.split("{{").skip(1).filter_map(|part| part.split("}}").next())
}

#[test]
fn what_failed_can_be_sent_again() {
    let (collection, results, text) = collection();
    let is_found = |case: &&Value| ["fail", "warn"].contains(&case["verdict"].as_str().unwrap());
    let found: Vec<_> = results["cases"].as_array().unwrap().iter().filter(is_found).collect();
    let folders = collection["item"].as_array().unwrap();
    assert!(
        found.len() > 50 && folders.len() == found.len(),
        "{} of {}",
        folders.len(),
        found.len()
    );
    for (folder, case) in folders.iter().zip(&found) {
        assert!(
            folder["name"].as_str().unwrap().ends_with(case["id"].as_str().unwrap()),
            "{folder}"
        );
        let about = folder["description"].as_str().unwrap();
        let finding = &case["findings"][0];
        assert!(about.contains(finding["cite"].as_str().unwrap()), "{about}");
        assert!(about.contains("expected") && about.contains("actual"), "{about}");
    }
    let declared = collection["variable"].as_array().unwrap();
    let names: BTreeSet<_> = declared.iter().map(|it| it["key"].as_str().unwrap()).collect();
    for variable in declared {
        assert!(variable["value"] == "" && variable["description"] != "", "{variable}");
    }
    assert!(["client_secret", "code", "verifier"].iter().all(|name| names.contains(name)));
    for request in requests(&collection) {
        let sent = [&request["url"], &request["header"], &request["auth"], &request["body"]];
        let sent = sent.map(ToString::to_string).concat();
        let unknown: Vec<_> = variables(&sent).filter(|name| !names.contains(name)).collect();
        assert!(unknown.is_empty(), "{unknown:?} in {request:#}");
        // A name in brackets would be sent as it is.
        let left = names.iter().filter(|name| sent.contains(&format!("[{name}]")));
        assert_eq!(left.collect::<Vec<_>>(), Vec::<&&str>::new(), "{request:#}");
        assert!(!sent.contains("[credentials]") && !sent.contains("cookie"), "{request:#}");
    }
    for secret in ["web+secret", "portal-secret-for-tests", "alice-drinks-tea"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

/// What version 2.1 of the schema asks of each part.
#[test]
fn it_is_a_collection_of_version_2_1() {
    let (collection, ..) = collection();
    let schema = collection["info"]["schema"].as_str().unwrap();
    assert!(schema.ends_with("/v2.1.0/collection.json") && collection["info"]["name"].is_string());
    let is_pair = |pair: &Value| pair["key"].is_string() && pair["value"].is_string();
    for request in requests(&collection) {
        assert!(request["url"].is_string() && request["method"].is_string(), "{request:#}");
        assert!(request["header"].as_array().unwrap().iter().all(is_pair), "{request:#}");
        match request["auth"]["type"].as_str().unwrap() {
            "noauth" => {}
            kind => {
                let pairs = request["auth"][kind].as_array().unwrap();
                assert!(pairs.len() == 2 && pairs.iter().all(is_pair), "{request:#}");
            }
        }
        match request["body"]["mode"].as_str() {
            None => assert!(request["body"].is_null(), "{request:#}"),
            Some("raw") => assert!(request["body"]["raw"].is_string(), "{request:#}"),
            Some("urlencoded") => {
                assert!(request["body"]["urlencoded"].as_array().unwrap().iter().all(is_pair));
            }
            Some(mode) => panic!("{mode}"),
        }
    }
}
