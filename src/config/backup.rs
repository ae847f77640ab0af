//! Backups that the service makes by itself.

use serde::Deserialize;
use std::path::PathBuf;

/// Backups that the service makes by itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Backup {
    /// Where they go; without it none is made.
    pub folder: Option<PathBuf>,
    /// Hours between two of them; at least 1.
    pub every_hours: u32,
    /// How many of them stay; at least 1.
    pub keep: usize,
    /// Public key of age (`age1...`) for which they are encrypted; the key to read them stays elsewhere.
    pub recipient: Option<String>,
}

impl Default for Backup {
    fn default() -> Self {
        Self { folder: None, every_hours: 24, keep: 14, recipient: None }
    }
}
