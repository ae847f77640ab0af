//! Rules on institutions that need no database.

use super::super::model::institution::Status;
use super::Error;
use super::model::{Record, Verification};
use crate::id::PersonId;

/// Proposals of one person that may wait for the bank at a time.
pub const MOST_PROPOSALS: i64 = 10;

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

/// Whoever proposed an institution does not verify it.
///
/// # Errors
/// [`Error::OwnProposal`].
pub fn may_verify(proposed_by: Option<PersonId>, verifier: Option<PersonId>) -> Result<(), Error> {
    if verifier.is_some() && proposed_by == verifier { Err(Error::OwnProposal) } else { Ok(()) }
}

/// A list of columns with one more, each once and in order.
pub fn with_column(set_by_staff: &str, column: &str) -> String {
    let mut columns: Vec<&str> = set_by_staff.split(',').filter(|name| !name.is_empty()).chain([column]).collect();
    columns.sort_unstable();
    columns.dedup();
    columns.join(",")
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
    fn a_column_stands_once_in_the_list() {
        assert_eq!(with_column("", "name"), "name");
        assert_eq!(with_column("name,status", "city"), "city,name,status");
        assert_eq!(with_column("city,name", "name"), "city,name");
    }
}
