//! The certification plans of the OpenID Foundation: each module is mapped, and says no more than its cases do.

use std::collections::BTreeMap;
use std::fs;

use crate::bench::Bench;
use authspec::suite::embedded;
use honest::Defect;
use serde_json::Value;

/// The modules of the Foundation's suite 5.2.4, and the plans that have them: basic, implicit, hybrid, dynamic,
/// config and logout; and the FAPI 2.0 plans final and message signing. The form post plans repeat those of the first three.
#[rustfmt::skip]
const MODULES: &[(&str, &str)] = &[
    ("oidcc-server", "BIHD"),
    ("oidcc-server-client-secret-post", "BH"),
    ("oidcc-discovery-endpoint-verification", "DC"),
    ("oidcc-response-type-missing", "BIH"),
    ("oidcc-idtoken-signature", "BIH"),
    ("oidcc-idtoken-rs256", "D"),
    ("oidcc-idtoken-unsigned", "BD"),
    ("oidcc-userinfo-get", "BIH"),
    ("oidcc-userinfo-post-header", "BIH"),
    ("oidcc-userinfo-post-body", "BIH"),
    ("oidcc-userinfo-rs256", "D"),
    ("oidcc-ensure-request-without-nonce-succeeds-for-code-flow", "BH"),
    ("oidcc-ensure-request-without-nonce-fails", "IH"),
    ("oidcc-scope-profile", "BIH"),
    ("oidcc-scope-email", "BIH"),
    ("oidcc-scope-address", "BIH"),
    ("oidcc-scope-phone", "BIH"),
    ("oidcc-scope-all", "BIH"),
    ("oidcc-claims-essential", "BIH"),
    ("oidcc-claims-locales", "BIH"),
    ("oidcc-ui-locales", "BIH"),
    ("oidcc-alternate-happy-flow", "BIH"),
    ("oidcc-display-page", "BIH"),
    ("oidcc-display-popup", "BIH"),
    ("oidcc-prompt-login", "BIH"),
    ("oidcc-prompt-none-not-logged-in", "BIH"),
    ("oidcc-prompt-none-logged-in", "BIH"),
    ("oidcc-max-age-1", "BIH"),
    ("oidcc-max-age-10000", "BIH"),
    ("oidcc-id-token-hint", "BIH"),
    ("oidcc-login-hint", "BIH"),
    ("oidcc-ensure-request-with-acr-values-succeeds", "BIH"),
    ("oidcc-ensure-request-with-unknown-parameter-succeeds", "BIH"),
    ("oidcc-ensure-post-request-succeeds", "B"),
    ("oidcc-codereuse", "BH"),
    ("oidcc-codereuse-30seconds", "BH"),
    ("oidcc-ensure-registered-redirect-uri", "BIH"),
    ("oidcc-ensure-redirect-uri-in-authorization-request", "D"),
    ("oidcc-redirect-uri-query-OK", "D"),
    ("oidcc-redirect-uri-query-mismatch", "D"),
    ("oidcc-redirect-uri-query-added", "D"),
    ("oidcc-redirect-uri-regfrag", "D"),
    ("oidcc-request-uri-unsigned", "D"),
    ("oidcc-request-uri-signed-rs256", "D"),
    ("oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported", "BIH"),
    ("oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported", "BIH"),
    ("oidcc-ensure-request-object-with-redirect-uri", "BIHD"),
    ("oidcc-refresh-token", "BHD"),
    ("oidcc-refresh-token-rp-key-rotation", "D"),
    ("oidcc-ensure-request-with-valid-pkce-succeeds", "BH"),
    ("oidcc-ensure-client-assertion-with-iss-aud-succeeds", "D"),
    ("oidcc-registration-jwks-uri", "D"),
    ("oidcc-registration-logo-uri", "D"),
    ("oidcc-registration-policy-uri", "D"),
    ("oidcc-registration-tos-uri", "D"),
    ("oidcc-registration-sector-uri", "D"),
    ("oidcc-registration-sector-bad", "D"),
    ("oidcc-server-rotate-keys", "D"),
    ("oidcc-rp-initiated-logout-discovery-endpoint-verification", "L"),
    ("oidcc-rp-initiated-logout", "L"),
    ("oidcc-rp-initiated-logout-bad-post-logout-redirect-uri", "L"),
    ("oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri", "L"),
    ("oidcc-rp-initiated-logout-modified-id-token-hint", "L"),
    ("oidcc-rp-initiated-logout-bad-id-token-hint", "L"),
    ("oidcc-rp-initiated-logout-no-id-token-hint", "L"),
    ("oidcc-rp-initiated-logout-no-params", "L"),
    ("oidcc-rp-initiated-logout-no-post-logout-redirect-uri", "L"),
    ("oidcc-rp-initiated-logout-only-state", "L"),
    ("oidcc-rp-initiated-logout-no-state", "L"),
    ("oidcc-frontchannel-logout-discovery-endpoint-verification", "L"),
    ("oidcc-frontchannel-rp-initiated-logout", "L"),
    ("oidcc-backchannel-logout-discovery-endpoint-verification", "L"),
    ("oidcc-backchannel-rp-initiated-logout", "L"),
    ("oidcc-session-management-discovery-endpoint-verification", "L"),
    ("oidcc-session-management-rp-initiated-logout", "L"),
    ("fapi2-security-profile-final-discovery-end-point-verification", "FM"),
    ("fapi2-security-profile-final-happy-flow", "FM"),
    ("fapi2-security-profile-final-user-rejects-authentication", "FM"),
    ("fapi2-security-profile-final-ensure-authorization-request-without-state-success", "FM"),
    ("fapi2-security-profile-final-ensure-authorization-request-without-nonce-success", "FM"),
    ("fapi2-security-profile-final-ensure-authorization-request-with-64-char-nonce-success", "FM"),
    ("fapi2-security-profile-final-ensure-authorization-request-with-long-nonce", "FM"),
    ("fapi2-security-profile-final-ensure-authorization-request-with-long-state", "FM"),
    ("fapi2-security-profile-final-ensure-other-scope-order-succeeds", "FM"),
    ("fapi2-security-profile-final-test-claims-parameter-identity-claims", "FM"),
    ("fapi2-security-profile-final-access-token-type-header-case-sensitivity", "FM"),
    ("fapi2-security-profile-final-check-dpop-proof-nbf-exp", "FM"),
    ("fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-before-succeeds", "FM"),
    ("fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-after-succeeds", "FM"),
    ("fapi2-security-profile-final-ensure-mismatched-dpop-jkt-fails", "FM"),
    ("fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt", "FM"),
    ("fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-jkt", "FM"),
    ("fapi2-security-profile-final-ensure-dpopproof-at-par-endpoint-binding-success", "FM"),
    ("fapi2-security-profile-final-ensure-dpop-auth-code-binding-success", "FM"),
    ("fapi2-security-profile-final-dpop-negative-tests", "FM"),
    ("fapi2-security-profile-final-ensure-different-nonce-inside-and-outside-request-object", "FM"),
    ("fapi2-security-profile-final-ensure-different-state-inside-and-outside-request-object", "FM"),
    ("fapi2-security-profile-final-state-only-outside-request-object-not-used", "FM"),
    ("fapi2-security-profile-final-ensure-request-object-without-redirect-uri-fails", "FM"),
    ("fapi2-security-profile-final-ensure-redirect-uri-in-authorization-request", "FM"),
    ("fapi2-security-profile-final-ensure-registered-redirect-uri", "FM"),
    ("fapi2-security-profile-final-plain-fapi-tolerate-unregistered-redirect-uri", "FM"),
    ("fapi2-security-profile-final-ensure-unsigned-authorization-request-without-using-par-fails", "FM"),
    ("fapi2-security-profile-final-ensure-response-type-code-idtoken-fails", "FM"),
    ("fapi2-security-profile-final-ensure-response-type-token-fails", "FM"),
    ("fapi2-security-profile-final-ensure-client-id-in-token-endpoint", "FM"),
    ("fapi2-security-profile-final-ensure-holder-of-key-required", "FM"),
    ("fapi2-security-profile-final-ensure-authorization-code-is-bound-to-client", "FM"),
    ("fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second", "FM"),
    ("fapi2-security-profile-final-ensure-token-endpoint-fails-with-expired-auth-code", "FM"),
    ("fapi2-security-profile-final-ensure-signed-client-assertion-with-RS256-fails", "FM"),
    ("fapi2-security-profile-final-ensure-client-assertion-in-token-endpoint", "FM"),
    ("fapi2-security-profile-final-ensure-client-assertion-with-exp-is-5-minutes-in-past-fails", "FM"),
    ("fapi2-security-profile-final-ensure-client-assertion-with-wrong-aud-fails", "FM"),
    ("fapi2-security-profile-final-ensure-client-assertion-with-no-sub-fails", "FM"),
    ("fapi2-security-profile-final-par-test-array-as-audience-fails", "FM"),
    ("fapi2-security-profile-final-par-test-par-endpoint-url-as-audience-fails", "FM"),
    ("fapi2-security-profile-final-par-test-token-endpoint-url-as-audience-fails", "FM"),
    ("fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted", "FM"),
    ("fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails", "FM"),
    ("fapi2-security-profile-final-refresh-token", "FM"),
    ("fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds", "FM"),
    ("fapi2-security-profile-final-par-attempt-reuse-request_uri", "FM"),
    ("fapi2-security-profile-final-par-attempt-to-use-expired-request_uri", "FM"),
    ("fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client", "FM"),
    ("fapi2-security-profile-final-par-authorization-request-containing-request_uri-form-param", "FM"),
    ("fapi2-security-profile-final-par-attempt-invalid-http-method", "FM"),
    ("fapi2-security-profile-final-par-without-duplicate-parameters", "FM"),
    ("fapi2-security-profile-final-par-ensure-pkce-required", "FM"),
    ("fapi2-security-profile-final-ensure-pkce-code-verifier-required", "FM"),
    ("fapi2-security-profile-final-incorrect-pkce-code-verifier-rejected", "FM"),
    ("fapi2-security-profile-final-par-plain-pkce-rejected", "FM"),
    ("fapi2-security-profile-final-ensure-server-handles-non-matching-intent-id", "FM"),
    ("fapi2-security-profile-final-test-essential-acr-sca-claim", "FM"),
    ("fapi2-security-profile-final-brazil-ensure-bad-payment-signature-fails", "FM"),
    ("fapi2-security-profile-final-australia-connectid-ensure-invalid-purpose-fails", "FM"),
    ("fapi2-security-profile-final-australia-connectid-test-claims-parameter-idtoken-identity-claims", "FM"),
    ("fapi2-security-profile-final-ensure-request-object-with-multiple-aud-succeeds", "M"),
    ("fapi2-security-profile-final-ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted", "M"),
    ("fapi2-security-profile-final-ensure-request-object-without-exp-fails", "M"),
    ("fapi2-security-profile-final-ensure-request-object-without-nbf-fails", "M"),
    ("fapi2-security-profile-final-ensure-expired-request-object-fails", "M"),
    ("fapi2-security-profile-final-ensure-request-object-with-bad-aud-fails", "M"),
    ("fapi2-security-profile-final-ensure-request-object-with-exp-over-60-fails", "M"),
    ("fapi2-security-profile-final-ensure-request-object-with-nbf-over-60-fails", "M"),
    ("fapi2-security-profile-final-ensure-signed-request-object-with-RS256-fails", "M"),
    ("fapi2-security-profile-final-ensure-request-object-signature-algorithm-is-not-none", "M"),
    ("fapi2-security-profile-final-ensure-request-object-with-invalid-signature-fails", "M"),
    ("fapi2-security-profile-final-ensure-matching-key-in-authorization-request", "M"),
    ("fapi2-security-profile-final-ensure-unsigned-request-at-par-endpoint-fails", "M"),
    ("fapi2-security-profile-final-par-authorization-request-containing-request_uri", "M"),
    ("fapi2-security-profile-final-australia-connectid-ensure-request-object-with-exp-over-10-fails", "M"),
    ("fapi2-security-profile-final-australia-connectid-ensure-request-object-with-nbf-over-15-fails", "M"),
];

