//! What another implementation (`jose` for Node.js) has encrypted, and what this one has.

use authspec_jwe::{
    ContentEncryption, KeyManagement, PrivateKey, decrypt_with_secret, encrypt,
    encrypt_with_secret, fits,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, json};

/// The key in a PEM file (RFC7468 §2).
fn key(pem: &str) -> PrivateKey {
    let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(text).expect("the file has a key");
    PrivateKey::from_der(&der).expect("the key is sound")
}

fn rsa() -> PrivateKey {
    key(include_str!("vectors/rsa.pem"))
}

fn curve() -> PrivateKey {
    key(include_str!("vectors/curve.pem"))
}

const CONTENT: &[u8] = br#"{"sub":"alice"}"#;

#[test]
fn what_others_have_encrypted_is_read() {
    let by_rsa = [
        include_str!("vectors/rsa-oaep-cbc-128.txt"),
        include_str!("vectors/rsa-oaep-cbc-256.txt"),
        include_str!("vectors/rsa-oaep-256-gcm-256.txt"),
    ];
    let by_curve =
        [include_str!("vectors/ecdh-es-gcm-128.txt"), include_str!("vectors/ecdh-es-cbc-256.txt")];
    let (rsa, curve) = (rsa(), curve());
    let all = by_rsa.iter().map(|text| (text, &rsa)).chain(by_curve.iter().map(|it| (it, &curve)));
    for (text, key) in all {
        let text = text.trim();
        let read = key.decrypt(text).expect(text);
        assert_eq!(read.content, CONTENT, "{text}");
        assert_eq!(read.header["cty"], "JWT");
        for (place, _) in text.match_indices('.') {
            // The part behind each full stop, but for the last bits, which may be padding.
            let mut changed = text.to_owned().into_bytes();
            if changed.get(place + 1).is_some_and(|byte| *byte != b'.') {
                changed[place + 1] = if changed[place + 1] == b'A' { b'B' } else { b'A' };
                let changed = String::from_utf8(changed).unwrap();
                assert_eq!(key.decrypt(&changed), None, "{changed}");
            }
        }
    }
}

#[test]
fn what_is_encrypted_is_read_with_that_key_alone() {
    let (rsa, curve) = (rsa(), curve());
    for algorithm in [KeyManagement::RsaOaep, KeyManagement::RsaOaep256, KeyManagement::EcdhEs] {
        for method in [
            ContentEncryption::A128CbcHs256,
            ContentEncryption::A256CbcHs512,
            ContentEncryption::A128Gcm,
            ContentEncryption::A256Gcm,
        ] {
            let (own, other) = match algorithm {
                KeyManagement::EcdhEs => (&curve, PrivateKey::curve().unwrap()),
                _ => (&rsa, PrivateKey::rsa().unwrap()),
            };
            let public = own.public("one", None);
            assert!(fits(&public, algorithm));
            let header = Map::from_iter([("cty".to_owned(), "JWT".into())]);
            let text = encrypt(CONTENT, &public, (algorithm, method), header).unwrap();
            let read = own.decrypt(&text).expect(&text);
            assert_eq!(read.content, CONTENT);
            assert_eq!(
                (&read.header["alg"], &read.header["kid"]),
                (&json!(algorithm), &json!("one"))
            );
            assert_eq!(other.decrypt(&text), None);
        }
    }
}

#[test]
fn a_key_for_something_else_is_none_to_encrypt_with() {
    let mut key = rsa().public("one", Some(KeyManagement::RsaOaep256));
    assert!(!fits(&key, KeyManagement::EcdhEs));
    assert!(!fits(&key, KeyManagement::RsaOaep));
    assert!(fits(&key, KeyManagement::RsaOaep256));
    key["use"] = "sig".into();
    assert!(!fits(&key, KeyManagement::RsaOaep256));
}

#[test]
fn what_is_encrypted_with_a_secret_is_read_with_that_secret_alone() {
    let secret = "a-secret-of-a-client";
    for (text, method) in [
        (include_str!("vectors/dir-cbc-128.txt"), ContentEncryption::A128CbcHs256),
        (include_str!("vectors/dir-gcm-128.txt"), ContentEncryption::A128Gcm),
        (include_str!("vectors/dir-cbc-256.txt"), ContentEncryption::A256CbcHs512),
    ] {
        let own = encrypt_with_secret(CONTENT, secret, method, Map::new()).unwrap();
        for text in [text.trim(), &own] {
            let read = decrypt_with_secret(text, secret).expect(text);
            assert_eq!(read.content, CONTENT);
            assert_eq!((&read.header["alg"], &read.header["enc"]), (&json!("dir"), &json!(method)));
            assert_eq!(decrypt_with_secret(text, "another"), None);
            assert_eq!(rsa().decrypt(text), None);
        }
    }
}
