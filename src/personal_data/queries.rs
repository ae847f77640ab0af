//! Reads behind erasure: what stands against it, what is kept, and what has had its time.

use super::Error;
use super::commands::EraseAccount;
use super::rules::{kept_until, legal_basis};
use crate::accounts::model::{account_secret, person, session};
use crate::accounts::queries::{is_last_administrator, person_by_email};
use crate::actor::{Actor, Permission};
use crate::agreements::model::{agreement, signature};
use crate::app::App;
use crate::command::permit;
use crate::id::{PersonId, RequestId, SessionId};
use crate::idempotency::model::idempotency_key;
use crate::language::Lang;
use crate::requests::model::request::{self, Column, Entity, State};
use crate::requests::queries::own_keys;
use crate::shipments::model::shipment;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, UnionType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Related, RelationTrait, Select,
};
use std::cmp::max;

/// The most records that are named one by one.
const NAMED: u64 = 200;
/// States in which nothing of a request is under way any more.
const ENDED: [State; 3] = [State::Rejected, State::Withdrawn, State::Closed];

/// A record that outlives its person for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Number of the request.
    pub number: String,
    /// Last day in Asia/Seoul; `None` while the request is under way.
    pub until: Option<NaiveDate>,
}

impl Kept {
    /// What is kept, for a reader.
    pub fn what(&self, lang: Lang) -> String {
        let number = &self.number;
        lang.pick(
            format!("Record of provision {number}: the request, its agreements and signatures, its shipments"),
            format!("제공 기록 {number}: 신청, 협약과 서명, 발송 내역"),
        )
    }

    /// Why, for a reader.
    pub fn legal_basis(&self, lang: Lang) -> &'static str {
        legal_basis(lang)
    }
}

/// What erasing an account would do.
#[derive(Debug)]
pub struct Erasure {
    /// Why it cannot be done now.
    pub refusal: Option<Error>,
    /// What is kept, by number.
    pub keeps: Vec<Kept>,
}

/// What erasing the caller's own account would do.
///
/// # Errors
/// Nobody signed in, or those of the database.
pub async fn erasure(app: &App, actor: &Actor) -> Result<Erasure, Error> {
    permit::<EraseAccount>(actor)?;
    erasure_of(app, actor.signed_in()?).await
}

/// What erasing somebody's account would do. For administrators.
///
/// # Errors
/// Not allowed, no such account, or those of the database.
pub async fn erasure_preview(app: &App, actor: &Actor, email: &str) -> Result<Erasure, Error> {
    actor.may(Permission::Administer)?;
    let person = person_by_email(app.db.read(), email).await?.ok_or(Error::NoSuchAccount)?;
    erasure_of(app, person.id).await
}

async fn erasure_of(app: &App, person: PersonId) -> Result<Erasure, Error> {
    let refusal = match hindrance(app.db.read(), person).await {
        Ok(()) => None,
        Err(Error::Db(error)) => return Err(error.into()),
        Err(refusal) => Some(refusal),
    };
    Ok(Erasure { refusal, keeps: keeps(app.db.read(), person).await? })
}

/// Refuses while something is under way that needs this person.
///
/// # Errors
/// The first thing that stands against it, or those of the database.
pub async fn hindrance(db: &impl ConnectionTrait, person: PersonId) -> Result<(), Error> {
    let own = Entity::find().filter(Column::Id.in_subquery(own_keys(person)));
    let open =
        own.filter(Column::State.is_in([State::Submitted, State::Returned, State::UnderReview, State::Approved]));
    if let Some((number, state)) = first(open, db).await? {
        return Err(Error::OpenRequest { number, state });
    }
    let handled = Entity::find().filter(Column::HandlerId.eq(person)).filter(Column::State.eq(State::UnderReview));
    if let Some((number, _)) = first(handled, db).await? {
        return Err(Error::Handles { number });
    }
    if is_last_administrator(db, person).await? {
        return Err(Error::LastAdministrator);
    }
    Ok(())
}

/// Number and state of the oldest of some requests.
async fn first(requests: Select<Entity>, db: &impl ConnectionTrait) -> Result<Option<(String, State)>, DbErr> {
    let oldest = requests.order_by_asc(Column::Id).select_only().columns([Column::Number, Column::State]);
    oldest.into_tuple().one(db).await
}

#[derive(FromQueryResult)]
struct Provided {
    number: String,
    state: State,
    dispatched_at: Option<DateTime<Utc>>,
    received_at: Option<DateTime<Utc>>,
}

