//! Approvals that others gave: of ethics boards, heads of institutions, ministries.
//!
//! An approval belongs to an institution and a study, and is chosen on requests ([`crate::requests`]). It is never
//! changed: one that is renewed is another record. Whether somebody at the bank has seen it stands in it.

pub mod commands;
mod error;
pub mod events;
pub mod model;
pub mod policy;
pub mod queries;

pub use error::Error;
pub use model::approval::Kind as ApprovalKind;
/// Whoever may see an approval sees all of its row.
pub use model::approval::Model as ApprovalView;
