//! Settings of the mail server.

use serde::Deserialize;
use std::path::PathBuf;

/// How letters leave the bank.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// Name of the mail server; its certificate has to be for this name.
    pub host: String,
    /// Its port; by default 25 without encryption, 587 with STARTTLS, 465 with TLS from the start.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is encrypted.
    #[serde(default)]
    pub tls: SmtpTls,
    /// Certificate (PEM) of an authority to trust besides the public ones, for a server of one's own.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Name to sign in with; none sends without signing in.
    #[serde(default)]
    pub username: Option<String>,
    /// Its password.
    #[serde(default)]
    pub password: Option<Secret>,
    /// Sender of all letters: `Name <address>`. The domain of the address also stands in every Message-ID.
    pub from: String,
    /// Seconds that connecting, and then each letter, may take; 1 to 300.
    #[serde(default = "default_timeout")]
    pub timeout_seconds: u64,
    /// Connections at the same time; 1 to 16.
    #[serde(default = "default_connections")]
    pub connections: usize,
    /// Times that a letter is tried before it is left to an administrator; at least 1.
    #[serde(default = "default_attempts")]
    pub attempts: i32,
}

/// How a connection to the mail server is encrypted. Neither of the encrypting ways falls back to none.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum SmtpTls {
    /// Not at all; for a server on the same machine.
    None,
    /// By STARTTLS before anything is said.
    #[default]
    Starttls,
    /// From the first byte.
    Required,
}

/// A text that never shows itself in a log.
#[derive(Clone, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Smtp {
    /// The port that is meant.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            SmtpTls::None => 25,
            SmtpTls::Starttls => 587,
            SmtpTls::Required => 465,
        })
    }
}

fn default_timeout() -> u64 {
    30
}

fn default_connections() -> usize {
    2
}

fn default_attempts() -> i32 {
    12
}
