//! `/sign-in/NAME` and back: the addresses of a sign-in at a provider, and of an authentication there for one
//! signature.

use super::Web;
use super::frame::{PageResult, go};
use super::origin::text;
use super::section_nav::query_params;
use super::sign_in::lacks_factor;
use super::visitor::Visitor;
use crate::accounts::commands::openid::ProviderChoice;
use crate::accounts::commands::{Callback, CallbackOutcome};
use crate::accounts::cookie;
use crate::accounts::openid::Error;
use crate::accounts::passwords::Password;
use crate::agreements::Party;
use crate::id::AgreementId;
use crate::requests;
use crate::requests::commands::{AtProvider, authenticate_to_sign};
use axum::Router;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::response::Response;
use axum::routing::get;

/// The cookie that ties a sign-in to the browser in which it was begun.
const STATE: &str = "stembank_openid";
/// Seconds it lives.
pub(super) const STATE_SECONDS: u32 = 600;
/// The cookie that carries the proof of an authentication to the page of an agreement.
const PROOF: &str = "stembank_proof";
/// Seconds it lives: as long as the proof.
const PROOF_SECONDS: u32 = 300;

/// The way to a provider and back.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/sign-in/{provider}", get(leave))
        .route("/sign-in/{provider}/signature", get(leave_to_sign))
        .route("/sign-in/{provider}/callback", get(come_back))
}

/// The proof with which a browser came back from a provider.
pub fn proof(headers: &HeaderMap) -> Option<Password> {
    let brought = text(headers, &COOKIE).and_then(|line| cookie::named(PROOF, line));
    brought.filter(|proof| !proof.is_empty()).map(|proof| Password(proof.to_owned()))
}

/// `Set-Cookie` that makes the browser forget a proof that was used.
pub fn clear_proof_cookie(v: &Visitor) -> String {
    short_cookie(v, PROOF, "/requests", "", 0)
}

/// Whoever is signed in already links an identity on a page of their own, which no link of others begins.
async fn leave(v: Visitor, Path(provider): Path<String>) -> PageResult {
    if !v.actor.is_anonymous() {
        return Ok(go("/account/identities"));
    }
    let params = query_params(&v);
    let choice = ProviderChoice { provider, return_to: params.filled("return_to").map(str::to_owned) };
    let redirect_to = v.web.app.run_prepared(&v.actor, choice).await.map_err(logged)?;
    Ok(redirect(&redirect_to.address, [state_cookie(&v, &redirect_to.state, STATE_SECONDS)]))
}

/// Begins an authentication for one signature; what is to be signed is named as in `signAgreement`. The way back to the
/// page of an agreement brings the proof in a cookie. Any other ends at `return_to#proof=PROOF`: what stands after `#`
/// leaves the browser in no request and no log.
async fn leave_to_sign(v: Visitor, Path(provider): Path<String>) -> PageResult {
    let params = query_params(&v);
    let agreement = AgreementId::from_global(params.get("agreement"));
    let (Some(agreement), Some(party)) = (agreement, Party::from_name(params.get("party"))) else {
        return Err(requests::Error::NoSuchAgreement.into());
    };
    let document_hash = params.get("documentHash").to_owned();
    let return_to = params.filled("return_to").map(str::to_owned);
    let wish = AtProvider { provider, agreement, party, document_hash, return_to };
    let at_provider = authenticate_to_sign(&v.web.app, &v.actor, wish).await?;
    let redirect_to = v.web.app.run_prepared(&v.actor, at_provider).await.map_err(logged)?;
    Ok(redirect(&redirect_to.address, [state_cookie(&v, &redirect_to.state, STATE_SECONDS)]))
}

async fn come_back(v: Visitor, Path(provider): Path<String>, headers: HeaderMap) -> PageResult {
    let params = query_params(&v);
    let state_of_browser = text(&headers, &COOKIE).and_then(|line| cookie::named(STATE, line));
    let back = Callback {
        provider,
        state: params.get("state").to_owned(),
        state_of_browser: state_of_browser.unwrap_or_default().to_owned(),
        code: params.filled("code").map(str::to_owned),
        user_agent: v.client.user_agent.clone(),
    };
    let expired_cookie = state_cookie(&v, "", 0);
    match v.web.app.run_prepared(&v.actor, back).await.map_err(logged)? {
        CallbackOutcome::SignedIn(session, to) => {
            let to = if lacks_factor(&v, &session.secret).await { "/account/second-factor" } else { &to };
            Ok(redirect(to, [expired_cookie, cookie::set(&v.web.app.config, &session.secret)]))
        }
        CallbackOutcome::Linked(to) => Ok(redirect(&to, [expired_cookie])),
        CallbackOutcome::Proved(proof, to) => {
            let page = to.split('#').next().unwrap_or_default();
            if page.starts_with("/requests/") {
                let proof = short_cookie(&v, PROOF, "/requests", &proof.0, PROOF_SECONDS);
                return Ok(redirect(page, [expired_cookie, proof]));
            }
            Ok(redirect(&format!("{page}#proof={}", proof.0), [expired_cookie]))
        }
    }
}

pub(super) fn state_cookie(v: &Visitor, state: &str, seconds: u32) -> String {
    short_cookie(v, STATE, "/sign-in", state, seconds)
}

/// Lax: the way back from the provider is a navigation that another site began.
fn short_cookie(v: &Visitor, name: &str, path: &str, value: &str, seconds: u32) -> String {
    let secure = cookie::secure(&v.web.app.config);
    format!("{name}={value}; Path={path}; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
}

fn redirect<const N: usize>(address: &str, cookies: [String; N]) -> Response {
    let mut response = go(address);
    for cookie in cookies {
        if let Ok(value) = cookie.parse() {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }
    response
}

/// The log has what the person is not told.
fn logged(error: Error) -> Error {
    if let Error::Provider { id, cause } = &error {
        tracing::warn!(provider = id, cause, "a sign-in provider failed");
    }
    error
}
