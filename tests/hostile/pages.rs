//! Error pages that do something: whatever their status, and however they send the user's browser or a
//! code to somebody, no case passes that was to see that they do not.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::response::Response;

use super::assert_unharmed;
use crate::command::{Ran, authspec, authspec_by};
use crate::fake::{Ask, Fake, Setup, answer_of, html};

/// Must end on an error page, as nobody is to be sent anywhere.
const PAGE: &str = "redirect-uri/unregistered-host@native";

/// Pages by which code or browser come to the address that the request names. `TO` is that address,
/// and `CODE` what comes behind it.
const WAYS: &[(&str, &str)] = &[
    ("script", "<script>location = 'TOCODE'</script>"),
    ("window.name", "<script>window.name = 'CODE'; location = 'TO'</script>"),
    ("later", "<p>No.<script>setTimeout(() => location = 'TOCODE', 3000)</script>"),
    ("much later", "<p>No.<script>setTimeout(() => location = 'TOCODE', 5000)</script>"),
    (
        "step by step",
        "<p>No.<script>let n = 0; setInterval(() => { if (++n > 4) location = 'TOCODE' }, 500)</script>",
    ),
    ("onload", "<p>No.<svg onload=\"location = 'TOCODE'\"></svg>"),
    ("onerror", "<p>No.<img src=/none onerror=\"location = 'TOCODE'\">"),
    (
        "animation",
        "<style>@keyframes x { to { opacity: 0.5 } }</style>\
         <p style='animation: x 2s' onanimationend=\"location = 'TOCODE'\">No.",
    ),
    (
        "form",
        "<form method=post action='TO'><input type=hidden name=code value=abc123abc123></form>\
         <script>document.forms[0].submit()</script>",
    ),
    ("refresh", "<meta http-equiv=refresh content=\"0;url=TOCODE\"><p>No."),
    ("late refresh", "<meta http-equiv=refresh content=\"3;url=TOCODE\"><p>No."),
    (
        "second refresh",
        "<meta http-equiv=refresh content=\"60;url=/authorize\">\
         <meta http-equiv=refresh content=\"1;url=TOCODE\"><p>No.",
    ),
    ("object", "<p>No.<object data='TOCODE'></object>"),
    ("embed", "<p>No.<embed src='TOCODE'>"),
    ("iframe", "<p>No.<iframe src='TOCODE'></iframe>"),
    (
        "document in a frame",
        "<p>No.<iframe srcdoc=\"<script>top.location='TOCODE'</script>\"></iframe>",
    ),
    ("image", "<p>No.<img src='TOCODE'>"),
    ("image of a style", "<p style=\"background: url('TOCODE')\">No."),
    ("style sheet", "<link rel=stylesheet href='TOCODE'><p>No."),
    ("prefetch", "<link rel=prefetch href='TOCODE'><p>No."),
    ("popup", "<p>No.<script>window.open('TOCODE')</script>"),
    ("fetch", "<p>No.<script>fetch('TOCODE', { mode: 'no-cors' })</script>"),
    (
        "late fetch",
        "<p>No.<script>setTimeout(() => fetch('TOCODE', { mode: 'no-cors' }), 2000)</script>",
    ),
    ("beacon", "<p>No.<script>navigator.sendBeacon('TOCODE', 'x')</script>"),
    ("relay that does something else", RELAY),
    (
        "meta by script",
        "<p>No.<script>document.write('<meta http-equiv=refresh content=\"1;url=TOCODE\">')</script>",
    ),
    (
        "click by script",
        "<p>No.<a id=a href='TOCODE'>x</a><script>setTimeout(() => a.click(), 1500)</script>",
    ),
    (
        "idle",
        "<p>No.<script>requestIdleCallback(() => setTimeout(() => location = 'TOCODE', 1500))</script>",
    ),
    ("wait for a fetch", "<p>No.<script>fetch('/slow').then(() => location = 'TOCODE')</script>"),
    ("wait for an image", "<p>No.<img src=/slow onerror=\"location = 'TOCODE'\">"),
    (
        "worker",
        "<p>No.<script>const w = new Worker(URL.createObjectURL(new Blob([\"setTimeout(() => postMessage(1), 2000)\"]))); w.onmessage = () => location = 'TOCODE'</script>",
    ),
    (
        "transition",
        "<style>p { transition: opacity 2s; } .x { opacity: 0 }</style><p ontransitionend=\"location = 'TOCODE'\">No.<script>requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector('p').className = 'x'))</script>",
    ),
    (
        "frame later",
        "<p>No.<iframe srcdoc=\"<script>setTimeout(() => top.location='TOCODE', 2500)</script>\"></iframe>",
    ),
    (
        "sandboxed frame",
        "<p>No.<iframe sandbox='allow-scripts allow-top-navigation' srcdoc=\"<script>setTimeout(() => top.location='TOCODE', 2500)</script>\"></iframe>",
    ),
    ("socket", "<p>No.<script>new WebSocket('TOCODE'.replace('https', 'wss'))</script>"),
    (
        "module",
        "<p>No.<script type=module>await new Promise((go) => setTimeout(go, 2000)); location = 'TOCODE'</script>",
    ),
    (
        "loop",
        "<p>No.<script>const end = Date.now() + 2500; while (Date.now() < end); location = 'TOCODE'</script>",
    ),
    (
        "channel",
        "<p>No.<script>const c = new MessageChannel(), end = Date.now() + 2500; c.port1.onmessage = () => Date.now() < end ? c.port2.postMessage(0) : location = 'TOCODE'; c.port2.postMessage(0)</script>",
    ),
    (
        "frames of animation",
        "<p>No.<script>const end = Date.now() + 2500; const go = () => Date.now() < end ? requestAnimationFrame(go) : location = 'TOCODE'; go()</script>",
    ),
    (
        "endless style",
        "<style>@keyframes x { to { opacity: 0.5 } }</style><p style='animation: x 1s infinite' onanimationiteration=\"location = 'TOCODE'\">No.",
    ),
    (
        "listeners for everything",
        "<style>@keyframes x { to { opacity: 0.5 } }</style><p>No.<script>for (const kind of ['click', 'animationend']) document.addEventListener(kind, () => location = 'TOCODE'); setTimeout(() => document.querySelector('p').style = 'animation: x 2s', 700)</script>",
    ),
    (
        "animation in a shadow",
        "<p>No.<script>const shadow = document.querySelector('p').attachShadow({ mode: 'closed' }); shadow.innerHTML = '<style>@keyframes x { to { opacity: 0.5 } }</style><b style=\"animation: x 2s\">No.</b>'; shadow.querySelector('b').onanimationend = () => location = 'TOCODE'</script>",
    ),
    (
        "animation in a declared shadow",
        "<div>No.<template shadowrootmode=open><style>@keyframes x { to { opacity: 0.5 } }</style><b style='animation: x 2s'>No.</b></template></div><script>document.querySelector('div').shadowRoot.querySelector('b').onanimationend = () => location = 'TOCODE'</script>",
    ),
    ("after 900 ms", "<p>No.<script>setTimeout(() => location = 'TOCODE', 900)</script>"),
    (
        "script that removes itself",
        "<p>No.<script>document.currentScript.remove(); setTimeout(() => location = 'TOCODE', 900)</script>",
    ),
    (
        "image made by a script",
        "<p>No.<script>const i = new Image(); i.onerror = () => location = 'TOCODE'; i.src = '/slow'; document.currentScript.remove()</script>",
    ),
    (
        "timer of a frame",
        "<p>No.<script>const f = document.createElement('iframe'); document.body.append(f); f.contentWindow.setTimeout(() => location = 'TOCODE', 900)</script>",
    ),
    (
        "handler set as a property",
        "<style>p { transition: opacity 900ms; } .x { opacity: 0 }</style><p>No.<script>const p = document.querySelector('p'); p.ontransitionend = () => location = 'TOCODE'; requestAnimationFrame(() => requestAnimationFrame(() => p.className = 'x'))</script>",
    ),
    (
        "digests",
        "<p>No.<script>const end = Date.now() + 700; const go = async () => { while (Date.now() < end) await crypto.subtle.digest('SHA-256', new Uint8Array(1 << 20)); location = 'TOCODE' }; go()</script>",
    ),
    // Each step is a task of its own, and blocks the page, as every script does on a busy machine.
    (
        "one step after another",
        "<p>No.<script>let n = 0; onhashchange = () => { const end = Date.now() + 400; while (Date.now() < end); if (++n > 4) location = 'TOCODE'; else location.hash = n }; onload = () => location.hash = 'a'</script>",
    ),
    (
        "compiled code",
        "<p>No.<script>const end = Date.now() + 700; const go = async () => { while (Date.now() < end) await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])); location = 'TOCODE' }; go()</script>",
    ),
    (
        "button",
        "<form action=/x><button>Continue</button></form><script>location = 'TOCODE'</script>",
    ),
];

