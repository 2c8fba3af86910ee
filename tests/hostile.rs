//! Servers that answer with what no server should: whatever comes, a run ends soon, in bounded
//! memory, without a panic, and nothing steers the terminal.

#[path = "hostile/browser.rs"]
mod browser;
#[path = "hostile/every_case.rs"]
mod every_case;
#[path = "hostile/memory.rs"]
mod memory;
#[path = "hostile/pages.rs"]
mod pages;
#[path = "hostile/predictable.rs"]
mod predictable;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::command::{Ran, authspec};
use crate::fake::{Ask, DEATH, Fake, SILENCE, Setup, answer_of, html};
use crate::valid::assert_valid;
use crate::written::{report, written};
use authspec::report::Format;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use clap::ValueEnum;

/// Cases that look at refusals of both endpoints, and at all there is.
const CASES: &[&str] = &[
    "pkce/s256-accepted",
    "pkce/wrong-verifier",
    "pkce/required-for-public",
    "redirect-uri/unregistered-host",
    "codes/unknown",
    "always/",
];

/// Makes the cases a part of a run, where invariants look only at the answers that there are. In a whole run, one that
/// applies to none of them tries every case.
const IN_PART: &[&str] = &["--partition", "hash:1/1"];

/// How long a run may take: a few requests that time out after 10 s, and the rest on a slow machine, busy
/// with other tests, without optimization. Without a limit on what is tried, these runs take many times as long.
const SOON: Duration = Duration::from_secs(150);

/// How much memory a run may take at its peak, in bytes.
const MOST_MEMORY: usize = 200 << 20;

const JSON: (&str, &str) = ("content-type", "application/json");
const HTML: (&str, &str) = ("content-type", "text/html");

/// Asserts what must hold of every run, whatever the server does.
#[track_caller]
fn assert_unharmed(ran: &Ran, what: &str) {
    assert!(!ran.stderr.contains("panicked"), "{what}: {}", ran.said());
    assert!([Some(0), Some(1), Some(3)].contains(&ran.code), "{what}: {}", ran.said());
    assert!(ran.took < SOON, "{what}: it took {:?}", ran.took);
    assert!(ran.peak <= MOST_MEMORY, "{what}: it took {} MB", ran.peak >> 20);
    for (place, text) in written(ran) {
        let steers = |c: &char| {
            let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            turns || (c.is_control() && !matches!(c, '\n' | '\t'))
        };
        let found = text.chars().find(steers);
        assert_eq!(found, None, "{what}: {} has a control character", place.display());
        if place.extension().is_some_and(|ending| ending == "json") {
            // JSON may spell them out.
            let value = serde_json::from_str(&text).unwrap();
            assert!(!has(&value, &steers), "{what}: {} has one inside", place.display());
        }
        assert!(text.len() < 4 << 20, "{what}: {} has {} bytes", place.display(), text.len());
    }
    for format in Format::value_variants() {
        let report = report(ran, *format).unwrap_or_else(|| panic!("{what}: no {format}"));
        if *format == Format::Html {
            crate::inert::assert_inert(&report, what);
        }
        assert_valid(*format, &report);
    }
}

/// Whether any text of the value has such a character.
fn has(value: &serde_json::Value, kind: &impl Fn(&char) -> bool) -> bool {
    match value {
        serde_json::Value::String(text) => text.chars().any(|c| kind(&c)),
        serde_json::Value::Array(values) => values.iter().any(|value| has(value, kind)),
        serde_json::Value::Object(map) => {
            map.iter().any(|(key, value)| key.chars().any(|c| kind(&c)) || has(value, kind))
        }
        _ => false,
    }
}

/// What meets the refusals of the token endpoint, and what meets those of the other one.
const AT_TOKEN: &[&str] = &["wrong-verifier", "codes/unknown"];
const AT_AUTHORIZE: &[&str] = &["required-for", "unregistered"];

/// Asserts that no case passes that met such an answer.
#[track_caller]
fn assert_no_pass(ran: &Ran, met: &[&str], what: &str) {
    let passed = |case: &serde_json::Value| {
        let id = case["id"].as_str().unwrap();
        case["verdict"] == "pass" && met.iter().any(|part| id.contains(part))
    };
    let passed: Vec<_> = ran.cases().into_iter().filter(passed).collect();
    assert!(passed.is_empty(), "{what}: {passed:#?}");
}

