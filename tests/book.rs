//! The documentation: every page is in the book, and every link leads somewhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages that people read: at the root, in `docs/`, and beside each fixture.
fn pages() -> Vec<PathBuf> {
    let mut folders = vec![root().to_owned(), root().join("docs")];
    folders.extend(fs::read_dir(root().join("fixtures")).unwrap().map(|it| it.unwrap().path()));
    let files = folders.iter().filter(|it| it.is_dir()).flat_map(|it| fs::read_dir(it).unwrap());
    let files = files.map(|it| it.unwrap().path());
    files.filter(|it| it.extension().is_some_and(|ending| ending == "md")).collect()
}

/// The links of a page, and the anchors of its headings, as GitHub and mdBook make them.
fn read(page: &Path) -> (Vec<String>, BTreeSet<String>) {
    let text = fs::read_to_string(page).unwrap();
    let (mut links, mut anchors, mut heading) = (Vec::new(), BTreeSet::new(), None::<String>);
    for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                links.push(dest_url.into_string());
            }
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => anchors.extend(heading.take().map(|it| anchor(&it))),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            _ => {}
        }
    }
    (links, anchors)
}

fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || "-_ ".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    for page in pages() {
        for link in read(&page).0 {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (file, fragment) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { page.clone() } else { page.with_file_name(file) };
            let is_page = target.extension().is_some_and(|ending| ending == "md");
            let leads = target.exists()
                && (fragment.is_empty() || !is_page || read(&target).1.contains(fragment));
            if !leads {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "these links lead nowhere:\n{}", broken.join("\n"));
}

#[test]
fn every_page_of_the_documentation_is_in_the_book() {
    let docs = root().join("docs");
    let (links, _) = read(&docs.join("SUMMARY.md"));
    let listed: BTreeSet<_> = links.iter().map(|link| docs.join(link)).collect();
    let pages = pages().into_iter().filter(|it| it.parent() == Some(docs.as_path()));
    let missing: Vec<_> =
        pages.filter(|it| !it.ends_with("SUMMARY.md") && !listed.contains(it)).collect();
    assert!(missing.is_empty(), "add these to docs/SUMMARY.md: {missing:?}");
}
