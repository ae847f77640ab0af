//! What a backup says of itself.

use super::contents::Contents;
use chrono::{DateTime, Utc};
use sea_orm::DbBackend;
use serde::{Deserialize, Serialize};

/// Version of the form of backups.
pub const FORM: u32 = 1;

/// Which engine a backup is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// An SQLite file.
    Sqlite,
    /// A PostgreSQL database, as `pg_dump` writes it.
    Postgres,
}

impl From<DbBackend> for Engine {
    fn from(backend: DbBackend) -> Self {
        if backend == DbBackend::Sqlite { Self::Sqlite } else { Self::Postgres }
    }
}

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORM`] of the release that wrote it.
    pub form: u32,
    /// Of which engine.
    pub engine: Engine,
    /// The state it has is of this instant.
    pub made_at: DateTime<Utc>,
    /// Migrations that had run.
    pub migrations: Vec<String>,
    /// What is in it.
    pub contents: Contents,
    /// Seals of the history.
    pub history_length: i64,
    /// Hash of the last one, as anchors have it; empty before the first.
    pub history_head: String,
    /// SHA-256 of the database's file in the archive, in hexadecimal.
    pub database_sha256: String,
}
