//! Header fields by their grammar (RFC9110 §5.6).
#![no_main]

use authspec::wire::Answer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|field: (String, String)| {
    let (value, wanted) = field;
    let headers = vec![
        ("cache-control".to_owned(), value.clone()),
        ("www-authenticate".to_owned(), value),
    ];
    let answer = Answer { status: 401, headers, body: String::new().into(), cut: false };
    let _ = answer.field_holds("cache-control", &wanted);
    let _ = answer.field_holds("www-authenticate", &wanted);
});
