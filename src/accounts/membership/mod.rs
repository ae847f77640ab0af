//! Memberships: who belongs to which institution, since when, by whose word, and what they are there.
//!
//! Whoever has a verified e-mail at an institution's domain joins at once; others ask, and an administrator of the
//! institution or the bank's staff decides. A person may belong to several institutions; one of them is where they work
//! now, and what their requests are for.

pub mod commands;
pub mod events;
pub mod model;
pub mod policy;
pub mod queries;
pub mod rules;
pub(crate) mod steps;

pub use model::{How as MembershipBasis, InstitutionRole, Membership, State as MembershipState};
