//! `/sign-in/NAME` and back: the addresses of a sign-in at a provider, and of an authentication there for one signature.

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
use axum::extract::{Path, Query, State};
use axum::http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, COOKIE, LOCATION, SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sea_orm::DbErr;
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
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let lang = language(&uri, &headers);
    let actor = match signed_in(&app, &headers, lang).await {
        Ok(actor) => actor,
        Err(error) => return refusal(&Error::from(error), lang),
    };
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
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let lang = language(&uri, &headers);
    let actor = match signed_in(&app, &headers, lang).await {
        Ok(actor) => actor,
        Err(error) => return refusal(&Error::from(error), lang),
    };
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
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let lang = language(&uri, &headers);
    let actor = match signed_in(&app, &headers, lang).await {
        Ok(actor) => actor,
        Err(error) => return refusal(&Error::from(error), lang),
    };
    let user_agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned);
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

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn language(uri: &Uri, headers: &HeaderMap) -> Lang {
    Lang::from_request(uri.query(), text(headers, &COOKIE), text(headers, &ACCEPT_LANGUAGE)).unwrap_or_default()
}

/// Whoever is signed in in this browser: they link one more identity, or authenticate for a signature.
async fn signed_in(app: &App, headers: &HeaderMap, lang: Lang) -> Result<Actor, DbErr> {
    let secret = text(headers, &COOKIE).and_then(|line| cookie::find(&app.config, line));
    let actor = match secret {
        Some(secret) => actor_by_session(app, secret, Some(lang)).await?,
        None => None,
    };
    Ok(actor.unwrap_or_else(|| Actor::anonymous(lang)))
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
