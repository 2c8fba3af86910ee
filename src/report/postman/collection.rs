//! The parts of a collection, in version 2.1 of its schema.

use serde::Serialize;

/// The schema of collections.
pub(super) const SCHEMA: &str =
    "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";

/// A collection.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Collection {
    pub(super) info: Info,
    pub(super) item: Vec<Item>,
    pub(super) event: Vec<Event>,
    pub(super) variable: Vec<Variable>,
}

/// The description of a collection.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Info {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) schema: &'static str,
}

/// A folder, or a request.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Item {
    /// A folder of items.
    Folder { name: String, description: String, item: Vec<Self> },
    /// A request. The schema requires a list of saved answers, which is empty.
    Request { name: String, request: Box<Request>, response: [(); 0] },
}

/// A request.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) description: String,
    pub(super) header: Vec<Pair>,
    pub(super) auth: Auth,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<Body>,
}

/// The authentication of a request, which must be given even if there is none.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum Auth {
    /// None besides what is in the request itself.
    Noauth,
    /// HTTP Basic.
    Basic {
        /// Name and password, as a list of keys and values.
        basic: [Pair; 2],
    },
}

/// A body.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "mode", rename_all = "lowercase")]
pub(super) enum Body {
    /// A form.
    Urlencoded {
        /// Its fields.
        urlencoded: Vec<Pair>,
    },
    /// Anything else, unchanged.
    Raw {
        /// The text.
        raw: String,
    },
}

/// A name and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Pair {
    pub(super) key: String,
    pub(super) value: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
}

/// A variable of the collection.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Variable {
    pub(super) key: String,
    pub(super) value: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) description: String,
}

/// An event handler.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Event {
    pub(super) listen: &'static str,
    pub(super) script: Script,
}

/// A script.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Script {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) exec: Vec<&'static str>,
}

impl Pair {
    /// A name and a value that is text.
    pub(super) fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.into(), kind: "text" }
    }

    /// The same, in the form of authentication blocks.
    pub(super) fn of_auth(key: &str, value: String) -> Self {
        Self { key: key.to_owned(), value, kind: "string" }
    }
}
