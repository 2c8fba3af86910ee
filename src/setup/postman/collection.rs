//! Collections and environments, as Postman exports them.

use std::path::Path;

use super::block::{Block, block};
use super::variables::Variables;
use crate::source::{Json, Mistake, Mistakes, Source};

/// How deep folders may be nested.
const DEEPEST: usize = 100;

/// An OAuth 2.0 block and its location.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The name of the collection, folder or request.
    pub(super) place: String,
    /// Its location, as `file:line`.
    pub(super) line: String,
    pub(super) block: Block,
}

/// The contents of the collections.
#[derive(Clone, Debug, Default)]
pub(super) struct Read {
    pub(super) found: Vec<Found>,
    /// Locations of blocks that only hold a token, and no client.
    pub(super) without: Vec<String>,
}

/// The type of a file.
enum Kind<'a> {
    Collection(Json<'a>),
    /// Variables that override those of the collection.
    Environment(Json<'a>),
    /// Variables that apply if neither collection nor environment defines them.
    Globals(Json<'a>),
}

/// Reads files, in any order.
///
/// # Errors
/// Everything that is wrong in them, or why one cannot be read.
pub(super) fn read(paths: &[&Path]) -> Result<Read, Mistakes> {
    let mut mistakes = Mistakes::default();
    let sources: Vec<_> = paths.iter().filter_map(|path| open(path, &mut mistakes)).collect();
    let mut kinds = Vec::new();
    for source in &sources {
        match Json::read(source).and_then(kind) {
            Ok(kind) => kinds.push((source, kind)),
            Err(mistake) => mistakes.add(source, vec![mistake]),
        }
    }
    let (mut globals, mut environment) = (Variables::default(), Variables::default());
    for (_, kind) in &kinds {
        match kind {
            Kind::Globals(values) => globals.take(*values),
            Kind::Environment(values) => environment.take(*values),
            Kind::Collection(_) => {}
        }
    }
    let mut read = Read::default();
    for (source, kind) in &kinds {
        let Kind::Collection(json) = kind else { continue };
        let mut variables = globals.clone();
        json.get("variable").into_iter().for_each(|list| variables.take(list));
        variables.extend(&environment);
        let mut walk = Walk { source, variables, mistakes: Vec::new(), read: &mut read };
        walk.collection(*json);
        mistakes.add(source, walk.mistakes);
    }
    if read.found.is_empty() && mistakes.is_empty() {
        mistakes.add(&sources[0], vec![nothing(&kinds)]);
    }
    if mistakes.is_empty() { Ok(read) } else { Err(mistakes) }
}

fn open(path: &Path, mistakes: &mut Mistakes) -> Option<Source> {
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Some(Source::of_secrets_in_json(name, text)),
        Err(error) => {
            let what = format!("cannot read the Postman file: {error}");
            let right = "name a collection or an environment exported from Postman";
            mistakes.add(&Source::new(name, ""), vec![Mistake::new(0..0, what, right)]);
            None
        }
    }
}

/// Why no target file can be written.
fn nothing(kinds: &[(&Source, Kind<'_>)]) -> Mistake {
    let has_collection = kinds.iter().any(|(_, kind)| matches!(kind, Kind::Collection(_)));
    let (what, right) = match has_collection {
        true => (
            "there is no OAuth 2.0 block with a grant type here",
            "set Authorization of the collection, a folder or a request to OAuth 2.0, fill in \
             Configure New Token, and export it again",
        ),
        false => (
            "a file with variables only describes no clients",
            "name the collection too, as in `--from-postman collection.json`",
        ),
    };
    Mistake::new(0..0, what, right)
}

/// The type of a file, by its contents.
fn kind(json: Json<'_>) -> Result<Kind<'_>, Mistake> {
    const EXPORT: &str = "export a collection as Collection v2.1, or an environment";
    let wrong =
        |what: &str| Err(Mistake::new(json.span().start..json.span().start + 1, what, EXPORT));
    // Postman's API wraps them in an envelope.
    let inner = ["collection", "environment"].iter().find_map(|name| json.get(name));
    let json_inside = inner.unwrap_or(json);
    if let Some(values) = json_inside.get("values").filter(|values| values.items().is_some()) {
        let scope = json_inside.get("_postman_variable_scope").and_then(Json::text);
        let is_global = scope.as_deref() == Some("globals");
        return Ok(if is_global { Kind::Globals(values) } else { Kind::Environment(values) });
    }
    if json_inside.get("item").is_some_and(|items| items.items().is_some()) {
        return Ok(Kind::Collection(json_inside));
    }
    if json.members().is_none() {
        return wrong(&format!("{} where a Postman collection belongs", json.kind()));
    }
    match () {
        () if json.get("requests").is_some() => wrong("a collection of version 1"),
        () if json.get("collections").is_some() => wrong("a dump of all Postman data"),
        () => wrong("neither a Postman collection nor an environment"),
    }
}

/// A walk through a collection.
struct Walk<'a> {
    source: &'a Source,
    variables: Variables,
    mistakes: Vec<Mistake>,
    read: &'a mut Read,
}

impl Walk<'_> {
    fn collection(&mut self, json: Json<'_>) {
        let name = json.get("info").and_then(|info| info.get("name")).and_then(Json::text);
        self.auth(json, &name.unwrap_or_default());
        self.items(json, 0);
    }

    fn items(&mut self, parent: Json<'_>, depth: usize) {
        let items = parent.get("item").and_then(Json::items).unwrap_or_default();
        for item in items.into_iter().filter(|_| depth < DEEPEST) {
            let name = item.get("name").and_then(Json::text).unwrap_or_default();
            self.auth(item, &name);
            if let Some(request) = item.get("request") {
                self.auth(request, &name);
            }
            self.items(item, depth + 1);
        }
    }

    /// Reads the block of an item itself, not an inherited one.
    fn auth(&mut self, owner: Json<'_>, name: &str) {
        let Some(auth) = owner.get("auth") else { return };
        let is_oauth2 = auth.get("type").and_then(Json::text).as_deref() == Some("oauth2");
        let Some(values) = auth.get("oauth2").filter(|_| is_oauth2) else { return };
        let line = self.source.line(auth.span().start);
        let (place, line) = (name.to_owned(), format!("{}:{line}", self.source.name));
        match block(values, &self.variables, &mut self.mistakes) {
            Some(block) => self.read.found.push(Found { place, line, block }),
            None => self.read.without.push(format!("{line}: {place}")),
        }
    }
}
