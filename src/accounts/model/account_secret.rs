//! What links in letters carry.

use super::person;
use crate::id::PersonId;
use sea_orm::entity::prelude::*;

/// What a link is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Purpose {
    /// Shows that an e-mail reaches the person.
    VerifyEmail,
    /// Lets the person choose a new password.
    ResetPassword,
    /// Lets an invited person choose a first password.
    Invitation,
}

/// The secret of a link: works once, until it expires.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_secret")]
pub struct Model {
    /// Its key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// SHA-256 of the secret in hexadecimal.
    #[sea_orm(unique)]
    pub secret_hash: String,
    /// To whom it was sent.
    pub person_id: PersonId,
    /// What it is good for.
    pub purpose: Purpose,
    /// Sent when.
    pub created_at: DateTimeUtc,
    /// Until when it works.
    pub expires_at: DateTimeUtc,
    /// Used up or replaced when.
    pub used_at: Option<DateTimeUtc>,
    /// To whom it was sent.
    #[sea_orm(belongs_to, from = "person_id", to = "id")]
    pub person: BelongsTo<person::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
