//! Rows of requests.

pub mod message;
pub mod reminder;
pub mod request_approval;

use crate::agreements::model::agreement;
use crate::inventory::model::reservation;
use sea_orm::{EntityTrait, Related, RelationDef};

/// Requests.
pub mod request {
    use super::{message, reminder, request_approval, request_line};
    use crate::accounts::model::{institution, person};
    use crate::agreements::model::agreement;
    use crate::id::{InstitutionId, PersonId, RequestId};
    use crate::language::Lang;
    use sea_orm::FromJsonQueryResult;
    use sea_orm::entity::prelude::*;
    use serde::{Deserialize, Serialize};

    /// Where a request stands.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    #[graphql(name = "DistributionRequestState")]
    pub enum State {
        /// Being written; may be incomplete.
        Draft,
        /// Handed in; nobody at the bank took it yet.
        Submitted,
        /// Sent back for completion.
        Returned,
        /// A member of staff works on it.
        UnderReview,
        /// Every line is decided and at least one approved.
        Approved,
        /// Every line is refused.
        Rejected,
        /// Taken back by the applicant.
        Withdrawn,
        /// Every line is received, refused or cancelled.
        Closed,
    }

    impl State {
        /// The label a person reads.
        pub fn label(self, lang: Lang) -> &'static str {
            match self {
                Self::Draft => lang.pick("draft", "작성 중"),
                Self::Submitted => lang.pick("submitted", "접수"),
                Self::Returned => lang.pick("returned", "보완 요청"),
                Self::UnderReview => lang.pick("under review", "심사 중"),
                Self::Approved => lang.pick("approved", "승인"),
                Self::Rejected => lang.pick("rejected", "불승인"),
                Self::Withdrawn => lang.pick("withdrawn", "철회"),
                Self::Closed => lang.pick("closed", "종결"),
            }
        }
    }

    /// What the cells are wanted for.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    #[graphql(name = "IntendedUse")]
    pub enum Use {
        /// Basic research.
        BasicResearch,
        /// Modelling a disease.
        DiseaseModelling,
        /// Finding or testing drugs.
        DrugDiscovery,
        /// Teaching.
        Education,
        /// Clinical research in people.
        ClinicalResearch,
        /// Treatment of patients.
        Treatment,
    }

    impl Use {
        /// The label a person reads.
        pub fn label(self, lang: Lang) -> &'static str {
            match self {
                Self::BasicResearch => lang.pick("basic research", "기초 연구"),
                Self::DiseaseModelling => lang.pick("disease modelling", "질환 모델링"),
                Self::DrugDiscovery => lang.pick("drug discovery", "신약 개발"),
                Self::Education => lang.pick("education", "교육"),
                Self::ClinicalResearch => lang.pick("clinical research", "임상 연구"),
                Self::Treatment => lang.pick("treatment", "치료"),
            }
        }

        /// True for uses in people, whatever else was ticked.
        pub fn is_in_people(self) -> bool {
            matches!(self, Self::ClinicalResearch | Self::Treatment)
        }
    }

    /// How vials reach the laboratory.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    pub enum Delivery {
        /// By courier.
        #[default]
        Courier,
        /// Collected at the bank.
        PickUp,
    }

    impl Delivery {
        /// The label a person reads.
        pub fn label(self, lang: Lang) -> &'static str {
            match self {
                Self::Courier => lang.pick("by courier", "택배"),
                Self::PickUp => lang.pick("collected at the bank", "방문 수령"),
            }
        }
    }

    /// What the bank wants changed in one field.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct FieldComment {
        /// Name of the field, as in [`super::super::fields::FIELDS`].
        pub field: String,
        /// 1 to 2,000 characters.
        pub comment: String,
    }

    /// The comments of one return, in the order of the form.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
    pub struct FieldComments(pub Vec<FieldComment>);

    /// A request for vials of one or more lines. Texts are empty while a draft is incomplete.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "request")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: RequestId,
        /// `REQ-2026-00042`.
        #[sea_orm(unique)]
        pub number: String,
        /// Who wrote it.
        pub applicant_id: PersonId,
        /// Who answers for the work.
        pub principal_investigator_id: PersonId,
        /// Where the vials go.
        pub institution_id: InstitutionId,
        /// Where it stands.
        pub state: State,
        /// Since when.
        pub state_since: DateTimeUtc,
        /// Begun when.
        pub created_at: DateTimeUtc,
        /// First handed in when.
        pub submitted_at: Option<DateTimeUtc>,
        /// The member of staff who took it.
        pub handler_id: Option<PersonId>,
        /// Who decided its last line.
        pub decider_id: Option<PersonId>,
        /// When.
        pub decided_at: Option<DateTimeUtc>,
        /// What is to be completed.
        pub return_comment: Option<String>,
        /// The same field by field, of the last return; kept after the next submission, so that the two can be
        /// compared.
        pub return_comments: Option<FieldComments>,
        /// What stood in the fields at the last return, as [`super::super::fields::snapshot`] wrote it.
        pub returned_fields: Option<Json>,
        /// How often it was handed in: 0 as a draft, 1 after the first submission.
        pub revision: i32,
        /// Title of the project.
        pub project_title: String,
        /// What it is about.
        pub summary: String,
        /// How the cells will be used.
        pub use_plan: String,
        /// What they are wanted for.
        pub intended_use: Option<Use>,
        /// For commercial use.
        pub commercial: bool,
        /// In people.
        pub in_people: bool,
        /// To be passed on to others.
        pub redistribution: bool,
        /// ISO 3166-1 alpha-2 code of the destination.
        pub country: String,
        /// Province or metropolitan city of the delivery.
        pub region: String,
        /// Address of the delivery.
        pub address: String,
        /// Courier or pick-up.
        pub delivery: Delivery,
        /// Who receives the parcel.
        pub recipient_name: Option<String>,
        /// Their telephone.
        pub recipient_telephone: Option<String>,
        /// Made up for a demonstration.
        pub made_up: bool,
        /// Since when its texts and its address are gone, because nobody it was about is here any more.
        pub blanked_at: Option<DateTimeUtc>,
        /// Who wrote it.
        #[sea_orm(belongs_to, relation_enum = "Applicant", from = "applicant_id", to = "id")]
        pub applicant: BelongsTo<person::Entity>,
        /// Who answers for the work.
        #[sea_orm(belongs_to, relation_enum = "PrincipalInvestigator", from = "principal_investigator_id", to = "id")]
        pub principal_investigator: BelongsTo<person::Entity>,
        /// Where the vials go.
        #[sea_orm(belongs_to, from = "institution_id", to = "id")]
        pub institution: BelongsTo<institution::Entity>,
        /// The member of staff who took it.
        #[sea_orm(belongs_to, relation_enum = "Handler", from = "handler_id", to = "id")]
        pub handler: BelongsTo<Option<person::Entity>>,
        /// Who decided its last line.
        #[sea_orm(belongs_to, relation_enum = "Decider", from = "decider_id", to = "id")]
        pub decider: BelongsTo<Option<person::Entity>>,
        /// Its lines.
        #[sea_orm(has_many)]
        pub request_lines: HasMany<request_line::Entity>,
        /// What was written about it.
        #[sea_orm(has_many)]
        pub messages: HasMany<message::Entity>,
        /// Reminders of it.
        #[sea_orm(has_many)]
        pub reminders: HasMany<reminder::Entity>,
        /// Approvals that are chosen on it.
        #[sea_orm(has_many)]
        pub approvals: HasMany<request_approval::Entity>,
        /// Agreements on it.
        #[sea_orm(has_many)]
        pub agreements: HasMany<agreement::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Lines of requests.
