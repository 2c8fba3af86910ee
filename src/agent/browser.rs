//! A real browser that visits the authorization endpoint as the resource owner would.

use std::time::{Duration, Instant};

use tokio::sync::OwnedMutexGuard;
use tokio::time::timeout;

use super::authenticator::Authenticator;
use super::browser_options::BrowserOptions;
use super::browser_visit::{BrowserVisit, VISIT};
use super::cookie::Cookie;
use super::driver::{Driver, DriverKind};
use super::failed::Failed;
use super::network_log::NetworkLog;
use super::pictures::{Look, Pictures};
use super::progress::Progress;
use super::shows::{InertPage, Shows};
use super::visit::{AgentKind, Landing, Visit, VisitRequest};
use super::visit_context::VisitContext;
use super::webdriver::WebDriver;
use crate::oauth::AuthorizationResponse;
use crate::suite::Asked;
use crate::target::Passkey;
use crate::wire::Blocked;

/// How long a browser may exceed the time for a visit before it counts as hung.
const HUNG: Duration = Duration::from_secs(2);

/// For how long a Selenium hub is asked again.
const ASKING: Duration = Duration::from_secs(20);

/// How often a hub is asked for a browser. A hub that has not noticed that a node is gone may offer
/// it first.
const ATTEMPTS: u8 = 4;

/// A browser with one window, for one visit at a time.
#[derive(Debug)]
pub struct Browser {
    options: BrowserOptions,
    /// Chromium host resolver rules that lead it to its own listener.
    detours: Vec<String>,
    /// How many requests the last visit took, as far as they were seen.
    pub(super) requests: usize,
    /// Whether a page of the last visit sent anything by a script, as far as that was seen.
    pub(super) wrote: bool,
    /// Whether its last page was watched until it was certain not to act, and loaded nothing but
    /// files.
    pub(super) is_final: bool,
    /// The pictures of its pages.
    pictures: Pictures,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    // Dropped first, so that the driver is still running when the session is closed.
    browser: WebDriver,
    driver: Driver,
    /// Whether the window was sent to another program: Chromium may hide a dialog there.
    is_worn: bool,
    /// What the window shows, and showed when the last visit began.
    shows: Shows,
    showed: Shows,
}

impl Browser {
    /// Starts a driver and a browser, with the detours of the callback that listens for it.
    ///
    /// # Errors
    /// What is missing, or why the browser does not start.
    pub async fn start(options: &BrowserOptions, detours: &[String]) -> Result<Self, Blocked> {
        let running = Some(Running::start(options, detours).await?);
        Ok(Self {
            options: options.clone(),
            detours: detours.to_vec(),
            requests: 1,
            wrote: true,
            is_final: false,
            pictures: Pictures::default(),
            running,
        })
    }

    /// Visits the authorization endpoint: signs in and consents if the page asks for it, and
    /// returns where that ended. A broken browser is restarted by the next visit.
    pub async fn visit(
        &mut self,
        visit_request: &VisitRequest,
        context: VisitContext<'_>,
    ) -> Visit {
        let mut log = NetworkLog::default();
        let mut progress = Progress::new(context.settled);
        let landing = match self.running().await {
            Ok(running) => running.visit(visit_request, context, &mut log, &mut progress).await,
            Err(blocked) => Err(blocked),
        };
        let is_told = !matches!(landing, Ok(Landing::Callback(_) | Landing::Elsewhere(_)));
        let mut screenshot = None;
        if is_broken(&landing) {
            self.running = None;
        } else if is_told {
            let has_page = !progress.html.is_empty();
            let look = (landing.as_ref().is_ok_and(is_error_page) && has_page)
                .then(|| Look::of(&progress.html, visit_request));
            screenshot = self.picture(look, has_page).await;
        }
        if let (Ok(landing), Some(running), false) =
            (&landing, &mut self.running, self.options.headed)
        {
            running.leave(visit_request, landing, &log, progress.inert.take()).await;
        }
        let page = Some(&progress.html).filter(|html| is_told && !html.is_empty()).cloned();
        self.requests = log.requests().max(1);
        let tells = self.running.as_ref().filter(|it| it.browser.has_log());
        self.wrote = log.wrote() || tells.is_none();
        self.is_final = tells.is_some() && log.loads_only_files() && progress.is_seen();
        let referers = tells.map(|_| log.referers());
        let (exchanges, agent) = (log.exchanges(), AgentKind::Browser);
        let Progress { asked, clicked, shown, .. } = progress;
        Visit {
            exchanges,
            landing,
            agent,
            screenshot,
            page,
            asked,
            clicked,
            shown,
            referers,
            session: None,
        }
    }