/// The verdict on a case, and what explains it.
#[track_caller]
fn explained(ran: &Ran, id: &str) -> (String, String) {
    let cases = ran.cases();
    let case = cases.iter().find(|case| case["id"] == id);
    let case = case.unwrap_or_else(|| panic!("no {id}: {}", ran.said()));
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let why = format!("{} {}", text(&case["reason"]), text(&case["findings"][0]["actual"]));
    (text(&case["verdict"]), why)
}

/// Runs the cases against a server that gives this in place of every refusal of that endpoint.
fn refused_by(path: &'static str, answer: impl Fn() -> Response + Send + Sync + 'static) -> Ran {
    refused_in(&[CASES, IN_PART].concat(), path, answer)
}

/// The same with what these words select.
fn refused_in(
    words: &[&str],
    path: &'static str,
    answer: impl Fn() -> Response + Send + Sync + 'static,
) -> Ran {
    let setup = Setup::twisted(move |ask: &Ask, sound| {
        let location = sound.headers().get("location").and_then(|it| it.to_str().ok());
        let refuses = sound.status().as_u16() >= 400
            || location.is_some_and(|location| location.contains("error="));
        if ask.path == path && refuses { answer() } else { sound }
    });
    authspec(&Fake::start(setup).target(), words)
}

/// Tries an answer at both endpoints, and returns the runs.
#[track_caller]
fn try_answer(
    what: &str,
    answer: impl Fn() -> Response + Clone + Send + Sync + 'static,
) -> [Ran; 2] {
    let runs = std::thread::scope(|scope| {
        let run = |path| {
            let answer = answer.clone();
            scope.spawn(move || refused_by(path, answer))
        };
        ["/token", "/authorize"].map(run).map(|run| run.join().expect("the run ends"))
    });
    for ran in &runs {
        assert_unharmed(ran, what);
    }
    runs
}

/// Tries all of them at once: most of the time, such servers let a run wait.
fn side_by_side<T: Sync>(all: &[T], try_one: impl Fn(&T) + Sync) {
    std::thread::scope(|scope| {
        for one in all {
            scope.spawn(|| try_one(one));
        }
    });
}

/// A server that says this to whoever comes, and goes on until nobody listens.
fn raw(say: impl Fn(&mut TcpStream) -> std::io::Result<()> + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let say = say.clone();
            std::thread::spawn(move || {
                let mut stream = stream;
                let _ = stream.read(&mut [0; 4096]);
                // Whoever hangs up has heard enough.
                let _ = say(&mut stream);
            });
        }
    });
    format!("http://{address}")
}

/// Runs with this raw server in place of one of the endpoints: no case can pass that needs it.
#[track_caller]
fn try_raw(
    what: &'static str,
    say: impl Fn(&mut TcpStream) -> std::io::Result<()> + Clone + Send + 'static,
) {
    let fake = Fake::start(Setup::default());
    let address = raw(say);
    // The three of them wait most of the time.
    std::thread::scope(|scope| {
        for endpoint in ["token", "authorization"] {
            let named = format!("scope = \"read\"\nendpoint.{endpoint} = \"{address}/it\"\n");
            let target = fake.target().replace("scope = \"read\"\n", &named);
            scope.spawn(move || {
                let ran = authspec(&target, &[CASES, IN_PART].concat());
                assert_unharmed(&ran, what);
                for case in ran.cases().iter().filter(|it| !is_grant(it)) {
                    let verdict = case["verdict"].as_str().unwrap();
                    let is_at_token = AT_TOKEN.iter().any(|it| case["id"].to_string().contains(it));
                    assert!(verdict != "fail", "{what} at {endpoint}: {case} {}", ran.said());
                    assert!(verdict != "pass" || !is_at_token, "{what} at {endpoint}: {case}");
                }
            });
        }
        // Nor can anything be said where the metadata is like that.
        let issuer = format!("issuer = \"{}\"", fake.issuer);
        let target = fake.target().replace(&issuer, &format!("issuer = \"{address}\""));
        let ran = authspec(&target, &[CASES, IN_PART].concat());
        assert_unharmed(&ran, what);
        assert_eq!(ran.code, Some(3), "{what}: {}", ran.said());
    });
}

