//! From a target to a collection and back: what comes out is what went in.

use authspec::oauth::{AuthMethod, Params};
use authspec::source::Source;
use authspec::target::{Client, Extra, Target, parse};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::authspec;

/// All that a block can say, and a target file has a word for.
const TARGET: &str = r#"
name    = "127.0.0.1"
issuer  = "http://127.0.0.1:9/tenant"
ruleset = "bcp"

[endpoint]
authorization = "http://127.0.0.1:9/tenant/authorize?tenant=1"
token         = "http://127.0.0.1:9/tenant/token"

[client.web]
id = "web app"
auth = "client_secret_basic"
secret = "it's \"odd\" & $long"
redirect_uris = ["http://127.0.0.1:8765/callback"]
scope = "openid profile"
grants = ["authorization_code", "refresh_token"]

[client.portal]
id = "portal"
auth = "client_secret_post"
secret = "portal-secret"
redirect_uris = ["https://portal.example/cb?a=b", "https://portal.example/other"]
grants = ["authorization_code", "refresh_token"]
challenge_method = "plain"
verifier = "a-verifier-of-its-own-that-is-long-enough-0123456789"

[client.portal.authorize]
prompt = "consent"
resource = ["https://one.example", "https://two.example"]

[client.portal.token]
body = { audience = "https://api.example", "odd name" = "{x}" }
query = { version = "2" }
header = { x-tenant = "acme" }

[client.portal.refresh]
body = { audience = "https://api.example" }
header = { x-tenant = "other" }

[client.spa]
id = "spa"
auth = "none"
redirect_uris = ["https://spa.example/"]
scope = "read"
grants = ["authorization_code", "implicit"]

[client.script]
id = "script"
auth = "client_secret_post"
secret = "script-secret"
grants = ["password", "client_credentials"]

[user."alice@example.com"]
password = "alice drinks 'tea'"
"#;

fn params(params: &Params, place: &str) -> Vec<Value> {
    let param = |(name, value): (&str, &str)| json!({ "key": name, "value": value, "enabled": true, "send_as": place });
    params.iter().map(param).collect()
}

fn extra(extra: &Extra) -> Vec<Value> {
    let headers: Params = extra.headers.iter().cloned().collect();
    let body = params(&extra.body, "request_body");
    let query = params(&extra.query, "request_url");
    [body, query, params(&headers, "request_header")].concat()
}

/// The blocks of a client: one for each grant and redirect URI.
fn blocks(client: &Client, target: &Target) -> Vec<Value> {
    let mut blocks = Vec::new();
    for grant in client.grants.iter().filter(|grant| *grant != "refresh_token") {
        let (grant, visits) = match grant.as_str() {
            "authorization_code" => ("authorization_code_with_pkce", true),
            "password" => ("password_credentials", false),
            other => (other, other == "implicit"),
        };
        let uris = client.redirect_uris.iter().map(Some);
        for uri in if visits { uris.collect() } else { vec![None] } {
            blocks.push(block(client, target, grant, uri.map(String::as_str)));
        }
    }
    blocks
}

fn block(client: &Client, target: &Target, grant: &str, uri: Option<&str>) -> Value {
    let endpoint = |link: &Option<authspec::target::Link>| link.as_ref().unwrap().text.clone();
    let user = &target.users[0];
    let is_body = client.auth == AuthMethod::ClientSecretPost;
    let mut block = json!({
        "grant_type": grant,
        "accessTokenUrl": endpoint(&target.endpoints.token),
        "clientId": client.id,
        "clientSecret": client.secret,
        "client_authentication": if is_body { "body" } else { "header" },
        "scope": client.scope,
        "challengeAlgorithm": client.challenge_method.name(),
        "code_verifier": client.verifier.clone().unwrap_or_default(),
        "authRequestParams": params(&client.extra_params.authorize, "request_url"),
        "tokenRequestParams": extra(&client.extra_params.token),
        "refreshRequestParams": extra(&client.extra_params.refresh),
        "addTokenTo": "header",
    });
    if let Some(uri) = uri {
        block["authUrl"] = endpoint(&target.endpoints.authorization).into();
        block["redirect_uri"] = uri.into();
    }
    if client.may("refresh_token") {
        block["refreshTokenUrl"] = endpoint(&target.endpoints.token).into();
    }
    if grant == "password_credentials" {
        block["username"] = user.name.as_str().into();
        block["password"] = user.password.as_str().into();
    }
    block
}

/// The collection of a target; since version 2.1, values stand in lists.
fn collection(target: &Target, version: &str) -> Value {
    let listed = |block: Value| match version {
        "2.0.0" => block,
        _ => {
            let members = block.as_object().unwrap().iter();
            members.map(|(key, value)| json!({ "key": key, "value": value })).collect()
        }
    };
    let request = |(name, block): (&str, Value)| {
        let auth = json!({ "type": "oauth2", "oauth2": listed(block) });
        json!({ "name": name, "request": { "url": "https://api.example", "auth": auth } })
    };
    let clients = target.clients.iter();
    let all = clients.flat_map(|client| {
        blocks(client, target).into_iter().map(|block| (client.name.as_str(), block))
    });
    let schema =
        format!("https://schema.getpostman.com/json/collection/v{version}/collection.json");
    json!({ "info": { "name": "all", "schema": schema }, "item": all.map(request).collect::<Vec<_>>() })
}

/// The target file with what the environment file has in place.
fn complete(target: &str, environment: &str) -> String {
    let pairs = environment.lines().filter_map(|line| line.split_once("='"));
    pairs.filter(|(name, _)| !name.starts_with('#')).fold(
        target.to_owned(),
        |text, (name, value)| {
            let value = value.strip_suffix('\'').unwrap().replace(r"'\''", "'");
            text.replace(&format!("\"env:{name}\""), &toml::Value::String(value).to_string())
        },
    )
}

fn sorted(clients: &[Client]) -> Vec<Client> {
    let mut clients = clients.to_vec();
    clients.sort_by(|one, other| one.name.cmp(&other.name));
    clients
}

#[test]
fn a_target_survives_postman() {
    let before = parse(&Source::new("before", TARGET), None).unwrap();
    for version in ["2.0.0", "2.1.0"] {
        let folder = TempDir::new().unwrap();
        let collection = collection(&before, version).to_string();
        std::fs::write(folder.path().join("all.json"), collection).unwrap();
        let issuer = before.issuer.text.as_str();
        let (said, code) = authspec(&["init", issuer, "--from-postman", "all.json"], folder.path());
        assert_eq!(code, Some(0), "{said}");
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        let text = complete(&read("target.toml"), &read("target.env"));
        let after = parse(&Source::new("after", text.as_str()), None)
            .unwrap_or_else(|mistakes| panic!("{mistakes}\n{text}"));
        assert_eq!(sorted(&after.clients), sorted(&before.clients), "{text}");
        assert_eq!(after.users, before.users, "{text}");
        assert_eq!(after.endpoints, before.endpoints, "{text}");
        assert_eq!(after.issuer, before.issuer, "{text}");
    }
}
