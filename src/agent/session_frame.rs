//! The server's frame that says whether a session has changed (OpenID.Session §3.2), asked by a page of
//! the client.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use url::Url;

use super::browser::Browser;
use super::session::Session;
use super::session_question::SessionQuestion;
use super::webdriver::WebDriver;
use crate::wire::Blocked;

/// How long the frame may take to load and to answer.
const PATIENCE: Duration = Duration::from_secs(8);

/// The polling interval: nothing tells when the frame has answered.
const LOOK: Duration = Duration::from_millis(20);

/// Loads the frame, and asks it until it answers, as clients do.
const ASK: &str = "
    const [src, message] = arguments;
    const origin = new URL(src).origin;
    window.authspecAnswers = [];
    window.addEventListener('message', event => {
        const isRead = event.origin === origin && window.authspecAnswers.length < 100;
        if (isRead) { window.authspecAnswers.push(String(event.data).slice(0, 1000)); }
    });
    const frame = document.createElement('iframe');
    frame.onload = () => {
        const ask = () => frame.contentWindow.postMessage(message, origin);
        ask();
        setInterval(ask, 250);
    };
    frame.src = src;
    document.body.append(frame);
";

const ANSWERS: &str = "return window.authspecAnswers || []";

/// The address of the document, once it has a body.
const READY: &str = "return document.body ? document.URL : null";

/// What the frame can answer (OpenID.Session §3.1).
const KNOWN: [&str; 3] = ["unchanged", "changed", "error"];

impl Browser {
    /// Loads the frame in a page of the client in this session, and asks it. Returns its answer, or
    /// `None` if there was none in time.
    ///
    /// # Errors
    /// When the page does not load, or the browser fails.
    pub async fn ask(
        &mut self,
        question: &SessionQuestion,
        session: &Session,
    ) -> Result<Option<String>, Blocked> {
        let browser = self.driven().await?;
        let asked = browser.failed_or_gone(ask(browser, question, session).await).await;
        self.take_back(asked).await
    }
}

async fn ask(
    browser: &WebDriver,
    question: &SessionQuestion,
    session: &Session,
) -> Result<Option<String>, Blocked> {
    if !is_of_one_site(&question.page, &question.frame) {
        let why = "the client's page is at another site than the server, whose frame need not see \
                   its cookies there (OpenID.Session §5.1)";
        return Err(Blocked::Unseen(why.to_owned()));
    }
    browser.set_cookies(&session.cookies()).await?;
    browser.go(&question.page).await?;
    let start = Instant::now();
    while browser.read(READY).await? != question.page.as_str() {
        if start.elapsed() > PATIENCE {
            return Err(Blocked::Unseen("the page around the frame did not load".to_owned()));
        }
        sleep(LOOK).await;
    }
    browser.run(ASK, vec![json!(question.frame), json!(question.message)]).await?;
    answer(browser).await
}

/// The first answer that is one, or the first of all if there is none in time.
async fn answer(browser: &WebDriver) -> Result<Option<String>, Blocked> {
    let start = Instant::now();
    let mut first = None;
    while start.elapsed() < PATIENCE {
        let Value::Array(answers) = browser.read(ANSWERS).await? else { continue };
        let mut answers = answers.into_iter().filter_map(|it| it.as_str().map(str::to_owned));
        first = first.or(answers.next());
        let known = first.iter().cloned().chain(answers);
        if let Some(known) = known.into_iter().find(|it| KNOWN.contains(&it.as_str())) {
            return Ok(Some(known));
        }
        sleep(LOOK).await;
    }
    Ok(first)
}

/// Whether browsers count the two addresses to one site for sure: the same scheme and host.
fn is_of_one_site(page: &str, frame: &str) -> bool {
    let site = |url: &str| {
        let url = Url::parse(url).ok()?;
        Some((url.scheme().to_owned(), url.host_str()?.to_owned()))
    };
    site(page).is_some_and(|page| site(frame) == Some(page))
}
