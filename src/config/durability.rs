//! What is kept when the power goes.

use serde::Deserialize;

/// What SQLite waits for before it says that something is kept. PostgreSQL has its own `synchronous_commit` for that.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// Until the disk has it: a power cut loses nothing that was acknowledged.
    #[default]
    Full,
    /// For nothing: a power cut may lose what was acknowledged last. The file stays whole.
    Normal,
}
