//! What holds for every answer, whoever makes it: headers that keep browsers from guessing, and of a demonstration the
//! names under which it is asked.

use crate::config::{Config, is_this_machine};
use crate::language::Lang;
use crate::texts;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT_LANGUAGE, HOST, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// A year: browsers that were here by https come by nothing else (RFC 6797).
const ONLY_HTTPS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Lets a request through, and sees to the headers of its answer.
pub async fn guard(State(config): State<Arc<Config>>, request: Request, next: Next) -> Response {
    let mut response = if config.demonstration && !asks_this_machine(&request) {
        misdirected(&request)
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if config.public_url.starts_with("https://") {
        headers.insert(STRICT_TRANSPORT_SECURITY, ONLY_HTTPS);
    }
    response
}

/// The accounts and tokens of a demonstration are published. A page elsewhere whose name was made to lead to this machine
/// (DNS rebinding) would have a browser ask for that name.
fn asks_this_machine(request: &Request) -> bool {
    let header = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    let host = request.uri().host().or(header);
    // Within the process, nobody asks by a name.
    host.is_none_or(is_this_machine)
}

fn misdirected(request: &Request) -> Response {
    let wished = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let lang = Lang::from_request(request.uri().query(), None, wished).unwrap_or_default();
    (StatusCode::MISDIRECTED_REQUEST, texts::sentence(lang, "demonstration-host", &[])).into_response()
}
