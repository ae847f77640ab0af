//! Settings: defaults, then `stembank.toml`, then `BANK_*` variables, which win.

mod backup;
mod durability;
mod history;
mod host;
mod metrics;
mod provider;
mod site;
mod smtp;

pub use backup::Backup;
pub use durability::Durability;
pub use history::{AUDIT_KEY_BYTES, AuditKeys};
pub use host::is_this_machine;
pub use metrics::{Metrics, MetricsToken};
pub use provider::IdentityProvider;
pub use site::Site;
pub use smtp::{Secret, Smtp, SmtpTls};

use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;

/// Everything a bank can be told from outside.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `sqlite://FILE` or `postgres://USER:PASSWORD@HOST/DATABASE`.
    pub database_url: String,
    /// What an SQLite bank waits for before it acknowledges a change.
    pub sqlite_durability: Durability,
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
    /// Connections of callers at once; whoever comes then waits to be accepted.
    pub max_connections: usize,
    /// Bytes a GraphQL request may have.
    pub max_body_bytes: usize,
    /// Days for which a vial stays reserved before it returns to stock.
    pub reservation_days: i64,
    /// Argon2id memory in KiB, passes and lanes, for new passwords.
    pub argon2: Argon2Cost,
    /// Wrong passwords in a row before an account is locked, and for how many minutes.
    pub lockout: Lockout,
    /// Keys of the history's seals, separated by commas: the first one seals, older ones only verify. Each is 32 bytes
    /// or more in hexadecimal or base64. Without one a key is made and kept in the database, next to what it protects.
    pub audit_key: Option<AuditKeys>,
    /// When a session ends by itself.
    pub session: SessionEnds,
    /// How often somebody may try to get in.
    pub throttle: Throttle,
    /// The program serves a demonstration, whose accounts are published: callers on this machine are not throttled, and
    /// nobody is answered who asks for another name than this machine's. No setting.
    #[serde(skip)]
    pub demonstration: bool,
    /// Header in which a trusted proxy tells the client's address, such as `x-forwarded-for`; its last entry counts.
    /// Without it the address is the socket's.
    pub client_address_header: Option<String>,
    /// Staff and administrators act as such only in sessions with a second factor; never asked in a demonstration.
    pub second_factor_required: bool,
    /// Where people may sign in besides here, by the name that stands in addresses (`/sign-in/NAME`).
    pub identity_providers: BTreeMap<String, IdentityProvider>,
    /// How letters leave; without it they stay in the outbox.
    pub smtp: Option<Smtp>,
    /// Days after which whoever's turn it is gets reminded of a request that does not move; 0 switches reminders off.
    pub reminder_days: i64,
    /// What the pages show of whose bank this is.
    pub site: Site,
    /// Where figures for Prometheus are served.
    pub metrics: Metrics,
    /// Backups that the service makes by itself.
    pub backup: Backup,
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

/// When a session ends without being signed out.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionEnds {
    /// Minutes after the last request; a minute may be missing, because not every request is written down.
    pub idle_minutes: i64,
    /// Hours after signing in, however busy.
    pub absolute_hours: i64,
}

impl Default for SessionEnds {
    fn default() -> Self {
        Self { idle_minutes: 60, absolute_hours: 12 }
    }
}

/// How often somebody may try to sign in, to register or to have letters sent.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Throttle {
    /// Attempts a minute of one address, and as many for one account; at least 1.
    pub attempts_per_minute: u32,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { attempts_per_minute: 20 }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database_url: "sqlite://stembank.db".into(),
            sqlite_durability: Durability::default(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: "http://127.0.0.1:8080".into(),
            graphiql: false,
            recorded_from: None,
            cache_mib: 64,
            max_connections: 500,
            max_body_bytes: 1 << 20,
            reservation_days: 14,
            argon2: Argon2Cost { memory_kib: 19 * 1024, passes: 2, lanes: 1 },
            lockout: Lockout { attempts: 10, minutes: 15 },
            audit_key: None,
            session: SessionEnds::default(),
            throttle: Throttle::default(),
            demonstration: false,
            client_address_header: None,
            second_factor_required: true,
            identity_providers: BTreeMap::new(),
            smtp: None,
            reminder_days: 7,
            site: Site::default(),
            metrics: Metrics::default(),
            backup: Backup::default(),
        }
    }
}

impl Config {
    /// Reads the file if it is there, then the environment.
    ///
    /// # Errors
    /// An unknown or malformed setting, named.
    pub fn load(file: &Path) -> Result<Self, config::ConfigError> {
        let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        Self::read(file, std::env::vars_os().filter_map(text).collect())
    }

    fn read(file: &Path, mut variables: HashMap<String, String>) -> Result<Self, config::ConfigError> {
        // Variables that look like numbers become numbers; a password that does must keep its leading zeros.
        let password = variables.get("BANK_SMTP__PASSWORD").cloned();
        let metrics_token = variables.remove("BANK_METRICS__TOKEN");
        let environment = config::Environment::with_prefix("BANK").separator("__").prefix_separator("_");
        let mut config: Self = config::Config::builder()
            .add_source(config::File::from(file).required(false))
            .add_source(environment.try_parsing(true).source(Some(variables)))
            .build()?
            .try_deserialize()?;
        if let (Some(smtp), Some(password)) = (&mut config.smtp, password) {
            smtp.password = Some(Secret(password));
        }
        if let Some(token) = metrics_token {
            config.metrics.token = Some(token.try_into().map_err(config::ConfigError::Message)?);
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_for_metrics_that_looks_like_a_number_stays_as_it_is() {
        let read = |token: &str| {
            let variables = [("BANK_METRICS__TOKEN", token), ("BANK_METRICS__LISTEN", "127.0.0.1:9464")];
            let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            Config::read(Path::new("no such file"), variables)
        };
        let metrics = read("00000000000000000012").unwrap().metrics;
        assert!(metrics.token.unwrap().is("00000000000000000012"));
        assert_eq!(metrics.listen, Some("127.0.0.1:9464".parse().unwrap()));
        assert!(read("12").unwrap_err().to_string().contains("16 characters"));
    }

    #[test]
    fn mail_is_connected_by_variables_alone_and_a_password_stays_as_it_is() {
        let variables = [
            ("BANK_SMTP__HOST", "mail.example.org"),
            ("BANK_SMTP__FROM", "Bank <bank@example.org>"),
            ("BANK_SMTP__USERNAME", "bank"),
            ("BANK_SMTP__PASSWORD", "00123"),
            ("BANK_SMTP__TLS", "required"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let config = Config::read(Path::new("no such file"), variables).unwrap();
        let smtp = config.smtp.unwrap();
        assert_eq!((smtp.port(), smtp.tls, smtp.timeout_seconds), (465, SmtpTls::Required, 30));
        assert_eq!(smtp.password.as_ref().unwrap().0, "00123");
        assert!(!format!("{smtp:?}").contains("00123"), "a password shows itself");
    }
}
