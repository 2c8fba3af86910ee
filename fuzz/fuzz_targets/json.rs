//! JSON: members that come twice, deep nesting, many values.
#![no_main]

use authspec::wire::Answer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: String| {
    let answer = Answer { status: 200, headers: Vec::new(), body: text.into(), cut: false };
    if let Some(members) = answer.members() {
        let _ = members.value();
        let _ = members.all("access_token");
        let _ = members.named(|name| name.contains("token"));
    }
    let _ = answer.json();
});
