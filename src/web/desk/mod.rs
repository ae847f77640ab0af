//! The bank's desk: worklist, and one page to decide a request on.
//!
//! - [`worklist`]: what waits for whom · [`case`]: everything about one request · [`page`]: the page to decide on
//! - [`acts`]: what its forms do · [`slip`]: the paper that goes into a box
//! - [`preview`]: the agreement before it is offered

mod acts;
mod case;
mod filters;
mod page;
mod preview;
mod slip;
mod worklist;

use super::Web;
use axum::Router;
use axum::routing::{get, post};

/// `/desk`, a request on it, and the packing slip.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/desk", get(worklist::show))
        .route("/desk/claim", post(worklist::claim))
        .route("/desk/shipments/{number}/slip", get(slip::show))
        .route("/desk/{number}", get(page::show))
        .route("/desk/{number}/agreement", get(preview::show))
        .route("/desk/{number}/{act}", post(acts::act))
}
