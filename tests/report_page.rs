//! The HTML report in a real browser: it loads without a complaint, filters filter, what can be
//! opened opens, and a telephone is wide enough; also without JavaScript.

#[path = "report_page/browser.rs"]
mod browser;

use std::path::{Path, PathBuf};
use std::process::Command;

use browser::Browser;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The cases on the page: enough for every kind of thing that there is on it. A browser takes minutes to lay out all
/// cases with all that can be opened.
const CASES: &[&str] =
    &["pkce/", "redirect-uri/", "codes/", "token-endpoint/", "native-apps/", "always/"];

/// Two runs, one of a server that is broken in several ways, on one page.
fn report(folder: &TempDir) -> PathBuf {
    let authspec = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_authspec"));
        let run = command.args(args).current_dir(folder.path()).output().unwrap();
        assert_ne!(run.status.code(), Some(2), "{}", String::from_utf8_lossy(&run.stderr));
    };
    // A run of some of the cases writes its results only where it is asked to.
    let results = ["--results", "target/evidence/honest/results.json"];
    let run = [&["run", "--agent", "forms"], CASES, &results].concat();
    authspec(&run);
    let evidence = folder.path().join("target/evidence");
    rename(&evidence, "sound", |_| {});
    let broken = ["skips-verifier-check", "accepts-any-redirect-uri", "redeems-codes-in-two-steps"];
    let broken = broken.map(|defect| ["--defect", defect]);
    authspec(&[&run, broken.as_flattened()].concat());
    rename(&evidence, "broken", |results| results["stale"] = json!(["pkce/s256-accepted"]));
    picture(&evidence.join("broken/pkce/wrong-verifier@web"));
    authspec(&["report", "html", "broken", "sound", "--output", "report.html"]);
    folder.path().join("report.html")
}

/// Makes results of the embedded server those of another target.
fn rename(evidence: &Path, name: &str, change: impl Fn(&mut Value)) {
    std::fs::rename(evidence.join("honest"), evidence.join(name)).unwrap();
    edit(&evidence.join(name).join("results.json"), |results| {
        results["target"]["name"] = name.into();
        change(results);
    });
}

fn edit(path: &Path, change: impl Fn(&mut Value)) {
    let mut value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    change(&mut value);
    std::fs::write(path, value.to_string()).unwrap();
}

/// Lets a case have a picture.
fn picture(case: &Path) {
    const PNG: &[u8] = &[
        137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 6,
        0, 0, 0, 31, 21, 196, 137, 0, 0, 0, 13, 73, 68, 65, 84, 120, 156, 99, 248, 207, 192, 240,
        31, 0, 5, 0, 1, 255, 137, 153, 61, 29, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
    ];
    std::fs::write(case.with_extension("png"), PNG).unwrap();
    let name = case.file_name().unwrap().to_string_lossy();
    edit(&case.with_extension("json"), |evidence| {
        evidence["screenshot"] = format!("../../{name}.png").into();
    });
}

const WRONG: &str = "1-pkce/wrong-verifier@web";

#[tokio::test(flavor = "multi_thread")]
async fn the_page_in_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    let page = report(&folder);
    crate::inert::assert_inert(&std::fs::read_to_string(&page).unwrap(), "two targets");
    let browser = Browser::start().await;
    filters(&browser, &page).await;
    details(&browser, &page).await;
    search(&browser, &page).await;
    widths(&browser, &page).await;
    nothing_is_clipped(&browser, &page).await;
    telephones(&browser, &folder).await;
    assert_eq!(browser.complaints().await, json!([]));
    without_scripts(&browser, &page).await;
    browser.stop().await;
}

