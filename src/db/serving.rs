//! From the start of the service to its stop: what SQLite keeps beside its file, and how it gets into it.

use super::model::bank;
use super::{Db, connection, sqlite_file, with_end};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, Set};

impl Db {
    /// Notes in the file itself that a service uses it: without the write-ahead log beside it, it is not whole then.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn note_serving(&self, now: DateTime<Utc>) -> Result<(), DbErr> {
        if self.backend() != DbBackend::Sqlite {
            return Ok(());
        }
        note(&self.writer, Some(now)).await?;
        self.writer.execute_unprepared("PRAGMA wal_checkpoint(FULL)").await.map(drop)
    }

    /// Brings what SQLite wrote into its log into the file; writers and readers go on meanwhile.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn checkpoint(&self) -> Result<(), DbErr> {
        // By a reader, so that the one writer is free.
        self.readers.execute_unprepared("PRAGMA wal_checkpoint(PASSIVE)").await.map(drop)
    }

    /// Closes all connections. Of SQLite everything is in the file itself then, for a copy that forgets the `-wal`.
    ///
    /// # Errors
    /// A connection that does not close.
    pub async fn close(self) -> Result<(), DbErr> {
        let (backend, url) = (self.backend(), self.url);
        self.readers.close().await?;
        if backend == DbBackend::Sqlite {
            // While another process reads, as much as can be.
            if let Err(error) = self.writer.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await {
                tracing::warn!(%error, "the file of the database is whole only together with its -wal");
            }
        }
        self.writer.close().await?;
        if sqlite_file(&url).is_some_and(|file| file.exists() && !with_end(&file, "-wal").exists()) {
            // Whoever closes it last takes the log away, and says so. A database without a bank says nothing.
            let connection = connection::as_it_is(&url).await?;
            let noted = note(&connection, None).await;
            connection.close().await?;
            noted.unwrap_or_else(|error| tracing::debug!(%error, "the file does not say whether it is served"));
        }
        Ok(())
    }
}

/// Notes since when a service uses the file, or that none does.
pub(super) async fn note(db: &impl ConnectionTrait, since: Option<DateTime<Utc>>) -> Result<(), DbErr> {
    let served = bank::ActiveModel { served_since: Set(since), ..Default::default() };
    let mut update = bank::Entity::update_many().set(served);
    if since.is_none() {
        update = update.filter(bank::Column::ServedSince.is_not_null());
    }
    update.exec(db).await.map(drop)
}
