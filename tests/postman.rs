//! `authspec init --from-postman`: a target file from what Postman knows.

#[path = "postman/round_trip.rs"]
mod round_trip;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::golden;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/postman").join(name)
}

/// What the command said, and its exit code.
fn authspec(args: &[&str], folder: &Path) -> (String, Option<i32>) {
    let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    let said = [run.stdout, run.stderr].concat();
    (String::from_utf8_lossy(&said).into_owned(), run.status.code())
}

/// Makes target files of these fixtures; whoever answers at the address they name is `issuer`.
fn init(fixtures: &[&str], issuer: &str, more: &[&str]) -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    let mut args = vec!["init"];
    for name in fixtures {
        let text = std::fs::read_to_string(fixture(name)).unwrap();
        let text = text.replace("http://127.0.0.1:9", issuer);
        std::fs::write(folder.path().join(name), text).unwrap();
        args.extend(["--from-postman", name]);
    }
    args.extend(more);
    let (said, code) = authspec(&args, folder.path());
    assert_eq!(code, Some(0), "{said}");
    (folder, said)
}

fn written(folder: &TempDir, name: &str) -> String {
    std::fs::read_to_string(folder.path().join(name)).unwrap()
}

fn assert_golden(name: &str, text: &str) {
    golden::assert_golden(&fixture(""), name, text);
}

/// Nobody answers there.
const NOBODY: &str = "http://127.0.0.1:9";

#[test]
fn a_collection_of_version_2_1() {
    let (folder, said) = init(&["collection-2.1.json", "environment.json"], NOBODY, &[]);
    assert_golden("collection-2.1.target", &written(&folder, "target.toml"));
    assert_golden("collection-2.1.said", &said);
}

#[test]
fn a_collection_of_version_2_0_has_two_servers() {
    let environment = fixture("environment.json").display().to_string();
    let more = ["--postman-environment", &environment];
    let (folder, said) = init(&["collection-2.0.json"], NOBODY, &more);
    let first = written(&folder, "target.toml").replace(&environment, "environment.json");
    assert_golden("collection-2.0.target", &first);
    let second = written(&folder, "target-login.partner.example.toml");
    assert_golden("collection-2.0.partner", &second.replace(&environment, "environment.json"));
    assert_golden("collection-2.0.said", &said);
}

#[test]
fn secrets_stay_with_their_owner() {
    let (folder, said) = init(&["collection-2.1.json", "environment.json"], NOBODY, &[]);
    let path = folder.path().join("target.env");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let kept = std::fs::read_to_string(path).unwrap();
    assert!(kept.contains("AUTHSPEC_TEA_SHOP_API_SECRET='it'\\''s strong tea'\n"), "{kept}");
    assert!(kept.contains("AUTHSPEC_STOCK_SECRET='stocked up'\n"), "{kept}");
    let target = written(&folder, "target.toml");
    for secret in ["strong tea", "stocked up", "left-here"] {
        assert!(!target.contains(secret) && !said.contains(secret), "{secret}: {target}{said}");
    }
    assert!(!kept.contains("left-here"), "{kept}");
}

#[test]
fn what_is_written_is_read_once_the_environment_is_complete() {
    let (folder, _) = init(&["collection-2.1.json", "environment.json"], NOBODY, &[]);
    let (said, code) = authspec(&["list", "target.toml"], folder.path());
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("the environment variable AUTHSPEC_ISSUER is not set"), "{said}");
    let script = "set -a; . ./target.env; AUTHSPEC_ISSUER=https://tea.example; AUTHSPEC_PASSWORD=x; \
                  set +a; exec \"$0\" list target.toml";
    let run = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_authspec")])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(said.contains("pkce/wrong-verifier@orders"), "{said}");
}

/// A server that serves its metadata, where its issuer has a path as tenants have.
fn tenant(runtime: &Runtime, token: &str) -> String {
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let metadata = json!({
        "issuer": format!("{origin}/tea"),
        "authorization_endpoint": format!("{origin}/tea/oauth2/authorize"),
        "token_endpoint": format!("{origin}{token}"),
        "grant_types_supported": ["authorization_code", "refresh_token"],
    });
    let serve = move || async { Json(metadata) };
    let router = Router::new().route("/tea/.well-known/openid-configuration", get(serve));
    runtime.spawn(async move { axum::serve(listener, router).await });
    origin
}

