//! How often somebody may try to get in: so many attempts a minute of one address, and as many for one account whether
//! it exists or not. Kept in memory, by each instance for itself; the lock of an account is in the database.

use super::Error;
use crate::accounts::passwords::sha256_hex;
use crate::app::{App, Clock};
use crate::config::Config;
use axum::http::HeaderMap;
use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

/// Keys of a limiter after which those that are at rest are let go.
const KEPT: usize = 10_000;

/// Where a call came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// Its address; none if it is not known, as within the process.
    pub address: Option<IpAddr>,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// Never throttled: loopback, unless a proxy tells the addresses.
    pub exempt: bool,
}

impl Client {
    /// The client behind a connection. A header gives the address only if it is configured: anybody can send one. Of
    /// several lines and entries the last is what the bank's own proxy saw; those before it the caller wrote.
    pub fn of(config: &Config, peer: Option<IpAddr>, headers: &HeaderMap) -> Self {
        let last = |name: &str| headers.get_all(name).iter().next_back()?.to_str().ok();
        let forwarded = config.client_address_header.as_deref().and_then(last);
        let forwarded = forwarded.and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
        let address = forwarded.or(peer).map(|address: IpAddr| address.to_canonical());
        let exempt = config.client_address_header.is_none() && address.is_none_or(|address| address.is_loopback());
        Self { address, user_agent: last("user-agent").map(Into::into), exempt }
    }
}

/// The clock of the bank, for the limiters.
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

/// The attempts of late.
#[derive(Debug)]
pub struct Throttle {
    by_address: Limiter<IpAddr>,
    by_account: Limiter<String>,
    clock: BankClock,
}

impl Throttle {
    /// Nobody tried yet.
    pub fn new(app: &App) -> Self {
        let attempts = NonZeroU32::new(app.config.throttle.attempts_per_minute).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_minute(attempts);
        let clock = BankClock(app.clock.clone());
        let by_address = RateLimiter::new(quota, HashMapStateStore::default(), clock.clone());
        let by_account = RateLimiter::new(quota, HashMapStateStore::default(), clock.clone());
        Self { by_address, by_account, clock }
    }

    /// Counts an attempt of a client, at an account if one is named.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`]; then the attempt is not to be made.
    pub fn attempt(&self, client: &Client, email: Option<&str>) -> Result<(), Error> {
        if client.exempt {
            return Ok(());
        }
        if let Some(address) = client.address {
            self.check(&self.by_address, &household(address))?;
        }
        match email {
            // Its hash, so that no list of e-mails lies in the memory.
            Some(email) => self.check(&self.by_account, &sha256_hex(email.trim().to_lowercase().as_bytes())),
            None => Ok(()),
        }
    }

    fn check<K: Clone + Eq + std::hash::Hash>(&self, limiter: &Limiter<K>, key: &K) -> Result<(), Error> {
        if limiter.len() > KEPT {
            limiter.retain_recent();
        }
        limiter.check_key(key).map_err(|not_yet| {
            let seconds = not_yet.wait_time_from(self.clock.now()).as_secs_f64().ceil();
            Error::TooManyAttempts { seconds: (seconds as i64).max(1) }
        })
    }
}

/// An address as one who tries has it: of IPv6 the network of a household, which has 2^64 addresses.
fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from(u128::from(six) & (u128::MAX << 64))),
        four => four,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_the_sockets_unless_a_trusted_header_tells_it() {
        let peer: Option<IpAddr> = Some("10.0.0.1".parse().unwrap());
        let mut headers = HeaderMap::new();
        for line in ["192.0.2.1", "203.0.113.9, 198.51.100.7"] {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let client = Client::of(&Config::default(), peer, &headers);
        assert_eq!((client.address, client.exempt), (peer, false));
        let config = Config { client_address_header: Some("x-forwarded-for".into()), ..Config::default() };
        let seen = |headers: &HeaderMap| Client::of(&config, peer, headers).address;
        assert_eq!(seen(&headers), Some("198.51.100.7".parse().unwrap()), "the last entry of the last line");
        headers.append("x-forwarded-for", "no address".parse().unwrap());
        assert_eq!(seen(&headers), peer, "what the proxy wrote is no address, and what stands before it is anybody's");
        let (loopback, none) = (Some("127.0.0.1".parse().unwrap()), HeaderMap::new());
        assert!(Client::of(&Config::default(), loopback, &none).exempt);
        assert!(Client::of(&Config::default(), Some("::ffff:127.0.0.1".parse().unwrap()), &none).exempt);
        assert!(!Client::of(&config, loopback, &none).exempt);
    }

    #[test]
    fn a_household_of_ipv6_is_one() {
        let household = |text: &str| household(text.parse().unwrap());
        assert_eq!(household("2001:db8::1"), household("2001:db8::ffff:1"));
        assert_ne!(household("2001:db8::1"), household("2001:db8:0:1::1"));
    }
}
