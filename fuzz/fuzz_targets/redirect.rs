//! Redirects: what arrives at a redirect URI.
#![no_main]

use authspec::oauth::AuthorizationResponse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|uri: &str| {
    let response = AuthorizationResponse::read(uri);
    let _ = response.in_place("code").count();
});
