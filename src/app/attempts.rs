//! How often somebody may try to get in: so many attempts a minute under one key. Kept in memory, by each instance for
//! itself; the lock of an account is in the database.

use super::Clock;
use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use std::hash::Hash;
use std::num::NonZeroU32;
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

/// The attempts of late, by key.
#[derive(Debug)]
pub struct Attempts<K: Clone + Eq + Hash> {
    limiter: RateLimiter<K, HashMapStateStore<K>, BankClock, NoOpMiddleware<Duration>>,
    clock: BankClock,
}

impl<K: Clone + Eq + Hash> Attempts<K> {
    /// Nobody tried yet; so many are allowed a minute, at least one.
    pub fn new(per_minute: u32, clock: Clock) -> Self {
        let quota = Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN));
        let clock = BankClock(clock);
        Self { limiter: RateLimiter::new(quota, HashMapStateStore::default(), clock.clone()), clock }
    }

    /// Counts an attempt.
    ///
    /// # Errors
    /// The seconds after which the next one may be made; then this one is not to be made.
    pub fn count(&self, key: &K) -> Result<(), i64> {
        if self.limiter.len() > KEPT {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(key).map_err(|not_yet| {
            let seconds = not_yet.wait_time_from(self.clock.now()).as_secs_f64().ceil();
            (seconds as i64).max(1)
        })
    }
}
