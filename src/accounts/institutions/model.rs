//! Rows of institutions with what the bank knows beside their names.

use crate::accounts::InstitutionView;
use crate::id::{InstitutionId, PersonId};
use crate::language::Lang;
use chrono::{DateTime, Utc};
use sea_orm::{DeriveActiveEnum, EnumIter, FromQueryResult};

/// Who vouches for an institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[graphql(name = "InstitutionVerification")]
pub enum Verification {
    /// Nobody yet: somebody proposed it. Only they and the bank see it.
    Proposed,
    /// The registry it was imported from.
    Registry,
    /// The bank's staff.
    Staff,
}

impl Record {
    /// What is known of its ROR id, as a person reads it.
    pub fn ror_standing(&self, lang: Lang) -> &'static str {
        match self.ror_checked_at {
            Some(_) => lang.pick("checked against the register", "등록 기관 확인"),
            None => lang.pick("as it was given, not checked", "입력값(미확인)"),
        }
    }
}

impl Verification {
    /// The label a person reads.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Proposed => lang.pick("proposed, not verified", "제안됨(미확인)"),
            Self::Registry => lang.pick("verified by its registry", "등록 기관 확인"),
            Self::Staff => lang.pick("verified by the bank", "은행 확인"),
        }
    }
}

/// An institution and what the bank knows beside its name.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Record {
    /// What everybody sees.
    #[sea_orm(nested)]
    pub institution: InstitutionView,
    /// Who vouches for it.
    pub verification: Verification,
    /// Since when; unknown for what came before this was written down.
    pub verified_at: Option<DateTime<Utc>>,
    /// Since when the register is known to have its ROR id; none if somebody gave it.
    pub ror_checked_at: Option<DateTime<Utc>>,
    /// Who proposed it.
    pub proposed_by: Option<PersonId>,
    /// What counts instead, if this one was a duplicate.
    pub merged_into: Option<InstitutionId>,
    /// E-mail domains, separated as in the import.
    pub domains: String,
    /// Acronyms, separated as in the import.
    pub acronyms: String,
    /// Other names, separated as in the import.
    pub aliases: String,
    /// Columns that no import changes any more, separated by commas.
    pub set_by_staff: String,
}

/// An institution as it is found by a key: what counts now, also if the key is that of a duplicate.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Found {
    /// The key that was requested; a merged institution answers with another.
    pub requested: InstitutionId,
    /// What counts.
    #[sea_orm(nested)]
    pub record: Record,
}

/// What an institution was before it turned out to be another one's duplicate.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Former {
    /// Its key.
    pub id: InstitutionId,
    /// What counts now.
    pub merged_into: InstitutionId,
    /// English name.
    pub name: String,
    /// Korean name.
    pub name_ko: Option<String>,
    /// ROR id.
    pub ror_id: Option<String>,
    /// Since when it counts as the other one.
    pub merged_at: DateTime<Utc>,
}