/// Whether the case may fail by any refusal at all.
fn is_grant(case: &serde_json::Value) -> bool {
    let id = case["id"].as_str().unwrap();
    id.contains("accepted") || id.starts_with("always/")
}

fn head(kind: &str) -> String {
    format!("HTTP/1.1 400 Bad Request\r\ncontent-type: {kind}\r\n")
}

#[test]
fn bodies_without_end_as_fast_as_can_be() {
    try_raw("endless", |stream| {
        let head = head("text/html") + "transfer-encoding: chunked\r\n\r\n";
        stream.write_all(head.as_bytes())?;
        let chunk = format!("10000\r\n{}\r\n", "<p>no".repeat(0x10000 / 5 + 1).split_at(0x10000).0);
        loop {
            stream.write_all(chunk.as_bytes())?;
        }
    });
}

#[test]
fn bodies_without_end_byte_by_byte() {
    try_raw("slow", |stream| {
        let head = head("application/json") + "transfer-encoding: chunked\r\n\r\n";
        stream.write_all(head.as_bytes())?;
        loop {
            stream.write_all(b"1\r\n \r\n")?;
            std::thread::sleep(Duration::from_millis(100));
        }
    });
}

#[test]
fn heads_without_end() {
    try_raw("endless head", |stream| {
        stream.write_all(head("text/html").as_bytes())?;
        loop {
            stream.write_all(b"x-more: and more\r\n")?;
        }
    });
    try_raw("endless field", |stream| {
        stream.write_all((head("text/html") + "x-more: ").as_bytes())?;
        loop {
            stream.write_all(&[b'a'; 4096])?;
        }
    });
}

#[test]
fn what_is_no_http() {
    for bytes in [
        &b"\x1b[31mHello\x07\r\n\r\n"[..],
        b"HTTP/1.1 400 \x1b[2JBad\r\nx: y\r\n\r\n",
        b"HTTP/1.1 400 Bad\r\nx-\x1b[31m: y\r\n\r\n",
        b"HTTP/1.1 400 Bad\r\ncontent-length: 1000\r\n\r\n{}",
        b"HTTP/1.1 400 Bad\r\ntransfer-encoding: chunked\r\n\r\nzzz\r\n",
        b"HTTP/1.1 302 Found\r\nlocation: http://[::1\r\n\r\n",
        b"",
    ] {
        try_raw("no HTTP", move |stream| stream.write_all(bytes));
    }
}

#[test]
fn many_and_long_header_fields() {
    let flood = |name: &'static str, count: usize, value: String| {
        move || {
            let mut answer = html(400, "no");
            for index in 0..count {
                let of = |text: &str| text.replace("INDEX", &index.to_string());
                let name = HeaderName::try_from(of(name)).unwrap();
                answer.headers_mut().append(name, HeaderValue::try_from(of(&value)).unwrap());
            }
            answer
        }
    };
    // Of one name, so many would keep the server of the tests busy, and not the run.
    try_answer("10000 fields", flood("x-INDEX", 10_000, "INDEX".to_owned()));
    try_answer("long fields", flood("x-more", 20, "a".repeat(15_000)));
    let cookie = format!("cINDEX={}; Path=/", "v".repeat(200));
    try_answer("cookies", flood("set-cookie", 90, cookie.clone()));
    try_answer("more cookies", flood("set-cookie", 5_000, cookie));
}

