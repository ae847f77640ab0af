//! Sessions of browsers.

use super::person;
use crate::id::{PersonId, SessionId};
use crate::language::Lang;
use sea_orm::entity::prelude::*;

/// By what a session began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[graphql(name = "SessionBeginning")]
pub enum How {
    /// E-mail and password.
    Password,
    /// An identity provider, by OpenID Connect.
    Openid,
}

impl How {
    /// The label a person reads.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Password => lang.pick("password", "비밀번호"),
            Self::Openid => lang.pick("sign-in provider", "외부 로그인"),
        }
    }
}

/// A session.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// Its key.
    #[sea_orm(primary_key)]
    pub id: SessionId,
    /// SHA-256 of the cookie in hexadecimal.
    #[sea_orm(unique)]
    pub token_hash: String,
    /// Whose.
    pub person_id: PersonId,
    /// By what it began.
    pub how: How,
    /// Whether it has a second factor.
    pub second_factor: bool,
    /// What the browser called itself.
    pub user_agent: String,
    /// When it began.
    pub created_at: DateTimeUtc,
    /// When it was used last, to the minute.
    pub last_seen_at: DateTimeUtc,
    /// When the person ended it.
    pub ended_at: Option<DateTimeUtc>,
    /// Whose.
    #[sea_orm(belongs_to, from = "person_id", to = "id")]
    pub person: BelongsTo<person::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
