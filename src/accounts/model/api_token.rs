//! API tokens.

use super::person;
use crate::id::{PersonId, TokenId};
use sea_orm::entity::prelude::*;

/// A token. It itself is shown once and kept nowhere.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_token")]
pub struct Model {
    /// Its key.
    #[sea_orm(primary_key)]
    pub id: TokenId,
    /// Whose.
    pub person_id: PersonId,
    /// What it is for.
    pub name: String,
    /// SHA-256 of the token in hexadecimal.
    #[sea_orm(unique)]
    pub token_hash: String,
    /// Since when.
    pub created_at: DateTimeUtc,
    /// Until when; none means until revoked.
    pub expires_at: Option<DateTimeUtc>,
    /// Revoked when.
    pub revoked_at: Option<DateTimeUtc>,
    /// It may do what the scope of requests allows.
    pub may_request: bool,
    /// It may do what the scope of the staff allows.
    pub may_staff: bool,
    /// It may do what the scope of administrators allows.
    pub may_administer: bool,
    /// It was made where a second factor was proved: by such a session, or at the bank's own command line.
    pub second_factor: bool,
    /// When it was used last, to the minute.
    pub last_used_at: Option<DateTimeUtc>,
    /// Whose.
    #[sea_orm(belongs_to, from = "person_id", to = "id")]
    pub person: BelongsTo<person::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
