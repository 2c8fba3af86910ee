//! Additional parameters that Postman sends.

use super::reader::Reader;
use super::variables::Resolved;
use crate::source::Json;

/// Where a parameter is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// In the body.
    Body,
    /// In the URL.
    Query,
    /// As a header field.
    Header,
}

impl Place {
    /// The key in the target file.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Query => "query",
            Self::Header => "header",
        }
    }
}

/// An additional parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Param {
    pub(super) name: String,
    pub(super) value: Resolved,
    pub(super) place: Place,
    /// Whether it is enabled.
    pub(super) enabled: bool,
}

/// The names of places.
const PLACES: &[(&str, Place)] = &[
    ("request_body", Place::Body),
    ("request_url", Place::Query),
    ("request_header", Place::Header),
];

/// The list of parameters under a key, sent in `place` by default.
pub(super) fn params(reader: &mut Reader<'_>, key: &str, place: Place) -> Vec<Param> {
    let Some(list) = reader.take(key) else { return Vec::new() };
    let Some(items) = list.items() else {
        let what = format!("{} where the list of `{key}` belongs", list.kind());
        reader.wrong(list.span(), what, "write `[{ \"key\": \"…\", \"value\": \"…\" }]`");
        return Vec::new();
    };
    items.into_iter().filter_map(|item| param(reader, item, place)).collect()
}

fn param(reader: &mut Reader<'_>, item: Json<'_>, place: Place) -> Option<Param> {
    let Some(name) = item.get("key").and_then(Json::text) else {
        let right = "write `{ \"key\": \"…\", \"value\": \"…\", \"send_as\": \"request_body\" }`";
        reader.wrong(item.span(), "a parameter without a key", right);
        return None;
    };
    let place = match item.get("send_as") {
        None => place,
        Some(said) => {
            let word = said.text().unwrap_or_default();
            let found = PLACES.iter().find(|(known, _)| *known == word);
            if found.is_none() {
                let what = format!("unknown send_as `{word}`");
                let right = "expected one of `request_body`, `request_url`, `request_header`";
                reader.wrong(said.span(), what, right);
            }
            found.map_or(place, |(_, place)| *place)
        }
    };
    let value = item.get("value").and_then(Json::plain).unwrap_or_default();
    let enabled = item.get("enabled").and_then(Json::flag).unwrap_or(true);
    let name = reader.variables.resolve(name.trim()).text;
    (!name.is_empty()).then(|| Param {
        name,
        value: reader.variables.resolve(&value),
        place,
        enabled,
    })
}

/// The parameters under a separate key of older Postman versions, such as `audience` and `resource`.
pub(super) fn old_params(reader: &mut Reader<'_>, name: &str, place: Place) -> Vec<Param> {
    let Some(value) = reader.take(name) else { return Vec::new() };
    let texts = match value.items() {
        Some(items) => items.into_iter().filter_map(Json::plain).collect(),
        None => Vec::from_iter(value.plain()),
    };
    let texts = texts.iter().filter(|text| !text.trim().is_empty());
    let param = |text: &String| Param {
        name: name.to_owned(),
        value: reader.variables.resolve(text.trim()),
        place,
        enabled: true,
    };
    texts.map(param).collect()
}