const RELAY: &str = "<form method=post action=/error><input type=hidden name=a value=b></form>\
                     <script>/* submit */ location = 'TOCODE'</script>";

/// The pages that need no script, so that plain HTTP sees where they lead.
const PLAIN: &[&str] =
    &["refresh", "late refresh", "image", "image of a style", "style sheet", "prefetch"];

fn page(ask: &Ask, way: &str) -> String {
    let code = format!("?code=abc123abc123&state={}", ask.get("state"));
    way.replace("TO", ask.get("redirect_uri")).replace("CODE", &code)
}

/// A server that shows this to whoever comes with a redirect URI that it does not know.
fn showing(status: u16, way: &'static str) -> Setup {
    Setup::twisted(move |ask: &Ask, answer| match ask.path.as_str() {
        "/authorize" if answer.status() == 400 => html(status, &page(ask, way)),
        "/error" => html(400, "<p>No."),
        _ => answer,
    })
}

fn verdict(ran: &Ran, case: &str) -> String {
    let cases = ran.cases();
    let found = cases.iter().find(|it| it["id"] == case);
    found.unwrap_or_else(|| panic!("no {case}: {}", ran.said()))["verdict"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn without_a_browser_no_page_passes_that_acts() {
    for (name, way) in WAYS {
        for status in [200, 400, 403] {
            let ran = authspec(&Fake::start(showing(status, way)).target(), &[PAGE]);
            assert_unharmed(&ran, name);
            let verdict = verdict(&ran, PAGE);
            assert_ne!(verdict, "pass", "{name} {status}: {}", ran.said());
            let is_plain = PLAIN.contains(name);
            assert!(!is_plain || verdict == "fail", "{name} {status}: {}", ran.said());
        }
    }
}

#[test]
fn in_a_browser_what_a_page_does_is_seen() {
    let next = AtomicUsize::new(0);
    // The browsers wait most of the time.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let count = next.fetch_add(1, Ordering::Relaxed);
                    let Some((name, way)) = WAYS.get(count) else { break };
                    assert_seen(
                        if count.is_multiple_of(4) { "browser" } else { "hybrid" },
                        name,
                        way,
                    );
                }
            });
        }
    });
}

