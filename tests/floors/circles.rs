//! Circles: no file of `src/` imports one that imports it, over however many others.

use std::collections::{BTreeMap, BTreeSet};

use super::{Line, files};

/// The modules of the crate, each with what it re-exports from below: a name, and where it comes from.
type ReExports = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// The path of a module, as in `run::judge`, by its file.
fn module(file: &str) -> Option<Vec<String>> {
    let path = file.strip_prefix("src/")?.strip_suffix(".rs")?;
    let parts: Vec<_> = path.split('/').map(str::to_owned).collect();
    match parts.last()?.as_str() {
        "lib" | "main" if parts.len() == 1 => None,
        "mod" => Some(parts[..parts.len() - 1].to_vec()),
        _ => Some(parts),
    }
}

/// The code of a file without comments and without its tests.
fn code(lines: &[Line]) -> String {
    let code = lines.iter().map(|line| line.text.split("//").next().unwrap_or_default());
    let code = code.take_while(|line| *line != "mod tests {").collect::<Vec<_>>();
    code.join(" ")
}

/// All paths that an item of a `use` or an expression names, with what stands in braces spread out.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(start) {
            if code[..at].ends_with(is_part) {
                continue;
            }
            let path: String = code[at..].chars().take_while(|c| is_part(*c)).collect();
            let base: Vec<_> =
                path.split("::").filter(|it| !it.is_empty()).map(str::to_owned).collect();
            let rest = &code[at + path.len()..];
            if path.ends_with("::") && rest.starts_with('{') {
                for item in items(rest) {
                    let mut whole = base.clone();
                    whole.extend(item.split("::").map(|it| it.trim().to_owned()));
                    found.push(whole);
                }
            } else {
                found.push(base);
            }
        }
    }
    found
}

/// The items between braces, each up to braces of its own.
fn items(text: &str) -> Vec<String> {
    let (mut depth, mut items) = (0_usize, vec![String::new()]);
    for c in text.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => items.push(String::new()),
            _ if depth == 1 => items.last_mut().expect("there is one").push(c),
            _ => {}
        }
    }
    let named = items.iter().filter_map(|item| item.split_whitespace().next());
    named.map(|item| item.trim_end_matches(':').to_owned()).collect()
}

/// A path from the root of the crate, as a file at `own` means it.
fn absolute(own: &[String], path: &[String]) -> Vec<String> {
    let mut base = match path[0].as_str() {
        "crate" => Vec::new(),
        _ => own.to_vec(),
    };
    for part in path {
        match part.as_str() {
            "crate" | "self" => {}
            "super" => drop(base.pop()),
            part => base.push(part.to_owned()),
        }
    }
    base
}

/// The module that a path leads to, through whatever re-exports.
fn target(modules: &BTreeSet<String>, exports: &ReExports, path: &[String]) -> Option<String> {
    let length =
        (1..=path.len()).rev().find(|length| modules.contains(&path[..*length].join("::")))?;
    let module = path[..length].join("::");
    let through = path.get(length).and_then(|name| exports.get(&module)?.get(name));
    match through {
        Some(from) => target(modules, exports, from).or(Some(module)),
        None => Some(module),
    }
}

/// What a `mod.rs` re-exports.
fn re_exports(
    own: &[String],
    modules: &BTreeSet<String>,
    code: &str,
) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for (at, _) in code.match_indices("use ") {
        let is_public = code[..at].trim_end().ends_with([')', 'b']);
        let Some(text) = code[at + 4..].split(';').next().filter(|_| is_public) else { continue };
        let (base, names) = match text.split_once('{') {
            Some((base, list)) => (base.trim_end_matches("::").trim(), items(&format!("{{{list}"))),
            None => text.trim().rsplit_once("::").map_or_else(
                || (text.trim(), Vec::new()),
                |(base, name)| (base, vec![name.trim().to_owned()]),
            ),
        };
        let base: Vec<_> = base.split("::").map(|it| it.trim().to_owned()).collect();
        let starts = ["crate", "super", "self"].contains(&base[0].as_str());
        let base = if starts { absolute(own, &base) } else { [own, &base].concat() };
        if modules.contains(&base.join("::")) {
            for name in names {
                let path = [&base[..], std::slice::from_ref(&name)].concat();
                found.insert(name, path);
            }
        }
    }
    found
}

/// Which modules each module imports.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let all: Vec<_> = files("src")
        .iter()
        .filter_map(|lines| Some((module(&lines.first()?.file)?, code(lines))))
        .collect();
    let modules: BTreeSet<_> = all.iter().map(|(path, _)| path.join("::")).collect();
    let exports: ReExports =
        all.iter().map(|(own, code)| (own.join("::"), re_exports(own, &modules, code))).collect();
    let of = |own: &[String], code: &str| -> BTreeSet<String> {
        let paths = paths(code).into_iter().map(|path| absolute(own, &path));
        let found = paths.filter_map(|path| target(&modules, &exports, &path));
        found.filter(|it| *it != own.join("::")).collect()
    };
    all.iter().map(|(own, code)| (own.join("::"), of(own, code))).collect()
}

/// All modules that one leads to.
fn reached<'a>(
    imports: &'a BTreeMap<String, BTreeSet<String>>,
    from: &'a str,
) -> BTreeSet<&'a str> {
    let (mut found, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(module) = next.pop() {
        for imported in imports.get(module).into_iter().flatten() {
            if found.insert(imported.as_str()) {
                next.push(imported);
            }
        }
    }
    found
}

#[test]
fn no_files_import_each_other() {
    let imports = imports();
    let in_circles = imports.keys().filter(|it| reached(&imports, it).contains(it.as_str()));
    let circles: BTreeSet<String> = in_circles
        .map(|module| {
            let all = imports.keys().filter(|other| {
                reached(&imports, module).contains(other.as_str())
                    && reached(&imports, other).contains(module.as_str())
            });
            all.cloned().collect::<Vec<_>>().join(", ")
        })
        .collect();
    let circles: Vec<_> = circles.into_iter().collect();
    assert!(circles.is_empty(), "these import each other:\n{}", circles.join("\n"));
}

#[test]
fn imports_are_seen_through_re_exports() {
    let imports = imports();
    assert!(imports["run::judge"].contains("suite::case"), "{:?}", imports["run::judge"]);
    assert!(imports["run::judge"].contains("run::transcript"), "{:?}", imports["run::judge"]);
}
