//! `authspec init`: a target file to begin with, from what a server says of itself.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse;
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
        Self::with(most, prefix, None)
    }

    /// One that answers only requests with this `x-api-key`.
    fn behind_a_gateway(key: &'static str) -> Self {
        Self::with(10, "id", Some(key))
    }

    fn with(most: usize, prefix: &'static str, key: Option<&'static str>) -> Self {
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
            "token_endpoint_auth_methods_supported":
                ["none", "client_secret_basic", "client_secret_post"],
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
        let router = router.layer(from_fn(move |request: Request, next: Next| async move {
            match key
                .is_some_and(|key| request.headers().get("x-api-key").is_none_or(|it| it != key))
            {
                true => StatusCode::FORBIDDEN.into_response(),
                false => next.run(request).await,
            }
        }));
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
fn a_gateway_gets_its_header_field_with_every_request() {
    let folder = tempfile::tempdir().unwrap();
    let server = Registrar::behind_a_gateway("key-of-the-gateway");
    let (_, _, code) = authspec(&["init", &server.issuer, "--register"], folder.path());
    assert_eq!(code, Some(3));
    let header = "X-Api-Key: env:AUTHSPEC_PASSWORD";
    let args = ["init", &server.issuer, "--register", "-H", header];
    let (_, _, code) = authspec(&args, folder.path());
    assert_eq!(code, Some(3), "another key does not open it");
    let header = "X-Api-Key: key-of-the-gateway";
    let args = ["init", &server.issuer, "--register", "-H", header];
    let (_, complaints, code) = authspec(&args, folder.path());
    assert_eq!(code, Some(0), "{complaints}");
    let text = std::fs::read_to_string(folder.path().join("target.toml")).unwrap();
    assert!(text.contains("\n[header]\n\"x-api-key\" = \"key-of-the-gateway\"\n"), "{text}");
    let (_, complaints, code) = authspec(&["list", "target.toml"], folder.path());
    assert_eq!(code, Some(0), "{complaints}");
}

#[test]
fn nothing_is_overwritten() {
    let server = Registrar::start(0);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("target.toml"), "mine").unwrap();
    let (_, complaints, code) = authspec(&["init", &server.issuer], folder.path());
    assert_eq!(code, Some(2));
    let why = "target.toml already exists: choose another file with --output, or move it away\n";
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
    assert_eq!(asked[1]["application_type"], "web");
    // Nobody has signed in where a client asks for itself.
    let service = asked.iter().find(|it| it["grant_types"] == json!(["client_credentials"]));
    assert_eq!(service.unwrap().get("scope"), None);
    assert_eq!(asked[0]["redirect_uris"], json!(["http://127.0.0.1:8765/callback"]));
    assert_eq!(asked[0]["response_types"], json!(["code"]));
}

#[test]
fn a_registration_that_is_refused_says_which_and_why() {
    let server = Registrar::start(2);
    let folder = tempfile::tempdir().unwrap();
    let (said, complaints, code) = authspec(&["init", &server.issuer, "--register"], folder.path());
    assert_eq!(code, Some(0), "{complaints}");
    for client in ["portal", "other", "service"] {
        let why = format!("not registered: {client}: 403 error=access_denied enough\n");
        assert!(said.contains(&why), "{said}");
    }
    let text = std::fs::read_to_string(folder.path().join("target.toml")).unwrap();
    assert!(text.contains("[client.web]\nid   = \"id-2\"\n"), "{text}");
    assert!(text.contains("# Not registered: portal: 403") && !text.contains("[client.portal]"));
    let (said, complaints, code) = authspec(&["list", "target.toml"], folder.path());
    assert_eq!(code, Some(0), "{said}{complaints}");
}

#[test]
fn where_nobody_can_be_registered_nothing_is_written() {
    let server = Registrar::start(0);
    let folder = tempfile::tempdir().unwrap();
    let (_, complaints, code) = authspec(&["init", &server.issuer, "--register"], folder.path());
    assert_eq!(code, Some(3));
    let why = "inconclusive: no client was registered, so nothing is written: native: 403 error=access_denied enough; ";
    assert!(complaints.starts_with(why), "{complaints}");
    assert!(complaints.contains("leave out --register"), "{complaints}");
    assert!(!folder.path().join("target.toml").exists());
}

/// A server that answers whatever it is asked for in one way.
fn answering(
    status: u16,
    kind: &'static str,
    body: String,
    location: Option<String>,
) -> (String, Runtime) {
    let runtime = Runtime::new().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let body = body.replace("ISSUER", &issuer);
    let answer = move || async move {
        let mut answer =
            axum::response::Response::builder().status(status).header("content-type", kind);
        if let Some(location) = location {
            answer = answer.header("location", location);
        }
        answer.body(axum::body::Body::from(body)).unwrap()
    };
    let router = Router::new().fallback(answer);
    runtime.spawn(async { axum::serve(listener, router).await });
    (issuer, runtime)
}

