//! The parts of HAR 1.2 that exchanges need.

use serde::Serialize;

/// The file.
#[derive(Debug, Serialize)]
pub(super) struct Har {
    pub(super) log: Log,
}

/// All pages and entries.
#[derive(Debug, Serialize)]
pub(super) struct Log {
    pub(super) version: &'static str,
    pub(super) creator: Creator,
    pub(super) pages: Vec<Page>,
    pub(super) entries: Vec<Entry>,
    pub(super) comment: String,
}

/// The program that made the file.
#[derive(Debug, Serialize)]
pub(super) struct Creator {
    pub(super) name: String,
    pub(super) version: String,
}

/// A page, which is a case here.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    pub(super) started_date_time: String,
    pub(super) id: String,
    pub(super) title: String,
    pub(super) page_timings: PageTimings,
    pub(super) comment: String,
}

/// When a page was ready, which is unknown.
#[derive(Debug, Default, Serialize)]
pub(super) struct PageTimings {}

/// An exchange.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    pub(super) pageref: String,
    pub(super) started_date_time: String,
    /// Milliseconds.
    pub(super) time: u64,
    pub(super) request: Request,
    pub(super) response: Response,
    pub(super) cache: Cache,
    pub(super) timings: Timings,
    pub(super) comment: String,
}

/// A request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) http_version: &'static str,
    pub(super) cookies: [(); 0],
    pub(super) headers: Vec<Pair>,
    pub(super) query_string: Vec<Pair>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) post_data: Option<PostData>,
    pub(super) headers_size: i64,
    pub(super) body_size: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) comment: Option<String>,
}

/// A header field or a parameter.
#[derive(Debug, Serialize)]
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) value: String,
}

/// The body of a request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostData {
    pub(super) mime_type: String,
    pub(super) text: String,
}

/// An answer; the status is 0 if there was none.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) status_text: &'static str,
    pub(super) http_version: &'static str,
    pub(super) cookies: [(); 0],
    pub(super) headers: Vec<Pair>,
    pub(super) content: Content,
    #[serde(rename = "redirectURL")]
    pub(super) redirect_url: String,
    pub(super) headers_size: i64,
    pub(super) body_size: i64,
}

/// The body of an answer.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content {
    pub(super) size: usize,
    pub(super) mime_type: String,
    pub(super) text: String,
}

/// The use of a cache, which is always none.
#[derive(Debug, Default, Serialize)]
pub(super) struct Cache {}

/// How long it took, in milliseconds.
#[derive(Debug, Serialize)]
pub(super) struct Timings {
    pub(super) send: u64,
    pub(super) wait: u64,
    pub(super) receive: u64,
}
