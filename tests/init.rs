//! `authspec init`: a target file to begin with, from what a server says of itself.
#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

type Asked = Arc<Mutex<Vec<Value>>>;

/// A server that registers whoever asks; more than so many it refuses.
struct Registrar {
    issuer: String,
    asked: Asked,
    _runtime: Runtime,
}

impl Registrar {
    fn start(most: usize) -> Self {
        Self::naming(most, "id")
    }

    /// The same, with what its identifiers begin with.
    fn naming(most: usize, prefix: &'static str) -> Self {
        let runtime = Runtime::new().unwrap();
        let asked = Asked::default();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let metadata = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "registration_endpoint": format!("{issuer}/register"),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "scopes_supported": ["openid", "profile", "x\n[client.evil]\u{1b}[31m"],
        });
        let register = move |State(asked): State<Asked>, Json(client): Json<Value>| async move {
            let mut asked = asked.lock().unwrap();
            asked.push(client);
            let number = asked.len();
            if number > most {
                let error = json!({ "error": "access_denied", "error_description": "enough" });
                return (StatusCode::FORBIDDEN, Json(error));
            }
            let client = json!({
                "client_id": format!("{prefix}-{number}"), "client_secret": format!("it's-{number}"),
            });
            (StatusCode::CREATED, Json(client))
        };
        let router = Router::new()
            .route("/.well-known/oauth-authorization-server", get(move || async { Json(metadata) }))
            .route("/register", post(register))
            .with_state(Arc::clone(&asked));
        runtime.spawn(async { axum::serve(listener, router).await });
        Self { issuer, asked, _runtime: runtime }
    }
}

fn authspec(args: &[&str], folder: &Path) -> (String, String, Option<i32>) {
    let run = Command::new(env!("CARGO_BIN_EXE_authspec"))
        .args(args)
        .current_dir(folder)
        .env("AUTHSPEC_PASSWORD", "of alice")
        .env("AUTHSPEC_WEB_SECRET", "of web")
        .env("AUTHSPEC_PORTAL_SECRET", "of portal")
        .env("AUTHSPEC_OTHER_SECRET", "of other")
        .env("AUTHSPEC_SERVICE_SECRET", "of service")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&run.stdout), text(&run.stderr), run.status.code())
}

#[test]
fn what_is_written_is_a_target_file() {
    let server = Registrar::start(0);
    let folder = tempfile::tempdir().unwrap();
    let (said, complaints, code) = authspec(&["init", &server.issuer], folder.path());
    assert_eq!(code, Some(0), "{complaints}");
    assert!(said.contains("authspec doctor target.toml"), "{said}");
    let text = std::fs::read_to_string(folder.path().join("target.toml")).unwrap();
    assert!(text.contains("scope   = \"openid profile\"\n"), "{text}");
    assert!(text.contains("id   = \"authspec-portal\"\nauth = \"client_secret_post\"\n"), "{text}");
    assert!(!text.contains('\u{1b}') && !text.contains("\n[client.evil]"), "{text}");
    let (said, complaints, code) = authspec(&["list", "target.toml"], folder.path());
    assert_eq!(code, Some(0), "{complaints}");
    assert!(said.contains("pkce/wrong-verifier@portal"), "{said}");
    assert!(server.asked.lock().unwrap().is_empty());
}

#[test]
fn nothing_is_overwritten() {
    let server = Registrar::start(0);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("target.toml"), "mine").unwrap();
    let (_, complaints, code) = authspec(&["init", &server.issuer], folder.path());
    assert_eq!(code, Some(2));
    let why = "target.toml is there already: name another with --output, or move it away\n";
    assert_eq!(complaints, why);
    assert_eq!(std::fs::read_to_string(folder.path().join("target.toml")).unwrap(), "mine");
}

#[test]
fn clients_that_are_registered_keep_their_secrets_to_their_owner() {
    let server = Registrar::start(10);
    let folder = tempfile::tempdir().unwrap();
    let args = ["init", &server.issuer, "--register", "--output", "as.toml"];
    let (said, complaints, code) = authspec(&args, folder.path());
    assert_eq!(code, Some(0), "{complaints}");
    assert!(!said.contains("it's-"), "{said}");
    let secrets = folder.path().join("as.env");
    assert_eq!(std::fs::metadata(&secrets).unwrap().permissions().mode() & 0o777, 0o600);
    let secrets = std::fs::read_to_string(secrets).unwrap();
    assert!(secrets.contains("AUTHSPEC_WEB_SECRET='it'\\''s-2'\n"), "{secrets}");
    let text = std::fs::read_to_string(folder.path().join("as.toml")).unwrap();
    assert!(text.contains("[client.web]\nid   = \"id-2\"\n"), "{text}");
    assert!(!text.contains("it's-"), "{text}");
    let asked = server.asked.lock().unwrap();
    assert_eq!(asked[1]["token_endpoint_auth_method"], "client_secret_basic");
    // What the target file calls native is registered so, and nothing else is.
    assert_eq!(asked[0]["application_type"], "native");
    assert_eq!(asked[1].get("application_type"), None);
    assert_eq!(asked[0]["redirect_uris"], json!(["http://127.0.0.1:8765/callback"]));
    assert_eq!(asked[0]["response_types"], json!(["code"]));
}

#[test]
fn a_registration_that_is_refused_says_which_and_why() {
    let server = Registrar::start(1);
    let folder = tempfile::tempdir().unwrap();
    let (_, complaints, code) = authspec(&["init", &server.issuer, "--register"], folder.path());
    assert_eq!(code, Some(3));
    let why = "inconclusive: the client web is not registered: 403 error=access_denied enough; \
               registered before it, and of no use now: id-1\n";
    assert_eq!(complaints, why);
    assert!(!folder.path().join("target.toml").exists());
}

/// What a server calls a client is not to be looked for in the environment of who registers it.
#[test]
fn an_identifier_is_not_read_from_the_environment() {
    let server = Registrar::naming(10, "env:AUTHSPEC_PASSWORD");
    let folder = tempfile::tempdir().unwrap();
    let (_, complaints, code) = authspec(&["init", &server.issuer, "--register"], folder.path());
    assert_eq!(code, Some(3));
    assert!(complaints.contains("would be read from the environment"), "{complaints}");
    assert!(!folder.path().join("target.toml").exists());
}

#[test]
fn a_server_that_is_not_there_or_another() {
    let folder = tempfile::tempdir().unwrap();
    let (_, complaints, code) = authspec(&["init", "http://127.0.0.1:9"], folder.path());
    assert_eq!(code, Some(3));
    assert!(complaints.contains("does not answer"), "{complaints}");
    let (_, complaints, code) = authspec(&["init", "as.example"], folder.path());
    assert_eq!(code, Some(2));
    assert!(complaints.contains("does not begin with https://"), "{complaints}");
    let server = Registrar::start(0);
    let other = format!("{}/", server.issuer);
    let (_, complaints, code) = authspec(&["init", &other], folder.path());
    assert_eq!(code, Some(3));
    assert!(
        complaints.ends_with("equal to the letter (RFC8414 §3.3): name that one\n"),
        "{complaints}"
    );
}