#[test]
fn what_steers_a_terminal_is_left_out() {
    let odd =
        "\u{1b}[31mred\u{1b}]0;title\u{7} \u{9b}2J \u{8}\u{0}\u{202e}desrever<script>x</script>";
    let text = serde_json::to_string(odd).unwrap();
    for error in [odd, "invalid_grant"] {
        let error = serde_json::to_string(error).unwrap();
        let body = format!(
            "{{\"error\":{error},\"error_description\":{text},{text}:{text},\"scope\":[{text}]}}"
        );
        for status in [200, 400] {
            let body = body.clone();
            try_answer("odd JSON", move || {
                let mut answer = answer_of(status, &[JSON], body.clone());
                let odd = HeaderValue::from_bytes("Basic \u{9b}31m\u{202e}".as_bytes()).unwrap();
                answer.headers_mut().append("www-authenticate", odd.clone());
                answer.headers_mut().append("cache-control", odd);
                answer
            });
        }
    }
    let page = format!("<h1>{odd}</h1>");
    try_answer("odd page", move || html(200, &page));
    let plain = odd.to_owned();
    try_answer("odd text", move || {
        answer_of(400, &[("content-type", "text/plain")], plain.clone())
    });
    try_answer("no UTF-8", || {
        let mut answer = answer_of(400, &[JSON], b"{\"error\":\"\xff\xfe\x9b\"}".to_vec());
        let odd = HeaderValue::from_bytes(b"\xff\x9b\xc2").unwrap();
        answer.headers_mut().append("www-authenticate", odd);
        answer
    });
    let to = format!("https://attacker.example/?error={odd}&{odd}={odd}");
    let to: String = url::form_urlencoded::byte_serialize(to.as_bytes()).collect();
    let to = to.replace("%3A", ":").replace("%2F", "/").replace("%3F", "?").replace("%3D", "=");
    try_answer("odd redirect", move || answer_of(302, &[("location", &to)], ""));
}

#[test]
fn odd_things_that_are_granted() {
    let odd = serde_json::to_string("\u{1b}[31m \u{9b}\u{202e}<script>").unwrap();
    let body = format!(
        "{{\"access_token\":\"abcdef123456\",\"token_type\":{odd},\"scope\":{odd},{odd}:[{odd}]}}"
    );
    let setup = Setup::twisted(move |ask: &Ask, answer| {
        if ask.path == "/token" { answer_of(200, &[JSON], body.clone()) } else { answer }
    });
    let ran = authspec(&Fake::start(setup).target(), &[CASES, &["--snapshots", "update"]].concat());
    assert_unharmed(&ran, "granted");
    assert_no_pass(&ran, AT_TOKEN, "granted");
}

#[test]
fn redirects_that_nobody_should_follow() {
    let addresses = [
        "file:///etc/passwd",
        "data:text/html,<script>alert(1)</script>",
        "javascript:alert(1)",
        "about:blank",
        "mailto:somebody@example.org",
        "ftp://127.0.0.1/",
        "//attacker.example/",
        "http://127.0.0.1:1/",
        "http://[::1",
        "",
    ];
    side_by_side(&addresses, |to| {
        let to = *to;
        let ran = refused_by("/authorize", move || answer_of(302, &[("location", to)], ""));
        assert_unharmed(&ran, to);
        assert_no_pass(&ran, AT_AUTHORIZE, to);
        assert!(written(&ran).iter().all(|(_, text)| !text.contains("root:")), "{to}");
    });
}

#[test]
fn redirects_without_end() {
    let setup = Setup::twisted(|ask: &Ask, answer| {
        let location = answer.headers().get("location").and_then(|it| it.to_str().ok());
        let refuses = location.is_some_and(|location| location.contains("error="));
        let step = ask.path.strip_prefix("/on/").map(|step| step.parse::<u64>().unwrap());
        match step.or((refuses || answer.status() == 400).then_some(0)) {
            Some(step) => answer_of(302, &[("location", &format!("/on/{}", step + 1))], ""),
            None => answer,
        }
    });
    let ran = authspec(&Fake::start(setup).target(), &["redirect-uri/unregistered"]);
    assert_unharmed(&ran, "on and on");
    assert_no_pass(&ran, &["redirect-uri/"], "on and on");
}

#[test]
fn json_that_nobody_should_read() {
    let many = |text: &str| text.repeat((60 << 10) / text.len());
    for (what, body) in [
        ("deep lists", "[".repeat(100_000)),
        ("deep objects", "{\"a\":".repeat(20_000)),
        ("deep and closed", format!("{}{}", "[".repeat(50_000), "]".repeat(50_000))),
        ("deep inside", format!("{{\"error\":{}{}}}", "[".repeat(200), "]".repeat(200))),
        ("many numbers", format!("{{\"error\":[{}1]}}", many("1,"))),
        ("many keys", format!("{{{}\"error\":\"x\"}}", many("\"a\":1,"))),
        ("huge number", format!("{{\"error\":1{}}}", "0".repeat(100_000))),
        ("huge exponent", "{\"error\":1e999999999}".to_owned()),
        ("long error", format!("{{\"error\":\"{}\"}}", many("e"))),
        ("odd token", "{\"access_token\":{\"a\":[1]},\"error\":1}".to_owned()),
        ("lone surrogate", "{\"error\":\"\\ud800\"}".to_owned()),
    ] {
        let ran = refused_by("/token", move || answer_of(400, &[JSON], body.clone()));
        assert_unharmed(&ran, what);
    }
}