/// By click and by key, in the target that is shown alone.
async fn filters(browser: &Browser, page: &Path) {
    browser.open(page, "").await;
    assert_eq!(browser.count(".target").await, 1);
    let failed = browser.count(".case.fail").await;
    assert!(failed > 20, "{failed} failed");
    assert!(browser.count(".alert.fail").await == 1);
    browser.click("label.tile.fail").await;
    assert_eq!(browser.count(".case.fail").await, 0);
    browser.press(".tile.fail input", " ").await;
    assert_eq!(browser.count(".case.fail").await, failed);
    browser.press("input.fc-0", " ").await;
    let of_one = browser.count(".case.fail").await;
    assert!(of_one > 0 && of_one < failed, "{of_one} of {failed}");
    assert_eq!(browser.count(".case.fail.c-0").await, of_one);
    browser.press("input.fc-0", "\u{e012}").await;
    assert_eq!(browser.count(".case.fail").await, failed);
    browser.press("input.f-MUST", " ").await;
    assert_eq!(browser.count(".case.fail.l-MUST").await, 0);
    // The tabs are radio buttons: an arrow key leads to the next.
    browser.press(".tabs input.t-0", "\u{e014}").await;
    assert_eq!(browser.count("#target-1").await, 0);
    assert_eq!((browser.count("#target-2").await, browser.count(".case.fail").await), (1, 0));
}

/// Keeps what the button says next.
const LISTENS: &str = "(window.said = new Promise(resolve => {
    const button = document.querySelector('.case[open] .copy');
    new MutationObserver(() => resolve(button.textContent)).observe(button, { childList: true });
}), true)";

/// From a link to the case, from an arrow to its exchange.
async fn details(browser: &Browser, page: &Path) {
    browser.open(page, "").await;
    browser.click(".group.fail .case > summary").await;
    assert_eq!(browser.count(".case.fail[open] .inside").await, 1);
    browser.press(".group.fail .case > summary", "\u{e007}").await;
    assert_eq!(browser.count(".case[open]").await, 0);
    browser.open(page, WRONG).await;
    assert_eq!(browser.count(".case.fail[open] .advice").await, 1);
    assert_eq!(browser.count(".case[open] .picture img").await, 1);
    assert_eq!(browser.ask("document.querySelector('.picture img').naturalWidth").await, 1);
    assert_eq!(browser.count(".case[open] .wire").await, 0);
    arrows(browser).await;
    let drawn =
        "[...document.querySelectorAll('.case[open] svg .bad text')].map(it => it.textContent)";
    let drawn = browser.ask(drawn).await;
    let drawn: Vec<_> = drawn.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let expected = ["✗ token", "POST /token", "Δ ", "[other.verifier]", "200 access_token"];
    for text in expected {
        assert!(drawn.iter().any(|it| it.contains(text)), "no {text} in {drawn:?}");
    }
    // The clipboard answers in its own time, and the button says so for a while only.
    browser.ask(LISTENS).await;
    browser.click(".case[open] .copy").await;
    let said = browser.ask("window.said").await;
    assert!(said == "Copied" || said == "Selected", "{said}");
}

/// The last arrow is of the step that fails.
async fn arrows(browser: &Browser) {
    let last = ".case[open] .rows li:last-child a";
    browser.click(last).await;
    assert_eq!(browser.count(".case[open] .exchange[open] .wire").await, 1);
    let marked = "document.querySelector('.exchange[open] mark').textContent";
    assert!(browser.ask(marked).await.to_string().contains("[other.verifier]"));
    browser.press(".case[open] .rows a", "\u{e007}").await;
    assert_eq!(browser.count(".case[open] .exchange[open] .wire").await, 2);
    let seen = "(() => { const { top } = document.querySelector(':target').getBoundingClientRect(); \
                return top >= 0 && top < innerHeight })()";
    assert_eq!(browser.ask(seen).await, true);
}

async fn search(browser: &Browser, page: &Path) {
    browser.open(page, "").await;
    let field = "#target-1 .search input";
    browser.press(field, "wrong-verifier rfc7636").await;
    let found = browser.count("#target-1 .case").await;
    assert!(found > 0 && found < 10, "{found} found");
    let told = browser.ask("document.querySelector('#target-1 output').textContent").await;
    assert_eq!(told, format!("{found} cases"));
}

