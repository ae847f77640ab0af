//! How often somebody may try to get in: so many attempts a minute of one address, and as many for one account whether
//! it exists or not.

use super::{Error, email};
use crate::accounts::passwords::sha256_hex;
use crate::app::{App, Attempts};
use crate::config::Config;
use axum::http::HeaderMap;
use std::net::{IpAddr, Ipv6Addr};

/// Where a call came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// Its address; none if it is not known, as within the process.
    pub address: Option<IpAddr>,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// Never throttled: whoever asks within the process, and in a demonstration this machine.
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
        // Elsewhere a caller on this machine is a proxy, behind which everybody stands.
        let exempt = address.is_none_or(|address| config.demonstration && address.is_loopback());
        Self { address, user_agent: last("user-agent").map(Into::into), exempt }
    }
}

/// The attempts of late.
#[derive(Debug)]
pub struct Throttle {
    by_address: Attempts<IpAddr>,
    by_account: Attempts<String>,
}

impl Throttle {
    /// Nobody tried yet.
    pub fn new(app: &App) -> Self {
        let per_minute = app.config.throttle.attempts_per_minute;
        let clock = &app.clock;
        Self {
            by_address: Attempts::new(per_minute, clock.clone()),
            by_account: Attempts::new(per_minute, clock.clone()),
        }
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
            self.by_address.count(&household(address)).map_err(too_many)?;
        }
        let Some(email) = email else { return Ok(()) };
        // Its hash, so that no list of e-mails lies in the memory.
        let account = sha256_hex(email::normal(email).as_deref().unwrap_or(email.trim()).as_bytes());
        self.by_account.count(&account).map_err(too_many)
    }
}

/// What is said of attempts that are counted.
pub(super) fn too_many(seconds: i64) -> Error {
    Error::TooManyAttempts { seconds }
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
        let demonstration = Config { demonstration: true, ..Config::default() };
        assert!(Client::of(&demonstration, loopback, &none).exempt);
        assert!(Client::of(&demonstration, Some("::ffff:127.0.0.1".parse().unwrap()), &none).exempt);
        assert!(!Client::of(&demonstration, peer, &none).exempt);
        assert!(!Client::of(&Config::default(), loopback, &none).exempt);
        assert!(Client::of(&Config::default(), None, &none).exempt);
    }

    #[test]
    fn a_household_of_ipv6_is_one() {
        let household = |text: &str| household(text.parse().unwrap());
        assert_eq!(household("2001:db8::1"), household("2001:db8::ffff:1"));
        assert_ne!(household("2001:db8::1"), household("2001:db8:0:1::1"));
    }
}
