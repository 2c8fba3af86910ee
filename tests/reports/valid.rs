//! Whether a report is what its format asks for, whatever a server has said.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use authspec::report::Format;
use jsonschema::Validator;
use pulldown_cmark::{Options, Parser, html::push_html};
use scraper::Html;
use serde_json::Value;

/// Asserts that a report is sound.
#[track_caller]
pub(crate) fn assert_valid(format: Format, text: &str) {
    match format.to_string().as_str() {
        "junit" => junit(text),
        "sarif" => sarif(text),
        "har" => against(&HAR, text),
        "github" => text.lines().for_each(annotation),
        "markdown" => markdown(text),
        _ => assert!(!text.is_empty()),
    }
}

fn schemas() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reports/schemas"))
}

#[track_caller]
fn junit(text: &str) {
    let mut lint = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(schemas().join("junit-10.xsd"))
        .arg("-")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("xmllint is there; ./setup.sh installs it");
    // Where it has seen enough, it reads no further.
    let _ = lint.stdin.take().unwrap().write_all(text.as_bytes());
    let said = lint.wait_with_output().unwrap();
    assert!(said.status.success(), "{}\n{text}", String::from_utf8_lossy(&said.stderr));
}

static SARIF: LazyLock<Validator> = LazyLock::new(|| {
    let mut schema = read(&schemas().join("sarif-2.1.0-rtm.5.json"));
    // Languages, of which we tell none, have a pattern with a bracket too many.
    for of in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][of]["properties"]["language"];
        language.as_object_mut().unwrap().remove("pattern").unwrap();
    }
    validator(&schema)
});

/// The schema of HAR comes as a file for each type; one schema is made of them.
static HAR: LazyLock<Validator> = LazyLock::new(|| {
    let files = std::fs::read_dir(schemas().join("har")).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    let mut types = serde_json::Map::new();
    for path in paths.filter(|path| path.extension().is_some_and(|it| it == "json")) {
        let mut schema = read(&path);
        schema.as_object_mut().unwrap().retain(|key, _| !key.starts_with('$'));
        local(&mut schema);
        types.insert(path.file_name().unwrap().to_str().unwrap().to_owned(), schema);
    }
    validator(&serde_json::json!({
        "$schema": "http://json-schema.org/draft-06/schema#",
        "$ref": "#/definitions/har.json",
        "definitions": types,
    }))
});

/// Makes references to other files such to definitions of the same.
fn local(schema: &mut Value) {
    match schema {
        Value::Object(map) => map.iter_mut().for_each(|(key, value)| match value {
            Value::String(file) if key == "$ref" => {
                *file = format!("#/definitions/{}", file.trim_end_matches('#'));
            }
            value => local(value),
        }),
        Value::Array(values) => values.iter_mut().for_each(local),
        _ => {}
    }
}

fn validator(schema: &Value) -> Validator {
    jsonschema::options().should_validate_formats(true).build(schema).unwrap()
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[track_caller]
fn against(validator: &Validator, text: &str) {
    let value: Value = serde_json::from_str(text).unwrap();
    let errors = validator.iter_errors(&value);
    let errors: Vec<_> = errors.map(|it| format!("{it} at {}", it.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// What the schema cannot say is asserted here.
#[track_caller]
fn sarif(text: &str) {
    against(&SARIF, text);
    let log: Value = serde_json::from_str(text).unwrap();
    for run in log["runs"].as_array().unwrap() {
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for result in run["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert_eq!(result["kind"] == "fail", result["level"] != "none", "{result}");
            // A pair of these would be a link.
            assert!(!result["message"]["text"].as_str().unwrap().contains("]("), "{result}");
            let place = &result["locations"][0]["physicalLocation"]["artifactLocation"];
            assert!(!place["uri"].as_str().unwrap().contains(' '), "{place}");
        }
        let mut ids: Vec<_> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "two rules of one id");
    }
}

/// A line is a command, and one alone.
#[track_caller]
fn annotation(line: &str) {
    let (kind, rest) = line.strip_prefix("::").and_then(|it| it.split_once(' ')).expect(line);
    assert!(["error", "warning", "notice"].contains(&kind), "{line}");
    let (properties, message) = rest.split_once("::").expect(line);
    for property in properties.split(',') {
        let (name, value) = property.split_once('=').expect(line);
        assert!(["file", "line", "title"].contains(&name), "{line}");
        assert!(!value.is_empty() && !value.contains(':'), "{line}");
    }
    let escapes = line.split('%').skip(1);
    for escape in escapes {
        let known = ["25", "0A", "0D", "3A", "2C"].iter().any(|it| escape.starts_with(it));
        assert!(known, "{line}");
    }
    assert!(!message.is_empty() && message.len() < 4096, "{line}");
}

/// As GitHub renders it, there are no elements in it but ours, and no links but to specifications.
#[track_caller]
fn markdown(text: &str) {
    const OURS: &[&str] = &[
        "html",
        "head",
        "body",
        "h1",
        "h2",
        "h3",
        "p",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "blockquote",
        "pre",
        "code",
        "a",
        "details",
        "summary",
        "strong",
    ];
    assert!(text.len() < 1 << 20, "{} bytes", text.len());
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
    let mut page = String::new();
    push_html(&mut page, Parser::new_ext(text, options));
    let page = Html::parse_document(&page);
    for element in page.root_element().descendent_elements() {
        let name = element.value().name();
        assert!(OURS.contains(&name), "<{name}> in\n{text}");
        if let Some(href) = element.attr("href") {
            let known = ["https://www.rfc-editor.org/", "https://datatracker.ietf.org/"];
            let known = known.iter().chain(&["https://openid.net/"]).any(|it| href.starts_with(it));
            assert!(known, "{href}");
        }
    }
}
