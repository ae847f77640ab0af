//! GraphiQL from files of our own: no other host is asked for anything. Licences stand beside the files.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

const PAGE: &str = include_str!("graphiql/page.html");
const START: &str = include_str!("graphiql/start.js");
/// GraphiQL sets styles on elements by itself; everything else comes from here.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; \
                      img-src 'self' data:; font-src 'self' data:; worker-src 'self' blob:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

macro_rules! compressed {
    ($file:literal, $kind:literal) => {
        get(|| async {
            let headers = [(CONTENT_TYPE, $kind), (CONTENT_ENCODING, "gzip"), (CACHE_CONTROL, "public, max-age=86400")];
            (headers, include_bytes!(concat!("graphiql/", $file)).as_slice())
        })
    };
}

/// The page and its files.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/graphiql", get(page))
        .route("/graphiql/start.js", get(|| async { ([(CONTENT_TYPE, "text/javascript")], START) }))
        .route("/graphiql/react.js", compressed!("react.production.min.js.gz", "text/javascript"))
        .route("/graphiql/react-dom.js", compressed!("react-dom.production.min.js.gz", "text/javascript"))
        .route("/graphiql/graphiql.js", compressed!("graphiql.min.js.gz", "text/javascript"))
        .route("/graphiql/graphiql.css", compressed!("graphiql.min.css.gz", "text/css"))
}

async fn page() -> Response {
    ([(CONTENT_SECURITY_POLICY, POLICY)], Html(PAGE)).into_response()
}
