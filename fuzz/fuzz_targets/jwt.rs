//! JWTs and key sets.
#![no_main]

use authspec::oauth::jwt;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|texts: (&str, &str)| {
    let (token, keys) = texts;
    let _ = jwt::claims(token);
    let _ = jwt::header(token, "alg");
    let _ = jwt::unknown_algorithm(token);
    let _ = jwt::is_signed_by(token, keys, "secret");
    let _ = jwt::keys(keys);
    let _ = jwt::half_hash(token, "value");
    let _ = jwt::forged(token);
});