#[track_caller]
fn assert_seen(agent: &str, name: &str, way: &'static str) {
    let setup = Setup::twisted(move |ask: &Ask, answer| match ask.path.as_str() {
        "/authorize" if answer.status() == 400 => {
            // Nothing that could be read out of the page: only what it does tells.
            let way = way.replace("name=code", "name=c");
            html(400, &page(ask, &way.replace("CODE", "?c=abc123abc123")))
        }
        "/error" => html(400, "<p>No."),
        "/slow" => {
            // The server is one thread, and has nothing else to do.
            std::thread::sleep(Duration::from_secs(2));
            html(404, "")
        }
        _ => answer,
    });
    let ran = authspec_by(agent, &Fake::start(setup).target(), &[PAGE]);
    assert_eq!(verdict(&ran, PAGE), "fail", "{agent} {name}: {}", ran.said());
}

#[test]
fn documents_that_are_no_html_may_act_too() {
    let svg = "<svg xmlns='http://www.w3.org/2000/svg'><script>location='TO'</script></svg>";
    for (kind, body) in [
        ("image/svg+xml", svg),
        (
            "application/xhtml+xml",
            "<html xmlns='http://www.w3.org/1999/xhtml'><script>1</script></html>",
        ),
        ("", "<html><script>location='TO'</script>"),
    ] {
        let setup = Setup::twisted(move |ask: &Ask, answer| {
            let refuses = ask.path == "/authorize" && answer.status() == 400;
            let kind: Vec<_> =
                [("content-type", kind)].into_iter().filter(|it| !it.1.is_empty()).collect();
            if refuses { answer_of(400, &kind, page(ask, body)) } else { answer }
        });
        let ran = authspec(&Fake::start(setup).target(), &[PAGE]);
        assert_eq!(verdict(&ran, PAGE), "inconclusive", "{kind}: {}", ran.said());
    }
}

