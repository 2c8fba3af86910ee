//! What a page may do by itself, without a click, and what it hands over to anyone who reads it.

use std::collections::BTreeSet;

use scraper::{ElementRef, Node};
use url::Url;

use super::controls::{form_of, selector};
use super::origins::Origins;
use super::page::Page;
use super::submission::Submission;
use super::visit::VisitRequest;
use crate::oauth::names::STATE;
use crate::oauth::response::ResponseMode;
use crate::oauth::{AuthorizationResponse, Params};
use crate::wire::Answer;

/// Elements that contain documents, which may have their own scripts.
const FRAMES: &[&str] = &["iframe", "frame", "object", "embed", "applet", "portal", "fencedframe"];

/// Attributes with addresses that a browser loads by itself; `href` except on links.
const LOADING: &[&str] =
    &["src", "srcset", "imagesrcset", "href", "data", "poster", "background", "manifest"];

/// Media types in which a browser runs nothing, whatever the content.
const PASSIVE: &[&str] = &["application/json", "application/problem+json", "text/plain"];

impl Page {
    /// Why the source alone does not tell what the page does: it may act by itself, which only a
    /// browser can show.
    pub(super) fn acts(&self) -> Option<&'static str> {
        if self.html.select(&selector("meta[http-equiv=refresh i][content]")).nth(1).is_some() {
            return Some("a page that goes on in two ways");
        }
        self.html.select(&selector("*")).find_map(|element| {
            let (element, name) = (element.value(), element.value().name());
            if name == "script" && runs(element.attr("type").unwrap_or_default())
                || element.attrs().any(|(name, _)| name.starts_with("on"))
            {
                return Some("a page with scripts");
            }
            FRAMES.contains(&name).then_some("a page with other documents in it")
        })
    }

    /// What the page at `base` hands over that only a client may receive, or loads from an address
    /// that nothing may be sent to.
    pub(super) fn hands_over(
        &self,
        base: &Url,
        visit_request: &VisitRequest,
        server: &Origins,
    ) -> Option<AuthorizationResponse> {
        let base = &self.base(base);
        let read =
            |link: &String| Some(AuthorizationResponse::read(base.join(link).ok()?.as_str()));
        let link = self.links().iter().filter_map(read).find(|it| visit_request.is_granted_by(it));
        link.or_else(|| self.forms(base).find(|form| visit_request.is_handed_over(form, server)))
            .or_else(|| {
                let loads = self.loads();
                let loaded = loads.iter().filter_map(|link| base.join(link).ok());
                let mut loaded = loaded.map(|url| AuthorizationResponse::read(url.as_str()));
                loaded.find(|it| visit_request.is_loaded(it, server))
            })
            .or_else(|| self.texts().find_map(|text| granted_in(text, visit_request)))
    }

    /// The base of relative addresses.
    fn base(&self, page: &Url) -> Url {
        let base = self.html.select(&selector("base[href]")).next();
        let base = base.and_then(|base| page.join(base.value().attr("href")?).ok());
        base.unwrap_or_else(|| page.clone())
    }

    /// What each form would send in its current state.
    fn forms(&self, base: &Url) -> impl Iterator<Item = AuthorizationResponse> {
        let controls = self.controls();
        let base = base.clone();
        let forms = self.html.select(&selector("form")).collect::<Vec<_>>().into_iter();
        forms.filter_map(move |form| {
            let element = form.value();
            let url = base.join(element.attr("action").unwrap_or_default()).ok()?;
            let own = controls.iter().enumerate();
            let own = own.filter(|(_, it)| form_of(it).map(|it| it.id()) == Some(form.id()));
            let post = element.attr("method").is_some_and(|it| it.eq_ignore_ascii_case("post"));
            let mut response = AuthorizationResponse::read(url.as_str());
            let fields = Submission::as_it_is(post, url, own).fields;
            let all = response.params.iter().chain(fields.iter());
            response.params = all.collect::<Params>();
            response.mode = if post { ResponseMode::FormPost } else { ResponseMode::Query };
            Some(response.opened())
        })
    }

    /// The addresses that a browser loads by itself when it shows the page.
    fn loads(&self) -> Vec<String> {
        let mut loads = Vec::new();
        for element in self.html.select(&selector("*")) {
            let is_link = matches!(element.value().name(), "a" | "area" | "base");
            for (name, value) in element.value().attrs() {
                match name {
                    "style" => loads.extend(styled(value)),
                    "href" if is_link => {}
                    "srcset" | "imagesrcset" => {
                        let sources =
                            value.split(',').filter_map(|it| it.split_whitespace().next());
                        loads.extend(sources.map(str::to_owned));
                    }
                    name if LOADING.contains(&name) => loads.push(value.to_owned()),
                    _ => {}
                }
            }
            if element.value().name() == "style" {
                loads.extend(element.text().flat_map(styled));
            }
        }
        loads
    }

    /// All text in the page: attribute values, text, scripts and comments.
    fn texts(&self) -> impl Iterator<Item = &str> {
        self.html.tree.nodes().flat_map(|node| match node.value() {
            Node::Text(text) => vec![&**text],
            Node::Comment(comment) => vec![&**comment],
            Node::Element(_) => {
                let element = ElementRef::wrap(node);
                element.into_iter().flat_map(|it| it.value().attrs().map(|it| it.1)).collect()
            }
            _ => Vec::new(),
        })
    }
}

