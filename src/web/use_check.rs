//! “Can I use it?”: requirements before there is a request.

use super::Web;
use axum::Router;

/// See the text of this file.
pub fn router() -> Router<Web> {
    Router::new()
}
