//! Inputs of the verbs on requests.

use crate::graphql::scalars::Date;
use crate::requests::model::request::{Delivery, Use};
use crate::requests::model::request_line::Refusal;
use async_graphql::{Enum, ID, InputObject};

/// A cell line to ask for.
#[derive(Clone, InputObject)]
pub struct RequestedLineInput {
    /// The cell line.
    pub cell_line: ID,
    /// Vials, 1 to 100.
    pub vials: i32,
}

/// What to write into a request. What is left out stays as it is; a draft may be incomplete.
#[derive(Clone, InputObject)]
pub struct RequestFieldsInput {
    /// The cell lines; replaces all.
    pub lines: Option<Vec<RequestedLineInput>>,
    /// E-mail of the principal investigator, who has an account at the same institution; the applicant unless told.
    pub principal_investigator: Option<String>,
    /// Title of the project, at most 300 characters.
    pub project_title: Option<String>,
    /// What it is about, at most 5,000 characters.
    pub summary: Option<String>,
    /// How the cells will be used, at most 20,000 characters.
    pub use_plan: Option<String>,
    /// What they are wanted for.
    pub intended_use: Option<Use>,
    /// For commercial use.
    pub commercial: Option<bool>,
    /// In people.
    pub in_people: Option<bool>,
    /// To be passed on to others.
    pub redistribution: Option<bool>,
    /// ISO 3166-1 alpha-2 code of the destination; KR unless told.
    pub country: Option<String>,
    /// Province or metropolitan city of the delivery.
    pub region: Option<String>,
    /// Address of the delivery, at most 500 characters.
    pub address: Option<String>,
    /// Courier or pick-up.
    pub delivery: Option<Delivery>,
    /// Number of the ethics board's approval; an empty text takes it away.
    pub irb_approval_number: Option<String>,
    /// Its last day.
    pub irb_valid_until: Option<Date>,
    /// Number of the confirmed exemption.
    pub irb_exemption_number: Option<String>,
    /// Number of the institution head's approval.
    pub head_approval_number: Option<String>,
    /// Report or permit number of the facility for living modified organisms.
    pub lmo_facility_number: Option<String>,
    /// Number of the export approval.
    pub export_approval_number: Option<String>,
    /// Number of the approved clinical plan.
    pub clinical_plan_number: Option<String>,
    /// Its last day.
    pub clinical_plan_valid_until: Option<Date>,
}

/// A request to begin.
#[derive(Clone, InputObject)]
pub struct CreateDistributionRequestInput {
    /// What is known already.
    #[graphql(flatten)]
    pub fields: RequestFieldsInput,
    /// A key of your choice, 1 to 200 characters: the same key with the same input again answers as the first time.
    pub idempotency_key: Option<String>,
}

/// A change of a draft or a returned request.
#[derive(Clone, InputObject)]
pub struct UpdateDistributionRequestInput {
    /// The request.
    pub request: ID,
    /// What changes.
    #[graphql(flatten)]
    pub fields: RequestFieldsInput,
}

/// A request to act on.
#[derive(Clone, InputObject)]
pub struct DistributionRequestInput {
    /// The request.
    pub request: ID,
}

/// A request to send back.
#[derive(Clone, InputObject)]
pub struct ReturnDistributionRequestInput {
    /// The request.
    pub request: ID,
    /// What is to be completed, 1 to 2,000 characters.
    pub comment: String,
    /// The same for single fields, each at most once.
    pub field_comments: Option<Vec<FieldCommentInput>>,
}

/// What is to be completed in one field.
#[derive(Clone, InputObject)]
pub struct FieldCommentInput {
    /// Name of the field in the draft's input, such as `usePlan`.
    pub field: String,
    /// What is to be completed, 1 to 2,000 characters.
    pub comment: String,
}

/// Something to write about a request.
#[derive(Clone, InputObject)]
pub struct PostRequestMessageInput {
    /// The request.
    pub request: ID,
    /// What to write, 1 to 5,000 characters.
    pub text: String,
    /// A key of your choice, 1 to 200 characters: the same key with the same input again answers as the first time.
    pub idempotency_key: Option<String>,
}

/// A request to begin anew.
#[derive(Clone, InputObject)]
pub struct CopyDistributionRequestInput {
    /// The earlier request.
    pub request: ID,
    /// A key of your choice, 1 to 200 characters: the same key with the same input again answers as the first time.
    pub idempotency_key: Option<String>,
}

/// A request to take over.
#[derive(Clone, InputObject)]
pub struct TakeOverDistributionRequestInput {
    /// The request.
    pub request: ID,
    /// Why, 1 to 2,000 characters; whoever worked on it is told.
    pub reason: String,
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Decision {
    /// Approve it.
    Approve,
    /// Refuse it.
    Refuse,
}

/// A decision on one line.
#[derive(Clone, InputObject)]
pub struct LineDecisionInput {
    /// The line of the request.
    pub id: ID,
    /// What becomes of it.
    pub decision: Decision,
    /// Vials to approve, 1 to what was asked for; all unless told.
    pub vials: Option<i32>,
    /// Why it is refused; OTHER unless told.
    pub refusal: Option<Refusal>,
    /// In words, at most 2,000 characters; required for a refusal and for fewer vials than asked for.
    pub reason: Option<String>,
}

/// Decisions on lines of a request; all of them count or none.
#[derive(Clone, InputObject)]
pub struct DecideDistributionRequestInput {
    /// The request.
    pub request: ID,
    /// The decisions.
    pub lines: Vec<LineDecisionInput>,
}

/// A request line to act on.
#[derive(Clone, InputObject)]
pub struct RequestLineInput {
    /// The line of the request.
    pub request_line: ID,
}
