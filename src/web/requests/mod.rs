//! Requests of a researcher: form, list, timeline, messages.

pub(super) mod begin;
pub(super) mod case;
pub(super) mod edit;
pub(super) mod fields;
pub(super) mod list;
mod page;
mod path;
mod steps;
mod written;

use super::Web;
use axum::Router;
use axum::routing::{get, post};

/// `/requests` and everything below it but agreements and receipts.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/requests", get(list::show))
        .route("/requests/new", get(begin::ask).post(begin::begin))
        .route("/requests/{number}", get(page::show))
        .route("/requests/{number}/edit", get(edit::show).post(edit::save))
        .route("/requests/{number}/submit", post(edit::submit))
        .route("/requests/{number}/withdraw", get(steps::ask_withdraw).post(steps::withdraw))
        .route("/requests/{number}/lines/{line}/cancel", get(steps::ask_cancel).post(steps::cancel))
        .route("/requests/{number}/copy", post(steps::copy))
        .route("/requests/{number}/messages", post(page::write))
}
