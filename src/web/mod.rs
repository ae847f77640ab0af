//! The pages: the whole main job in a browser, in Korean and English, with or without JavaScript.
//!
//! Every area has a file with its handlers beside a folder with its templates. A handler reads the address or the form,
//! calls queries and runs commands, and shows a template; it decides nothing. Around all of them lies one layer
//! ([`visitor_layer`]) that knows the visitor, writes refusals as pages and sets the headers that keep a page safe.
//!
//! - [`visitor`], [`texts`]: who looks, in which language · [`frame`], [`assets`]: what every page has around it
//! - [`forms`], [`origin`], [`links`]: what is posted, and that a page of ours posted it · [`page_error`]: refusals
//! - [`basket`]: what somebody put aside to request

mod account;
mod admin;
mod agreements;
mod assets;
mod basket;
mod basket_page;
mod catalogue;
mod desk;
mod diseases;
mod display;
mod forms;
mod frame;
mod home;
mod links;
mod openid;
mod origin;
mod page_error;
mod registration;
mod requests;
mod section_nav;
mod shipments;
mod sign_in;
mod sitemap;
mod statistics;
mod stock;
mod texts;
mod use_check;
mod visitor;

use crate::accounts::cookie;
use crate::accounts::throttle::Throttle;
use crate::app::App;
use crate::characters::has_forbidden;
use crate::db::is_demo;
use crate::language::Lang;
use crate::response_cache::ResponseCache;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, SET_COOKIE, X_FRAME_OPTIONS};
use axum::http::{HeaderValue, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use page_error::PageError;
use percent_encoding::percent_decode_str;
use std::ops::Deref;
use std::sync::Arc;
use tokio::sync::OnceCell;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use visitor::Visitor;

/// What pages need of one running instance; cheap to clone.
#[derive(Clone)]
pub struct Web(Arc<WebState>);

/// See [`Web`].
pub struct WebState {
    /// The bank.
    pub app: App,
    /// Attempts to get in, shared with every other way in.
    pub throttle: Arc<Throttle>,
    /// Pages that are everybody's.
    pub response_cache: ResponseCache,
    /// Whether it is a demonstration; read before the first page.
    demo: OnceCell<bool>,
    /// Verifying the history, asked for by administrators.
    pub verification: admin::Verification,
    /// The emblem's drawing, if one is configured and readable.
    pub emblem: Option<String>,
}

impl Deref for Web {
    type Target = WebState;

    fn deref(&self) -> &WebState {
        &self.0
    }
}

impl Web {
    /// Pages of a bank. Whatever else lets people in shares the throttle, whatever else keeps responses shares the
    /// cache.
    pub fn new(app: App, throttle: Arc<Throttle>, response_cache: ResponseCache) -> Self {
        let emblem = app.config.site.emblem.as_ref().and_then(|file| {
            std::fs::read_to_string(file).inspect_err(|error| tracing::warn!(%error, "the emblem cannot be read")).ok()
        });
        Self(Arc::new(WebState {
            app,
            throttle,
            response_cache,
            demo: OnceCell::new(),
            verification: admin::Verification::default(),
            emblem,
        }))
    }
}

impl WebState {
    /// True for a demonstration.
    pub fn is_demo(&self) -> bool {
        self.demo.get().copied().unwrap_or_default()
    }
}

/// Scripts, styles, fonts and images come from here only; nothing inline, no frames, forms stay.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

/// All pages, and what they are made of.
pub fn router(web: Web) -> Router {
    let pages = Router::new()
        .merge(account::router())
        .merge(admin::router())
        .merge(agreements::router())
        .merge(basket_page::router())
        .merge(catalogue::router())
        .merge(desk::router())
        .merge(diseases::router())
        .merge(display::router())
        .merge(stock::router())
        .merge(home::router())
        .merge(openid::router())
        .merge(registration::router())
        .merge(requests::router())
        .merge(shipments::router())
        .merge(sign_in::router())
        .merge(sitemap::router())
        .merge(statistics::router())
        .merge(use_check::router())
        .fallback(async || PageError::NotFound)
        .method_not_allowed_fallback(async |v: Visitor| page_error::no_such_method(&v))
        .layer(CatchPanicLayer::custom(|_| PageError::Internal.into_response()))
        .layer(from_fn_with_state(web.clone(), visitor_layer))
        .layer(CompressionLayer::new().gzip(true));
    Router::new().merge(assets::router()).merge(pages.with_state(web))
}

/// Knows the visitor before the page, and writes refusals after it.
async fn visitor_layer(State(web): State<Web>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let kind_known = web.demo.get_or_try_init(|| is_demo(web.app.db.read())).await;
    let visitor = match (Visitor::of(&web, &parts).await, kind_known) {
        (Ok(visitor), Ok(_)) => visitor,
        // Without a database there is no frame either: one sentence has to do.
        (Err(error), _) | (_, Err(error)) => return page_error::unreadable(error, &parts.headers),
    };
    parts.extensions.insert(visitor.clone());
    let mut response = if has_forbidden_text(&parts.uri) {
        PageError::NotFound.into_response()
    } else {
        next.run(Request::from_parts(parts, body)).await
    };
    if let Some(error) = response.extensions_mut().remove::<PageError>() {
        response = error.page(&visitor);
    }
    protect(&mut response);
    remember_language(&visitor, &mut response);
    response
}

/// No link of ours leads to such an address, and no text of the bank is found by it.
fn has_forbidden_text(uri: &Uri) -> bool {
    let parts = [Some(uri.path()), uri.query()];
    parts.into_iter().flatten().any(|part| has_forbidden(&percent_decode_str(part).decode_utf8_lossy()))
}

fn protect(response: &mut Response) {
    let headers = response.headers_mut();
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    // Not `no-referrer`: browsers would then say `Origin: null` of our own forms.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(PERMISSIONS, HeaderValue::from_static("camera=(), microphone=(), geolocation=()"));
}

/// Whoever chose a language by its link keeps it on the pages that follow.
fn remember_language(v: &Visitor, response: &mut Response) {
    if Lang::from_request(Some(&v.query), None, None).is_some() {
        let secure = cookie::secure(&v.web.app.config);
        let cookie = format!("lang={}; Path=/; Max-Age=31536000; SameSite=Lax{secure}", v.t.tag());
        if let Ok(cookie) = cookie.parse() {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
}

/// `Set-Cookie` of a setting that is no secret and lasts a year.
fn setting_cookie(v: &Visitor, name: &str, value: &str) -> String {
    let secure = cookie::secure(&v.web.app.config);
    format!("{name}={value}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax{secure}")
}
