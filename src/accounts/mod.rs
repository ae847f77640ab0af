//! People and institutions: who somebody is, and how they prove it.
//!
//! A person proves who they are by an API token on every call, and by e-mail and password again at every signature.
//! Passwords are kept as Argon2id hashes, tokens as SHA-256 of 256 random bits. Administrators manage accounts from the
//! command line.

mod error;
pub mod import;
pub mod institutions;
pub mod membership;
pub mod model;
pub mod operations;
pub mod orcid;
pub mod passwords;
pub mod queries;

pub use error::Error;
