//! The certification plans of the OpenID Foundation: each module is mapped, and says no more than its cases do.

use std::collections::BTreeMap;
use std::fs;

use crate::bench::Bench;
use authspec::suite::embedded;
use honest::Defect;
use serde_json::Value;

/// The modules of the Foundation's suite 5.2.4, and the plans that have them: basic, implicit, hybrid, dynamic,
/// config and logout. The form post plans repeat those of the first three.
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
    assert!(said.contains("  1 failed, 1 not tried, 4 passed in part, "), "{said}");
    let results = bench.json("target/evidence/honest/results.json");
    let says = modules(&results);
    assert_eq!(says.len(), 38);
    assert_eq!(says["oidcc-codereuse"], "failed");
    assert_eq!(says["oidcc-server"], "passed");
    // Its cases need --slow.
    assert_eq!(says["oidcc-codereuse-30seconds"], "not_tried");
    assert_eq!(says["oidcc-idtoken-unsigned"], "not_covered");
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
