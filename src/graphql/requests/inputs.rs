//! Inputs of the verbs on requests.

use super::fields::RequestFieldsInput;
use crate::requests::Refusal;
use async_graphql::{Enum, ID, InputObject};

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
