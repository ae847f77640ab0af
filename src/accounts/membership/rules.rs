//! Rules on memberships: which state follows which, and what comes of wanting to join.

use super::model::State;
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