/// Requests that led to a shipment and in which the person stands: as applicant or investigator, or by a signature.
///
/// # Errors
/// Those of the database.
pub async fn keeps(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<Kept>, DbErr> {
    let signed = signature::Entity::find().inner_join(agreement::Entity).select_only();
    let signed = signed.column(agreement::Column::RequestId).filter(signature::Column::PersonId.eq(person));
    let theirs = own_keys(person).union(UnionType::Distinct, signed.into_query()).take();
    let provided = Entity::find().join(JoinType::InnerJoin, shipment::Relation::Request.def().rev());
    let provided = provided.filter(shipment::Column::DispatchedAt.is_not_null()).filter(Column::BlankedAt.is_null());
    let provided = provided.filter(Column::Id.in_subquery(theirs)).select_only();
    let provided = provided
        .columns([Column::Number, Column::State])
        .column_as(shipment::Column::DispatchedAt.max(), "dispatched_at")
        .column_as(shipment::Column::ReceivedAt.max(), "received_at")
        .group_by(Column::Id)
        .group_by(Column::Number)
        .group_by(Column::State);
    let rows: Vec<Provided> = provided.order_by_asc(Column::Id).limit(NAMED).into_model().all(db).await?;
    let until = |row: &Provided| {
        let last = max(row.dispatched_at, row.received_at);
        last.filter(|_| ENDED.contains(&row.state)).map(kept_until)
    };
    Ok(rows.into_iter().map(|row| Kept { until: until(&row), number: row.number }).collect())
}

/// Ended requests whose applicant and investigator were erased and whose term is over, at most so many.
///
/// # Errors
/// Those of the database.
pub async fn due(db: &impl ConnectionTrait, kept_from: DateTime<Utc>, limit: u64) -> Result<Vec<RequestId>, DbErr> {
    let erased = |at: &'static str| Expr::col((at, person::Column::ErasedAt)).is_not_null();
    let due = Entity::find()
        .join_as(JoinType::InnerJoin, request::Relation::Applicant.def(), "applicant")
        .join_as(JoinType::InnerJoin, request::Relation::PrincipalInvestigator.def(), "investigator")
        .filter(erased("applicant"))
        .filter(erased("investigator"))
        .filter(Column::BlankedAt.is_null())
        .filter(is_over(kept_from));
    due.order_by_asc(Column::Id).limit(limit).select_only().column(Column::Id).into_tuple().all(db).await
}

/// Keys of agreements whose investigator was erased, that still name them, and whose term is over.
pub(super) fn due_agreements(kept_from: DateTime<Utc>) -> Select<agreement::Entity> {
    use agreement::{Column, Entity};
    let theirs = Entity::find().inner_join(request::Entity);
    let theirs = theirs.join(JoinType::InnerJoin, request::Relation::PrincipalInvestigator.def());
    let erased = theirs.filter(person::Column::ErasedAt.is_not_null()).filter(Column::TextEn.ne(""));
    erased.filter(is_over(kept_from)).order_by_asc(Column::Id).select_only().column(Column::Id)
}

/// Keys of signatures of erased people, that still name them, and whose term is over.
pub(super) fn due_signatures(kept_from: DateTime<Utc>) -> Select<signature::Entity> {
    use signature::{Column, Entity};
    let theirs = Entity::find().inner_join(person::Entity).inner_join(agreement::Entity);
    let theirs = theirs.join(JoinType::InnerJoin, <agreement::Entity as Related<request::Entity>>::to());
    let erased = theirs.filter(person::Column::ErasedAt.is_not_null()).filter(Column::PrintedName.ne(""));
    erased.filter(is_over(kept_from)).order_by_asc(Column::Id).select_only().column(Column::Id)
}

/// That a request ended and its record need not be kept any longer: no last step since the instant still keeps it.
fn is_over(kept_from: DateTime<Utc>) -> Condition {
    let since = shipment::Column::DispatchedAt.gte(kept_from).or(shipment::Column::ReceivedAt.gte(kept_from));
    let of_request = shipment::Column::RequestId.into_expr().eq(Column::Id.into_expr());
    let kept = Query::select().expr(Expr::val(1)).from(shipment::Entity).and_where(of_request).and_where(since).take();
    Condition::all().add(Column::State.is_in(ENDED)).add(Expr::not_exists(kept))
}

/// Sessions that were ended, or that ended by themselves, up to these instants; at most so many of either.
///
/// # Errors
/// Those of the database.
pub(super) async fn ended_sessions(
    db: &impl ConnectionTrait,
    ended: DateTime<Utc>,
    idle: DateTime<Utc>,
    most: u64,
) -> Result<Vec<SessionId>, DbErr> {
    use session::{Column, Entity};
    let ended = Entity::find().filter(Column::EndedAt.lte(ended)).order_by_asc(Column::EndedAt);
    let idle = Entity::find().filter(Column::EndedAt.is_null()).filter(Column::LastSeenAt.lte(idle));
    let mut sessions = vec![];
    for some in [ended, idle.order_by_asc(Column::LastSeenAt)] {
        let keys = some.limit(most).select_only().column(Column::Id).into_tuple::<SessionId>();
        sessions.extend(keys.all(db).await?);
    }
    Ok(sessions)
}

/// Keys of secrets of links that expired up to an instant, the oldest first.
pub(super) fn expired_secrets(until: DateTime<Utc>) -> Select<account_secret::Entity> {
    use account_secret::{Column, Entity};
    let expired = Entity::find().filter(Column::ExpiresAt.lte(until)).order_by_asc(Column::ExpiresAt);
    expired.select_only().column(Column::Id)
}

/// Keys of answers that were kept up to an instant, the oldest first.
pub(super) fn old_answers(until: DateTime<Utc>) -> Select<idempotency_key::Entity> {
    use idempotency_key::{Column, Entity};
    let old = Entity::find().filter(Column::CreatedAt.lte(until)).order_by_asc(Column::CreatedAt);
    old.select_only().columns([Column::PersonId, Column::Operation, Column::Key])
}
