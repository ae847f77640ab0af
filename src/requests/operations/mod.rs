//! Verbs on requests, one file a stretch of their life.

mod agreements;
mod cancel;
mod copy;
mod decide;
mod draft;
mod expire;
mod handling;
mod messages;
mod remind;
mod reserve;
mod submit;
mod withdraw_line;

pub use agreements::{AtProvider, Signing, authenticate_to_sign, decline_agreement, offer_agreement, sign_agreement};
pub use cancel::cancel_line;
pub use copy::copy;
pub use decide::{Decision, LineDecision, claim, decide, send_back};
pub use draft::{Draft, DraftLine, create, update, version};
pub use expire::expire_agreements;
pub use handling::{release, take_over};
pub use messages::{MAX_MESSAGE, post_message, post_note};
pub use remind::remind;
pub use reserve::{expire_reservations, release_reservation, reserve};
pub use submit::{submit, withdraw};
pub use withdraw_line::withdraw_line;
