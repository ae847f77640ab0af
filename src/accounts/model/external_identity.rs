//! Who people are to identity providers.

use super::person;
use crate::id::PersonId;
use sea_orm::entity::prelude::*;

/// An identity that is linked to an account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "external_identity")]
pub struct Model {
    /// Its key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// As the provider is called in the settings.
    #[sea_orm(unique_key = "identity")]
    pub provider: String,
    /// Who the person is to the provider (OpenID Connect Core 1.0, section 5.7).
    #[sea_orm(unique_key = "identity")]
    pub subject: String,
    /// Whose account.
    pub person_id: PersonId,
    /// Since when.
    pub linked_at: DateTimeUtc,
    /// When somebody signed in by it last.
    pub last_used_at: DateTimeUtc,
    /// Whose account.
    #[sea_orm(belongs_to, from = "person_id", to = "id")]
    pub person: BelongsTo<person::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
