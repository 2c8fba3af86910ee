//! Servers that are reached in other ways than straight and over HTTP/1.1: through a proxy that the environment names, past
//! a gateway that asks for a header field, and over HTTP/2.

#[path = "network/gateway.rs"]
mod gateway;
#[path = "network/proxy.rs"]
mod proxy;

use std::path::Path;
use std::process::Command;

use axum::http::Version;
use gateway::{Gateway, ISSUER, KEY};
use honest::{Config, Honest, Reserved};
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

/// A proxy that reads requests may hold them back: that they came together would not be known.
#[test]
fn a_race_through_a_proxy_that_reads_is_inconclusive() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (reserved, callback) = (Reserved::new(0).unwrap(), Reserved::new(0).unwrap());
    let (port, callback) = (reserved.port(), callback.port());
    let config = Config {
        issuer: Some("http://as.test".to_owned()),
        callback_port: callback,
        ..Config::default()
    };
    let _honest = runtime.block_on(async { Honest::start_on(reserved, config) }).unwrap();
    let proxy = Proxy::start(port);
    let target = honest::target_file(port, callback);
    let target = target.replace(&format!("http://127.0.0.1:{port}"), "http://as.test");
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("target.toml"), target).unwrap();
    let tried = |case: &str| {
        let mut run = Command::new(env!("CARGO_BIN_EXE_authspec"));
        run.args(["run", "target.toml", case, "--agent", "forms"]).current_dir(folder.path());
        let output = run.env("HTTP_PROXY", &proxy.url).env_remove("NO_PROXY").output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, said) = tried("pkce/wrong-verifier@web");
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = tried("races/code@web");
    assert!(code == Some(3) && said.contains("which may not forward them together"), "{said}");
}

/// Over HTTP/2 too, a server does not decide how much we keep.
#[test]
fn endless_header_fields_over_http_2_are_no_answer() {
    let gateway = Gateway::start();
    let proxy = Proxy::start(gateway.port);
    let through = [("HTTPS_PROXY", proxy.url.as_str()), ("GATEWAY_KEY", gateway::ENDLESS)];
    let Tried { said, .. } =
        tried(&gateway, &through, &["pkce/wrong-verifier@web", "--agent", "forms"]);
    assert!(said.starts_with("exit status: 3") && said.contains("does not answer"), "{said}");
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
