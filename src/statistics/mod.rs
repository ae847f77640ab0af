//! Yearly distribution statistics: recorded dispatches, and the published totals of the years before.
//!
//! A *distribution* (분양 건) is one request line shipped or handed over; it counts once, in the Asia/Seoul year of its
//! first dispatch. Vials count in the year in which each left. What cannot be known is null, and the sources say why;
//! nothing unknown is ever counted as zero.

mod error;
pub mod events;
pub mod import;
pub mod model;
pub mod queries;
pub mod rules;
pub mod sources;
mod sql;
mod totals;

pub use error::Error;
pub use queries::{shares, turnaround};
