//! Rules on institutions that depend on the row: who joins, proposes and verifies what.

use super::super::model::institution::Status;
use super::Error;
use super::model::{Record, Verification};
use crate::id::PersonId;

/// Proposals of one person that may wait for the bank at a time.
const MOST_PROPOSALS: i64 = 10;

/// People join only what exists and what somebody vouches for.
///
/// # Errors
/// [`Error::Closed`] or [`Error::Unverified`].
pub fn open_to_members(institution: &Record) -> Result<(), Error> {
    if institution.institution.status == Status::Closed {
        return Err(Error::Closed);
    }
    if institution.verification == Verification::Proposed {
        return Err(Error::Unverified);
    }
    Ok(())
}

/// A duplicate of nothing else goes into one that counts itself, and that people may join.
///
/// # Errors
/// [`Error::Merged`], [`Error::Closed`] or [`Error::Unverified`].
pub fn may_merge(duplicate: &Record, counts: &Record) -> Result<(), Error> {
    if counts.merged_into.is_some() {
        return Err(Error::Merged { field: "into" });
    }
    open_to_members(counts)?;
    let is_others = duplicate.merged_into.is_some_and(|other| other != counts.institution.id);
    if is_others { Err(Error::Merged { field: "from" }) } else { Ok(()) }
}

/// Whoever proposed an institution does not verify it.
///
/// # Errors
/// [`Error::OwnProposal`].
pub fn may_verify(proposed_by: Option<PersonId>, verifier: Option<PersonId>) -> Result<(), Error> {
    if verifier.is_some() && proposed_by == verifier { Err(Error::OwnProposal) } else { Ok(()) }
}

/// So many proposals of one person may wait, and no more.
///
/// # Errors
/// [`Error::TooManyProposals`].
pub fn may_propose(waiting: i64) -> Result<(), Error> {
    if waiting >= MOST_PROPOSALS { Err(Error::TooManyProposals) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_verifies_what_they_proposed() {
        let (one, other) = (Some(PersonId(1)), Some(PersonId(2)));
        assert!(matches!(may_verify(one, one), Err(Error::OwnProposal)));
        assert!(may_verify(one, other).is_ok() && may_verify(None, one).is_ok() && may_verify(None, None).is_ok());
    }

    #[test]
    fn ten_proposals_wait_at_most() {
        assert!(may_propose(9).is_ok() && matches!(may_propose(10), Err(Error::TooManyProposals)));
    }
}