    /// A picture of the page, taken earlier if it looked the same then.
    async fn picture(&mut self, look: Option<Look>, has_page: bool) -> Option<Vec<u8>> {
        if let Some(earlier) = look.and_then(|look| self.pictures.of(look)) {
            return Some(earlier);
        }
        let running = self.running.as_mut()?;
        if !has_page {
            running.leave_earlier().await.ok()?;
        }
        let picture = running.browser.screenshot().await?;
        if let Some(look) = look {
            self.pictures.keep(look, &picture);
        }
        Some(picture)
    }

    /// All cookies in the browser.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn cookies(&mut self) -> Result<Vec<Cookie>, Blocked> {
        let cookies = self.running().await?.browser.cookies().await.map_err(Blocked::from);
        self.let_go_if_broken(cookies)
    }

    /// Closes the browser and ends the driver.
    pub async fn stop(self) {
        if let Some(running) = self.running {
            running.browser.close().await;
            running.driver.stop().await;
        }
    }

    /// Takes the window back after something other than a visit: leaves its page with the frames, and passes on the result.
    pub(super) async fn take_back<T>(&mut self, done: Result<T, Blocked>) -> Result<T, Blocked> {
        if let (Some(running), false) = (&mut self.running, is_broken(&done)) {
            running.leave_page().await;
        }
        self.let_go_if_broken(done)
    }

    /// Passes on a result. After a failure of the browser, the next visit restarts it.
    fn let_go_if_broken<T>(&mut self, done: Result<T, Blocked>) -> Result<T, Blocked> {
        if is_broken(&done) {
            self.running = None;
        }
        done
    }

    /// The WebDriver session, once the window has left the last visit's page. Starts the browser if it is not running.
    pub(super) async fn driven(&mut self) -> Result<&WebDriver, Blocked> {
        let is_ready = self.running().await?.give_away().await.map_err(Blocked::from);
        self.let_go_if_broken(is_ready)?;
        Ok(&self.running().await?.browser)
    }

    /// Whether nobody watches the window, and its log has the whole address of each page with the fragment.
    pub(super) fn logs_fragments(&self) -> bool {
        !self.options.headed && self.running.as_ref().is_some_and(|it| it.browser.has_log())
    }

    async fn running(&mut self) -> Result<&mut Running, Blocked> {
        let running = match self.running.take() {
            Some(running) => running,
            None => Running::start(&self.options, &self.detours).await?,
        };
        Ok(self.running.insert(running))
    }
}

impl Running {
    async fn start(options: &BrowserOptions, detours: &[String]) -> Result<Self, Blocked> {
        let driver = Driver::start(options).await;
        let driver = driver.map_err(|missing| Blocked::Browser(missing.to_string()))?;
        let start = Instant::now();
        let mut attempts = if driver.kind == DriverKind::Remote { ATTEMPTS } else { 1 };
        let browser = loop {
            attempts -= 1;
            match WebDriver::open(&driver, options, detours).await {
                Err(_) if attempts > 0 && start.elapsed() < ASKING => {}
                opened => break opened.map_err(Blocked::Browser)?,
            }
        };
        Ok(Self {
            browser,
            driver,
            is_worn: false,
            shows: Shows::Anything,
            showed: Shows::Anything,
        })
    }

    async fn visit(
        &mut self,
        visit_request: &VisitRequest,
        context: VisitContext<'_>,
        log: &mut NetworkLog,
        progress: &mut Progress,
    ) -> Result<Landing, Blocked> {
        let shows = std::mem::take(&mut self.shows);
        self.showed = shows.before(visit_request.sent());
        if self.is_worn {
            self.browser.renew_window().await?;
            self.showed = Shows::Anything;
        }
        let Ready { passkey, authenticator, patience, _turn } = self.ready(visit_request).await?;
        let browser_visit = BrowserVisit::new(&self.browser, visit_request, context, log, progress);
        // If the driver answers, the page keeps the browser busy, and would again.
        let hung =
            || Err(Blocked::Browser(format!("a page keeps it busy for {} s", VISIT.as_secs())));
        let landing = match timeout(VISIT + HUNG + patience, browser_visit.make(&self.showed)).await
        {
            Ok(landing) => self.browser.failed_or_gone(landing).await,
            // If our driver is still there, so is its browser.
            Err(_) if self.driver.is_ours() && self.driver.answers().await => hung(),
            Err(_) => self.browser.failed_or_gone(hung()).await,
        };
        if let Some((authenticator, passkey)) = authenticator.zip(passkey) {
            let is_used = authenticator.remove(&self.browser, passkey).await;
            progress.asked.extend(is_used.then_some(Asked::SignIn));
        }
        self.is_worn = match &landing {
            Ok(Landing::Callback(response) | Landing::Elsewhere(response)) => !is_web(response),
            _ => false,
        };
        landing
    }

