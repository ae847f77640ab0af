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
use super::model::request::{self, Column, Entity, State};
use super::model::request_line;
use super::sql;
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::db::literal;
use crate::id::{PersonId, RequestId, RequestLineId};
use crate::inventory::model::reservation;
use crate::inventory::model::reservation::Ending;
use crate::page::{Cursor, KeyPart, Page, Sort, Window, int};
use crate::{accounts, audit, catalogue};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, IntoIden, Query, SelectStatement, UnionType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select,
};

const NEWEST_FIRST: Sort = Sort { columns: &[int("request.id")], descending: true };

/// Requests that the actor may see: the bank everything but drafts of others, people what they applied for or answer
/// for, signatories what their institution asked for.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    Entity::find().filter(is_visible_to(actor, Entity))
}

/// That as a condition; `request` is what the statement calls the table of requests.
pub fn is_visible_to(actor: &Actor, request: impl IntoIden) -> Condition {
    let request = request.into_iden();
    let of = |column: Column| Expr::col((request.clone(), column));
    let person = actor.person_id().unwrap_or(PersonId(0));
    if actor.can(Permission::ReadAllRequests) {
        let own = Condition::any().add(of(Column::ApplicantId).eq(person));
        return own
            .add(of(Column::PrincipalInvestigatorId).eq(person))
            .add(of(Column::State).ne(literal(State::Draft)));
    }
    let mut keys = own_keys(person);
    let institutions: Vec<_> = actor.signs_for().collect();
    if !institutions.is_empty() {
        let signed_for = Column::State.into_expr().ne(literal(State::Draft));
        keys.union(UnionType::Distinct, keys_of(signed_for.and(Column::InstitutionId.is_in(institutions))));
    }
    Condition::all().add(of(Column::Id).in_subquery(keys))
}

/// Keys of the requests in which a person is applicant or principal investigator. By lists of keys: with OR, SQLite
/// would go through the requests of everybody.
pub(crate) fn own_keys(person: PersonId) -> SelectStatement {
    let answered_for = keys_of(Column::PrincipalInvestigatorId.eq(person));
    keys_of(Column::ApplicantId.eq(person)).union(UnionType::Distinct, answered_for).take()
}

fn keys_of(condition: Expr) -> SelectStatement {
    Query::select().column(Column::Id).from(Entity).and_where(condition).take()
}

/// The request with this number, if the actor may see it.
///
/// # Errors
/// Those of the database.
pub async fn by_number(app: &App, actor: &Actor, number: &str) -> Result<Option<request::Model>, Error> {
    let number = number.trim().to_uppercase();
    Ok(visible_to(actor).filter(Column::Number.eq(number)).one(app.db.read()).await?)
}

/// Requests by key that the actor may see, in no order.
///
/// # Errors
/// Those of the database.
pub async fn by_id(db: &impl ConnectionTrait, actor: &Actor, ids: &[RequestId]) -> Result<Vec<request::Model>, DbErr> {
    visible_to(actor).filter(Column::Id.is_in(ids.iter().copied())).all(db).await
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
    let rows = keyset.select(listed(actor, filter)).all(app.db.read()).await?;
    Ok(keyset.page(rows, |row| Cursor(vec![KeyPart::Int(row.id.0)])))
}

/// How many requests the list has.
///
/// # Errors
/// Not signed in, or those of the database.
pub async fn count(app: &App, actor: &Actor, filter: &Filter) -> Result<i64, Error> {
    actor.may(Permission::ReadStock)?;
    Ok(listed(actor, filter).count(app.db.read()).await?.cast_signed())
}

fn listed(actor: &Actor, filter: &Filter) -> Select<Entity> {
    let list = visible_to(actor);
    let list = list.apply_if((!filter.states.is_empty()).then_some(&filter.states), |list, states| {
        list.filter(Column::State.is_in(states.iter().copied()))
    });
    let list = list.apply_if(filter.handler, |list, handler| list.filter(Column::HandlerId.eq(handler)));
    list.apply_if(filter.unassigned.then_some(()), |list, ()| list.filter(Column::HandlerId.is_null()))
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
    let earlier = visible_to(actor).filter(Column::State.ne(State::Draft)).filter(Column::Id.lt(request.id));
    Ok(earlier.filter(Column::InstitutionId.eq(request.institution_id)).count(db).await?.cast_signed())
}

/// Lines of requests, in their order. For requests the caller may see.
///
/// # Errors
/// Those of the database.
pub async fn lines_of(db: &impl ConnectionTrait, requests: &[RequestId]) -> Result<Vec<request_line::Model>, DbErr> {
    let lines = request_line::Entity::find();
    let lines = lines.filter(request_line::Column::RequestId.is_in(requests.iter().copied()));
    lines.order_by_asc(request_line::Column::RequestId).order_by_asc(request_line::Column::Id).all(db).await
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
    use reservation::{Column, Entity};
    let when = |is: Expr, then: Expr| -> Expr { Expr::case(is, then).into() };
    let one = || Expr::cust("1");
    let of_lines = Entity::find().filter(Column::RequestLineId.is_in(lines.iter().copied())).select_only();
    let columns = of_lines
        .column(Column::RequestLineId)
        .expr_as(when(Column::Ending.is_null(), one()).count(), "reserved")
        .expr_as(when(Column::Ending.is_null(), Column::ExpiresAt.into_expr()).min(), "reserved_until")
        .expr_as(when(Column::Ending.eq(Ending::Shipped), one()).count(), "shipped");
    let rows: Vec<(RequestLineId, i64, Option<DateTime<Utc>>, i64)> =
        columns.group_by(Column::RequestLineId).into_tuple().all(db).await?;
    let served = |(line, reserved, reserved_until, shipped)| (line, Served { reserved, reserved_until, shipped });
    Ok(rows.into_iter().map(served).collect())
}

/// Places of request lines on the waiting lists of their cell lines, from 1; lines that do not wait are absent. For
/// lines the caller may see.
///
/// # Errors
/// Those of the database.
pub async fn waiting_places(
    db: &impl ConnectionTrait,
    lines: &[RequestLineId],
) -> Result<Vec<(RequestLineId, i64)>, DbErr> {
    let places = sql::waiting_places(db, lines).await?;
    Ok(places.into_iter().map(|row| (row.line, row.place)).collect())
}

/// What happened to a request, oldest first. For requests the caller may see.
///
/// # Errors
/// Those of the database.
pub async fn timeline(db: &impl ConnectionTrait, request: RequestId) -> Result<Vec<audit::Event>, DbErr> {
    audit::of_subject(db, request.into()).await
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
    let cell_lines = catalogue::queries::requested_lines(db, &mentioned.cell_lines).await?;
    let people = accounts::queries::people(db, &mentioned.people).await?;
    let approvals = chosen(db, &[request.id]).await?;
    let after = fields::snapshot(Application { request, approvals: &approvals }, &lines);
    Ok(fields::changes(request, &after, &cell_lines, &people, actor.lang))
}
