//! Whose approvals somebody may enter, and which they may verify. Pure; whether they may at all stands in the table of
//! verbs.

use super::error::Error;
use super::model::approval;
use crate::actor::{Actor, Permission};
use crate::id::InstitutionId;

/// The institution for which somebody enters an approval: their own, or for the bank's staff the one they name.
///
/// # Errors
/// Another one, or none.
pub fn institution_of(actor: &Actor, named: Option<InstitutionId>) -> Result<InstitutionId, Error> {
    let own = actor.institution();
    match named {
        Some(other) if actor.can(Permission::DecideRequests) || own == Some(other) => Ok(other),
        None => own.ok_or(Error::NotYourInstitution),
        Some(_) => Err(Error::NotYourInstitution),
    }
}

/// An approval is verified once, by somebody who neither entered it nor belongs to its institution.
///
/// # Errors
/// What the command would answer.
pub fn verify(approval: &approval::Model, actor: &Actor) -> Result<(), Error> {
    if approval.verified_at.is_some() {
        return Err(Error::AlreadyVerified);
    }
    let concerned = actor.institutions().any(|institution| institution == approval.institution_id);
    if concerned || actor.signed_in()? == approval.created_by { Err(Error::NotByYou) } else { Ok(()) }
}