#[test]
fn pages_that_do_nothing_are_error_pages() {
    for body in [
        "<p>The redirect_uri TO is not registered.",
        "<p>No. <a href='TO'>Back</a>",
        "<link rel=stylesheet href=/style.css><img src=/logo.png><p>No.",
        "<script type='application/ld+json'>{}</script><p>No.",
        "<input name=x value='TO'><p>No.",
    ] {
        let ran = authspec(&Fake::start(showing(400, body)).target(), &[PAGE]);
        assert_eq!(verdict(&ran, PAGE), "pass", "{body}: {}", ran.said());
    }
}

#[test]
fn what_a_page_holds_is_given() {
    for body in [
        "<form method=post action='TO'><input type=hidden name=code value=abc123abc123>\
         <input type=hidden name=state value=STATE><button>Continue</button></form>",
        "<form method=post action='TO'><input type=hidden name=access_token value=abc123abc123></form>No.",
        "<a href='TOCODE'>Back</a>",
        "<p>Go to TOCODE by yourself.",
        "<!-- TOCODE --><p>No.",
    ] {
        let setup = Setup::twisted(move |ask: &Ask, answer: Response| {
            let refuses = ask.path == "/authorize" && answer.status() == 400;
            let body = page(ask, body).replace("STATE", ask.get("state"));
            if refuses { html(400, &body) } else { answer }
        });
        let ran = authspec(&Fake::start(setup).target(), &[PAGE]);
        assert_eq!(verdict(&ran, PAGE), "fail", "{body}: {}", ran.said());
    }
}

#[test]
fn a_page_that_did_nothing_once_may_act_when_it_comes_again() {
    // It counts how often it was shown, where the browser keeps that.
    const COUNTS: &str = "<p>No.<script>localStorage.n = Number(localStorage.n || 0) + 1; \
                          if (localStorage.n > 1) setTimeout(() => location = 'TO?c=1', 900)</script>";
    let fake = Fake::start(showing(400, COUNTS));
    let cases = ["redirect-uri/unregistered-host@native", "redirect-uri/longer-path"];
    let ran = authspec_by("browser", &fake.target(), &cases);
    let mut verdicts = cases.map(|case| verdict(&ran, case));
    verdicts.sort();
    assert_eq!(verdicts, ["fail", "pass"], "{}", ran.said());
}

#[test]
fn a_page_that_goes_on_by_a_header_field_is_waited_for() {
    let setup = Setup::twisted(|ask: &Ask, answer| {
        let refuses = ask.path == "/authorize" && answer.status() == 400;
        let there = format!("1;url={}", page(ask, "TOCODE"));
        let fields = [("content-type", "text/html"), ("refresh", there.as_str())];
        if refuses { answer_of(400, &fields, "<p>No.".to_owned()) } else { answer }
    });
    let fake = Fake::start(setup);
    for agent in ["browser", "forms"] {
        let ran = authspec_by(agent, &fake.target(), &[PAGE]);
        assert_eq!(verdict(&ran, PAGE), "fail", "{agent}: {}", ran.said());
    }
}
