//! Renders HAR 1.2: requests and answers, for HTTP tools. Each case is a page.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use url::{Position, Url, form_urlencoded};

use super::log::{
    Cache, Content, Creator, Entry, Har, Log, Page, PageTimings, Pair, PostData, Request, Response,
    Timings,
};
use crate::report::evidence::{AnswerEntry, Evidence, ExchangeEntry, RequestEntry, StepEntry};
use crate::report::record::Record;
use crate::source::counted;

/// The maximum size, in bytes, that tools can open.
const LIMIT: usize = 32 << 20;

/// The latest time that has a date, in milliseconds since 1970.
const LAST: u64 = 253_402_300_799_999;

/// An unknown size on the wire.
const UNKNOWN: i64 = -1;

/// Renders the exchanges of these runs as JSON, redacted like evidence.
///
/// # Errors
/// If the exchanges cannot be written as JSON.
pub(in crate::report) fn har(records: &[Record]) -> Result<String, String> {
    let failed = |error: serde_json::Error| error.to_string();
    let (mut pages, mut entries, mut left_out, mut size) = (Vec::new(), Vec::new(), 0, 0);
    for record in records {
        for (_, evidence) in record.cases() {
            let Some((page, of_it)) = evidence.and_then(|it| page(record, it)) else { continue };
            let more = serde_json::to_string_pretty(&of_it).map_err(failed)?.len();
            if size + more > LIMIT {
                left_out += 1;
                continue;
            }
            size += more;
            pages.push(page);
            entries.extend(of_it);
        }
    }
    let mut comment =
        vec!["Secrets, codes, tokens and cookies are replaced by their names.".to_owned()];
    comment.extend((left_out > 0).then(|| {
        let count = counted(left_out, "case");
        format!("{count} left out, as the file would be too large; use --case to export one.")
    }));
    let creator = records.first().map(|record| &record.results.tool);
    let creator = Creator {
        name: "authspec".to_owned(),
        version: creator.map(|tool| tool.version.clone()).unwrap_or_default(),
    };
    let log = Log { version: "1.2", creator, pages, entries, comment: comment.join(" ") };
    let text = serde_json::to_string_pretty(&Har { log }).map_err(failed)?;
    Ok(text + "\n")
}

/// A case as a page, with its entries; none if it sent nothing.
fn page(record: &Record, evidence: &Evidence) -> Option<(Page, Vec<Entry>)> {
    let target = &record.results.target.name;
    let Evidence { id, verdict, case, steps, .. } = evidence;
    let pageref = format!("{target}/{id}");
    let of_step = |step: &StepEntry| {
        let entry = |exchange| entry(exchange, &pageref, format!("{id}, step {}", step.step));
        step.exchanges.iter().map(entry).collect::<Vec<_>>()
    };
    let entries: Vec<_> = steps.iter().flat_map(of_step).collect();
    let first = steps.iter().flat_map(|step| &step.exchanges).map(|it| it.at_ms).min()?;
    let requirement = evidence
        .requirement()
        .map(|requirement| format!(", {} {}", requirement.cite, requirement.level));
    let page = Page {
        started_date_time: date(first),
        title: format!("{verdict}: {id} at {target}"),
        id: pageref,
        page_timings: PageTimings::default(),
        comment: format!("{case}{}", requirement.unwrap_or_default()),
    };
    Some((page, entries))
}

fn entry(exchange: &ExchangeEntry, pageref: &str, comment: String) -> Entry {
    let ExchangeEntry { at_ms, duration_ms, request, response, .. } = exchange;
    let nothing = if response.is_none() { ": no answer" } else { "" };
    Entry {
        pageref: pageref.to_owned(),
        started_date_time: date(*at_ms),
        time: *duration_ms,
        request: self::request(request),
        response: self::response(response.as_ref()),
        cache: Cache::default(),
        timings: Timings { send: 0, wait: *duration_ms, receive: 0 },
        comment: comment + nothing,
    }
}

fn request(request: &RequestEntry) -> Request {
    let RequestEntry { method, url, headers, body, certificate } = request;
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
    let post_data = PostData { mime_type: kind(headers), text: body.clone() };
    Request {
        method: method.clone(),
        url: uri(url),
        http_version: HTTP,
        cookies: [],
        headers: fields(headers),
        query_string: pairs.map(|(name, value)| Pair { name, value }).collect(),
        post_data: (!body.is_empty()).then_some(post_data),
        headers_size: UNKNOWN,
        body_size: UNKNOWN,
        comment: certificate.as_ref().map(|it| format!("with the certificate {it}")),
    }
}

fn response(answer: Option<&AnswerEntry>) -> Response {
    let headers = answer.map(|answer| &answer.headers);
    let text = match answer.map(|answer| &answer.body) {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(body) => body.to_string(),
    };
    let mime_type = headers.map(kind).unwrap_or_default();
    Response {
        status: answer.map_or(0, |answer| answer.status),
        status_text: "",
        http_version: HTTP,
        cookies: [],
        headers: headers.map(fields).unwrap_or_default(),
        content: Content { size: text.len(), mime_type, text },
        redirect_url: headers.and_then(|it| it.get("location")).cloned().unwrap_or_default(),
        headers_size: UNKNOWN,
        body_size: UNKNOWN,
    }
}

/// Evidence does not record the HTTP version.
const HTTP: &str = "unknown";

fn fields(headers: &BTreeMap<String, String>) -> Vec<Pair> {
    let pair =
        |(name, value): (&String, &String)| Pair { name: name.clone(), value: value.clone() };
    headers.iter().map(pair).collect()
}

fn kind(headers: &BTreeMap<String, String>) -> String {
    headers.get("content-type").cloned().unwrap_or_default()
}

/// A URL with names in it, whose brackets are not allowed in a query (RFC3986 §3.4). If a name replaces
/// its beginning, the rest is not a URL.
fn uri(url: &str) -> String {
    let Ok(parsed) = Url::parse(url) else {
        let rest: String = form_urlencoded::byte_serialize(url.as_bytes()).collect();
        return format!("redacted:{rest}");
    };
    let (base, rest) = parsed.as_str().split_at(parsed[..Position::BeforePath].len());
    format!("{base}{}", rest.replace('[', "%5B").replace(']', "%5D"))
}

fn date(at_ms: u64) -> String {
    let time = SystemTime::UNIX_EPOCH + Duration::from_millis(at_ms.min(LAST));
    humantime::format_rfc3339_millis(time).to_string()
}
