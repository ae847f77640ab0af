//! Shipments: packing, dispatch, receipt.

use super::Web;
use axum::Router;

/// See the text of this file.
pub fn router() -> Router<Web> {
    Router::new()
}
