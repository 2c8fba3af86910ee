//! Servers that no authority of this machine vouches for: who is named is trusted, by the HTTP client and
//! by the browser, and nobody else is.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, mpsc};

use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// What its pages say.
const HELLO: &str = "Hello over TLS.";

/// An authority, and a certificate that it has made for `localhost`.
fn authority() -> (Certificate, (Certificate, KeyPair)) {
    let (own, key) = (of_authority("The authority"), KeyPair::generate().unwrap());
    let certificate = own.self_signed(&key).unwrap();
    let issuer = Issuer::new(own, key);
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    (certificate, (leaf, key))
}

/// A certificate that vouches for itself, as `openssl req -x509` makes it.
fn on_its_own() -> (Certificate, KeyPair) {
    let key = KeyPair::generate().unwrap();
    (of_authority("localhost").self_signed(&key).unwrap(), key)
}

fn of_authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params
}

/// Starts a server that has metadata, and refuses whatever it is asked for; says where it is.
fn server((certificate, key): (Certificate, KeyPair)) -> String {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
            let provider = Arc::new(aws_lc_rs::default_provider());
            let config = ServerConfig::builder_with_provider(provider);
            let config = config.with_safe_default_protocol_versions().unwrap();
            let chain = vec![certificate.der().clone()];
            let config = config.with_no_client_auth().with_single_cert(chain, key).unwrap();
            let acceptor = TlsAcceptor::from(Arc::new(config));
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let issuer = format!("https://localhost:{}", listener.local_addr().unwrap().port());
            tell.send(issuer.clone()).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, issuer) = (acceptor.clone(), issuer.clone());
                tokio::spawn(async move {
                    // Who does not trust the server hangs up.
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let mut request = [0; 8192];
                    let length = stream.read(&mut request).await.unwrap_or_default();
                    let answer = answer(&String::from_utf8_lossy(&request[..length]), &issuer);
                    let _ = stream.write_all(answer.as_bytes()).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
    });
    told.recv().unwrap()
}

fn answer(request: &str, issuer: &str) -> String {
    let (status, kind, body) = match request.contains("/.well-known/oauth-authorization-server") {
        true => {
            let body = format!(
                "{{\"issuer\":\"{issuer}\",\"authorization_endpoint\":\"{issuer}/authorize\",\
                 \"token_endpoint\":\"{issuer}/token\",\"response_types_supported\":[\"code\"]}}"
            );
            ("200 OK", "application/json", body)
        }
        false => ("400 Bad Request", "text/html", format!("<!doctype html><p>{HELLO}")),
    };
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    )
}

/// Writes the target file, with a line more, beside the certificate, and tries a case; what was said.
fn tried(issuer: &str, certificate: &Certificate, line: &str, run: &[&str], file: bool) -> String {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("authority.pem", &certificate.pem());
    let client = "[client.web]\nid = \"web\"\nauth = \"none\"\n\
                  redirect_uris = [\"http://127.0.0.1:8765/callback\"]\n";
    let user = "[user.alice]\npassword = \"the-password-of-alice\"\n";
    write("target.toml", &format!("name = \"t\"\nissuer = \"{issuer}\"\n{line}\n{client}{user}"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_authspec"));
    command.args(["run", "target.toml", "redirect-uri/unregistered-host"]).args(run);
    if file {
        command.env("SSL_CERT_FILE", folder.path().join("authority.pem"));
    }
    let output = command.current_dir(folder.path() as &Path).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    format!("{}\n{}", output.status, String::from_utf8(said).unwrap())
}

#[test]
fn who_is_named_is_trusted_and_nobody_else() {
    let (authority, own) = authority();
    let issuer = server(own);
    let forms = ["--agent", "forms"];
    for (line, run, file) in [
        ("", &[&forms[..], &["--ca", "authority.pem"]].concat()[..], false),
        ("ca = \"authority.pem\"", &forms[..], false),
        ("", &forms[..], true),
        ("", &["--agent", "browser", "--ca", "authority.pem"][..], false),
    ] {
        let said = tried(&issuer, &authority, line, run, file);
        assert!(said.contains(HELLO), "{line} {run:?}: {said}");
    }
    let (stranger, _) = on_its_own();
    for (run, file) in [
        (&forms[..], false),
        (&[&forms[..], &["--ca", "authority.pem"]].concat()[..], false),
        (&forms[..], true),
    ] {
        let said = tried(&issuer, &stranger, "", run, file);
        let is_told = said.contains("is not trusted") && said.contains("--ca FILE");
        assert!(is_told && !said.contains("Is the server running"), "{run:?}: {said}");
        assert!(said.contains("inconclusive:"), "{run:?}: {said}");
    }
}

#[test]
fn a_certificate_that_vouches_for_itself_is_trusted_by_name() {
    let (certificate, key) = on_its_own();
    let pem = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let other = pem.self_signed(&KeyPair::generate().unwrap()).unwrap();
    let run = ["--agent", "forms", "--ca", "authority.pem"];
    let named = certificate.clone();
    let issuer = server((certificate, key));
    let said = tried(&issuer, &named, "", &run, false);
    assert!(said.contains(HELLO), "{said}");
    let said = tried(&issuer, &other, "", &run, false);
    assert!(said.contains("is not trusted"), "{said}");
}

#[test]
fn whom_init_trusts_runs_trust_too() {
    let (authority, _) = authority();
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("authority.pem"), authority.pem()).unwrap();
    let written = |output: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_authspec"));
        command.args(["init", "https://as.example", "--offline", "--ca", "authority.pem"]);
        let done = command.args(["--output", output]).current_dir(folder.path()).status().unwrap();
        assert!(done.success(), "{done}");
        let text = std::fs::read_to_string(folder.path().join(output)).unwrap();
        let line = text.lines().find(|line| line.starts_with("ca ")).unwrap();
        line.split('"').nth(1).unwrap().to_owned()
    };
    assert_eq!(written("target.toml"), "authority.pem");
    // The target file names it from its own folder.
    std::fs::create_dir(folder.path().join("targets")).unwrap();
    let absolute = written("targets/target.toml");
    assert!(absolute.starts_with('/') && absolute.ends_with("/authority.pem"), "{absolute}");
}
