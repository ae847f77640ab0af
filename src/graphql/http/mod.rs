//! GraphQL over HTTP, as the specification of that name says: media types, status codes, GET for queries; with limits
//! on everything that comes in, persisted queries, and cached responses to anonymous reads.

mod answer;
mod call;
mod order;
mod who;

use super::error;
use super::loaders::{Caller, loaders};
use super::{BankSchema, graphiql, schema};
use crate::accounts::throttle::{Client, Throttle};
use crate::actor::Actor;
use crate::app::App;
use crate::language::Lang;
use crate::response_cache::{Key, ResponseCache, valid_until};
use crate::telemetry::{self, OperationKind, OperationOutcome};
use answer::{Media, Outcome, Refusal};
use async_graphql::Value;
use async_graphql::parser::types::OperationType;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Request};
use axum::response::Response;
use axum::routing::get;
use call::Call;
use moka::sync::Cache;
use order::Order;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use who::{actor, language};

/// Persisted queries kept, the least used go first.
const PERSISTED: u64 = 10_000;

/// Schema, cached responses and persisted queries of one instance.
#[derive(Clone)]
pub struct Gateway {
    app: App,
    schema: BankSchema,
    response_cache: ResponseCache,
    persisted: Cache<String, Arc<str>>,
    throttle: Arc<Throttle>,
}

impl Gateway {
    /// A gateway to a bank. Whatever else lets people in shares the throttle, whatever else keeps responses shares the
    /// cache.
    pub fn new(app: App, throttle: Arc<Throttle>, response_cache: ResponseCache) -> Self {
        Self { app, schema: schema(), response_cache, persisted: Cache::new(PERSISTED), throttle }
    }
}

/// What a request carries besides its operation.
struct HttpContext<'a> {
    gateway: &'a Gateway,
    headers: &'a HeaderMap,
    method: &'a Method,
    media: Media,
    client: Client,
}

/// `/graphql`, and `/graphiql` if asked for.
pub fn router(gateway: Gateway) -> Router {
    let router = Router::new().route("/graphql", get(query).post(post));
    let router = if gateway.app.config.graphiql { router.merge(graphiql::router()) } else { router };
    router.with_state(Arc::new(gateway))
}

async fn query(State(gateway): State<Arc<Gateway>>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    let media = match Media::accepted(&parts.headers) {
        Ok(media) => media,
        Err(refusal) => return refusal.response(Media::Json),
    };
    let lang = language(&parts.uri, &parts.headers);
    let text = parts.uri.query().unwrap_or_default();
    let calls = || Call::from_query(text, lang.unwrap_or_default());
    answer(HttpContext::new(&gateway, &parts, &Method::GET, media), lang, text.as_bytes().to_vec(), calls).await
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
    answer(HttpContext::new(&gateway, &parts, &Method::POST, media), lang, body.to_vec(), calls).await
}

impl<'a> HttpContext<'a> {
    fn new(gateway: &'a Gateway, parts: &'a Parts, method: &'a Method, media: Media) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let client = Client::of(&gateway.app.config, peer, header);
        Self { gateway, headers: &parts.headers, method, media, client }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// The way of every request: who asks, a kept answer if there is one, else parse, check, execute and perhaps keep.
async fn answer(
    context: HttpContext<'_>,
    lang: Option<Lang>,
    request: Vec<u8>,
    calls: impl FnOnce() -> Result<(Vec<Call>, bool), Refusal>,
) -> Response {
    let HttpContext { gateway, headers, method, media, .. } = context;
    let begun = Instant::now();
    let actor = match actor(&gateway.app, headers, lang).await {
        Ok(actor) => actor,
        Err(refusal) => return refusal.response(media),
    };
    let now = gateway.app.clock.now();
    let mut kept_until = None;
    if actor.is_anonymous() {
        match gateway.response_cache.key(&gateway.app, actor.lang, media.name(), &request).await {
            Ok(Some(key)) => {
                if let Some(answer) = gateway.response_cache.get(&key, now) {
                    telemetry::graphql_operation(OperationKind::Query, OperationOutcome::Cached, begun.elapsed());
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
        let begun = Instant::now();
        let executed = execute(&context, &actor, call).await;
        let observed = executed.as_ref().map(Outcome::observed);
        let (kind, outcome) = observed.unwrap_or((OperationKind::Unknown, OperationOutcome::Refused));
        telemetry::graphql_operation(kind, outcome, begun.elapsed());
        match executed {
            Ok(outcome) => outcomes.push(outcome),
            Err(refusal) => return refusal.response(media),
        }
    }
    keep_and_show(&context, kept_until, outcomes, is_batch)
}

async fn execute(context: &HttpContext<'_>, actor: &Actor, call: Call) -> Result<Outcome, Refusal> {
    let HttpContext { gateway, method, media, client, .. } = context;
    let (media, lang) = (*media, actor.lang);
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
    if **method == Method::GET && !reads_only {
        return Err(Refusal::read_only(lang));
    }
    let document = document.clone();
    let caller = Caller { app: gateway.app.clone(), actor: actor.clone() };
    let request = request.data(loaders(caller.clone())).data(caller).data(client.clone());
    let request = request.data(gateway.throttle.clone());
    let mut response = gateway.schema.execute(request).await;
    if !reads_only {
        error::tell_what_was_done(&mut response.errors, lang);
    }
    if response.data != Value::Null {
        Order::of(&document, operation.as_deref()).put(&mut response.data);
    }
    Ok(Outcome::executed(response, reads_only, lang))
}

fn keep_and_show(
    context: &HttpContext<'_>,
    kept_until: Option<(Key, chrono::DateTime<chrono::Utc>)>,
    outcomes: Vec<Outcome>,
    is_batch: bool,
) -> Response {
    let HttpContext { gateway, headers, method, media, .. } = context;
    let may_keep = outcomes.iter().all(Outcome::may_be_kept);
    let status = if is_batch { Some(axum::http::StatusCode::OK) } else { outcomes.first().map(|o| o.status(*media)) };
    let bodies: Vec<Vec<u8>> = outcomes.iter().map(Outcome::body).collect();
    let body = if is_batch { [b"[", bodies.join(&b","[..]).as_slice(), b"]"].concat() } else { bodies.concat() };
    match kept_until {
        Some((key, until)) if may_keep => {
            answer::kept(&gateway.response_cache.put(key, body, until), *media, method, headers)
        }
        _ => {
            let mut response = answer::fresh(status.unwrap_or(axum::http::StatusCode::OK), body, *media);
            outcomes.iter().for_each(|outcome| outcome.add_headers(response.headers_mut()));
            response
        }
    }
}
