//! Servers whose signatures, codes and tokens anybody can make (H18, H19).

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::to_bytes;
use axum::response::Response;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use url::Url;

use super::{JSON, explained};
use crate::command::{Ran, authspec};
use crate::fake::{Ask, Fake, Setup, answer_of, found};

fn body_of(answer: Response) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let body = std::thread::spawn(move || {
        runtime.unwrap().block_on(to_bytes(answer.into_body(), 1 << 20)).unwrap()
    });
    serde_json::from_slice(&body.join().unwrap()).unwrap()
}

/// Runs cases on a server whose token answers go through this.
fn granting(grant: impl Fn(&mut Value) + Send + Sync + 'static, words: &[&str]) -> Ran {
    let setup = Setup::twisted(move |ask: &Ask, answer| {
        if ask.path != "/token" || answer.status() != 200 {
            return answer;
        }
        let mut body = body_of(answer);
        grant(&mut body);
        answer_of(200, &[JSON], body.to_string())
    });
    authspec(&Fake::start(setup).target(), words)
}

#[test]
fn a_symmetric_key_that_is_published_proves_nothing() {
    const KEY: &[u8] = b"a-secret-of-256-bits-that-everybody-knows";
    let setup = Setup::twisted(|ask: &Ask, answer| {
        if ask.path.ends_with("oauth-authorization-server") {
            let mut metadata = body_of(answer);
            let issuer = metadata["issuer"].as_str().unwrap();
            metadata["jwks_uri"] = format!("{issuer}/jwks").into();
            return answer_of(200, &[JSON], metadata.to_string());
        }
        if ask.path == "/jwks" {
            use base64::Engine;
            let k = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(KEY);
            let keys = json!({ "keys": [{ "kty": "oct", "kid": "one", "alg": "HS256", "k": k }] });
            return answer_of(200, &[JSON], keys.to_string());
        }
        if ask.path != "/token" || answer.status() != 200 {
            return answer;
        }
        let mut body = body_of(answer);
        let header = Header { kid: Some("one".to_owned()), ..Header::new(Algorithm::HS256) };
        let claims = json!({
            "iss": format!("http://{}", ask.host), "sub": "alice", "aud": "web",
            "iat": 1_800_000_000, "exp": 4_000_000_000_u64,
        });
        let signed = encode(&header, &claims, &EncodingKey::from_secret(KEY)).unwrap();
        body["id_token"] = signed.into();
        answer_of(200, &[JSON], body.to_string())
    });
    let fake = Fake::start(setup);
    let target = fake.target().replace("scope = \"read\"", "scope = \"openid read\"");
    let ran =
        authspec(&target, &["--ruleset=oidc", "id-token/signature", "id-token/no-private-keys"]);
    assert_eq!(explained(&ran, "id-token/no-private-keys").0, "fail", "{}", ran.said());
    assert_ne!(explained(&ran, "id-token/signature@web").0, "pass", "{}", ran.said());
}

#[test]
fn codes_that_follow_each_other_are_no_chance() {
    let count = AtomicUsize::new(0);
    let setup = Setup::twisted(move |ask: &Ask, answer| {
        let location = answer.headers().get("location").and_then(|it| it.to_str().ok());
        let location = location.and_then(|it| Url::parse(it).ok());
        let Some(mut location) = location.filter(|_| ask.path != "/token") else { return answer };
        let mut params: Vec<_> = location.query_pairs().into_owned().collect();
        let Some(code) = params.iter_mut().find(|(name, _)| name == "code") else { return answer };
        code.1 = format!("a{:031}", count.fetch_add(1, Ordering::Relaxed));
        location.query_pairs_mut().clear().extend_pairs(params);
        found(location.as_str())
    });
    // A case that does not redeem the code.
    let suites = tempfile::TempDir::new().unwrap();
    let entropy = "title = \"Chance\"\n[[requirement]]\ncite = \"RFC6749 §10.10\"\nmust = \"A code MUST be chance.\"\n\
         [requirement.case.code]\nclient = \"any\"\nsteps = [\"authorize\"]\n\
         then.authorize = { bits.code = 128 }\n";
    std::fs::write(suites.path().join("chance.toml"), entropy).unwrap();
    let folder = suites.path().to_str().unwrap();
    let ran = authspec(&Fake::start(setup).target(), &["--suites", folder]);
    let (verdict, why) = explained(&ran, "chance/code");
    assert_eq!(verdict, "fail", "{}", ran.said());
    assert!(why.contains("bits at the most"), "{why}");
}

#[test]
fn tokens_that_follow_each_other_are_no_chance() {
    let count = AtomicUsize::new(0);
    let ran = granting(
        move |body| {
            let next = format!("a{:031}", count.fetch_add(1, Ordering::Relaxed));
            body["access_token"] = next.into();
        },
        &["entropy/access-token"],
    );
    assert_eq!(explained(&ran, "entropy/access-token").0, "fail", "{}", ran.said());
}

#[test]
fn one_token_for_everybody_is_no_chance() {
    let ran = granting(
        |body| body["access_token"] = "nRb0qV1m3wZ8xY5tK2pL7sD4fG6hJ9cA".into(),
        &["entropy/access-token"],
    );
    let (verdict, why) = explained(&ran, "entropy/access-token");
    assert_eq!(verdict, "fail", "{}", ran.said());
    assert!(why.contains("another client was given the same access_token"), "{why}");
}