/// What is said where a server answers so; the file that is written is a whole one once it is filled in.
fn reason(answer: (u16, &'static str, &str, Option<&str>)) -> String {
    let (status, kind, body, location) = answer;
    let location = location.map(str::to_owned);
    let (issuer, _runtime) = answering(status, kind, body.to_owned(), location);
    let folder = tempfile::tempdir().unwrap();
    let (said, complaints, code) = authspec(&["init", &issuer], folder.path());
    assert_eq!(code, Some(0), "{complaints}");
    let next = "next: fill in `endpoint.authorization` and `endpoint.token`";
    assert!(said.starts_with("no metadata available:\n") && said.contains(next), "{said}");
    let path = folder.path().join("target.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    for endpoint in
        ["authorization", "token", "userinfo", "introspection", "revocation", "metadata"]
    {
        let line = format!("\n# {endpoint:<13} = \"{issuer}/");
        assert!(text.contains(&line), "{endpoint}: {text}");
    }
    let filled = text.replace("\n# authorization ", "\nauthorization ");
    std::fs::write(&path, filled.replace("\n# token ", "\ntoken ")).unwrap();
    let (list, complaints, code) = authspec(&["list", "target.toml"], folder.path());
    assert_eq!(code, Some(0), "{list}{complaints}");
    said.lines().nth(1).unwrap().to_owned()
}

#[test]
fn without_metadata_there_is_a_file_to_fill_in() {
    const JSON: &str = "application/json";
    let long = format!("{{\"issuer\": \"{}\"}}", "x".repeat(3 << 20));
    let moved = Some("https://as.example/elsewhere");
    let to = "301, a redirect to https://as.example/elsewhere, which is not followed";
    for (answer, why) in [
        ((404, "text/html", "nothing", None), "oauth-authorization-server: 404"),
        ((301, "text/html", "", moved), to),
        ((200, "text/html", "<!doctype html><p>Welcome", None), "200, an HTML page"),
        ((200, JSON, "[{}]", None), "200, a JSON list instead of an object"),
        ((200, JSON, "\"text\"", None), "200, JSON that is not an object"),
        ((200, JSON, "{ issuer", None), "200, not JSON"),
        ((200, JSON, "", None), "200 with an empty body"),
        ((200, JSON, &long, None), "the answer is longer than 1 MiB, and was cut"),
        (
            (401, JSON, "{}", None),
            "401; if a gateway requires a header field, set it with `[header]`",
        ),
    ] {
        let said = reason(answer);
        assert!(said.ends_with(why), "{why}: {said}");
    }
}

#[test]
fn nobody_is_asked_offline() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["init", "http://127.0.0.1:9", "--offline"];
    let (said, complaints, code) = authspec(&args, folder.path());
    assert_eq!(code, Some(0), "{complaints}");
    assert!(said.contains("no request was sent (--offline)"), "{said}");
    let text = std::fs::read_to_string(folder.path().join("target.toml")).unwrap();
    assert!(text.contains("name    = \"127.0.0.1-9\"\n"), "{text}");
}

#[test]
fn metadata_with_a_blank_for_the_tenant() {
    let body = "{\"issuer\": \"ISSUER/{tenantid}/v2.0\"}".to_owned();
    let (issuer, _runtime) = answering(200, "application/json", body, None);
    let folder = tempfile::tempdir().unwrap();
    let common = format!("{issuer}/common/v2.0");
    let (_, complaints, code) = authspec(&["init", &common], folder.path());
    assert_eq!(code, Some(3));
    assert!(complaints.ends_with("name the issuer of your own tenant\n"), "{complaints}");
}

#[test]
fn clients_are_what_the_metadata_allow() {
    let metadata = json!({
        "issuer": "ISSUER",
        "authorization_endpoint": "ISSUER/authorize",
        "token_endpoint": "ISSUER/token",
        "response_types_supported": ["code", "token"],
        "grant_types_supported": ["authorization_code", "implicit", "password"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    });
    let (issuer, _runtime) = answering(200, "application/json", metadata.to_string(), None);
    let folder = tempfile::tempdir().unwrap();
    let (_, complaints, code) = authspec(&["init", &issuer], folder.path());
    assert_eq!(code, Some(0), "{complaints}");
    let text = std::fs::read_to_string(folder.path().join("target.toml")).unwrap();
    // No OpenID Connect, so no scope of it.
    assert!(text.contains("scope   = \"\"\n"), "{text}");
    assert!(
        text.contains("[client.web]\nid   = \"authspec-web\"\nauth = \"client_secret_post\"\n"),
        "{text}"
    );
    assert!(!text.contains("client_secret_basic") && !text.contains("[client.portal]"), "{text}");
    assert!(
        text.contains("grants = [\"password\"]") && text.contains("grants = [\"implicit\"]"),
        "{text}"
    );
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
        complaints.ends_with(
            "(RFC8414 §3.3): name that one, or add --offline for a target file to fill in by hand\n"
        ),
        "{complaints}"
    );
}
