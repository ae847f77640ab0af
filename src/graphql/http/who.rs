//! Who asks, and in which language.

use super::answer::Refusal;
use crate::accounts::cookie;
use crate::accounts::queries::{actor_by_session, actor_by_token};
use crate::actor::Actor;
use crate::app::App;
use crate::config::Config;
use crate::language::Lang;
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, COOKIE, HOST, HeaderName, ORIGIN};
use axum::http::{HeaderMap, Uri};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// By `?lang=`, then the cookie, then the browser's wish; `None` leaves it to the account.
pub fn language(uri: &Uri, headers: &HeaderMap) -> Option<Lang> {
    Lang::from_request(uri.query(), text(headers, &COOKIE), text(headers, &ACCEPT_LANGUAGE))
}

/// Whoever the token belongs to; without one whoever the cookie belongs to; nobody otherwise. A token that is nobody's
/// is refused, because its owner should know; a cookie that is nobody's only means that the session ended.
pub async fn actor(app: &App, headers: &HeaderMap, lang: Option<Lang>) -> Result<Actor, Refusal> {
    let shown = lang.unwrap_or_default();
    let found = match (headers.get(AUTHORIZATION), session(&app.config, headers)) {
        (Some(header), _) => {
            let token = header.to_str().ok().and_then(|text| text.split_once(' '));
            let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
            let token = token.ok_or_else(|| Refusal::token(shown))?.1;
            let actor = actor_by_token(app, token.trim(), lang).await;
            Some(actor.map_err(|error| Refusal::database(&error, shown))?.ok_or_else(|| Refusal::token(shown))?)
        }
        (None, Some(secret)) => {
            if is_foreign(&app.config, headers) {
                return Err(Refusal::foreign(shown));
            }
            actor_by_session(app, secret, lang).await.map_err(|error| Refusal::database(&error, shown))?
        }
        (None, None) => None,
    };
    Ok(found.unwrap_or_else(|| Actor::anonymous(shown)))
}

fn session<'a>(config: &Config, headers: &'a HeaderMap) -> Option<&'a str> {
    headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).find_map(|line| cookie::find(config, line))
}

/// True if a page of another site made the browser send this. `SameSite=Lax` and the JSON content type prevent it
/// already; this is for browsers that do otherwise.
fn is_foreign(config: &Config, headers: &HeaderMap) -> bool {
    if text(headers, &FETCH_SITE) == Some("cross-site") {
        return true;
    }
    let Some(origin) = text(headers, &ORIGIN) else { return false };
    let Some(place) = origin.parse::<Uri>().ok().and_then(|uri| uri.authority().map(ToString::to_string)) else {
        return true;
    };
    let own = config.public_url.parse::<Uri>().ok().and_then(|uri| uri.authority().map(ToString::to_string));
    own.as_deref() != Some(place.as_str()) && text(headers, &HOST) != Some(place.as_str())
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
