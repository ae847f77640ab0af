//! Rules on memberships that depend on the row: who stands where to it, and what follows.

use super::model::{InstitutionRole, State};
use crate::accounts::institutions::Error;
use chrono::{DateTime, Duration, Utc};

impl State {
    /// Which state follows which; the database refuses every other change.
    pub const TRANSITIONS: [(Self, Self); 4] = [
        (Self::Requested, Self::Active),
        (Self::Requested, Self::Refused),
        (Self::Requested, Self::Left),
        (Self::Active, Self::Left),
    ];
}

/// Requests to join one institution that a person may make in vain within [`REQUEST_DAYS`].
const MOST_REQUESTS: usize = 3;
/// Days for which a request in vain counts.
const REQUEST_DAYS: i64 = 30;

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

/// What comes of wanting to join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joining {
    /// They belong there already; it becomes where they work now.
    Return,
    /// They asked already, and now their address speaks for them.
    Confirm,
    /// They asked already and wait.
    Wait,
    /// Their address speaks for them.
    Enter,
    /// Somebody has to decide.
    Ask,
}

/// What comes of wanting to join, by the open membership there is and by the e-mail's domain.
pub fn joining(open: Option<State>, domain_fits: bool) -> Joining {
    match (open, domain_fits) {
        (Some(State::Active), _) => Joining::Return,
        (Some(State::Requested), true) => Joining::Confirm,
        (Some(State::Requested), false) => Joining::Wait,
        (_, true) => Joining::Enter,
        (_, false) => Joining::Ask,
    }
}

/// Whoever asked in vain three times within 30 days waits until the first of these is older.
///
/// # Errors
/// [`Error::TooManyRequests`].
pub fn may_ask(in_vain: &[DateTime<Utc>], now: DateTime<Utc>) -> Result<(), Error> {
    let within = Duration::days(REQUEST_DAYS);
    let recent: Vec<_> = in_vain.iter().filter(|at| now - **at < within).collect();
    match recent.len().checked_sub(MOST_REQUESTS).and_then(|place| recent.get(place)) {
        Some(first) => Err(Error::TooManyRequests { again: **first + within }),
        None => Ok(()),
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

/// Those in charge give and take roles; nobody makes themself a signatory, and an institution loses its last
/// administrator by the bank's staff only.
///
/// # Errors
/// [`Error::NotInCharge`], [`Error::OwnMatter`], [`Error::LastAdministrator`] or [`Error::WrongState`].
pub fn may_set_role(
    context: PolicyContext,
    state: State,
    role: InstitutionRole,
    granted: bool,
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
    fn a_domain_lets_in_and_everybody_else_asks_once() {
        assert_eq!(joining(None, true), Joining::Enter);
        assert_eq!(joining(None, false), Joining::Ask);
        assert_eq!(joining(Some(State::Requested), true), Joining::Confirm);
        assert_eq!(joining(Some(State::Requested), false), Joining::Wait);
        assert_eq!([true, false].map(|fits| joining(Some(State::Active), fits)), [Joining::Return; 2]);
    }

    #[test]
    fn one_asks_three_times_within_thirty_days() {
        let day = |days: i64| DateTime::from_timestamp(1_000_000, 0).unwrap() + Duration::days(days);
        assert!(may_ask(&[], day(0)).is_ok() && may_ask(&[day(0), day(0)], day(0)).is_ok());
        let asked = [day(0), day(10), day(20)];
        for now in [day(20), day(30) - Duration::seconds(1)] {
            let refused = may_ask(&asked, now);
            assert!(matches!(refused, Err(Error::TooManyRequests { again }) if again == day(30)), "{refused:?}");
        }
        assert!(may_ask(&asked, day(30)).is_ok());
        let more = [day(0), day(10), day(20), day(30)];
        assert!(matches!(may_ask(&more, day(31)), Err(Error::TooManyRequests { again }) if again == day(40)));
    }

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
        let set = |context, role, granted| may_set_role(context, State::Active, role, granted, false);
        for context in [ADMINISTERS, KEEPS] {
            let own = PolicyContext { own: true, ..context };
            assert!(matches!(set(own, InstitutionRole::Signatory, true), Err(Error::OwnMatter)));
            assert!(set(own, InstitutionRole::Signatory, false).is_ok());
            assert!(InstitutionRole::ALL.into_iter().all(|role| set(context, role, true).is_ok()));
        }
        assert!(matches!(set(OWN, InstitutionRole::PrincipalInvestigator, true), Err(Error::NotInCharge)));
        let to_a_request = may_set_role(KEEPS, State::Requested, InstitutionRole::Signatory, true, false);
        assert!(matches!(to_a_request, Err(Error::WrongState(State::Requested))));
    }

    #[test]
    fn the_last_administrator_goes_by_the_bank_only() {
        let own = PolicyContext { own: true, ..ADMINISTERS };
        let take = |context| may_set_role(context, State::Active, InstitutionRole::Administrator, false, true);
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
