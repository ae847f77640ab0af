//! Personal data: everything the bank holds about somebody, given to them, and erased when they want it, but for what
//! the law makes the bank keep.
//!
//! Erasing leaves the person's row as a key without a name, so that history, agreements and shipments stay whole. What
//! goes and what stays stands in [`erasure`], column by column; how long the record of a provision is kept, in
//! [`rules`]. What else the bank keeps for a while only, sessions that ended, secrets of links and answers to keys,
//! goes by [`retention`].

pub mod commands;
pub mod erasure;
mod error;
pub mod events;
pub mod export;
pub mod queries;
pub mod retention;
pub mod rules;
mod sql;

pub use error::Error;
