//! `/sign-in/NAME` and back: the addresses of a sign-in at a provider, and of an authentication there for one signature.

use super::origin::text;
use crate::accounts::cookie;
use crate::accounts::openid::Error;
use crate::accounts::operations::openid::{Arrived, Return, begin, finish};
use crate::accounts::queries::actor_by_session;
use crate::actor::Actor;
use crate::agreements::model::signature::Party;
use crate::app::App;
use crate::error::Fault;
use crate::id::AgreementId;
use crate::language::Lang;
use crate::requests;
use crate::requests::operations::{AtProvider, authenticate_to_sign};
use axum::Router;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, COOKIE, LOCATION, SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

/// The cookie that ties a sign-in to the browser in which it was begun.
const STATE: &str = "stembank_openid";
/// Seconds it lives.
const STATE_SECONDS: u32 = 600;

/// The way to a provider and back.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/sign-in/{provider}", get(leave))
        .route("/sign-in/{provider}/signature", get(leave_to_sign))
        .route("/sign-in/{provider}/callback", get(come_back))
        .with_state(app)
}

#[derive(Deserialize)]
struct Wish {
    return_to: Option<String>,
}

async fn leave(
    State(app): State<App>,
    Path(provider): Path<String>,
    Query(wish): Query<Wish>,
    Comer { lang, actor }: Comer,
) -> Response {
    match begin(&app, &actor, &provider, wish.return_to.as_deref()).await {
        Ok(leaving) => redirect(&leaving.address, [state_cookie(&app, &leaving.state, STATE_SECONDS)]),
        Err(error) => refusal(&logged(error), lang),
    }
}

/// What somebody wants to sign, named as in `signAgreement`.
#[derive(Deserialize)]
struct ToSign {
    agreement: String,
    party: String,
    #[serde(rename = "documentHash")]
    document_hash: String,
    return_to: Option<String>,
}

/// Begins an authentication for one signature. The way back ends at `return_to#proof=PROOF`: what stands after `#` leaves
/// the browser in no request and no log.
async fn leave_to_sign(
    State(app): State<App>,
    Path(provider): Path<String>,
    Query(wish): Query<ToSign>,
    Comer { lang, actor }: Comer,
) -> Response {
    let agreement = AgreementId::from_global(&wish.agreement);
    let (Some(agreement), Some(party)) = (agreement, Party::from_name(&wish.party)) else {
        return refusal(&requests::Error::NoSuchAgreement, lang);
    };
    let ToSign { document_hash, return_to, .. } = wish;
    let wish = AtProvider { provider, agreement, party, document_hash, return_to };
    match authenticate_to_sign(&app, &actor, wish).await {
        Ok(leaving) => redirect(&leaving.address, [state_cookie(&app, &leaving.state, STATE_SECONDS)]),
        Err(requests::Error::Provider(error)) => refusal(&logged(error), lang),
        Err(error) => refusal(&error, lang),
    }
}

#[derive(Deserialize)]
struct Brought {
    state: Option<String>,
    code: Option<String>,
}

async fn come_back(
    State(app): State<App>,
    Path(provider): Path<String>,
    Query(brought): Query<Brought>,
    headers: HeaderMap,
    Comer { lang, actor }: Comer,
) -> Response {
    let user_agent = text(&headers, &USER_AGENT).map(str::to_owned);
    let state_of_browser = text(&headers, &COOKIE).and_then(|line| cookie::named(STATE, line));
    let back = Return {
        provider,
        state: brought.state.unwrap_or_default(),
        state_of_browser: state_of_browser.unwrap_or_default().to_owned(),
        code: brought.code,
        user_agent,
    };
    let forget = state_cookie(&app, "", 0);
    match finish(&app, &actor, back).await {
        Ok(Arrived::SignedIn(session, to)) => redirect(&to, [forget, cookie::set(&app.config, &session.secret)]),
        Ok(Arrived::Linked(to)) => redirect(&to, [forget]),
        Ok(Arrived::Proved(proof, to)) => {
            let page = to.split('#').next().unwrap_or_default();
            redirect(&format!("{page}#proof={}", proof.0), [forget])
        }
        Err(error) => refusal(&logged(error), lang),
    }
}

/// Whoever is before this browser: nobody known, or somebody signed in who links one more identity or authenticates for a
/// signature.
struct Comer {
    lang: Lang,
    actor: Actor,
}

impl FromRequestParts<App> for Comer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let cookies = text(&parts.headers, &COOKIE);
        let accepted = text(&parts.headers, &ACCEPT_LANGUAGE);
        let lang = Lang::from_request(parts.uri.query(), cookies, accepted).unwrap_or_default();
        let found = match cookies.and_then(|line| cookie::find(&app.config, line)) {
            Some(secret) => actor_by_session(app, secret, Some(lang)).await,
            None => Ok(None),
        };
        let actor = found.map_err(|error| refusal(&Error::from(error), lang))?;
        Ok(Self { lang, actor: actor.unwrap_or_else(|| Actor::anonymous(lang)) })
    }
}

fn state_cookie(app: &App, state: &str, seconds: u32) -> String {
    let secure = if cookie::is_secure(&app.config) { "; Secure" } else { "" };
    // Lax: the way back from the provider is a navigation that another site began.
    format!("{STATE}={state}; Path=/sign-in; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
}

fn redirect<const N: usize>(address: &str, cookies: [String; N]) -> Response {
    let mut response = (StatusCode::SEE_OTHER, [(LOCATION, address), (CACHE_CONTROL, "no-store")]).into_response();
    for cookie in cookies {
        if let Ok(value) = cookie.parse() {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }
    response
}

/// One sentence in the reader's language.
fn refusal(error: &impl Fault, lang: Lang) -> Response {
    let status = super::stop::status(error.describe().kind);
    (status, [(CACHE_CONTROL, "no-store")], format!("{}\n", error.say(lang))).into_response()
}

/// The log has what the person is not told.
fn logged(error: Error) -> Error {
    if let Error::Provider { id, cause } = &error {
        tracing::warn!(provider = id, cause, "a sign-in provider failed");
    }
    error
}
