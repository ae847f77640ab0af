//! GraphQL over HTTP, as the specification of that name says: media types, status codes, GET for queries; with limits on
//! everything that comes in, persisted queries, and kept answers for anonymous reads.

mod answer;
mod call;
mod order;

use super::cache::{Answers, Key, valid_until};
use super::loaders::{Caller, loaders};
use super::{BankSchema, graphiql, schema};
use crate::accounts::queries::actor_by_token;
use crate::actor::Actor;
use crate::app::App;
use crate::language::Lang;
use answer::{Media, Outcome, Refusal};
use async_graphql::Value;
use async_graphql::parser::types::OperationType;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, COOKIE};
use axum::http::{HeaderMap, Method, Request, Uri};
use axum::response::Response;
use axum::routing::get;
use call::Call;
use moka::sync::Cache;
use order::Order;
use std::sync::Arc;

/// Persisted queries kept, the least used go first.
const PERSISTED: u64 = 10_000;

/// Schema, kept answers and persisted queries of one instance.
#[derive(Clone)]
pub struct Gateway {
    app: App,
    schema: BankSchema,
    answers: Answers,
    persisted: Cache<String, Arc<str>>,
}

impl Gateway {
    /// A gateway to a bank.
    pub fn new(app: App) -> Self {
        let answers = Answers::new(app.config.cache_mib);
        Self { app, schema: schema(), answers, persisted: Cache::new(PERSISTED) }
    }
}

/// `/graphql`, and `/graphiql` if asked for.
pub fn router(gateway: Gateway) -> Router {
    let router = Router::new().route("/graphql", get(query).post(post));
    let router = if gateway.app.config.graphiql { router.merge(graphiql::router()) } else { router };
    router.with_state(Arc::new(gateway))
}

async fn query(State(gateway): State<Arc<Gateway>>, uri: Uri, headers: HeaderMap) -> Response {
    let media = match Media::accepted(&headers) {
        Ok(media) => media,
        Err(refusal) => return refusal.response(Media::Json),
    };
    let lang = language(&uri, &headers);
    let request = uri.query().unwrap_or_default().as_bytes().to_vec();
    let calls = || Call::from_query(uri.query().unwrap_or_default(), lang.unwrap_or_default());
    answer(&gateway, &headers, &Method::GET, media, lang, request, calls).await
}

async fn post(State(gateway): State<Arc<Gateway>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let media = match Media::accepted(&parts.headers) {
        Ok(media) => media,
        Err(refusal) => return refusal.response(Media::Json),
    };
    let lang = language(&parts.uri, &parts.headers);
    let shown = lang.unwrap_or_default();
    if !is_json(&parts.headers) {
        return Refusal::media_type(shown).response(media);
    }
    let limit = gateway.app.config.max_body_bytes;
    let Ok(body) = to_bytes(body, limit).await else { return Refusal::too_large(limit, shown).response(media) };
    let calls = || Call::from_body(&body, shown);
    answer(&gateway, &parts.headers, &Method::POST, media, lang, body.to_vec(), calls).await
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// By `?lang=`, then the cookie, then the browser's wish; `None` leaves it to the account.
fn language(uri: &Uri, headers: &HeaderMap) -> Option<Lang> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let by_query = uri.query().into_iter().flat_map(|query| query.split('&')).find_map(|p| p.strip_prefix("lang="));
    let by_cookie = text(COOKIE).into_iter().flat_map(|c| c.split(';')).find_map(|c| c.trim().strip_prefix("lang="));
    by_query
        .and_then(Lang::from_tag)
        .or_else(|| by_cookie.and_then(Lang::from_tag))
        .or_else(|| text(ACCEPT_LANGUAGE).and_then(Lang::from_accept))
}

/// Who asks: nobody without the header, otherwise whoever the token belongs to.
async fn actor(gateway: &Gateway, headers: &HeaderMap, lang: Option<Lang>) -> Result<Actor, Refusal> {
    let shown = lang.unwrap_or_default();
    let Some(header) = headers.get(AUTHORIZATION) else { return Ok(Actor::anonymous(shown)) };
    let token = header.to_str().ok().and_then(|text| text.split_once(' '));
    let Some((_, token)) = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) else {
        return Err(Refusal::token(shown));
    };
    match actor_by_token(&gateway.app, token.trim(), lang).await {
        Ok(Some(actor)) => Ok(actor),
        Ok(None) => Err(Refusal::token(shown)),
        Err(error) => Err(Refusal::database(&error, shown)),
    }
}

