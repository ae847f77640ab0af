//! Rules on memberships that depend on the row: who stands where to it, and what they may do.

use super::model::{InstitutionRole, State};
use crate::accounts::institutions::Error;

/// How the caller stands to a membership.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyContext {
    /// It is their own.
    pub own: bool,
    /// They administer the institution.
    pub administers: bool,
    /// They keep institutions for the bank.
    pub keeps: bool,
}

impl PolicyContext {
    /// True for those who decide about members of the institution.
    pub fn in_charge(self) -> bool {
        self.administers || self.keeps
    }
}

/// Those in charge decide, but nobody their own membership.
///
/// # Errors
/// [`Error::NotInCharge`], [`Error::OwnMatter`] or [`Error::WrongState`].
pub fn may_decide(context: PolicyContext, state: State) -> Result<(), Error> {
    if !context.in_charge() {
        return Err(Error::NotInCharge);
    }
    if context.own {
        return Err(Error::OwnMatter);
    }
    if state == State::Requested { Ok(()) } else { Err(Error::WrongState(state)) }
}

/// A role that a member is given or loses.
#[derive(Clone, Copy, Debug)]
pub struct RoleChange {
    /// Which one.
    pub role: InstitutionRole,
    /// Whether they have it from now on.
    pub granted: bool,
}

/// Those in charge give and take roles; nobody makes themself a signatory, and an institution loses its last
/// administrator by the bank's staff only.
///
/// # Errors
/// [`Error::NotInCharge`], [`Error::OwnMatter`], [`Error::LastAdministrator`] or [`Error::WrongState`].
pub fn may_set_role(
    context: PolicyContext,
    state: State,
    RoleChange { role, granted }: RoleChange,
    is_last_administrator: bool,
) -> Result<(), Error> {
    if !context.in_charge() {
        return Err(Error::NotInCharge);
    }
    if state != State::Active {
        return Err(Error::WrongState(state));
    }
    if context.own && granted && role == InstitutionRole::Signatory {
        return Err(Error::OwnMatter);
    }
    if role == InstitutionRole::Administrator && !granted && is_last_administrator && !context.keeps {
        return Err(Error::LastAdministrator);
    }
    Ok(())
}

/// One ends one's own membership, or withdraws one's own request; those in charge end others' memberships.
///
/// # Errors
/// [`Error::NotInCharge`], [`Error::LastAdministrator`] or [`Error::WrongState`].
pub fn may_end(context: PolicyContext, state: State, is_last_administrator: bool) -> Result<(), Error> {
    if !context.own && !context.in_charge() {
        return Err(Error::NotInCharge);
    }
    let ends = state == State::Active || (state == State::Requested && context.own);
    if !ends {
        return Err(Error::WrongState(state));
    }
    if is_last_administrator && !context.keeps { Err(Error::LastAdministrator) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY: PolicyContext = PolicyContext { own: false, administers: false, keeps: false };
    const OWN: PolicyContext = PolicyContext { own: true, ..NOBODY };
    const ADMINISTERS: PolicyContext = PolicyContext { administers: true, ..NOBODY };
    const KEEPS: PolicyContext = PolicyContext { keeps: true, ..NOBODY };
    const STATES: [State; 4] = [State::Requested, State::Active, State::Refused, State::Left];

    #[test]
    fn those_in_charge_decide_requests_of_others() {
        for context in [ADMINISTERS, KEEPS] {
            for state in STATES {
                assert_eq!(may_decide(context, state).is_ok(), state == State::Requested);
            }
            let own = PolicyContext { own: true, ..context };
            assert!(matches!(may_decide(own, State::Requested), Err(Error::OwnMatter)));
        }
        for context in [NOBODY, OWN] {
            assert!(matches!(may_decide(context, State::Requested), Err(Error::NotInCharge)));
        }
    }

    #[test]
    fn nobody_makes_themself_a_signatory() {
        let set = |context, role, granted| may_set_role(context, State::Active, RoleChange { role, granted }, false);
        for context in [ADMINISTERS, KEEPS] {
            let own = PolicyContext { own: true, ..context };
            assert!(matches!(set(own, InstitutionRole::Signatory, true), Err(Error::OwnMatter)));
            assert!(set(own, InstitutionRole::Signatory, false).is_ok());
            assert!(InstitutionRole::ALL.into_iter().all(|role| set(context, role, true).is_ok()));
        }
        assert!(matches!(set(OWN, InstitutionRole::PrincipalInvestigator, true), Err(Error::NotInCharge)));
        let signatory = RoleChange { role: InstitutionRole::Signatory, granted: true };
        let to_a_request = may_set_role(KEEPS, State::Requested, signatory, false);
        assert!(matches!(to_a_request, Err(Error::WrongState(State::Requested))));
    }

    #[test]
    fn the_last_administrator_goes_by_the_bank_only() {
        let own = PolicyContext { own: true, ..ADMINISTERS };
        let lost = RoleChange { role: InstitutionRole::Administrator, granted: false };
        let take = |context| may_set_role(context, State::Active, lost, true);
        assert!(matches!(take(own), Err(Error::LastAdministrator)) && take(KEEPS).is_ok());
        assert!(matches!(may_end(own, State::Active, true), Err(Error::LastAdministrator)));
        assert!(may_end(KEEPS, State::Active, true).is_ok() && may_end(own, State::Active, false).is_ok());
    }

    #[test]
    fn one_ends_what_is_ones_own_and_a_request_of_others_is_decided() {
        for state in STATES {
            let open = matches!(state, State::Requested | State::Active);
            assert_eq!(may_end(OWN, state, false).is_ok(), open);
            assert_eq!(may_end(ADMINISTERS, state, false).is_ok(), state == State::Active);
            assert!(matches!(may_end(NOBODY, state, false), Err(Error::NotInCharge)));
        }
    }
}
