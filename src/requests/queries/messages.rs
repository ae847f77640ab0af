//! What was written about requests. Messages are seen by whoever sees the request, notes by the bank's readers whom it
//! does not concern.

use super::is_visible_to;
use crate::accounts::model::person;
use crate::actor::{Actor, Permission};
use crate::id::{PersonId, RequestId};
use crate::requests::model::{message, request};
use sea_orm::sea_query::{Condition, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};

/// A message or note with the name of its author.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Message {
    /// The row.
    #[sea_orm(nested)]
    pub message: message::Model,
    /// Name of whoever wrote it, as it is now.
    pub author_name: String,
}

/// Messages between the two sides about requests that the actor may see, oldest first within a request. Never a note.
///
/// # Errors
/// Those of the database.
pub async fn messages(db: &impl ConnectionTrait, actor: &Actor, requests: &[RequestId]) -> Result<Vec<Message>, DbErr> {
    let between =
        Condition::all().add(is_visible_to(actor, request::Entity)).add(message::Column::Internal.into_expr().not());
    read(db, requests, between).await
}

/// The bank's notes about requests, oldest first within a request: for whoever reads every request, unless it is their
/// own or their institution's. For others there are none.
///
/// # Errors
/// Those of the database.
pub async fn notes(db: &impl ConnectionTrait, actor: &Actor, requests: &[RequestId]) -> Result<Vec<Message>, DbErr> {
    if !actor.can(Permission::ReadAllRequests) {
        return Ok(vec![]);
    }
    let person = actor.person_id().unwrap_or(PersonId(0));
    let of_others = Condition::all()
        .add(is_visible_to(actor, request::Entity))
        .add(message::Column::Internal.into_expr())
        .add(request::Column::ApplicantId.ne(person))
        .add(request::Column::PrincipalInvestigatorId.ne(person))
        .add(request::Column::InstitutionId.is_not_in(actor.institutions()));
    read(db, requests, of_others).await
}

async fn read(db: &impl ConnectionTrait, requests: &[RequestId], condition: Condition) -> Result<Vec<Message>, DbErr> {
    use message::{Column, Entity};
    let written = Entity::find().inner_join(request::Entity).inner_join(person::Entity).filter(condition);
    let written = written.filter(Column::RequestId.is_in(requests.iter().copied()));
    let written = written.order_by_asc(Column::RequestId).order_by_asc(Column::Id);
    written.column_as(person::Column::Name, "author_name").into_model().all(db).await
}
