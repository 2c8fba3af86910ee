//! Claims that come from elsewhere (OpenID.Core §5.6.2).

use serde_json::Value;
use url::Url;

use super::jwt;

/// Which claims come from elsewhere, and from which source.
pub const CLAIM_NAMES: &str = "_claim_names";

/// The sources.
pub const CLAIM_SOURCES: &str = "_claim_sources";

/// What is wrong with the sources of the claims that have one, if anything is. What another server answers at an endpoint,
/// or has encrypted, is not looked at.
pub fn mistake(names: &Value, sources: Option<&Value>) -> Option<String> {
    let Some(names) = names.as_object() else {
        return Some(format!("{CLAIM_NAMES} that is no object"));
    };
    names.iter().find_map(|(claim, source)| {
        let Some(source) = source.as_str() else {
            return Some(format!("a source of {claim} that is no text"));
        };
        let found = sources.and_then(|sources| sources.get(source));
        match found.map(|found| (found.get("JWT"), found.get("endpoint"))) {
            None => Some(format!("no source {source} of {claim}")),
            Some((Some(text), _)) => mistake_inside(claim, source, text),
            Some((None, Some(endpoint))) => {
                let url = endpoint.as_str().and_then(|text| Url::parse(text).ok());
                let is_url = url.is_some_and(|url| url.has_host());
                (!is_url).then(|| format!("an endpoint of the source {source} that is no URL"))
            }
            Some((None, None)) => Some(format!("a source {source} without JWT and endpoint")),
        }
    })
}

/// What is wrong with a source that is a JWT.
fn mistake_inside(claim: &str, source: &str, text: &Value) -> Option<String> {
    let text = text.as_str().unwrap_or_default();
    if jwt::is_encrypted(text) {
        return None;
    }
    let Some((_, claims)) = jwt::parts(text).filter(|(_, claims)| claims.is_object()) else {
        return Some(format!("a source {source} whose JWT cannot be read"));
    };
    claims.get(claim).is_none().then(|| format!("a source {source} without {claim} in its JWT"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_claim_has_a_source_with_a_jwt_or_an_endpoint() {
        let names = json!({ "credit_score": "bank" });
        let with = |source: Value| mistake(&names, Some(&json!({ "bank": source })));
        let jwt = jwt::unsigned(&json!({ "credit_score": 650 }));
        assert_eq!(with(json!({ "JWT": jwt })), None);
        assert_eq!(with(json!({ "endpoint": "https://bank.example/claims" })), None);
        assert_eq!(mistake(&json!({}), None), None);
        for (source, told) in [
            (json!({ "endpoint": "/claims" }), "an endpoint of the source bank that is no URL"),
            (json!({ "access_token": "t" }), "a source bank without JWT and endpoint"),
            (json!({ "JWT": "jwt" }), "a source bank whose JWT cannot be read"),
            (
                json!({ "JWT": jwt::unsigned(&json!({ "score": 650 })) }),
                "a source bank without credit_score in its JWT",
            ),
        ] {
            assert_eq!(with(source).as_deref(), Some(told));
        }
        let told = mistake(&names, Some(&json!({ "shop": {} })));
        assert_eq!(told.as_deref(), Some("no source bank of credit_score"));
        assert_eq!(mistake(&names, None).as_deref(), Some("no source bank of credit_score"));
        assert!(mistake(&json!({ "credit_score": ["bank"] }), None).is_some());
        assert!(mistake(&json!("credit_score"), None).is_some());
    }
}
