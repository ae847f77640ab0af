//! Reads of identities at providers.

use crate::accounts::model::external_identity::{self, Column, Entity};
use crate::actor::Actor;
use crate::app::App;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DbErr, DerivePartialModel, EntityTrait, QueryFilter, QueryOrder};

/// An identity at a provider.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "external_identity::Entity")]
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
    let own = Entity::find().filter(Column::PersonId.eq(person)).order_by_asc(Column::Provider);
    own.into_partial_model().all(app.db.read()).await
}
