//! What people write about requests: messages between the two sides, and the bank's notes.

use super::request;
use crate::accounts::model::person;
use crate::id::{PersonId, RequestId, RequestMessageId};
use crate::language::Lang;
use sea_orm::entity::prelude::*;

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[graphql(name = "MessageSide")]
pub enum Side {
    /// The applicant or the principal investigator.
    Applicant,
    /// The bank.
    Bank,
}

impl Side {
    /// The label a person reads.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Applicant => lang.pick("applicant", "신청인"),
            Self::Bank => lang.pick("bank", "은행"),
        }
    }
}

/// One message or note; it never changes.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "request_message")]
pub struct Model {
    /// Its key; later ones are larger.
    #[sea_orm(primary_key)]
    pub id: RequestMessageId,
    /// The request.
    pub request_id: RequestId,
    /// Who wrote it.
    pub author_id: PersonId,
    /// When.
    pub at: DateTimeUtc,
    /// For whom they spoke then.
    pub side: Side,
    /// A note of the bank, which the applicant's side never sees.
    pub internal: bool,
    /// 1 to 5,000 characters.
    pub text: String,
    /// The request.
    #[sea_orm(belongs_to, from = "request_id", to = "id")]
    pub request: BelongsTo<request::Entity>,
    /// Who wrote it.
    #[sea_orm(belongs_to, from = "author_id", to = "id")]
    pub author: BelongsTo<person::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
