//! Servers that are reached in other ways than straight and over HTTP/1.1: through a proxy that the environment names, past
//! a gateway that asks for a header field, and over HTTP/2.
#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

#[path = "network/gateway.rs"]
mod gateway;
#[path = "network/proxy.rs"]
mod proxy;

use std::path::Path;
use std::process::Command;

use axum::http::Version;
use gateway::{Gateway, ISSUER, KEY};
use proxy::Proxy;
use tempfile::TempDir;

/// What a run said, and what it has left.
struct Tried {
    said: String,
    folder: TempDir,
}

/// Tries these on the server behind the gateway, as the environment says.
fn tried(gateway: &Gateway, environment: &[(&str, &str)], words: &[&str]) -> Tried {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("authority.pem", &gateway.authority);
    let top = "ca = \"authority.pem\"\nheader = { x-api-key = \"env:GATEWAY_KEY\" }\n";
    write("target.toml", &format!("{top}{}", gateway.target));
    let mut command = Command::new(env!("CARGO_BIN_EXE_authspec"));
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    command.env("GATEWAY_KEY", KEY).envs(environment.iter().copied());
    command.args(["run", "target.toml"]).args(words).current_dir(folder.path());
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    Tried { said: format!("{}\n{}", output.status, String::from_utf8(said).unwrap()), folder }
}

/// The text of all files below a folder.
fn written(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| match path.is_dir() {
            true => written(&path),
            false => String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned(),
        })
        .collect()
}

#[test]
fn a_server_behind_a_proxy_and_a_gateway() {
    let gateway = Gateway::start();
    let proxy = Proxy::start(gateway.port);
    let through = [("HTTPS_PROXY", proxy.url.as_str())];
    for agent in ["forms", "browser"] {
        let words = ["pkce/wrong-verifier@web", "pkce/wrong-verifier@native", "--agent", agent];
        let Tried { said, folder } = tried(&gateway, &through, &words);
        assert!(said.contains(": 2 pass\n"), "{agent}: {said}");
        let written = written(&folder.path().join("target"));
        assert!(written.contains("x-api-key") && written.contains("[x-api-key]"), "{agent}");
        assert!(!written.contains(KEY) && !said.contains(KEY), "{agent}");
    }
    assert!(gateway.seen(Version::HTTP_2) > 0);
    assert!(proxy.count() > 0);
    let refused = gateway.refused();
    assert!(refused.is_empty(), "without the field: {refused:?}");
    // Redirects came to our own listener, which is not the server's.
    assert!(!proxy.hosts().iter().any(|host| host.ends_with(".example")), "{:?}", proxy.hosts());
}

#[test]
fn requests_that_race_have_connections_of_their_own() {
    let gateway = Gateway::start();
    let proxy = Proxy::start(gateway.port);
    let through = [("ALL_PROXY", proxy.url.as_str())];
    let words = ["races/code@web", "--agent", "forms"];
    let Tried { said, .. } = tried(&gateway, &through, &words);
    assert!(said.contains(": 1 pass\n"), "{said}");
    assert!(gateway.seen(Version::HTTP_11) > 3 && gateway.seen(Version::HTTP_2) > 3);
}

#[test]
fn a_proxy_that_cannot_be_used_is_named() {
    let gateway = Gateway::start();
    let words = ["pkce/wrong-verifier@web", "--agent", "forms"];
    let gone = [("HTTPS_PROXY", "http://somebody:secret@127.0.0.1:9")];
    let Tried { said, .. } = tried(&gateway, &gone, &words);
    let named = "the proxy http://[credentials]@127.0.0.1:9/ (HTTPS_PROXY)";
    assert!(said.contains(named) && said.contains(ISSUER), "{said}");
    let proxy = Proxy::start(gateway.port);
    let framing_page = [("HTTPS_PROXY", proxy.url.as_str()), ("NO_PROXY", "as.test")];
    let Tried { said, .. } = tried(&gateway, &framing_page, &words);
    assert!(said.contains("does not answer") && !said.contains("the proxy"), "{said}");
    assert_eq!(proxy.count(), 0);
}
