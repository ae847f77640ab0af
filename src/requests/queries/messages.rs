//! What was written about requests. Messages are seen by whoever sees the request, notes by the bank's readers whom it
//! does not concern.

use super::visible_to;
use crate::actor::{Actor, Permission};
use crate::db::Sql;
use crate::id::RequestId;
use crate::requests::model::message;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

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
    read(db, actor, requests, "NOT m.internal", visible_to).await
}

/// The bank's notes about requests, oldest first within a request: for whoever reads every request, unless it is their own
/// or their institution's. For others there are none.
///
/// # Errors
/// Those of the database.
pub async fn notes(db: &impl ConnectionTrait, actor: &Actor, requests: &[RequestId]) -> Result<Vec<Message>, DbErr> {
    read(db, actor, requests, "m.internal", notes_visible_to).await
}

/// Adds the condition on a request called `q` for whose notes the actor may see.
fn notes_visible_to(sql: &mut Sql, actor: &Actor) {
    if !actor.can(Permission::ReadAllRequests) {
        sql.push("1 = 0");
        return;
    }
    visible_to(sql, actor);
    let person = actor.person_id().map_or(0, |id| id.0);
    sql.push(" AND q.applicant_id <> ").bind(person).push(" AND q.principal_investigator_id <> ").bind(person);
    let institutions: Vec<i64> = actor.institutions().map(|id| id.0).collect();
    if !institutions.is_empty() {
        sql.push(" AND q.institution_id NOT IN (").bind_all(institutions).push(")");
    }
}

async fn read(
    db: &impl ConnectionTrait,
    actor: &Actor,
    requests: &[RequestId],
    kind: &str,
    scope: fn(&mut Sql, &Actor),
) -> Result<Vec<Message>, DbErr> {
    let mut sql = Sql::new(
        "SELECT m.*, p.name AS author_name FROM request_message m JOIN request q ON q.id = m.request_id
           JOIN person p ON p.id = m.author_id WHERE ",
    );
    sql.push(kind).push(" AND m.request_id IN (").bind_all(requests.iter().map(|id| id.0)).push(") AND ");
    scope(&mut sql, actor);
    sql.push(" ORDER BY m.request_id, m.id");
    sql.all(db).await
}
