//! Material transfer agreements: what a recipient agrees to before anything ships.
//!
//! A text is made from an immutable template and frozen when it is offered; every signature names the hash of what was
//! read. Which signatures are required stands in rows, in the order in which they are given: principal investigator,
//! recipient's signatory, bank. The commands (offer, sign, decline) change a request too and live in
//! [`crate::requests`]; here are the rules and steps they are made of.

pub mod model;
pub mod queries;
pub mod rules;
mod sql;
pub mod steps;
pub mod templates;

/// Whoever may see the request of an agreement sees all of its row, and of its signatures'.
pub use model::agreement::Model as AgreementView;
pub use model::agreement::State as AgreementState;
pub use model::required_signature::Model as RequiredSignatureView;
pub use model::signature::{Authentication, Model as SignatureView, Party};
pub use steps::Text;
