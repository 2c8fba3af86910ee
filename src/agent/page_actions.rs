//! Typing, ticking and clicking as a person would, or by script if the page does not allow that.

use fantoccini::elements::Element;
use fantoccini::key::Key;
use serde_json::{Value, json};

use super::action::Action;
use super::controls::CONTROLS;
use super::failed::Failed;
use super::webdriver::WebDriver;

/// Sets a field as typing would, with the events for listeners.
const FILL: &str = "
    const [field, text] = arguments;
    field.value = text;
    for (const name of ['input', 'change']) field.dispatchEvent(new Event(name, { bubbles: true }));
";

const CLICK: &str = "arguments[0].click();";

/// Ticks boxes and clicks a button, by number.
const PRESS: &str = "
    const [css, boxes, button] = arguments;
    const controls = document.querySelectorAll(css);
    for (const box of boxes) if (!controls[box].checked) controls[box].click();
    controls[button].click();
";

/// Submits the form around a field, or the first one; false if there is none.
const SEND: &str = "
    const form = arguments[0]?.form ?? document.forms[0];
    form?.requestSubmit();
    return Boolean(form);
";

/// Does what the page asks for. If the page changes meanwhile, stops, so that it can be checked
/// again.
///
/// A page that has no scripts cannot tell how it was clicked, which is quicker by script then.
pub(super) async fn act(
    browser: &WebDriver,
    action: &Action,
    is_inert: bool,
) -> Result<(), Failed> {
    let acted = match action.click.filter(|_| is_inert && action.fill.is_empty()) {
        Some(button) => press(browser, action, button).await,
        None => try_to_act(browser, action).await,
    };
    match acted {
        Err(failed) if failed.is_fatal() => Err(failed),
        _ => Ok(()),
    }
}

async fn press(browser: &WebDriver, action: &Action, button: usize) -> Result<(), Failed> {
    let arguments = vec![json!(CONTROLS), json!(action.check), json!(button)];
    let is_pressed = browser.run_by_user(PRESS, arguments).await?;
    if is_pressed { Ok(()) } else { try_to_act(browser, action).await }
}

async fn try_to_act(browser: &WebDriver, action: &Action) -> Result<(), Failed> {
    let controls = browser.elements(CONTROLS).await?;
    for (number, text) in &action.fill {
        if let Some(field) = controls.get(*number) {
            fill(browser, field, text).await?;
        }
    }
    for control in action.check.iter().filter_map(|number| controls.get(*number)) {
        if !control.is_selected().await? {
            click(browser, control).await?;
        }
    }
    if let Some(button) = action.click.and_then(|number| controls.get(number)) {
        return click(browser, button).await;
    }
    let field = action.fill.last().and_then(|(number, _)| controls.get(*number));
    let is_sent = browser.execute(SEND, vec![json!(field)]).await?;
    match field {
        Some(field) if is_sent == Value::Bool(false) => {
            Ok(field.send_keys(&Key::Enter.to_string()).await?)
        }
        _ => Ok(()),
    }
}

async fn fill(browser: &WebDriver, field: &Element, text: &str) -> Result<(), Failed> {
    let typed = async {
        field.clear().await?;
        field.send_keys(text).await
    };
    match typed.await.map_err(Failed::from) {
        Err(failed) if failed.is_refused() => {
            browser.execute(FILL, vec![json!(field), json!(text)]).await.map(drop)
        }
        typed => typed,
    }
}

async fn click(browser: &WebDriver, control: &Element) -> Result<(), Failed> {
    match control.click().await.map_err(Failed::from) {
        Err(failed) if failed.is_refused() => {
            browser.execute(CLICK, vec![json!(control)]).await.map(drop)
        }
        clicked => clicked,
    }
}