/// The rulesets with plans, and the letters of their modules.
const RULESETS: &[(&str, &str)] = &[
    ("oidc-basic", "B"),
    ("oidc-implicit", "I"),
    ("oidc-hybrid", "H"),
    ("oidc-formpost", "BIH"),
    ("oidc-config", "C"),
    ("oidc-dynamic", "D"),
    ("oidc-logout", "L"),
    ("fapi2", "F"),
    ("fapi2-message-signing", "M"),
];

#[test]
fn every_module_of_the_plans_has_cases_or_a_reason() {
    let suites = embedded().unwrap();
    for (ruleset, letters) in RULESETS {
        let of_it = MODULES.iter().filter(|(_, plans)| plans.contains(|c| letters.contains(c)));
        let mut wanted: Vec<_> = of_it.map(|(name, _)| *name).collect();
        let modules = &suites.rulesets[*ruleset].modules;
        let mut mapped: Vec<_> = modules.iter().map(|module| module.name.as_str()).collect();
        wanted.sort_unstable();
        mapped.sort_unstable();
        assert_eq!(mapped, wanted, "{ruleset}");
        assert!(
            modules.iter().all(|it| it.cases.is_empty() == it.uncovered.is_some()),
            "{ruleset}"
        );
    }
    let with_plans = suites.rulesets.iter().filter(|(_, ruleset)| !ruleset.plans.is_empty());
    assert_eq!(with_plans.count(), RULESETS.len());
}

