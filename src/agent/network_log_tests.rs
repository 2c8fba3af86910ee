//! Tests of the network log, with events as Chromium tells them.

use serde_json::json;

use super::*;

fn entry(method: &str, params: &Value) -> Event {
    Event { window: "W".to_owned(), method: method.to_owned(), params: params.clone() }
}

#[test]
fn redirects_are_hops_with_all_their_fields() {
    let mut log = NetworkLog::default();
    let request = |url: &str, redirect: Value| {
        json!({
            "requestId": "1", "frameId": "W", "type": "Document", "timestamp": 1.5,
            "request": { "url": url, "method": "GET", "urlFragment": "#f" },
            "redirectResponse": redirect, "redirectHasExtraInfo": true,
        })
    };
    let answer = json!({ "status": 302, "headers": { "Location": "com.app:/cb" } });
    let whole = json!({ "location": "com.app:/cb", "Set-Cookie": "a=1\nb=2" });
    log.read(&[
        entry("Network.requestWillBeSent", &request("http://as.example/", Value::Null)),
        entry("Network.responseReceivedExtraInfo", &json!({ "requestId": "1", "headers": whole })),
    ]);
    assert!(log.is_navigating());
    log.read(&[entry("Network.requestWillBeSent", &request("com.app:/cb", answer))]);
    let sent: Vec<_> = std::iter::from_fn(|| log.next_sent()).map(|sent| sent.uri).collect();
    assert_eq!(sent, ["http://as.example/", "com.app:/cb"]);
    let exchanges = log.exchanges();
    let first = exchanges[0].answer.as_ref().unwrap();
    assert_eq!(first.headers("set-cookie").collect::<Vec<_>>(), ["a=1", "b=2"]);
    assert_eq!(exchanges[1].answer, None);
}

#[test]
fn a_window_that_was_only_redirected_shows_the_same_page() {
    let request = |id: &str, url: &str, fragment: &str, redirect: Value| {
        let asked = json!({ "url": url, "method": "GET", "urlFragment": fragment });
        let event = json!({
            "requestId": id, "frameId": "W", "type": "Document", "request": asked,
            "redirectResponse": redirect,
        });
        entry("Network.requestWillBeSent", &event)
    };
    let ends = |id: &str| {
        let event = json!({ "requestId": id, "errorText": "net::ERR_ABORTED" });
        entry("Network.loadingFailed", &event)
    };
    let mut log = NetworkLog::default();
    let answer = json!({ "status": 302, "headers": {} });
    log.read(&[
        request("1", "http://as.example/", "", Value::Null),
        request("1", "http://client.example/cb?code=1", "#state=2", answer),
    ]);
    let whole = log.with_fragment("http://client.example/cb?code=1");
    assert_eq!(whole, Some("http://client.example/cb?code=1#state=2"));
    assert!(log.with_fragment("http://client.example/cb").is_none() && !log.stays_since(0));
    log.read(&[ends("1")]);
    assert!(log.stays_since(0) && !log.stays_since(2));
    // It showed a page in between.
    log.read(&[request("2", "http://client.example/cb?code=1", "", Value::Null), ends("2")]);
    assert!(!log.stays_since(0) && log.stays_since(2));
}

#[test]
fn frames_and_scripts_are_no_hops_but_keep_the_page_busy() {
    let mut log = NetworkLog::default();
    let request = |id: &str, frame: &str, kind: &str| {
        let request = json!({ "url": "http://as.example/", "method": "GET" });
        let event = json!({
            "requestId": id, "frameId": frame, "type": kind, "request": request,
        });
        entry("Network.requestWillBeSent", &event)
    };
    log.read(&[request("1", "F", "Document"), request("2", "W", "Font")]);
    assert!(log.last().is_none() && !log.is_idle());
    log.read(&[entry("Network.loadingFinished", &json!({ "requestId": "1" }))]);
    assert!(log.is_idle());
}

#[test]
fn a_page_that_loads_only_files_is_told_from_one_that_asks_a_server() {
    let loads_only_files = |kind: &str, headers: Value, more: Value| {
        let mut log = NetworkLog::default();
        let asked = json!({ "url": "http://as.example/", "method": "GET" });
        let request = json!({ "requestId": "1", "frameId": "W", "type": kind, "request": asked });
        let response = json!({ "status": 200, "headers": headers });
        log.read(&[
            entry("Network.requestWillBeSent", &request),
            entry("Network.responseReceived", &json!({ "requestId": "1", "response": response })),
            entry(
                "Network.responseReceivedExtraInfo",
                &json!({ "requestId": "1", "headers": more }),
            ),
        ]);
        log.loads_only_files()
    };
    let dated = || json!({ "Last-Modified": "Fri, 25 Sep 2026 06:27:02 GMT" });
    assert!(loads_only_files("Image", json!({}), json!({})));
    assert!(loads_only_files("Script", dated(), dated()));
    let kept = || json!({ "cache-control": "public, max-age=3600" });
    assert!(loads_only_files("XHR", kept(), kept()));
    assert!(!loads_only_files("XHR", kept(), json!({ "set-cookie": "a=b" })));
    for (kind, headers) in [
        ("Script", json!({})),
        ("Fetch", json!({ "ETag": "W/x", "cache-control": "max-age=0" })),
        ("XHR", json!({ "cache-control": "private, max-age=60" })),
        ("XHR", json!({ "cache-control": "no-store", "last-modified": "today" })),
        ("WebSocket", dated()),
        ("Ping", dated()),
    ] {
        assert!(!loads_only_files(kind, headers.clone(), json!({})), "{kind} {headers}");
    }
}
