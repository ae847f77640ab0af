//! Reads of requests. Everything goes through [`visible_to`]: what is not yours is not there.

mod approvals;
mod messages;
mod reminders;
mod worklist;

pub use approvals::chosen;
pub use messages::{Message, messages, notes};
pub use reminders::due_reminders;
pub use worklist::{OverviewCounts, OverviewFilter, OverviewRow, View, overview, overview_counts};

use super::Error;
use super::application::Application;
use super::fields::{self, FieldChange};
use super::model::{request, request_line};
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::db::Sql;
use crate::id::{PersonId, RequestId, RequestLineId};
use crate::page::{Cursor, KeyPart, Page, Sort, Window, int};
use crate::{accounts, audit, catalogue, subject};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveEnum, ConnectionTrait, DbErr};

const NEWEST_FIRST: Sort = Sort { columns: &[int("q.id")], descending: true };

/// Adds the condition on a request called `q` for what the actor may see: the bank everything but drafts of others,
/// people what they applied for or answer for, signatories what their institution asked for.
pub fn visible_to(sql: &mut Sql, actor: &Actor) {
    let person = actor.person_id().map_or(0, |id| id.0);
    if actor.can(Permission::ReadAllRequests) {
        sql.push("(q.state <> 'draft' OR q.applicant_id = ").bind(person);
        sql.push(" OR q.principal_investigator_id = ").bind(person).push(")");
        return;
    }
    // By lists of keys: with OR, SQLite would go through the requests of everybody.
    sql.push("q.id IN (SELECT id FROM request WHERE applicant_id = ").bind(person);
    sql.push(" UNION SELECT id FROM request WHERE principal_investigator_id = ").bind(person);
    let institutions: Vec<i64> = actor.signs_for().map(|id| id.0).collect();
    if !institutions.is_empty() {
        sql.push(" UNION SELECT id FROM request WHERE state <> 'draft' AND institution_id IN (");
        sql.bind_all(institutions).push(")");
    }
    sql.push(")");
}

/// The request with this number, if the actor may see it.
///
/// # Errors
/// Those of the database.
pub async fn by_number(app: &App, actor: &Actor, number: &str) -> Result<Option<request::Model>, Error> {
    let mut sql = Sql::new("SELECT q.* FROM request q WHERE q.number = ");
    sql.bind(number.trim().to_uppercase()).push(" AND ");
    visible_to(&mut sql, actor);
    Ok(sql.all(app.db.read()).await?.pop())
}

/// Requests by key that the actor may see, in no order.
///
/// # Errors
/// Those of the database.
pub async fn by_id(db: &impl ConnectionTrait, actor: &Actor, ids: &[RequestId]) -> Result<Vec<request::Model>, DbErr> {
    let mut sql = Sql::new("SELECT q.* FROM request q WHERE ");
    visible_to(&mut sql, actor);
    sql.push(" AND q.id IN (").bind_all(ids.iter().map(|id| id.0)).push(")");
    sql.all(db).await
}

/// What of the requests to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only in these states.
    pub states: Vec<request::State>,
    /// Only those a member of staff took.
    pub handler: Option<PersonId>,
    /// Only those nobody took.
    pub unassigned: bool,
}

/// Requests that the actor may see, newest first.
///
/// # Errors
/// Not signed in, a wrong window, or those of the database.
pub async fn list(app: &App, actor: &Actor, filter: &Filter, window: &Window) -> Result<Page<request::Model>, Error> {
    actor.may(Permission::ReadStock)?;
    let keyset = window.keyset(NEWEST_FIRST)?;
    let mut sql = Sql::new("SELECT q.* FROM request q WHERE ");
    narrow(&mut sql, actor, filter);
    keyset.narrow(&mut sql);
    keyset.order(&mut sql);
    let rows: Vec<request::Model> = sql.all(app.db.read()).await?;
    Ok(keyset.page(rows, |row| Cursor(vec![KeyPart::Int(row.id.0)])))
}

/// How many requests the list has.
///
/// # Errors
/// Not signed in, or those of the database.
pub async fn count(app: &App, actor: &Actor, filter: &Filter) -> Result<i64, Error> {
    actor.may(Permission::ReadStock)?;
    let mut sql = Sql::new("SELECT count(*) FROM request q WHERE ");
    narrow(&mut sql, actor, filter);
    Ok(sql.number(app.db.read()).await?)
}

