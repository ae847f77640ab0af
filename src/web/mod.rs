//! Addresses that a browser goes through.

mod openid;

use crate::app::App;
use axum::Router;

/// Everything of this room.
pub fn router(app: App) -> Router {
    openid::router(app)
}
