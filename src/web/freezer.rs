//! The bank's stock: lots, vials, tests and release.

use super::Web;
use axum::Router;

/// See the text of this file.
pub fn router() -> Router<Web> {
    Router::new()
}
