//! Second factors.

use super::{person, recovery_code};
use crate::db::model::Secret;
use crate::id::PersonId;
use sea_orm::entity::prelude::*;

/// A person's authenticator (TOTP, RFC 6238).
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "second_factor")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// As the authenticator has it, because a code can only be checked with it.
    pub secret: Secret,
    /// None until the first code showed that the authenticator has the secret.
    pub confirmed_at: Option<DateTimeUtc>,
    /// The newest 30-second step whose code was accepted; a code works once.
    pub last_step: i64,
    /// Whose.
    #[sea_orm(belongs_to, from = "person_id", to = "id")]
    pub person: BelongsTo<person::Entity>,
    /// What is used where the authenticator is not at hand.
    #[sea_orm(has_many)]
    pub recovery_codes: HasMany<recovery_code::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