#[test]
fn the_issuer_is_that_of_metadata_that_names_the_same_endpoints() {
    let runtime = Runtime::new().unwrap();
    let origin = tenant(&runtime, "/tea/oauth2/token");
    let discover = ["--discover"];
    let (folder, said) = init(&["collection-2.1.json"], &format!("{origin}/tea/oauth2"), &discover);
    let target = written(&folder, "target.toml");
    assert!(target.contains(&format!("issuer  = \"{origin}/tea\"\n")), "{target}{said}");
    assert!(!target.contains("[endpoint]"), "{target}");
    // Its metadata lists the grant.
    assert!(target.contains("grants = [\"authorization_code\", \"refresh_token\"]"), "{target}");
}

/// A file that somebody sent says where requests go only if it is told to.
#[test]
fn nobody_is_asked_unless_told_to() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let (folder, said) = init(&["collection-2.1.json"], &origin, &[]);
    assert!(said.contains("no metadata was requested") && said.contains("--discover"), "{said}");
    assert!(written(&folder, "target.toml").contains("[endpoint]\nauthorization = "));
    let named = format!("{origin}/own");
    init(&["collection-2.1.json"], &origin, &["--offline", &named]);
    let asked = listener.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(asked, Err(std::io::ErrorKind::WouldBlock));
}

#[test]
fn metadata_that_names_other_endpoints_is_not_that_of_the_collection() {
    let runtime = Runtime::new().unwrap();
    let origin = tenant(&runtime, "/elsewhere/token");
    let discover = ["--discover"];
    let (folder, said) = init(&["collection-2.1.json"], &format!("{origin}/tea/oauth2"), &discover);
    let target = written(&folder, "target.toml");
    assert!(target.contains("issuer  = \"env:AUTHSPEC_ISSUER\"\n"), "{target}");
    assert!(target.contains("[endpoint]\nauthorization = "), "{target}");
    assert!(said.contains("fill in the issuer yourself"), "{said}");
}

#[test]
fn an_issuer_that_is_named_is_believed() {
    let (folder, _) = init(&["collection-2.1.json"], NOBODY, &["https://127.0.0.1:9/own"]);
    let target = written(&folder, "target.toml");
    assert!(target.contains("issuer  = \"https://127.0.0.1:9/own\"\n"), "{target}");
    assert!(target.contains("[endpoint]"), "{target}");
}

/// What a collection says is not taken for a word of ours, whatever it looks like.
#[test]
fn a_hostile_collection_steers_nothing() {
    let folder = TempDir::new().unwrap();
    let oauth2 = json!({
        "grant_type": "client_credentials", "accessTokenUrl": "http://127.0.0.1:9/token",
        "clientId": "env:HOME", "clientSecret": "a'; touch stolen; '", "scope": "x\"\n[client.evil]",
        "x\n[client.worse]\u{1b}[31m": "1",
        "tokenRequestParams": [{ "key": "a\"] = 1", "value": "\u{1b}[31m", "enabled": true }],
    });
    let collection = json!({
        "info": { "name": "\n[client.bad]" },
        "item": [], "auth": { "type": "oauth2", "oauth2": oauth2 },
    });
    std::fs::write(folder.path().join("a.json"), collection.to_string()).unwrap();
    let (said, code) = authspec(&["init", "--from-postman", "a.json"], folder.path());
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains('\u{1b}'), "{said}");
    let target = written(&folder, "target.toml");
    let read: toml::Table = target.parse().unwrap();
    let clients = read["client"].as_table().unwrap();
    assert_eq!(clients.keys().collect::<Vec<_>>(), ["client-bad"], "{target}");
    assert!(!target.contains("env:HOME") && !target.contains('\u{1b}'), "{target}");
    let run = Command::new("sh").args(["-c", ". ./target.env"]).current_dir(folder.path()).status();
    assert!(run.unwrap().success() && !folder.path().join("stolen").exists());
}
