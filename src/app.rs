//! What the whole program shares: the database, the clock, the settings.

use crate::config::Config;
use crate::db::Db;
use chrono::{DateTime, Datelike, NaiveDate, SubsecRound, Utc};
use chrono_tz::Asia::Seoul;
use std::sync::{Arc, Mutex};

/// A running bank, cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// Where everything is kept.
    pub db: Db,
    /// What time it is.
    pub clock: Clock,
    /// Settings.
    pub config: Arc<Config>,
}

/// The one source of time; tests stop it where they want it.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<Mutex<DateTime<Utc>>>>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands until [`Clock::set`].
    pub fn stopped_at(at: DateTime<Utc>) -> Self {
        Self(Some(Arc::new(Mutex::new(at))))
    }

    /// Moves a stopped clock; the machine's clock stays as it is.
    pub fn set(&self, at: DateTime<Utc>) {
        if let Some(hand) = &self.0 {
            *hand.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = at;
        }
    }

    /// Now, in UTC, cut to microseconds: what both engines keep.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> DateTime<Utc> {
        let now = match &self.0 {
            Some(hand) => *hand.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
            None => Utc::now(),
        };
        now.trunc_subsecs(6)
    }

    /// Today in Asia/Seoul, the day on which approvals count.
    pub fn today(&self) -> NaiveDate {
        seoul_date(self.now())
    }
}

/// The calendar day in Asia/Seoul of an instant.
pub fn seoul_date(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&Seoul).date_naive()
}

/// The calendar year in Asia/Seoul of an instant: 2024-12-31T15:00Z is already 2025.
pub fn seoul_year(at: DateTime<Utc>) -> i32 {
    seoul_date(at).year()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_turns_at_midnight_in_seoul() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(seoul_year(at("2024-12-31T14:59:59Z")), 2024);
        assert_eq!(seoul_year(at("2024-12-31T15:00:00Z")), 2025);
        assert_eq!(seoul_year(at("2024-12-31T15:30:00Z")), 2025);
    }
}