/// What an answer that is not a page hands over, and why it must be shown in a browser
/// nevertheless.
pub(super) fn handed_over(
    answer: &Answer,
    visit_request: &VisitRequest,
) -> Option<AuthorizationResponse> {
    let state = visit_request.request.params().get(STATE).filter(|state| !state.is_empty());
    let granted = || granted_in(&answer.body, visit_request);
    let json = answer.json().filter(|json| {
        // Some servers call the kind of an error its code.
        let token = |name| json.get(name).and_then(|it| it.as_str()).is_some_and(|it| it.len() > 7);
        let is_ours = state.is_some() && json.get(STATE).and_then(|it| it.as_str()) == state;
        token("access_token") || token("id_token") || is_ours && token("code")
    });
    let members = json.map(|json| {
        let text = |(name, value): (&String, &serde_json::Value)| {
            Some((name.clone(), value.as_str()?.to_owned()))
        };
        let uri = visit_request.request.endpoint.clone();
        let params = json.iter().filter_map(text).collect::<Params>();
        AuthorizationResponse { uri, mode: ResponseMode::Query, params, astray: Params::default() }
    });
    members.or_else(granted)
}

/// Whether a browser may run something in an answer that is not HTML.
pub(super) fn may_act(answer: &Answer) -> bool {
    let kind = answer.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    !PASSIVE.contains(&kind) && !kind.ends_with("+json") && answer.body.contains('<')
}

/// Whether a script of this type is run, rather than being data.
fn runs(kind: &str) -> bool {
    let kind = kind.trim().to_ascii_lowercase();
    let run = ["javascript", "ecmascript", "jscript", "livescript"];
    matches!(kind.as_str(), "" | "module" | "importmap" | "speculationrules")
        || run.iter().any(|name| kind.contains(name))
}

/// The addresses in a style.
fn styled(style: &str) -> Vec<String> {
    let inside = |rest: &str| {
        let end = rest.find([')', ';', '}']).unwrap_or(rest.len());
        rest[..end].trim().trim_matches(['"', '\'']).trim().to_owned()
    };
    let urls = style.split("url(").skip(1).map(inside);
    let imports = style.split("@import").skip(1).map(inside);
    urls.chain(imports).filter(|url| !url.is_empty()).collect()
}

/// An answer to our request anywhere in a text, as an address or as its end.
fn granted_in(text: &str, visit_request: &VisitRequest) -> Option<AuthorizationResponse> {
    let params = visit_request.request.params();
    let state = params.get(STATE).filter(|state| state.len() >= 8)?;
    if !text.contains(state) {
        return None;
    }
    let text = text.replace("\\u0026", "&").replace("\\x26", "&").replace("\\/", "/");
    let ends = |c: char| c.is_whitespace() || "\"'`<>()[]{},;".contains(c) || c.is_control();
    let words: BTreeSet<&str> = text.split(ends).filter(|word| word.contains(state)).collect();
    words.into_iter().map(AuthorizationResponse::read).find(|it| visit_request.is_granted_by(it))
}
