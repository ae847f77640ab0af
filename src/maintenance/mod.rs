//! Keeping the bank's database: what may be done to what stands at an address ([`opening`]), copies of it while it
//! serves ([`backup`]) and the way back from one ([`restore`]).
//!
//! A backup is one file: a tar archive with a manifest and the database, on request encrypted with age for a key that
//! the service does not have. On SQLite the database in it is the file that `VACUUM INTO` writes, on PostgreSQL what
//! `pg_dump` writes; either is one consistent state. Each is looked through before it is called a backup.

mod archive;
pub mod backup;
mod contents;
mod error;
pub mod events;
mod manifest;
pub mod model;
pub mod opening;
mod postgres;
pub mod queries;
pub mod restore;
pub mod schedule;

pub use archive::new_identity;
pub use contents::Contents;
pub use error::Error;
pub use manifest::{Engine, Manifest};
