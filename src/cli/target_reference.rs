//! The reference of target files, in Markdown: made from the same doc comments as their JSON Schema.

use std::fmt::Write as _;

use schemars::schema_for;
use serde_json::{Map, Value};

use crate::target::TargetFile;

/// What stands before the tables.
const BEGIN: &str = "# The target file

It describes the authorization server under test: where it is, which clients are registered there, and who signs in.
`authspec init ISSUER` writes one to begin with, `authspec doctor FILE` checks it, `schema/target.json` lets editors complete it.

This page is made by `authspec schema target --format markdown`, from the source that reads the file; a test checks that it is up
to date.

A complete example:

```toml
name   = \"my server\"
issuer = \"https://as.example/tenant\"
scope  = \"openid profile offline_access\"

[client.web]
id            = \"web\"
auth          = \"client_secret_basic\"
secret        = \"env:WEB_SECRET\"
redirect_uris = [\"http://127.0.0.1:8765/callback\", \"http://127.0.0.1:8765/second\"]
grants        = [\"authorization_code\", \"refresh_token\"]

[client.app]
id            = \"app\"
auth          = \"none\"
redirect_uris = [\"http://127.0.0.1:8765/app\"]
grants        = [\"authorization_code\", \"refresh_token\"]
native        = true

[user.alice]
password = \"env:ALICE_PASSWORD\"
```

Text written as `env:NAME` is read from the environment variable NAME, so that no secret is in the file.
";

/// What each table looks like, by its heading.
const EXAMPLES: &[(&str, &str)] = &[
    (
        "[authorize]",
        "[authorize]\nprompt   = \"consent\"\nresource = [\"https://api.example/a\", \"https://api.example/b\"]   # sent twice\n",
    ),
    (
        "[client.NAME]",
        "[client.portal]\nid            = \"portal\"\nauth          = \"client_secret_post\"\nsecret        = \"env:PORTAL_SECRET\"\n\
         redirect_uris = [\"http://127.0.0.1:8765/callback\"]\n\n[client.portal.token]\nheader = { x-tenant = \"blue\" }\n",
    ),
    (
        "[endpoint]",
        "[endpoint]                    # a server without metadata\nauthorization = \"https://as.example/authorize\"\n\
         token         = \"https://as.example/token\"\n",
    ),
    ("[header]", "[header]\nx-api-key = \"env:GATEWAY_KEY\"\n"),
    ("[lifetime]", "[lifetime]\ncode         = \"60s\"\naccess_token = \"10m\"\n"),
    (
        "[[login]]",
        "[[login]]\nshows = \"#username\"\nfill  = { \"#username\" = \"{user.name}\", \"#password\" = \"{user.password}\" }\n\
         click = \"#sign-in\"\n\n[[login]]\nshows  = \"#consent\"\ncheck  = [\"#remember\"]\nclick  = \"#allow\"\nrefuse = \"#deny\"\n",
    ),
    ("[start]", "[start]\ncommand = \"run-server\"\nenv     = { LOG_LEVEL = \"warn\" }\n"),
    (
        "[token]",
        "[token]\nbody   = { resource = \"https://api.example/\" }\nquery  = { tenant = \"blue\" }\nheader = { x-tenant = \"blue\" }\n",
    ),
    (
        "[user.NAME]",
        "[user.alice]\npassword = \"env:ALICE_PASSWORD\"\n\n[user.bob]            # cases about other users need a second one\npassword = \"env:BOB_PASSWORD\"\n",
    ),
];

/// Environment variables, and what they do.
const ENVIRONMENT: &[(&str, &str)] = &[
    (
        "`AUTHSPEC_DRIVER`",
        "the WebDriver driver to start, by path or name; else `chromedriver` or `geckodriver` on the PATH",
    ),
    ("`AUTHSPEC_BROWSER`", "the browser that the driver starts, by path or name"),
    (
        "`SSL_CERT_FILE`, `SSL_CERT_DIR`",
        "the authorities to trust in place of the system's; `ca` and `--ca` add to them",
    ),
    (
        "`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`",
        "the proxies, as in `http://proxy.example:3128`, in capitals or not; for the browser too, which cannot be given a name and \
         a password",
    ),
    (
        "`NO_PROXY`",
        "hosts that are reached without a proxy, with commas between them: `inside.example,10.0.0.0/8`; loopback addresses always \
         are",
    ),
    ("`NAME` of `env:NAME`", "whatever the target file reads from the environment"),
    (
        "`AUTHSPEC_TARGET`, `AUTHSPEC_RULESET`, `AUTHSPEC_AGENT`, `AUTHSPEC_EVIDENCE`, `AUTHSPEC_SNAPSHOTS`",
        "in `cargo test` with `authspec::Harness` or `authspec::libtest`: what `TARGET`, `--ruleset`, `--agent`, `--evidence` and \
         `--snapshots` are on the command line",
    ),
];

