//! What the history tells of approvals.

use super::model::approval::Kind;
use crate::audit::Changes;
use crate::id::{ApprovalId, InstitutionId};

crate::area_events! {
    /// What happened to an approval. Never its number: that leads to people, and the history is never erased.
    ApprovalEvent, ApprovalAction, about ApprovalId:

    /// It was entered.
    Created { #[serde(with = "crate::audit::word")] kind: Kind, institution: InstitutionId }
        = "approval.create", "Approval entered", "승인 서류 등록";

    /// Somebody at the bank saw the approval itself.
    Verified { #[serde(flatten)] changes: Changes } = "approval.verify", "Approval verified", "승인 서류 확인";
}
