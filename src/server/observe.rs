//! Looks at every request from around everything else: how it is called in log and figures, and how it was answered.

use crate::telemetry::{self, NO_ROUTE};
use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use std::time::Instant;

/// The pattern of a request's route, never its address: a caller may have written anything into that, and a query by
/// GET carries its variables.
fn route(request: &Request) -> &str {
    request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str)
}

/// What the log calls a request.
pub fn span(request: &Request) -> tracing::Span {
    tracing::debug_span!("request", method = %request.method(), route = route(request))
}

/// Answers a request and counts it.
pub async fn observe(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let (route, method): (Arc<str>, _) = (route(&request).into(), method_name(request.method()));
    let response = telemetry::on_route(route.clone(), next.run(request)).await;
    telemetry::http_request(&route, method, response.status().as_u16(), begun.elapsed());
    response
}

/// A method of the standard; a caller may make up others.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
