//! Reads behind erasure: what stands against it, and what is kept.

use super::Error;
use super::commands::EraseAccount;
use super::rules::{kept_until, legal_basis};
use crate::accounts::queries::{is_last_administrator, person_by_email};
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::command::permit;
use crate::db::Sql;
use crate::id::{PersonId, RequestId};
use crate::language::Lang;
use crate::requests::model::request::State;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

/// The most records that are named one by one.
const NAMED: usize = 200;

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

#[derive(FromQueryResult)]
struct Numbered {
    number: String,
    state: State,
}

/// Refuses while something is under way that needs this person.
///
/// # Errors
/// The first thing that stands against it, or those of the database.
pub async fn hindrance(db: &impl ConnectionTrait, person: PersonId) -> Result<(), Error> {
    let sql = "SELECT q.number, q.state FROM request q
               WHERE q.id IN (SELECT id FROM request WHERE applicant_id = $1
                              UNION SELECT id FROM request WHERE principal_investigator_id = $1)
                 AND q.state IN ('submitted', 'returned', 'under_review', 'approved') ORDER BY q.id LIMIT 1";
    let open: Vec<Numbered> = Sql::with(sql, [person.0.into()]).all(db).await?;
    if let Some(Numbered { number, state }) = open.into_iter().next() {
        return Err(Error::OpenRequest { number, state });
    }
    let sql = "SELECT number, state FROM request WHERE state = 'under_review' AND handler_id = $1 ORDER BY id LIMIT 1";
    let handled: Vec<Numbered> = Sql::with(sql, [person.0.into()]).all(db).await?;
    if let Some(Numbered { number, .. }) = handled.into_iter().next() {
        return Err(Error::Handles { number });
    }
    if is_last_administrator(db, person).await? {
        return Err(Error::LastAdministrator);
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Provided {
    number: String,
    open: bool,
    dispatched_at: Option<DateTime<Utc>>,
    received_at: Option<DateTime<Utc>>,
}

/// Requests that led to a shipment and in which the person stands: as applicant or investigator, or by a signature.
///
/// # Errors
/// Those of the database.
pub async fn keeps(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<Kept>, DbErr> {
    let sql = format!(
        "SELECT q.number, q.state NOT IN ('rejected', 'withdrawn', 'closed') AS open,
           max(s.dispatched_at) AS dispatched_at, max(s.received_at) AS received_at
         FROM request q JOIN shipment s ON s.request_id = q.id
         WHERE s.dispatched_at IS NOT NULL AND q.blanked_at IS NULL
           AND q.id IN (SELECT id FROM request WHERE applicant_id = $1
                        UNION SELECT id FROM request WHERE principal_investigator_id = $1
                        UNION SELECT a.request_id FROM signature g JOIN agreement a ON a.id = g.agreement_id
                              WHERE g.person_id = $1)
         GROUP BY q.id, q.number, q.state ORDER BY q.id LIMIT {NAMED}"
    );
    let rows: Vec<Provided> = Sql::with(sql, [person.0.into()]).all(db).await?;
    let until = |row: &Provided| row.dispatched_at.max(row.received_at).filter(|_| !row.open).map(kept_until);
    Ok(rows.into_iter().map(|row| Kept { until: until(&row), number: row.number }).collect())
}

/// Ended requests whose applicant and investigator were erased and whose term is over, at most so many.
///
/// # Errors
/// Those of the database.
pub async fn due(db: &impl ConnectionTrait, kept_from: DateTime<Utc>, limit: u64) -> Result<Vec<RequestId>, DbErr> {
    let sql = format!(
        "SELECT q.id FROM person a JOIN request q ON q.applicant_id = a.id
           JOIN person i ON i.id = q.principal_investigator_id
         WHERE a.erased_at IS NOT NULL AND i.erased_at IS NOT NULL AND q.blanked_at IS NULL AND {OVER}
         ORDER BY q.id LIMIT {limit}"
    );
    let rows = Sql::with(sql, [kept_from.into()]).rows(db).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// A request `q` that ended and whose record need not be kept any longer; `$1` is the instant from which a last step still
/// keeps it.
pub(super) const OVER: &str = "q.state IN ('rejected', 'withdrawn', 'closed') AND NOT EXISTS
    (SELECT 1 FROM shipment s WHERE s.request_id = q.id AND (s.dispatched_at >= $1 OR s.received_at >= $1))";
