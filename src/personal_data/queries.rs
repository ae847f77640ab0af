//! Reads behind erasure: what stands against it, and what is kept.

use super::Error;
use super::commands::EraseAccount;
use super::rules::{kept_until, legal_basis};
use super::sql::{self, Provided};
use crate::accounts::queries::{is_last_administrator, person_by_email};
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::command::permit;
use crate::id::PersonId;
use crate::language::Lang;
use crate::requests::model::request::{Column, Entity, State};
use crate::requests::queries::own_keys;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

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
    let open = [State::Submitted, State::Returned, State::UnderReview, State::Approved];
    let concerned = Entity::find().filter(Column::Id.in_subquery(own_keys(person))).filter(Column::State.is_in(open));
    if let Some((number, state)) = first(db, concerned).await? {
        return Err(Error::OpenRequest { number, state });
    }
    let handled = Entity::find().filter(Column::State.eq(State::UnderReview)).filter(Column::HandlerId.eq(person));
    if let Some((number, _)) = first(db, handled).await? {
        return Err(Error::Handles { number });
    }
    if is_last_administrator(db, person).await? {
        return Err(Error::LastAdministrator);
    }
    Ok(())
}

/// Number and state of the first of some requests.
async fn first(db: &impl ConnectionTrait, requests: Select<Entity>) -> Result<Option<(String, State)>, DbErr> {
    let named = requests.select_only().columns([Column::Number, Column::State]).order_by_asc(Column::Id);
    named.into_tuple().one(db).await
}

/// Requests that led to a shipment and in which the person stands: as applicant or investigator, or by a signature.
///
/// # Errors
/// Those of the database.
pub async fn keeps(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<Kept>, DbErr> {
    let rows = sql::provisions(db, person).await?;
    let until = |row: &Provided| row.dispatched_at.max(row.received_at).filter(|_| !row.open).map(kept_until);
    Ok(rows.into_iter().map(|row| Kept { until: until(&row), number: row.number }).collect())
}
