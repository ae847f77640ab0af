//! Administration: people, institutions, outbox, history, health.

use super::Web;
use axum::Router;

/// See the text of this file.
pub fn router() -> Router<Web> {
    Router::new()
}