#[test]
fn pages_that_nobody_should_fill_in() {
    let fields = |count: usize, field: &str| {
        let fields: String =
            (0..count).map(|index| field.replace("INDEX", &index.to_string())).collect();
        format!("<form method=post action=/login>{fields}<button>Continue</button></form>")
    };
    for (what, page) in [
        ("visible fields", fields(100_000, "<input>")),
        ("named fields", fields(2_900, "<input name=fINDEX>")),
        ("hidden fields", fields(25_000, "<input type=hidden value=abcdef-INDEX>")),
        ("passwords", fields(25_000, "<input type=password>")),
        ("check boxes", fields(2_900, "<input type=checkbox>")),
        ("buttons", fields(9_000, "<button>OK</button>")),
        ("forms", "<form><input></form>".repeat(6_000)),
        ("deep", "<div>".repeat(20_000)),
        ("deep text", "<div>a".repeat(2_900)),
        ("deep fields", format!("<form>{}", "<div><input>".repeat(1_400))),
        ("formatting", "<b><i>".repeat(1_400)),
        ("tables", "<table><tr><td>".repeat(900)),
        ("links", "<a href=x>y</a>".repeat(9_000)),
        ("scripts", "<script>x</script>".repeat(9_000)),
        ("one tag", format!("<p a=\"{}\">", "x".repeat(200_000))),
        ("attributes", format!("<p {}>", (0..9_000).map(|n| format!("a{n} ")).collect::<String>())),
    ] {
        let page = page.clone();
        let ran = refused_by("/authorize", move || html(200, &page));
        assert_unharmed(&ran, what);
    }
}

#[test]
fn statuses_that_are_none() {
    side_by_side(&[101, 226, 304, 399, 499, 597, 999], |status| {
        let (status, page) = (*status, "<p>Hm.</p>");
        try_answer("status", move || html(status, page));
    });
    side_by_side(&[SILENCE, DEATH], |status| {
        let status = *status;
        let setup = Setup::twisted(move |ask: &Ask, answer| {
            let refuses = ask.path == "/token" && answer.status() == 400;
            if refuses { html(status, "") } else { answer }
        });
        let ran = authspec(&Fake::start(setup).target(), &["codes/unknown", "pkce/own-verifier"]);
        assert_unharmed(&ran, "no answer");
        assert_no_pass(&ran, AT_TOKEN, "no answer");
    });
}

/// Runs everything on a server that answers no more, from a request to such a path on; nothing is
/// red, and the run ends.
fn try_silence(after: usize, path: &'static str) {
    let count = AtomicUsize::new(0);
    let setup = Setup::twisted(move |ask: &Ask, answer| {
        let ends = ask.path.starts_with(path) && count.fetch_add(1, Ordering::Relaxed) >= after;
        if ends { answer_of(SILENCE, &[], "") } else { answer }
    });
    let ran = authspec(&Fake::start(setup).target(), &["--jobs", "8"]);
    assert_unharmed(&ran, "silence");
    assert_eq!(ran.code, Some(3), "{}", ran.said());
    let cases = ran.cases();
    assert!(cases.len() > 50, "{}", ran.said());
    let is = |case: &&serde_json::Value, verdicts: &[&str]| {
        verdicts.iter().any(|verdict| case["verdict"] == *verdict)
    };
    let red: Vec<_> = cases.iter().filter(|case| is(case, &["fail", "warn"])).collect();
    assert!(red.is_empty(), "{red:#?}");
    let passed = cases.iter().filter(|case| is(case, &["pass"])).count();
    assert!(passed <= 40, "{passed} passed");
}

#[test]
fn silence_ends_the_run() {
    std::thread::scope(|scope| {
        scope.spawn(|| try_silence(30, "/"));
        scope.spawn(|| try_silence(0, "/token"));
    });
}
