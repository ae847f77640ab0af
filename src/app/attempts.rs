//! How often somebody may try to get in: so many attempts a minute under one key. Kept in memory, by each instance for
//! itself; the lock of an account is in the database.

use super::Clock;
use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Keys after which those that are at rest are let go.
const KEPT: usize = 10_000;

/// The clock of the bank, for the limiter.
#[derive(Clone, Debug)]
struct BankClock(Clock);

impl GovernorClock for BankClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let now = self.0.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        Duration::new(seconds, now.timestamp_subsec_nanos())
    }
}

type Limiter<K> = RateLimiter<K, HashMapStateStore<K>, BankClock, NoOpMiddleware<Duration>>;

/// The attempts of late, by key.
#[derive(Debug)]
pub struct Attempts<K: Clone + Eq + Hash> {
    counted: Mutex<Counted<K>>,
    quota: Quota,
    clock: BankClock,
}

#[derive(Debug)]
struct Counted<K: Clone + Eq + Hash> {
    limiter: Limiter<K>,
    /// When an attempt was counted last.
    at: Duration,
}

impl<K: Clone + Eq + Hash> Attempts<K> {
    /// Nobody tried yet; so many are allowed a minute, at least one.
    pub fn new(per_minute: u32, clock: Clock) -> Self {
        let quota = Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN));
        let clock = BankClock(clock);
        Self { counted: Mutex::new(Counted::none(quota, &clock)), quota, clock }
    }

    /// Counts an attempt.
    ///
    /// # Errors
    /// The seconds after which the next one may be made; then this one is not to be made.
    pub fn count(&self, key: &K) -> Result<(), i64> {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        if now < counted.at {
            // The clock was set back: what was counted lies in the future, and would keep everybody out until then.
            *counted = Counted::none(self.quota, &self.clock);
        }
        counted.at = now;
        if counted.limiter.len() > KEPT {
            counted.limiter.retain_recent();
        }
        counted.limiter.check_key(key).map_err(|not_yet| {
            let seconds = not_yet.wait_time_from(now).as_secs_f64().ceil();
            (seconds as i64).max(1)
        })
    }
}

impl<K: Clone + Eq + Hash> Counted<K> {
    fn none(quota: Quota, clock: &BankClock) -> Self {
        Self { limiter: RateLimiter::new(quota, HashMapStateStore::default(), clock.clone()), at: Duration::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};

    #[test]
    fn so_many_are_allowed_a_minute_also_after_the_clock_was_set_back() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let clock = Clock::stopped_at(at("2031-01-02T03:00:00Z"));
        let attempts = Attempts::new(2, clock.clone());
        assert_eq!([attempts.count(&1), attempts.count(&1)], [Ok(()), Ok(())]);
        assert_eq!([attempts.count(&1), attempts.count(&2)], [Err(30), Ok(())]);
        clock.set(at("2031-01-02T03:00:30Z"));
        assert_eq!([attempts.count(&1), attempts.count(&1)], [Ok(()), Err(30)]);
        clock.set(at("2026-03-02T03:00:00Z"));
        assert_eq!([attempts.count(&1), attempts.count(&1), attempts.count(&1)], [Ok(()), Ok(()), Err(30)]);
    }
}
