//! What signs the assertions and request objects of a client in a target file.

use authspec::oauth::jws::Signer;
use authspec::oauth::signing::SigningAlgorithm;
use authspec::source::Source;
use authspec::target::parse;

#[test]
fn a_secret_signs_objects_if_the_algorithm_says_so() {
    let signer = |auth: &str, more: &str| {
        let text = format!(
            "name = \"a\"\nissuer = \"https://as.example\"\n[client.web]\nid = \"web\"\nauth = \
             \"{auth}\"\nsecret = \"web-secret\"\nredirect_uris = \
             [\"http://127.0.0.1:8765/callback\"]\n{more}\n[user.alice]\npassword = \"b\"\n"
        );
        let target = parse(&Source::new("target.toml", text), None).ok()?;
        Some(target.clients[0].signer.clone())
    };
    let by_secret = |alg| Some(Some(Signer::Secret(alg, "web-secret".to_owned())));
    for auth in ["client_secret_basic", "client_secret_post"] {
        let made = signer(auth, "request = \"object\"\nalg = \"HS512\"");
        assert_eq!(made, by_secret(SigningAlgorithm::Hs512));
        assert_eq!(signer(auth, ""), Some(None));
        assert_eq!(signer(auth, "alg = \"HS256\""), None);
        assert_eq!(signer(auth, "request = \"object\"\nalg = \"ES256\""), None);
        assert_eq!(signer(auth, "request = \"object\""), None);
    }
    let made = signer("client_secret_jwt", "request = \"object\"");
    assert_eq!(made, by_secret(SigningAlgorithm::Hs256));
}
