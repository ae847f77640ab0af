//! GraphQL over HTTP, as the specification of that name says: media types, status codes, GET for queries; with limits
//! on everything that comes in, persisted queries, and cached responses to anonymous reads.

mod answer;
mod call;
mod media;
mod order;
mod who;

use super::document::{Answered, Document};
use super::loaders::{Caller, loaders};
use super::{BankSchema, graphiql, introspected_schema, schema};
use super::{document, error};
use crate::accounts::throttle::{Client, Throttle};
use crate::actor::Actor;
use crate::app::App;
use crate::language::Lang;
use crate::response_cache::{Key, ResponseCache, valid_until};
use crate::telemetry::{self, OperationKind, OperationOutcome};
use answer::{Outcome, Refusal};
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
use call::{Call, PersistedQueries, persisted_queries};
use media::Media;
use order::Order;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use who::{actor, language};

/// Bytes of persisted queries that are kept.
const PERSISTED: u64 = 16 * 1024 * 1024;

/// Schema, cached responses and persisted queries of one instance.
#[derive(Clone)]
pub struct Gateway {
    app: App,
    schema: BankSchema,
    introspected_schema: BankSchema,
    response_cache: ResponseCache,
    persisted: PersistedQueries,
    throttle: Arc<Throttle>,
}

impl Gateway {
    /// A gateway to a bank. Whatever else lets people in shares the throttle, whatever else keeps responses shares the
    /// cache.
    pub fn new(app: App, throttle: Arc<Throttle>, response_cache: ResponseCache) -> Self {
        let introspected_schema = introspected_schema();
        Self {
            app,
            schema: schema(),
            introspected_schema,
            response_cache,
            persisted: persisted_queries(PERSISTED),
            throttle,
        }
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
        let client = Client::of(&gateway.app.config, peer, &parts.headers);
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
            // Those before it in the batch may have changed something, and are told so.
            Err(refusal) if is_batch => outcomes.push(refusal.outcome()),
            Err(refusal) => return refusal.response(media),
        }
    }
    keep_and_show(&context, kept_until, &outcomes, is_batch, actor.lang)
        .unwrap_or_else(|refusal| refusal.response(media))
}

async fn execute(context: &HttpContext<'_>, actor: &Actor, mut call: Call) -> Result<Outcome, Refusal> {
    let HttpContext { gateway, method, media, client, .. } = context;
    let (media, lang) = (*media, actor.lang);
    let sent = call.document(&gateway.persisted, lang, media)?;
    let (operation, variables) = call.operation();
    let operation = operation.as_deref();
    let document = match Document::read(&sent.text) {
        Ok(document) => document,
        Err(refused) => return Outcome::refused(refused, lang),
    };
    if let Some(error) = call::missing_variable(&document.parsed, operation, &variables, lang) {
        return Ok(Outcome::unparsed(error, lang));
    }
    let variables = match document.variables(operation, variables) {
        Ok(variables) => variables,
        Err(refused) => return Outcome::refused(refused, lang),
    };
    let mut document = document.parsed;
    if let Some(hash) = sent.hash {
        gateway.persisted.insert(hash, Arc::clone(&sent.text));
    }
    let reads_only = document.operations.iter().all(|(_, operation)| operation.node.ty == OperationType::Query);
    if **method == Method::GET && !reads_only {
        return Err(Refusal::read_only(lang));
    }
    let order = Order::of(&document, operation);
    document::fill(&mut document);
    let mut request = async_graphql::Request::new(String::new()).variables(variables);
    request.operation_name = operation.map(str::to_owned);
    request.set_parsed_query(document);
    let caller = Caller { app: gateway.app.clone(), actor: actor.clone() };
    let request = request.data(loaders(caller.clone())).data(caller).data(client.clone());
    let request = request.data(gateway.throttle.clone());
    let mut response = if document::introspects(&sent.text) {
        let answered = Arc::new(Answered::default());
        let response = gateway.introspected_schema.execute(request.data(Arc::clone(&answered))).await;
        if answered.is_too_much() {
            return Err(Refusal::answer_too_large(lang));
        }
        response
    } else {
        gateway.schema.execute(request).await
    };
    if !reads_only {
        error::tell_what_was_done(&mut response.errors, lang);
    }
    if response.data != Value::Null {
        order.put(&mut response.data);
    }
    Ok(Outcome::executed(response, reads_only, lang))
}

fn keep_and_show(
    context: &HttpContext<'_>,
    kept_until: Option<(Key, chrono::DateTime<chrono::Utc>)>,
    outcomes: &[Outcome],
    is_batch: bool,
    lang: Lang,
) -> Result<Response, Refusal> {
    let HttpContext { gateway, headers, method, media, .. } = context;
    let may_keep = outcomes.iter().all(Outcome::may_be_kept);
    let status = if is_batch { Some(axum::http::StatusCode::OK) } else { outcomes.first().map(|o| o.status(*media)) };
    let bodies = outcomes.iter().map(|outcome| outcome.body(lang)).collect::<Result<Vec<_>, _>>()?;
    let body = if is_batch { [b"[", bodies.join(&b","[..]).as_slice(), b"]"].concat() } else { bodies.concat() };
    Ok(match kept_until {
        Some((key, until)) if may_keep => {
            answer::kept(&gateway.response_cache.put(key, body, until), *media, method, headers)
        }
        _ => {
            let mut response = answer::fresh(status.unwrap_or(axum::http::StatusCode::OK), body, *media);
            outcomes.iter().for_each(|outcome| outcome.add_headers(response.headers_mut()));
            response
        }
    })
}
