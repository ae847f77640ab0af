//! Sign-ins under way.

use super::{person, session};
use crate::db::model::Secret;
use crate::id::{AgreementId, PersonId, SessionId};
use sea_orm::entity::prelude::*;

/// An authentication that went to its provider and has not come back; each is used once.
///
/// The agreement that is to be signed after it is an entity of a higher layer and stands here as a key.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "openid_login")]
pub struct Model {
    /// SHA-256 of the state in hexadecimal; the state itself is known to the browser and the provider alone.
    #[sea_orm(primary_key, auto_increment = false)]
    pub state_hash: String,
    /// As the provider is called in the settings.
    pub provider: String,
    /// What the provider's token has to repeat.
    pub nonce: Secret,
    /// What proves to the provider that whoever began it also ends it (RFC 7636).
    pub pkce_verifier: Secret,
    /// The person who is signed in and links the identity, or signs; none for a sign-in.
    pub person_id: Option<PersonId>,
    /// Path of the bank's own page to go to afterwards.
    pub return_to: String,
    /// Until when it can come back.
    pub expires_at: DateTimeUtc,
    /// Begun when, if it is for one signature.
    pub begun_at: Option<DateTimeUtc>,
    /// In which session, if it is for one signature.
    pub session_id: Option<SessionId>,
    /// The agreement to be signed.
    pub agreement_id: Option<AgreementId>,
    /// For which party.
    pub party: Option<String>,
    /// Hash of the text to be signed.
    pub document_hash: Option<String>,
    /// The person who is signed in.
    #[sea_orm(belongs_to, from = "person_id", to = "id")]
    pub person: BelongsTo<Option<person::Entity>>,
    /// In which session, if it is for one signature.
    #[sea_orm(belongs_to, from = "session_id", to = "id")]
    pub session: BelongsTo<Option<session::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
