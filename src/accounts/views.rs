//! What others see of people and institutions, decided once: pages, the API and files show these and never a row.
//!
//! Each takes its row apart whole, so that a new column does not compile before somebody decided who sees it.

use super::model::institution::{self, Status, Type};
use super::model::person;
use crate::id::{InstitutionId, PersonId};
use crate::language::Lang;
use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;

/// A person. Secrets stay in the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonView {
    /// Their key.
    pub id: PersonId,
    /// E-mail of the account.
    pub email: String,
    /// Name.
    pub name: String,
    /// Language of their letters, as a tag.
    pub locale: String,
    /// ORCID iD that they proved to be theirs.
    pub orcid: Option<String>,
    /// One that nobody proved: for themselves only.
    pub unproved_orcid: Option<String>,
    /// Where they work.
    pub institution_id: Option<InstitutionId>,
    /// Signs in with a password, not only at providers.
    pub has_password: bool,
    /// Closed since then.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Opened when.
    pub created_at: DateTime<Utc>,
    /// Made up for a demonstration.
    pub made_up: bool,
    /// The e-mail is known to be theirs since then.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// Their data is gone since then.
    pub erased_at: Option<DateTime<Utc>>,
}

impl From<person::Model> for PersonView {
    fn from(row: person::Model) -> Self {
        let person::Model {
            id,
            email,
            name,
            locale,
            orcid,
            orcid_authenticated_at,
            institution_id,
            password_hash,
            failed_passwords: _,
            locked_until: _,
            disabled_at,
            created_at,
            made_up,
            email_verified_at,
            erased_at,
        } = row;
        let (proved, unproved) = if orcid_authenticated_at.is_some() { (orcid, None) } else { (None, orcid) };
        Self {
            id,
            email,
            name,
            locale,
            orcid: proved,
            unproved_orcid: unproved,
            institution_id,
            has_password: password_hash.is_some(),
            disabled_at,
            created_at,
            made_up,
            email_verified_at,
            erased_at,
        }
    }
}

/// An institution as everybody sees it; what its keepers see besides is [`super::institutions::Record`].
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct InstitutionView {
    /// Its key.
    pub id: InstitutionId,
    /// ROR id.
    pub ror_id: Option<String>,
    /// English name.
    pub name: String,
    /// The name as lists sort it.
    pub name_key: String,
    /// Korean name.
    pub name_ko: Option<String>,
    /// What it is.
    pub institution_type: Type,
    /// City.
    pub city: Option<String>,
    /// Website.
    pub website: Option<String>,
    /// Active or closed.
    pub status: Status,
    /// Made up for a demonstration.
    pub made_up: bool,
}

impl InstitutionView {
    /// The name in the reader's language; the English one where there is no Korean one.
    pub fn label(&self, lang: Lang) -> &str {
        lang.pick(Some(self.name.as_str()), self.name_ko.as_deref()).unwrap_or(&self.name)
    }
}

impl From<institution::Model> for InstitutionView {
    fn from(row: institution::Model) -> Self {
        let institution::Model {
            id,
            ror_id,
            name,
            name_key,
            name_ko,
            institution_type,
            city,
            website,
            status,
            made_up,
            ..
        } = row;
        Self { id, ror_id, name, name_key, name_ko, institution_type, city, website, status, made_up }
    }
}
