//! The catalogue: every line the bank holds or knows of, and the diseases they stand for.
//!
//! Held and reference lines share one table. A line is *held* exactly when it has the bank's accession; only then it
//! has a grade, a publication status, a legal basis and lots. What a source says of a line comes by import and is
//! replaced by the next import; the bank's own columns are the duty of its staff.

pub mod commands;
mod error;
pub mod events;
pub mod import;
pub mod index;
pub mod model;
pub mod publication;
pub mod queries;
pub mod record;
pub mod rules;
mod sql;
pub mod steps;

pub use error::Error;
pub use queries::{directory, overview, pages};
