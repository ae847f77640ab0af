//! Signing in at somebody else's, by OpenID Connect (authorization code with PKCE): begin here, prove who you are
//! there, come back with a code that is good once.
//!
//! An identity belongs to one account. It is linked when the provider vouches for the e-mail of an account, or by a
//! person who is signed in and asks for it; an ORCID iD counts as authenticated only this way.
//!
//! Whoever has no password authenticates there once more for each signature, and gets a proof for that one.

mod error;
pub(in crate::accounts) mod provider;
pub mod queries;

pub use error::{Error, Flaw};
pub use provider::check;