/// What each module says, by name.
fn modules(results: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let modules = results["modules"].as_array().unwrap().iter();
    modules.map(|module| (text(&module["name"]), text(&module["says"]))).collect()
}

#[test]
fn modules_say_what_their_cases_do() {
    let bench = Bench::new(&[Defect::AcceptsReplayedCode]);
    let run = ["run", "target.toml", "--agent", "forms", "--ruleset", "oidc-basic"];
    let reports = ["--report", "markdown=it.md", "--report", "html=it.html"];
    let (said, code) = bench.authspec(&[&run[..], &reports[..]].concat());
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("        failed  oidcc-codereuse\n                codes/replayed@"),
        "{said}"
    );
    assert!(said.contains("  1 failed, 2 not tried, 5 passed in part, "), "{said}");
    let results = bench.json("target/evidence/honest/results.json");
    let says = modules(&results);
    assert_eq!(says.len(), 38);
    assert_eq!(says["oidcc-codereuse"], "failed");
    assert_eq!(says["oidcc-server"], "passed");
    // Its cases need --slow.
    assert_eq!(says["oidcc-codereuse-30seconds"], "not_tried");
    // Its case needs --register.
    assert_eq!(says["oidcc-idtoken-unsigned"], "not_tried");
    let read = |name: &str| fs::read_to_string(bench.path(name)).unwrap();
    assert!(read("it.md").contains("| `oidcc-codereuse` | failed | codes/replayed"));
    assert!(read("it.html").contains("<code>oidcc-codereuse</code>"));
    // The cases of a profile need not show a deviation that others have shown.
    let known = "[\"always/state\"]\nreason = \"vendor#1\"\nfinding = \"state\"\n";
    fs::write(bench.path("known.toml"), known).unwrap();
    let (said, _) = bench.authspec(&run);
    assert!(!said.contains("STALE"), "{said}");
    // Of some cases, nothing can be said about modules.
    let (said, _) = bench.authspec(&[&run[..], &["userinfo"]].concat());
    assert!(!said.contains("would say"), "{said}");
}