/// A telephone needs no scrolling sideways, with all open, in both modes.
async fn widths(browser: &Browser, page: &Path) {
    let mut papers = Vec::new();
    for (width, mode) in [(360, "light"), (360, "dark"), (1280, "dark")] {
        browser.resize(width, 800).await;
        let mode = json!({ "features": [{ "name": "prefers-color-scheme", "value": mode }] });
        browser.cdp("Emulation.setEmulatedMedia", mode).await;
        browser.open(page, WRONG).await;
        browser.ask("document.querySelectorAll('.target:first-of-type details').forEach(it => { it.open = true })").await;
        let wide = browser.ask("document.documentElement.scrollWidth").await.as_u64().unwrap();
        assert!(wide <= u64::from(width), "{wide} of {width}");
        let cut = "[...document.querySelectorAll('.case svg text')].filter(it => { \
                   const box = it.getBoundingClientRect(); \
                   return box.width && (box.left < 0 || box.right > innerWidth) }).length";
        assert_eq!(browser.ask(cut).await, 0, "labels are cut at {width}");
        papers.push(browser.ask("getComputedStyle(document.body).backgroundColor").await);
    }
    assert_ne!(papers[0], papers[1]);
    assert_eq!(papers[1], papers[2]);
}

/// The search hint fits at 1280 px, and a diagram is as wide as what is around it.
async fn nothing_is_clipped(browser: &Browser, page: &Path) {
    browser.resize(1280, 800).await;
    browser.open(page, WRONG).await;
    let hint = "(() => { const field = document.querySelector('#target-1 .search input'); \
                const pen = document.createElement('canvas').getContext('2d'); \
                const style = getComputedStyle(field); pen.font = style.font; \
                const room = field.clientWidth - parseFloat(style.paddingLeft) * 2; \
                return pen.measureText(field.placeholder).width <= room })()";
    assert_eq!(browser.ask(hint).await, true);
    let empty = "(() => { const width = css => document.querySelector('.case[open] ' + css).clientWidth; \
                 return width('.flow') - width('.diagram') })()";
    assert_eq!(browser.ask(empty).await, 0, "an empty strip beside the diagram");
}

/// On a telephone, every client of an audit and every verdict of a matrix is on the screen.
async fn telephones(browser: &Browser, folder: &TempDir) {
    let authspec = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_authspec"));
        command.args(args).current_dir(folder.path()).output().unwrap()
    };
    authspec(&[
        "audit",
        "--agent",
        "forms",
        "--allow",
        "implicit",
        "--format",
        "html",
        "--output",
        "audit.html",
    ]);
    authspec(&[
        "report",
        "matrix",
        "broken",
        "sound",
        "--format",
        "html",
        "--output",
        "matrix.html",
    ]);
    for page in ["audit.html", "matrix.html"] {
        for width in [390, 1280] {
            browser.resize(width, 844).await;
            browser.open(&folder.path().join(page), "").await;
            let wide = browser.ask("document.documentElement.scrollWidth").await.as_u64().unwrap();
            assert!(wide <= u64::from(width), "{page}: {wide} of {width}");
            let off = "[...document.querySelectorAll('td, th, li, p, h4')].filter(it => { \
                       const box = it.getBoundingClientRect(); \
                       return box.width && (box.left < 0 || box.right > innerWidth) }).length";
            assert_eq!(browser.ask(off).await, 0, "{page}: off the screen at {width}");
            let cells = browser.count("td.cell").await;
            assert!(cells > 30, "{page}: {cells} answers are seen at {width}");
        }
    }
}

/// All but search and the buttons that copy.
async fn without_scripts(browser: &Browser, page: &Path) {
    browser.cdp("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    browser.open(page, "").await;
    assert_eq!(browser.count(".search").await, 0);
    let failed = browser.count(".case.fail").await;
    browser.click("label.tile.fail").await;
    assert_eq!(browser.count(".case.fail").await, 0);
    browser.click("label.tile.fail").await;
    assert_eq!(browser.count(".case.fail").await, failed);
    browser.open(page, WRONG).await;
    assert_eq!(browser.count(".case.fail[open] .advice").await, 1);
    assert_eq!(browser.count(".copy").await, 0);
    browser.click(".case[open] .rows li:last-child a").await;
    assert_eq!(browser.count(".case[open] .exchange[open] .wire").await, 1);
}
