//! Proofs of authentications for signatures.

use super::{person, session};
use crate::id::{AgreementId, PersonId, SessionId};
use sea_orm::entity::prelude::*;

/// That somebody authenticated at their provider just now, for one signature; works once, until it expires.
///
/// The required signature is an entity of a higher layer and stands here as its key: agreement and party.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_proof")]
pub struct Model {
    /// Its key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// SHA-256 of the proof in hexadecimal.
    #[sea_orm(unique)]
    pub proof_hash: String,
    /// Who.
    pub person_id: PersonId,
    /// In which session.
    pub session_id: SessionId,
    /// At which provider.
    pub provider: String,
    /// The agreement to be signed.
    pub agreement_id: AgreementId,
    /// For which party.
    pub party: String,
    /// Hash of the text to be signed.
    pub document_hash: String,
    /// When the provider says that it was.
    pub authenticated_at: DateTimeUtc,
    /// Made when.
    pub created_at: DateTimeUtc,
    /// Until when it works.
    pub expires_at: DateTimeUtc,
    /// Used when.
    pub used_at: Option<DateTimeUtc>,
    /// Who.
    #[sea_orm(belongs_to, from = "person_id", to = "id")]
    pub person: BelongsTo<person::Entity>,
    /// In which session.
    #[sea_orm(belongs_to, from = "session_id", to = "id")]
    pub session: BelongsTo<session::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
