//! Institutions: who vouches for them, what they are called, which of them are the same.
//!
//! Most come from ROR, whose word suffices. Somebody who misses one proposes it; it is shown to nobody else until staff
//! verified it. A duplicate is merged into the one that counts: its row stays, closed, and leads there.

mod checks;
pub mod commands;
pub mod domains;
mod error;
pub mod events;
pub(crate) mod index;
pub mod merge;
pub mod model;
pub mod policy;
pub mod queries;
pub mod ror;
pub mod rules;
mod sql;
pub(crate) mod steps;

pub(in crate::accounts) use checks::{LONGEST_NAME, website};
pub use error::Error;
pub use model::{Former, Found, Record, Verification};
