//! People and institutions: who somebody is, and how they prove it.
//!
//! A person proves who they are by signing in, which opens a session that a cookie carries, or by an API token on every
//! call; and by e-mail and password again at every signature. Passwords are kept as Argon2id hashes, cookies and tokens
//! as SHA-256 of 256 random bits. No answer tells a stranger whether an e-mail has an account.

pub mod commands;
pub mod cookie;
pub mod demo_accounts;
pub mod email;
mod error;
pub mod events;
pub mod history;
pub mod import;
pub mod institutions;
pub mod membership;
pub mod model;
pub mod openid;
pub mod orcid;
mod password_policy;
pub mod passwords;
pub mod policy;
pub mod queries;
pub mod throttle;
pub mod totp;
mod views;

pub use error::Error;
pub use model::institution::{Status as InstitutionStatus, Type as InstitutionType};
pub use model::session::How as SignInMethod;
pub use views::{InstitutionView, PersonView};