/// The reference.
pub(super) fn target_reference() -> String {
    let schema = serde_json::to_value(schema_for!(TargetFile)).unwrap_or_default();
    let reference = Reference { definitions: &schema["$defs"] };
    let mut text = BEGIN.to_owned();
    text += "\n## At the top of the file\n\n";
    text += &reference.table(&schema);
    let required = reference.required(&schema);
    for (name, property) in members(&schema["properties"]) {
        reference.section(&mut text, name, property, required.contains(&name.as_str()));
    }
    text += "\n## Words\n";
    for (of, name) in [
        ("`auth`", "AuthMethod"),
        ("`challenge_method`", "ChallengeMethod"),
        ("`supports` and `lacks`", "Feature"),
    ] {
        let _ = write!(text, "\n### Of {of}\n\n| Word | Means |\n|---|---|\n");
        for word in schema["$defs"][name]["oneOf"].as_array().into_iter().flatten() {
            let _ =
                writeln!(text, "| {} | {} |", code(&word["const"]), one_line(&word["description"]));
        }
    }
    text += "\n## Environment variables\n\n| Variable | Is |\n|---|---|\n";
    for (name, meaning) in ENVIRONMENT {
        let _ = writeln!(text, "| {name} | {meaning} |");
    }
    text
}

struct Reference<'a> {
    definitions: &'a Value,
}

impl Reference<'_> {
    /// A table of the file, with all its keys and an example.
    fn section(&self, text: &mut String, name: &str, property: &Value, required: bool) {
        let (heading, table) = match () {
            () if property.get("$ref").is_some() => (format!("[{name}]"), self.resolved(property)),
            () if property["type"] == "array" => {
                (format!("[[{name}]]"), self.resolved(&property["items"]))
            }
            () if property["type"] == "object" => {
                let of = self.resolved(&property["additionalProperties"]);
                let heading = if of["type"] == "object" {
                    format!("[{name}.NAME]")
                } else {
                    format!("[{name}]")
                };
                (heading, of)
            }
            () => return,
        };
        let is_table = table["type"] == "object";
        let is_map = property["type"] == "object" && !is_table;
        if !is_table && !is_map {
            return;
        }
        let needed = if required { " At least one is needed." } else { "" };
        let _ =
            write!(text, "\n## `{heading}`\n\n{}{needed}\n", one_line(&property["description"]));
        if name == "refresh" {
            *text += "\nThe keys are those of `[token]`.\n";
        } else if is_table {
            let _ = write!(text, "\n{}", self.table(table));
        }
        if let Some((_, example)) = EXAMPLES.iter().find(|(known, _)| *known == heading) {
            let _ = write!(text, "\n```toml\n{example}```\n");
        }
    }

    /// The keys of a table.
    fn table(&self, of: &Value) -> String {
        let required = self.required(of);
        let mut rows: Vec<_> = members(&of["properties"]).collect();
        rows.sort_by_key(|(name, _)| !required.contains(&name.as_str()));
        let mut text = "| Key | Type | Default | Is |\n|---|---|---|---|\n".to_owned();
        for (name, property) in rows {
            let default = match property.get("default") {
                _ if required.contains(&name.as_str()) => "*needed*".to_owned(),
                None | Some(Value::Null) => "–".to_owned(),
                Some(value) if value.as_object().is_some_and(Map::is_empty) => "–".to_owned(),
                Some(value) => code(value),
            };
            let kind = self.kind(property);
            let _ = writeln!(
                text,
                "| `{name}` | {kind} | {default} | {} |",
                one_line(&property["description"])
            );
        }
        text
    }

    fn required<'b>(&self, of: &'b Value) -> Vec<&'b str> {
        of["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// What a value is, in a word or two.
    fn kind(&self, property: &Value) -> String {
        let named = property["$ref"].as_str().map(|it| it.trim_start_matches("#/$defs/"));
        match named {
            Some("Text") => return "text or `env:NAME`".to_owned(),
            Some("Link") => return "URL or `env:NAME`".to_owned(),
            Some("DurationText") => return "duration, as in `90s` or `10m`".to_owned(),
            Some("Css") => return "CSS selector".to_owned(),
            Some("Feature") => return "[word](#of-supports-and-lacks)".to_owned(),
            Some("AuthMethod") => return "[word](#of-auth)".to_owned(),
            Some("ChallengeMethod") => return "[word](#of-challenge_method)".to_owned(),
            _ => {}
        }
        if let Some(either) = self.resolved(property)["anyOf"].as_array() {
            let kinds: Vec<_> =
                either.iter().filter(|it| it["type"] != "null").map(|it| self.kind(it)).collect();
            return kinds.join(", or ");
        }
        match property["type"].as_str() {
            Some("array") => format!("list of: {}", self.kind(&property["items"])),
            Some("object") => {
                format!("table; each: {}", self.kind(&property["additionalProperties"]))
            }
            Some("boolean") => "`true` or `false`".to_owned(),
            Some("integer") => "number".to_owned(),
            Some("string") if property["format"] == "uri" => "URL or `env:NAME`".to_owned(),
            Some("string") => "text".to_owned(),
            _ => match self.resolved(property)["type"].as_str() {
                Some("object") => "table".to_owned(),
                _ => "text".to_owned(),
            },
        }
    }

    /// What a reference stands for.
    fn resolved<'b>(&'b self, schema: &'b Value) -> &'b Value {
        match schema["$ref"].as_str() {
            Some(path) => &self.definitions[path.trim_start_matches("#/$defs/")],
            None => schema,
        }
    }
}

fn members(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flatten()
}

/// A value, as it is written.
fn code(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        value => format!("`{value}`"),
    }
}

/// A doc comment, fit for a cell.
fn one_line(text: &Value) -> String {
    text.as_str().unwrap_or_default().replace('\n', " ").replace('|', "\\|")
}
