//! Copies of an SQLite file.

use super::contents::Contents;
use super::error::Error;
use crate::config::Durability;
use crate::db::{self, Db, quick_check};
use sea_orm::DbErr;
use std::path::Path;

/// Copies the bank's file while it serves, by a connection of its own: one consistent state, and whole.
///
/// # Errors
/// Those of the database, and a full disk.
pub(super) async fn copy(url: &str, to: &Path) -> Result<(), DbErr> {
    db::copy_sqlite(url, to).await
}

/// The address of a file; what would end the path in an address is written as its code.
pub(super) fn url(file: &Path) -> String {
    let text = file.display().to_string();
    format!("sqlite://{}", text.replace('%', "%25").replace('?', "%3F").replace('#', "%23").replace(' ', "%20"))
}

/// Opens a copy and looks through all of its pages.
///
/// # Errors
/// [`Error::Differs`] if it is damaged, or those of the database.
pub(super) async fn open(file: &Path) -> Result<Db, Error> {
    let db = Db::connect_with(&url(file), Durability::Normal).await?;
    match quick_check(db.read()).await? {
        Some(answer) if answer == "ok" => Ok(db),
        answer => Err(Error::Differs(answer.unwrap_or_default())),
    }
}

/// What a copy has in it.
///
/// # Errors
/// Those of the database.
pub(super) async fn contents(db: &Db) -> Result<Contents, DbErr> {
    Contents::read(db.read()).await
}
