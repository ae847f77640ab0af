//! Reads of identities at providers.

use crate::actor::Actor;
use crate::app::App;
use crate::db::Sql;
use chrono::{DateTime, Utc};
use sea_orm::{DbErr, FromQueryResult};

/// An identity at a provider.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Identity {
    /// The provider's name in the settings.
    pub provider: String,
    /// Who the person is there.
    pub subject: String,
    /// Since when.
    pub linked_at: DateTime<Utc>,
    /// When it was last used to sign in.
    pub last_used_at: DateTime<Utc>,
}

/// The caller's own identities.
///
/// # Errors
/// Those of the database.
pub async fn own(app: &App, actor: &Actor) -> Result<Vec<Identity>, DbErr> {
    let Some(person) = actor.person_id() else { return Ok(vec![]) };
    let sql = "SELECT provider, subject, linked_at, last_used_at FROM external_identity
               WHERE person_id = $1 ORDER BY provider";
    Sql::with(sql, [person.0.into()]).all(app.db.read()).await
}