pub mod request_line {
    use super::request;
    use crate::catalogue::model::cell_line;
    use crate::id::{CellLineId, RequestId, RequestLineId};
    use crate::inventory::model::reservation;
    use crate::language::Lang;
    use sea_orm::entity::prelude::*;

    /// Where a line of a request stands.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    #[graphql(name = "RequestLineState")]
    pub enum State {
        /// Asked for.
        Requested,
        /// Approved, n of m vials.
        Approved,
        /// Refused, with a reason.
        Refused,
        /// Approved, but too few vials are free.
        Waitlisted,
        /// Vials are set aside.
        Reserved,
        /// On its way.
        Shipped,
        /// Arrived.
        Received,
        /// Not wanted any more.
        Cancelled,
    }

    impl State {
        /// The label a person reads.
        pub fn label(self, lang: Lang) -> &'static str {
            match self {
                Self::Requested => lang.pick("requested", "신청"),
                Self::Approved => lang.pick("approved", "승인"),
                Self::Refused => lang.pick("refused", "불승인"),
                Self::Waitlisted => lang.pick("on the waiting list", "대기"),
                Self::Reserved => lang.pick("reserved", "예약"),
                Self::Shipped => lang.pick("shipped", "발송"),
                Self::Received => lang.pick("received", "수령"),
                Self::Cancelled => lang.pick("cancelled", "취소"),
            }
        }
    }

    /// Why a line is refused.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    #[graphql(name = "RefusalReason")]
    pub enum Refusal {
        /// The bank cannot provide it.
        NotAvailable,
        /// A legal requirement is not met.
        RequirementsNotMet,
        /// The line's terms do not allow the use.
        UseRestricted,
        /// The request stayed incomplete.
        Incomplete,
        /// The plan does not justify it.
        NotScientificallyJustified,
        /// Something else; the text says what.
        Other,
    }

    impl Refusal {
        /// The label a person reads.
        pub fn label(self, lang: Lang) -> &'static str {
            match self {
                Self::NotAvailable => lang.pick("the bank cannot provide it", "제공 불가"),
                Self::RequirementsNotMet => lang.pick("a legal requirement is not met", "법적 요건 미충족"),
                Self::UseRestricted => lang.pick("its terms do not allow the use", "이용 조건 불일치"),
                Self::Incomplete => lang.pick("the request stayed incomplete", "신청 내용 미비"),
                Self::NotScientificallyJustified => lang.pick("the plan does not justify it", "과학적 타당성 부족"),
                Self::Other => lang.pick("another reason", "기타 사유"),
            }
        }
    }

    /// One line of a request.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "request_line")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: RequestLineId,
        /// The request.
        #[sea_orm(unique_key = "line_of_request")]
        pub request_id: RequestId,
        /// The cell line.
        #[sea_orm(unique_key = "line_of_request")]
        pub line_id: CellLineId,
        /// Vials asked for.
        pub vials_requested: i32,
        /// Vials approved.
        pub vials_approved: Option<i32>,
        /// Where it stands.
        pub state: State,
        /// The decider's words.
        pub decision_reason: Option<String>,
        /// Why it was refused.
        pub refusal: Option<Refusal>,
        /// Since when it waits.
        pub waitlisted_at: Option<DateTimeUtc>,
        /// The request.
        #[sea_orm(belongs_to, from = "request_id", to = "id")]
        pub request: BelongsTo<request::Entity>,
        /// The cell line.
        #[sea_orm(belongs_to, from = "line_id", to = "id")]
        pub cell_line: BelongsTo<cell_line::Entity>,
        /// Vials that are and were set aside for it.
        #[sea_orm(has_many)]
        pub reservations: HasMany<reservation::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

// Agreements and reservations are of lower layers, which do not know what is above them: these edges are declared here.

impl Related<request::Entity> for agreement::Entity {
    fn to() -> RelationDef {
        Self::belongs_to(request::Entity).from(agreement::Column::RequestId).to(request::Column::Id).into()
    }
}

impl Related<request_line::Entity> for reservation::Entity {
    fn to() -> RelationDef {
        let of = Self::belongs_to(request_line::Entity);
        of.from(reservation::Column::RequestLineId).to(request_line::Column::Id).into()
    }
}
