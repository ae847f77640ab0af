//! Settings: defaults, then `stembank.toml`, then `BANK_*` variables, which win.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::Path;

/// Everything a bank can be told from outside.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `sqlite://FILE` or `postgres://USER:PASSWORD@HOST/DATABASE`.
    pub database_url: String,
    /// Address the service listens on.
    pub listen: SocketAddr,
    /// Address under which readers reach the service; links in letters begin with it.
    pub public_url: String,
    /// Serve GraphiQL at `/graphiql`; off unless asked for.
    pub graphiql: bool,
    /// First year whose shipments are all recorded here; by default the year of the first recorded shipment.
    pub recorded_from: Option<i32>,
    /// Weight of the cache of anonymous answers, in MiB; 0 switches it off.
    pub cache_mib: u64,
    /// Bytes a GraphQL request may have.
    pub max_body_bytes: usize,
    /// Days for which a vial stays promised before it returns to stock.
    pub reservation_days: i64,
    /// Argon2id memory in KiB, passes and lanes, for new passwords.
    pub argon2: Argon2Cost,
    /// Wrong passwords in a row before an account is locked, and for how many minutes.
    pub lockout: Lockout,
    /// Keys of the history's seals, separated by commas: the first one seals, older ones only verify. Each is 32 bytes or
    /// more in hexadecimal or base64. Without one a key is made and kept in the database, next to what it protects.
    pub audit_key: Option<AuditKeys>,
}

/// Secret keys of the history's seals; never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct AuditKeys(Vec<Vec<u8>>);

/// The fewest bytes of a key, as many as its hash has.
pub const AUDIT_KEY_BYTES: usize = 32;

impl AuditKeys {
    /// The keys, the one that seals first; at least one.
    pub fn keys(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(Vec::as_slice)
    }
}

impl std::fmt::Debug for AuditKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuditKeys({} hidden)", self.0.len())
    }
}

impl TryFrom<String> for AuditKeys {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let keys: Option<Vec<_>> = text.split(',').map(|key| key_bytes(key.trim())).collect();
        keys.filter(|keys| keys.iter().all(|key| key.len() >= AUDIT_KEY_BYTES)).map(Self).ok_or_else(|| {
            format!(
                "audit_key: a key is at least {AUDIT_KEY_BYTES} bytes in hexadecimal or base64, several with commas"
            )
        })
    }
}

/// What is all hexadecimal digits is hexadecimal, the rest base64.
fn key_bytes(text: &str) -> Option<Vec<u8>> {
    if text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()).collect();
    }
    [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD].iter().find_map(|alphabet| alphabet.decode(text).ok())
}

/// Cost of a password hash (RFC 9106; the defaults are OWASP's second choice, 19 MiB).
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Argon2Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

/// When an account is locked.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lockout {
    /// Wrong passwords in a row.
    pub attempts: i32,
    /// Minutes for which no password is accepted.
    pub minutes: i64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database_url: "sqlite://stembank.db".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: "http://127.0.0.1:8080".into(),
            graphiql: false,
            recorded_from: None,
            cache_mib: 64,
            max_body_bytes: 1 << 20,
            reservation_days: 14,
            argon2: Argon2Cost { memory_kib: 19 * 1024, passes: 2, lanes: 1 },
            lockout: Lockout { attempts: 10, minutes: 15 },
            audit_key: None,
        }
    }
}

impl Config {
    /// Reads the file if it is there, then the environment.
    ///
    /// # Errors
    /// An unknown or malformed setting, named.
    pub fn load(file: &Path) -> Result<Self, config::ConfigError> {
        config::Config::builder()
            .add_source(config::File::from(file).required(false))
            .add_source(
                config::Environment::with_prefix("BANK").separator("__").prefix_separator("_").try_parsing(true),
            )
            .build()?
            .try_deserialize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_hexadecimal_or_base64_and_long_enough_and_never_shown() {
        let hex = "00ff".repeat(16);
        let keys = AuditKeys::try_from(format!("{hex}, {}", STANDARD.encode([7; 40]))).unwrap();
        let lengths: Vec<_> = keys.keys().map(<[u8]>::len).collect();
        assert_eq!(lengths, [32, 40]);
        assert_eq!(keys.keys().next().unwrap()[..2], [0, 255]);
        assert!(!format!("{keys:?}").contains("255"));
        for bad in ["", "00ff", "not a key at all, whatever one does", &hex[2..]] {
            assert!(AuditKeys::try_from(bad.to_owned()).unwrap_err().contains("32 bytes"), "{bad}");
        }
    }
}
