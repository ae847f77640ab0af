//! The bank's desk: worklist, and one page to decide a request on.

use super::Web;
use axum::Router;

/// See the text of this file.
pub fn router() -> Router<Web> {
    Router::new()
}
