//! Recovery codes of second factors.

use super::second_factor;
use crate::id::PersonId;
use sea_orm::entity::prelude::*;

/// A code that is used once instead of the authenticator.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recovery_code")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// SHA-256 of the code in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code_hash: String,
    /// Used when.
    pub used_at: Option<DateTimeUtc>,
    /// The second factor that it stands in for; it goes with it.
    #[sea_orm(belongs_to, from = "person_id", to = "person_id", on_delete = "Cascade")]
    pub second_factor: BelongsTo<second_factor::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
