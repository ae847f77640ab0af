//! Rows of memberships.

use crate::id::{InstitutionId, MembershipId, PersonId};
use crate::language::Lang;
use chrono::{DateTime, Utc};
use sea_orm::{DeriveActiveEnum, EnumIter, FromQueryResult};

/// Where a membership stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[graphql(name = "MembershipState")]
pub enum State {
    /// The person asked and waits.
    Requested,
    /// The person belongs there.
    Active,
    /// The person asked and was refused.
    Refused,
    /// It ended, or the person withdrew what they had asked.
    Left,
}

impl State {
    /// The label a person reads.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Requested => lang.pick("requested", "신청됨"),
            Self::Active => lang.pick("active", "소속됨"),
            Self::Refused => lang.pick("refused", "거절됨"),
            Self::Left => lang.pick("ended", "종료됨"),
        }
    }
}

/// By whose word a person belongs to an institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[graphql(name = "MembershipBasis")]
pub enum How {
    /// The person's verified e-mail is at a domain of the institution.
    Domain,
    /// An administrator of the institution or the bank's staff decides or decided.
    Approval,
    /// The bank opened the account so.
    Staff,
}

impl How {
    /// The label a person reads.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Domain => lang.pick("by e-mail domain", "이메일 도메인"),
            Self::Approval => lang.pick("by approval", "승인"),
            Self::Staff => lang.pick("by the bank", "은행 등록"),
        }
    }
}

/// What a member may be besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(name = "InstitutionRole")]
pub enum InstitutionRole {
    /// Answers for research there.
    PrincipalInvestigator,
    /// Signs agreements for the institution; the same as the role SIGNATORY granted for it.
    Signatory,
    /// Decides who belongs to the institution, and gives these roles.
    Administrator,
}

impl InstitutionRole {
    /// Every role, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::PrincipalInvestigator, Self::Signatory, Self::Administrator];

    /// How the history names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::PrincipalInvestigator => "principal_investigator",
            Self::Signatory => "signatory",
            Self::Administrator => "administrator",
        }
    }

    /// The label a person reads.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::PrincipalInvestigator => lang.pick("principal investigator", "연구책임자"),
            Self::Signatory => lang.pick("signatory", "서명권자"),
            Self::Administrator => lang.pick("institution administrator", "기관 관리자"),
        }
    }
}

/// Memberships of people at institutions.
pub mod institution_membership {
    use super::{How, State};
    use crate::accounts::model::{institution, person};
    use crate::id::{InstitutionId, MembershipId, PersonId};
    use sea_orm::entity::prelude::*;

    /// A membership.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "institution_membership")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: MembershipId,
        /// Who.
        pub person_id: PersonId,
        /// Where.
        pub institution_id: InstitutionId,
        /// Where it stands.
        pub state: State,
        /// By whose word.
        pub how: How,
        /// Asked for when.
        pub requested_at: DateTimeUtc,
        /// Decided when.
        pub decided_at: Option<DateTimeUtc>,
        /// By whom; none if a domain decided.
        pub decided_by: Option<PersonId>,
        /// Ended when.
        pub ended_at: Option<DateTimeUtc>,
        /// Why it was refused, or why it ended.
        pub reason: Option<String>,
        /// The person administers the institution.
        pub is_administrator: bool,
        /// The person answers for research there.
        pub is_principal_investigator: bool,
        /// Who.
        #[sea_orm(belongs_to, relation_enum = "Person", from = "person_id", to = "id")]
        pub person: BelongsTo<person::Entity>,
        /// Where.
        #[sea_orm(belongs_to, from = "institution_id", to = "id")]
        pub institution: BelongsTo<institution::Entity>,
        /// Who decided.
        #[sea_orm(belongs_to, relation_enum = "Decider", from = "decided_by", to = "id")]
        pub decider: BelongsTo<Option<person::Entity>>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A person's membership at an institution, with whether they sign for it.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Membership {
    /// Its key.
    pub id: MembershipId,
    /// Who.
    pub person_id: PersonId,
    /// Where.
    pub institution_id: InstitutionId,
    /// Where it stands.
    pub state: State,
    /// By whose word.
    pub how: How,
    /// Asked for when.
    pub requested_at: DateTime<Utc>,
    /// Decided when.
    pub decided_at: Option<DateTime<Utc>>,
    /// By whom; none if a domain decided.
    pub decided_by: Option<PersonId>,
    /// Ended when.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it was refused, or why it ended.
    pub reason: Option<String>,
    /// The person administers the institution.
    pub is_administrator: bool,
    /// The person answers for research there.
    pub is_principal_investigator: bool,
    /// The person signs for the institution.
    pub is_signatory: bool,
}

impl Membership {
    /// True if the member has the role.
    pub fn has(&self, role: InstitutionRole) -> bool {
        match role {
            InstitutionRole::PrincipalInvestigator => self.is_principal_investigator,
            InstitutionRole::Signatory => self.is_signatory,
            InstitutionRole::Administrator => self.is_administrator,
        }
    }
}
