//! Reads of approvals.

use super::model::approval;
use crate::actor::{Actor, Permission};
use crate::id::{ApprovalId, InstitutionId};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

/// The most approvals of one study from which to choose.
const MOST: u64 = 50;

/// Approvals that the actor may see: the bank all, everybody else those of the own institution.
pub fn visible_to(actor: &Actor) -> Select<approval::Entity> {
    let all = approval::Entity::find();
    if actor.can(Permission::ReadAllRequests) {
        return all;
    }
    all.filter(approval::Column::InstitutionId.is_in(actor.institutions()))
}

/// Approvals by key that the actor may see, in the order in which they were entered.
///
/// # Errors
/// Those of the database.
pub async fn by_id(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[ApprovalId],
) -> Result<Vec<approval::Model>, DbErr> {
    let found = visible_to(actor).filter(approval::Column::Id.is_in(ids.iter().copied()));
    found.order_by_asc(approval::Column::Id).all(db).await
}

/// The newest approvals of a study at an institution, for those who write a request there; those without a number are
/// of drafts.
///
/// # Errors
/// Those of the database.
pub async fn of_study(
    db: &impl ConnectionTrait,
    institution: InstitutionId,
    study: &str,
) -> Result<Vec<approval::Model>, DbErr> {
    let found = approval::Entity::find()
        .filter(approval::Column::InstitutionId.eq(institution))
        .filter(approval::Column::Study.eq(study.trim()))
        .filter(approval::Column::Number.ne(""));
    found.order_by_desc(approval::Column::Id).limit(MOST).all(db).await
}
