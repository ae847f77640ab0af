//! What the whole program shares: the database, the clock, the settings.

mod attempts;

pub use attempts::Attempts;

use crate::config::Config;
use crate::db::Db;
use chrono::{DateTime, Datelike, Duration, NaiveDate, SubsecRound, Utc};
use chrono_tz::Asia::Seoul;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
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
    /// How often people who are signed in gave a password of late, by their keys.
    pub proofs: Arc<Attempts<i64>>,
}

impl App {
    /// A bank by its settings.
    pub fn new(db: Db, clock: Clock, config: Config) -> Self {
        let proofs = Arc::new(Attempts::new(config.throttle.attempts_per_minute, clock.clone()));
        Self { db, clock, config: Arc::new(config), proofs }
    }
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
            None => STEADY.at(Utc::now()),
        };
        now.trunc_subsecs(6)
    }

    /// Today in Asia/Seoul, the day on which approvals count.
    pub fn today(&self) -> NaiveDate {
        seoul_date(self.now())
    }
}

/// The machine's clock as it was read last, in this process.
static STEADY: Steady = Steady::new();
/// By so much the machine's clock may be set back without time going back: it stands until it is made up for.
const STANDS_FOR: Duration = Duration::seconds(60);

/// Keeps time from going back, as when a clock is corrected.
#[derive(Debug)]
struct Steady {
    latest_micros: AtomicI64,
    was_set_back: AtomicBool,
}

impl Steady {
    const fn new() -> Self {
        Self { latest_micros: AtomicI64::new(i64::MIN), was_set_back: AtomicBool::new(false) }
    }

    /// What time it is when the machine says `now`. A clock that was set back far, for it had been wrong, is followed.
    fn at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let latest = self.latest_micros.fetch_max(now.timestamp_micros(), Ordering::Relaxed);
        let Some(latest) = DateTime::from_timestamp_micros(latest).filter(|latest| *latest > now) else {
            self.was_set_back.store(false, Ordering::Relaxed);
            return now;
        };
        let back = latest - now;
        if back > STANDS_FOR {
            self.latest_micros.store(now.timestamp_micros(), Ordering::Relaxed);
            tracing::error!(seconds = back.num_seconds(), "the machine's clock was set back; times go back with it");
            return now;
        }
        if back >= Duration::seconds(1) && !self.was_set_back.swap(true, Ordering::Relaxed) {
            tracing::warn!(seconds = back.num_seconds(), "the machine's clock was set back; time stands for as long");
        }
        latest
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
    fn a_clock_that_is_set_back_a_little_stands_and_one_that_was_wrong_is_followed() {
        let at = |seconds: i64| DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap();
        let steady = Steady::new();
        for (machine, told) in [(0, 0), (10, 10), (7, 10), (9, 10), (11, 11), (-49, 11), (-60, -60), (-59, -59)] {
            assert_eq!(steady.at(at(machine)), at(told), "the machine says {machine}");
        }
    }

    #[test]
    fn the_year_turns_at_midnight_in_seoul() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(seoul_year(at("2024-12-31T14:59:59Z")), 2024);
        assert_eq!(seoul_year(at("2024-12-31T15:00:00Z")), 2025);
        assert_eq!(seoul_year(at("2024-12-31T15:30:00Z")), 2025);
    }
}
