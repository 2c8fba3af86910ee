//! Pages: whatever a server shows is read, and what it asks for is found, in bounded time.
#![no_main]

use std::sync::LazyLock;

use authspec::agent::Page;
use authspec::source::Source;
use authspec::target::{Target, parse};
use libfuzzer_sys::fuzz_target;
use url::Url;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let text = "name = 'fuzzed'\nissuer = 'http://127.0.0.1:1'\n[client.web]\nid = 'web'\nauth = 'none'\n\
                redirect_uris = ['http://127.0.0.1:2/callback']\n[user.alice]\npassword = 'a password'\n";
    parse(&Source::new("target.toml", text), None).expect("the target file is right")
});

fuzz_target!(|html: &str| {
    if !Page::is_readable(html) {
        return;
    }
    let page = Page::read(html);
    let user = &TARGET.users[0];
    let base = Url::parse("http://127.0.0.1:1/login").expect("a URL");
    if let Some(action) = page.wants(&[], user) {
        let _ = page.submission(&action, &base);
        let _ = page.refusal(&[], &action);
    }
    let _ = page.one_time_fields();
});
