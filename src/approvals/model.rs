//! Rows of approvals.

/// Approvals.
pub mod approval {
    use crate::accounts::model::{institution, person};
    use crate::id::{ApprovalId, InstitutionId, PersonId};
    use crate::language::Lang;
    use chrono::NaiveDate;
    use sea_orm::entity::prelude::*;

    /// What is approved.
    #[derive(
        Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum,
    )]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    #[graphql(name = "ApprovalKind")]
    pub enum Kind {
        /// The recipient's ethics board approved.
        IrbApproval,
        /// It confirmed that none is needed.
        IrbExemption,
        /// The head of the institution approved.
        HeadApproval,
        /// The facility may hold living modified organisms.
        LmoFacility,
        /// The export is approved.
        ExportApproval,
        /// The plan of clinical research or treatment is approved.
        ClinicalPlan,
    }

    impl Kind {
        /// The label a person reads.
        pub fn label(self, lang: Lang) -> &'static str {
            match self {
                Self::IrbApproval => lang.pick("ethics board's approval", "IRB 승인"),
                Self::IrbExemption => lang.pick("ethics board's exemption", "IRB 심의 면제"),
                Self::HeadApproval => lang.pick("approval of the institution's head", "기관장 승인"),
                Self::LmoFacility => lang.pick("facility for living modified organisms", "LMO 시설 신고·허가"),
                Self::ExportApproval => lang.pick("export approval", "수출 승인"),
                Self::ClinicalPlan => lang.pick("clinical plan", "임상 연구 계획"),
            }
        }

        /// True if it counts for nothing without a last day.
        pub fn needs_last_day(self) -> bool {
            matches!(self, Self::IrbApproval | Self::ClinicalPlan)
        }
    }

    /// An approval, as its institution tells it.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "approval")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: ApprovalId,
        /// What is approved.
        pub kind: Kind,
        /// Its number; empty while a draft tells the last day alone.
        pub number: String,
        /// Who gave it; empty if nobody said.
        pub issuer: String,
        /// Its first day in Asia/Seoul.
        pub valid_from: Option<Date>,
        /// Its last day in Asia/Seoul.
        pub valid_until: Option<Date>,
        /// Whose it is.
        pub institution_id: InstitutionId,
        /// The study it is for; empty if nobody said.
        pub study: String,
        /// Who entered it.
        pub created_by: PersonId,
        /// When.
        pub created_at: DateTimeUtc,
        /// The member of staff who saw it.
        pub verified_by: Option<PersonId>,
        /// When.
        pub verified_at: Option<DateTimeUtc>,
        /// Typed into a request, rather than entered by itself: it goes when it is on no request any more.
        pub typed: bool,
        /// Made up for a demonstration.
        pub made_up: bool,
        /// Whose it is.
        #[sea_orm(belongs_to, from = "institution_id", to = "id")]
        pub institution: BelongsTo<institution::Entity>,
        /// Who entered it.
        #[sea_orm(belongs_to, relation_enum = "Creator", from = "created_by", to = "id")]
        pub creator: BelongsTo<person::Entity>,
        /// The member of staff who saw it.
        #[sea_orm(belongs_to, relation_enum = "Verifier", from = "verified_by", to = "id")]
        pub verifier: BelongsTo<Option<person::Entity>>,
    }

    impl Model {
        /// True if it counts on a day in Asia/Seoul: from its first day through its last.
        pub fn counts(&self, today: NaiveDate) -> bool {
            let has_begun = self.valid_from.is_none_or(|day| day <= today);
            let lasts = self.valid_until.map_or(!self.kind.needs_last_day(), |day| today <= day);
            !self.number.is_empty() && has_begun && lasts
        }
    }

    impl ActiveModelBehavior for ActiveModel {}

    #[cfg(test)]
    mod tests {
        use super::*;
        use chrono::DateTime;

        fn day(text: &str) -> NaiveDate {
            text.parse().unwrap()
        }

        fn of(kind: Kind, from: Option<&str>, until: Option<&str>) -> Model {
            Model {
                id: ApprovalId(1),
                kind,
                number: "1".into(),
                issuer: String::new(),
                valid_from: from.map(day),
                valid_until: until.map(day),
                institution_id: InstitutionId(1),
                study: String::new(),
                created_by: PersonId(1),
                created_at: DateTime::UNIX_EPOCH,
                verified_by: None,
                verified_at: None,
                typed: false,
                made_up: true,
            }
        }

        #[test]
        fn it_counts_from_its_first_day_through_its_last() {
            let counts = |from, until| of(Kind::IrbApproval, from, until).counts(day("2026-03-02"));
            assert!(counts(None, Some("2026-03-02")) && counts(Some("2026-03-02"), Some("2027-01-01")));
            assert!(!counts(None, Some("2026-03-01")) && !counts(Some("2026-03-03"), Some("2027-01-01")));
            assert!(!counts(None, None), "an ethics board's approval ends some day");
            assert!(of(Kind::HeadApproval, None, None).counts(day("2026-03-02")));
            assert!(!of(Kind::HeadApproval, None, Some("2026-03-01")).counts(day("2026-03-02")));
            let unnumbered = Model { number: String::new(), ..of(Kind::HeadApproval, None, None) };
            assert!(!unnumbered.counts(day("2026-03-02")));
        }
    }
}