    /// Leaves the page after a visit, so that its scripts do not go on, and so that the next visit need not wait for that. A
    /// page that does nothing may stay, and so may one that ends a session, which may still be telling clients in frames.
    async fn leave(
        &mut self,
        visit_request: &VisitRequest,
        landing: &Landing,
        log: &NetworkLog,
        inert: Option<InertPage>,
    ) {
        if self.is_worn || !self.browser.has_log() {
            return;
        }
        let showed = std::mem::take(&mut self.showed);
        match showed.after(visit_request.sent(), landing, inert, log) {
            Some(shows) => self.shows = shows,
            None if is_error_page(landing) && visit_request.has_own_session => {}
            None => self.leave_page().await,
        }
    }

    /// Gets the window ready for something other than a visit.
    async fn give_away(&mut self) -> Result<(), Failed> {
        match std::mem::take(&mut self.shows) {
            Shows::Blank => {}
            _ if !self.browser.has_log() => {}
            Shows::Leaving => self.browser.wait_for_blank(VISIT).await?,
            Shows::Anything | Shows::Inert(_) => self.show_nothing().await?,
        }
        self.shows = Shows::Anything;
        Ok(())
    }

    /// Makes sure that the window does not show the page of an earlier visit as the last one's.
    async fn leave_earlier(&mut self) -> Result<(), Failed> {
        let Some(page) = self.showed.inert() else { return Ok(()) };
        let shown = self.browser.read("return performance.timeOrigin").await?;
        if shown == page.document { self.show_nothing().await } else { Ok(()) }
    }

    async fn show_nothing(&mut self) -> Result<(), Failed> {
        self.leave_page().await;
        self.browser.wait_for_blank(VISIT).await
    }

    async fn leave_page(&mut self) {
        if self.browser.go("about:blank").await.is_ok() && self.browser.has_log() {
            self.shows = Shows::Leaving;
        }
    }
}

/// What a visit needs for pages that ask for more than a password.
struct Ready<'a> {
    passkey: Option<&'a Passkey>,
    authenticator: Option<Authenticator>,
    /// How long it may wait for one-time codes.
    patience: Duration,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl Running {
    /// Adds the passkeys of the user to the browser. No other visit can use them meanwhile.
    async fn ready<'a>(&self, visit_request: &'a VisitRequest) -> Result<Ready<'a>, Blocked> {
        let user = &visit_request.user;
        let patience = user.otp.as_ref().map(|otp| otp.period() * 2).unwrap_or_default();
        let Some(passkey) = &user.passkey else {
            return Ok(Ready { passkey: None, authenticator: None, patience, _turn: None });
        };
        let turn = passkey.turn().await;
        let authenticator = match Authenticator::add(&self.browser, passkey).await {
            Ok(authenticator) => authenticator,
            Err(failed) if failed.is_fatal() => return Err(failed.into()),
            Err(_) => {
                return Err(Blocked::TargetLacks {
                    why: format!("the browser does not accept the passkey of {}", user.name),
                    advice: "check that its `privateKey` is an ECDSA key on the curve P-256, and \
                             its `rpId` a domain; or use Chromium, whose driver supports virtual \
                             authenticators"
                        .to_owned(),
                });
            }
        };
        let (passkey, authenticator, turn) = (Some(passkey), Some(authenticator), Some(turn));
        Ok(Ready { passkey, authenticator, patience, _turn: turn })
    }
}

fn is_broken<T>(done: &Result<T, Blocked>) -> bool {
    matches!(done, Err(Blocked::Browser(_) | Blocked::BrowserLost(_)))
}

fn is_error_page(landing: &Landing) -> bool {
    matches!(landing, Landing::ErrorPage { .. })
}

fn is_web(response: &AuthorizationResponse) -> bool {
    response.uri.starts_with("http:") || response.uri.starts_with("https:")
}
