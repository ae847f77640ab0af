//! Inputs of the verbs on institutions and memberships.

use crate::accounts::InstitutionType as Type;
use crate::accounts::membership::InstitutionRole;
use async_graphql::{ID, InputObject};

/// An institution to join.
#[derive(Clone, InputObject)]
pub struct JoinInstitutionInput {
    /// The institution.
    pub institution: ID,
}

/// A decision on a request to join.
#[derive(Clone, InputObject)]
pub struct DecideMembershipInput {
    /// The membership that is asked for.
    pub membership: ID,
    /// Approve it, or refuse it.
    pub approve: bool,
    /// Why, at most 2,000 characters; required for a refusal. The person is told.
    pub reason: Option<String>,
}

/// A membership to end.
#[derive(Clone, InputObject)]
pub struct LeaveInstitutionInput {
    /// One's own membership, or as one in charge somebody else's.
    pub membership: ID,
    /// Why, at most 2,000 characters; of somebody else's membership the person is told.
    pub reason: Option<String>,
}

/// A role to give or to take.
#[derive(Clone, InputObject)]
pub struct SetInstitutionRoleInput {
    /// The active membership.
    pub membership: ID,
    /// The role.
    pub role: InstitutionRole,
    /// Give it, or take it.
    pub granted: bool,
}

/// An institution that the bank does not know.
#[derive(Clone, InputObject)]
pub struct ProposeInstitutionInput {
    /// English name, 1 to 300 characters.
    pub name: String,
    /// Korean name, at most 300 characters.
    pub name_ko: Option<String>,
    /// What it is.
    pub institution_type: Type,
    /// ROR id, as an address or alone; its check digits must be right.
    pub ror_id: Option<String>,
    /// Home page, beginning with https:// or http://.
    pub website: Option<String>,
    /// City, at most 200 characters.
    pub city: Option<String>,
    /// A key of your choice, 1 to 200 characters: the same key with the same input again answers as the first time.
    pub idempotency_key: Option<String>,
}

/// An institution to vouch for.
#[derive(Clone, InputObject)]
pub struct VerifyInstitutionInput {
    /// The institution.
    pub institution: ID,
}

/// What changes of an institution; what is left out stays. No import undoes it.
#[derive(Clone, InputObject)]
pub struct UpdateInstitutionInput {
    /// The institution.
    pub institution: ID,
    /// English name, 1 to 300 characters.
    pub name: Option<String>,
    /// Korean name, at most 300 characters; an empty text takes it away.
    pub name_ko: Option<String>,
    /// What it is.
    pub institution_type: Option<Type>,
    /// ROR id; an empty text takes it away.
    pub ror_id: Option<String>,
    /// Home page; an empty text takes it away.
    pub website: Option<String>,
    /// City; an empty text takes it away.
    pub city: Option<String>,
    /// All e-mail domains of its people, at most 50; none of a public mail provider.
    pub domains: Option<Vec<String>>,
}

/// An institution to close.
#[derive(Clone, InputObject)]
pub struct CloseInstitutionInput {
    /// The institution.
    pub institution: ID,
    /// Why, 1 to 2,000 characters.
    pub reason: String,
}

/// A closed institution to open again.
#[derive(Clone, InputObject)]
pub struct ReopenInstitutionInput {
    /// The institution.
    pub institution: ID,
    /// Why, 1 to 2,000 characters.
    pub reason: String,
}

/// Two records of one institution.
#[derive(Clone, InputObject)]
pub struct MergeInstitutionsInput {
    /// The duplicate; it closes, and its id leads to the other one.
    pub from: ID,
    /// The one that counts.
    pub into: ID,
    /// Why, 1 to 2,000 characters.
    pub reason: String,
}