fn narrow(sql: &mut Sql, actor: &Actor, filter: &Filter) {
    visible_to(sql, actor);
    if !filter.states.is_empty() {
        sql.push(" AND q.state IN (").bind_all(filter.states.iter().map(|s| s.to_value())).push(")");
    }
    if let Some(handler) = filter.handler {
        sql.push(" AND q.handler_id = ").bind(handler.0);
    }
    if filter.unassigned {
        sql.push(" AND q.handler_id IS NULL");
    }
}

/// How many requests the institution of a request handed in before it. For requests the caller may see.
///
/// # Errors
/// Those of the database.
pub async fn earlier_of_institution(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &request::Model,
) -> Result<i64, DbErr> {
    let mut sql = Sql::new("SELECT count(*) FROM request q WHERE q.state <> 'draft' AND q.institution_id = ");
    sql.bind(request.institution_id.0).push(" AND q.id < ").bind(request.id.0).push(" AND ");
    visible_to(&mut sql, actor);
    sql.number(db).await
}

/// Lines of requests, in their order. For requests the caller may see.
///
/// # Errors
/// Those of the database.
pub async fn lines_of(db: &impl ConnectionTrait, requests: &[RequestId]) -> Result<Vec<request_line::Model>, DbErr> {
    let mut sql = Sql::new("SELECT * FROM request_line WHERE request_id IN (");
    sql.bind_all(requests.iter().map(|id| id.0)).push(") ORDER BY request_id, id");
    sql.all(db).await
}

/// How far a request line is served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// Vials set aside now.
    pub reserved: i64,
    /// When the first of these reservations ends.
    pub reserved_until: Option<DateTime<Utc>>,
    /// Vials that left.
    pub shipped: i64,
}

/// How far request lines are served; lines without a reservation are absent. For lines the caller may see.
///
/// # Errors
/// Those of the database.
pub async fn served(db: &impl ConnectionTrait, lines: &[RequestLineId]) -> Result<Vec<(RequestLineId, Served)>, DbErr> {
    let mut sql = Sql::new(
        "SELECT request_line_id, CAST(sum(CASE WHEN ending IS NULL THEN 1 ELSE 0 END) AS BIGINT),
           min(CASE WHEN ending IS NULL THEN expires_at END),
           CAST(sum(CASE WHEN ending = 'shipped' THEN 1 ELSE 0 END) AS BIGINT)
         FROM reservation WHERE request_line_id IN (",
    );
    sql.bind_all(lines.iter().map(|id| id.0)).push(") GROUP BY request_line_id");
    let rows = sql.rows(db).await?;
    rows.iter()
        .map(|row| {
            let served = Served {
                reserved: row.try_get_by_index(1)?,
                reserved_until: row.try_get_by_index(2)?,
                shipped: row.try_get_by_index(3)?,
            };
            Ok((row.try_get_by_index(0)?, served))
        })
        .collect()
}

/// Places of request lines on the waiting lists of their cell lines, from 1; lines that do not wait are absent. For lines
/// the caller may see.
///
/// # Errors
/// Those of the database.
pub async fn waiting_places(
    db: &impl ConnectionTrait,
    lines: &[RequestLineId],
) -> Result<Vec<(RequestLineId, i64)>, DbErr> {
    let mut sql = Sql::new(
        "SELECT r.id, (SELECT count(*) + 1 FROM request_line w WHERE w.line_id = r.line_id AND w.state = 'waitlisted'
           AND (w.waitlisted_at, w.id) < (r.waitlisted_at, r.id))
         FROM request_line r WHERE r.state = 'waitlisted' AND r.id IN (",
    );
    sql.bind_all(lines.iter().map(|id| id.0)).push(")");
    let rows = sql.rows(db).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// What happened to a request, oldest first. For requests the caller may see.
///
/// # Errors
/// Those of the database.
pub async fn timeline(db: &impl ConnectionTrait, request: RequestId) -> Result<Vec<audit::Event>, DbErr> {
    audit::of_subject(db, subject!(RequestId, request)).await
}

/// What the applicant changed since the last return, in the reader's language; nothing if it never was returned. For a
/// request the caller may see.
///
/// # Errors
/// Those of the database.
pub async fn changes_since_return(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &request::Model,
) -> Result<Vec<FieldChange>, DbErr> {
    let lines = lines_of(db, &[request.id]).await?;
    let mentioned = fields::mentioned(request, &lines);
    let cell_lines = catalogue::queries::lines_by_id(db, &Actor::system("requests"), &mentioned.cell_lines).await?;
    let people = accounts::queries::people(db, &mentioned.people).await?;
    let approvals = chosen(db, &[request.id]).await?;
    let after = fields::snapshot(Application { request, approvals: &approvals }, &lines);
    Ok(fields::changes(request, &after, &cell_lines, &people, actor.lang))
}