/// The way of every request: who asks, a kept answer if there is one, else parse, check, execute and perhaps keep.
async fn answer(
    gateway: &Gateway,
    headers: &HeaderMap,
    method: &Method,
    media: Media,
    lang: Option<Lang>,
    request: Vec<u8>,
    calls: impl FnOnce() -> Result<(Vec<Call>, bool), Refusal>,
) -> Response {
    let actor = match actor(gateway, headers, lang).await {
        Ok(actor) => actor,
        Err(refusal) => return refusal.response(media),
    };
    let now = gateway.app.clock.now();
    let mut kept_until = None;
    if actor.is_anonymous() {
        match gateway.answers.key(&gateway.app, actor.lang, media.name(), &request).await {
            Ok(Some(key)) => {
                if let Some(answer) = gateway.answers.get(&key, now) {
                    return answer::kept(&answer, media, method, headers);
                }
                kept_until = valid_until(&gateway.app).await.ok().map(|until| (key, until));
            }
            Ok(None) => {}
            Err(error) => return Refusal::database(&error, actor.lang).response(media),
        }
    }
    let (calls, is_batch) = match calls() {
        Ok(calls) => calls,
        Err(refusal) => return refusal.response(media),
    };
    let mut outcomes = Vec::with_capacity(calls.len());
    for call in calls {
        match execute(gateway, &actor, method, media, call).await {
            Ok(outcome) => outcomes.push(outcome),
            Err(refusal) => return refusal.response(media),
        }
    }
    keep_and_show(gateway, kept_until, outcomes, is_batch, media, method, headers)
}

async fn execute(
    gateway: &Gateway,
    actor: &Actor,
    method: &Method,
    media: Media,
    call: Call,
) -> Result<Outcome, Refusal> {
    let lang = actor.lang;
    let mut request = call.request(&gateway.persisted, lang, media)?;
    let (variables, operation) = (request.variables.clone(), request.operation_name.clone());
    let document = match request.parsed_query() {
        Ok(document) => document,
        Err(error) => return Ok(Outcome::unparsed(error.clone(), lang)),
    };
    call::check_aliases(document, lang)?;
    if let Some(error) = call::missing_variable(document, operation.as_deref(), &variables, lang) {
        return Ok(Outcome::unparsed(error, lang));
    }
    let reads_only = document.operations.iter().all(|(_, operation)| operation.node.ty == OperationType::Query);
    if method == Method::GET && !reads_only {
        return Err(Refusal::read_only(lang));
    }
    let document = document.clone();
    let caller = Caller { app: gateway.app.clone(), actor: actor.clone() };
    let request = request.data(loaders(caller.clone())).data(caller);
    let mut response = gateway.schema.execute(request).await;
    if response.data != Value::Null {
        Order::of(&document, operation.as_deref()).put(&mut response.data);
    }
    Ok(Outcome::executed(response, reads_only, lang))
}

fn keep_and_show(
    gateway: &Gateway,
    kept_until: Option<(Key, chrono::DateTime<chrono::Utc>)>,
    outcomes: Vec<Outcome>,
    is_batch: bool,
    media: Media,
    method: &Method,
    headers: &HeaderMap,
) -> Response {
    let may_keep = outcomes.iter().all(Outcome::may_be_kept);
    let status = if is_batch { Some(axum::http::StatusCode::OK) } else { outcomes.first().map(|o| o.status(media)) };
    let bodies: Vec<Vec<u8>> = outcomes.iter().map(Outcome::body).collect();
    let body = if is_batch { [b"[", bodies.join(&b","[..]).as_slice(), b"]"].concat() } else { bodies.concat() };
    match kept_until {
        Some((key, until)) if may_keep => answer::kept(&gateway.answers.put(key, body, until), media, method, headers),
        _ => answer::fresh(status.unwrap_or(axum::http::StatusCode::OK), body, media),
    }
}
