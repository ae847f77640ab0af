//! Verbs on requests, one file a stretch of their life.

mod agreements;
mod decide;
mod draft;
mod remind;
mod reserve;
mod submit;
mod withdraw_line;

pub use agreements::{Signing, decline_agreement, offer_agreement, sign_agreement};
pub use decide::{Decision, LineDecision, claim, decide, send_back};
pub use draft::{Draft, DraftLine, create, update};
pub use remind::remind;
pub use reserve::{expire_reservations, release_reservation, reserve};
pub use submit::{submit, withdraw};
pub use withdraw_line::withdraw_line;
