//! Requests: from a researcher's draft to the vials set aside for it.
//!
//! draft -> submitted -> under review (returned and back) -> approved or rejected -> closed; withdrawn before a
//! decision. Each line of a request has a state of its own. Who may do what in which state stands in one table in
//! [`rules`]; whether a line may be used at all is computed by [`requirements`]. The commands on agreements and
//! reservations live here too, because they move a request. Both sides write to each other about a request; what the
//! bank notes for itself is scoped in SQL, so that the applicant's side has no way to it. Pages list requests by
//! [`queries::overview`].

mod application;
pub mod commands;
mod error;
pub mod events;
pub mod fields;
pub mod model;
pub mod policy;
pub mod queries;
pub mod regions;
pub mod requirements;
pub mod rules;
mod sql;
pub(crate) mod steps;
pub mod sweeps;
pub mod timeline;
pub mod wording;

pub use application::{Application, Chosen, number, shown};
pub use error::{Conflict, Error, Whose};
pub use model::message::{Model as MessageView, Side};
/// Whoever may see a request sees all of its row; what only the bank sees are its notes.
pub use model::request::Model as RequestView;
pub use model::request::{Delivery, FieldComment, FieldComments, State as RequestState, Use as IntendedUse};
pub use model::request_line::{Model as RequestLineView, Refusal, State as RequestLineState};
