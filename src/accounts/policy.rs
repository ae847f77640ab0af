//! Rules on accounts that depend on whose they are.

use super::Error;
use crate::actor::Role;

/// Nobody closes their own account, and the bank keeps an administrator.
///
/// # Errors
/// [`Error::LastAdministrator`].
pub fn may_disable(own: bool, is_last_administrator: bool) -> Result<(), Error> {
    if own || is_last_administrator { Err(Error::LastAdministrator) } else { Ok(()) }
}

/// Nobody takes the administrator's role from themself, and the bank keeps one.
///
/// # Errors
/// [`Error::LastAdministrator`].
pub fn may_revoke(role: Role, own: bool, is_last_administrator: bool) -> Result<(), Error> {
    if role == Role::Administrator { may_disable(own, is_last_administrator) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_ends_themself_as_administrator_nor_the_last_one() {
        for (own, is_last) in [(true, false), (false, true), (true, true)] {
            assert!(matches!(may_disable(own, is_last), Err(Error::LastAdministrator)));
            assert!(matches!(may_revoke(Role::Administrator, own, is_last), Err(Error::LastAdministrator)));
            assert!(may_revoke(Role::Staff, own, is_last).is_ok());
        }
        assert!(may_disable(false, false).is_ok() && may_revoke(Role::Administrator, false, false).is_ok());
    }
}
