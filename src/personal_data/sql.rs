//! Statements over the data of one person that are written by hand: they are made from lists of tables and columns, or
//! go through several tables.

use super::erasure;
use crate::command::Work;
use crate::db::Sql;
use crate::id::{PersonId, RequestId};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, QueryResult};

/// The most records that are named one by one.
const NAMED: usize = 200;
/// A request `q` that ended and whose record need not be kept any longer; `$1` is the instant from which a last step
/// still keeps it.
const OVER: &str = "q.state IN ('rejected', 'withdrawn', 'closed') AND NOT EXISTS
    (SELECT 1 FROM shipment s WHERE s.request_id = q.id AND (s.dispatched_at >= $1 OR s.received_at >= $1))";

/// Deletes the rows of a table that point at a person.
pub(super) async fn delete_rows(work: &Work<'_>, table: &str, column: &str, person: PersonId) -> Result<u64, DbErr> {
    Sql::with(format!("DELETE FROM {table} WHERE {column} = $1"), [person.0.into()]).run(work).await
}

/// Sets the columns of one row to what erasing makes of them.
pub(super) async fn erase_columns(
    work: &Work<'_>,
    table: &str,
    columns: &[(&str, Option<&str>)],
    key: i64,
) -> Result<u64, DbErr> {
    Sql::with(erasure::update(table, columns), [key.into(), work.now().into()]).run(work).await
}

/// A request that led to a shipment.
#[derive(FromQueryResult)]
pub(super) struct Provided {
    /// Its number.
    pub number: String,
    /// Whether something of it is still to be done.
    pub open: bool,
    /// When its last shipment left.
    pub dispatched_at: Option<DateTime<Utc>>,
    /// When its last shipment arrived.
    pub received_at: Option<DateTime<Utc>>,
}

/// Requests that led to a shipment and in which the person stands: as applicant or investigator, or by a signature.
pub(super) async fn provisions(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<Provided>, DbErr> {
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
    Sql::with(sql, [person.0.into()]).all(db).await
}

/// Ended requests whose applicant and investigator were erased and whose term is over, at most so many.
pub(super) async fn due(
    db: &impl ConnectionTrait,
    kept_from: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<RequestId>, DbErr> {
    let sql = format!(
        "SELECT q.id FROM person a JOIN request q ON q.applicant_id = a.id
           JOIN person i ON i.id = q.principal_investigator_id
         WHERE a.erased_at IS NOT NULL AND i.erased_at IS NOT NULL AND q.blanked_at IS NULL AND {OVER}
         ORDER BY q.id LIMIT {limit}"
    );
    let rows = Sql::with(sql, [kept_from.into()]).rows(db).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Blanks the texts of agreements whose investigator was erased and whose term is over, at most so many.
pub(super) async fn blank_agreements(work: &Work<'_>, kept_from: DateTime<Utc>, limit: u64) -> Result<u64, DbErr> {
    let sql = format!(
        "UPDATE agreement SET text_en = '', text_ko = '', ended_reason = NULL WHERE id IN
           (SELECT g.id FROM person i JOIN request q ON q.principal_investigator_id = i.id
              JOIN agreement g ON g.request_id = q.id
            WHERE i.erased_at IS NOT NULL AND g.text_en <> '' AND {OVER} ORDER BY g.id LIMIT {limit})"
    );
    Sql::with(sql, [kept_from.into()]).run(work).await
}

/// Blanks the printed names of erased signers where the term is over, at most so many.
pub(super) async fn blank_signatures(work: &Work<'_>, kept_from: DateTime<Utc>, limit: u64) -> Result<u64, DbErr> {
    let sql = format!(
        "UPDATE signature SET printed_name = '', meaning = '-' WHERE id IN
           (SELECT n.id FROM person p JOIN signature n ON n.person_id = p.id JOIN agreement g ON g.id = n.agreement_id
              JOIN request q ON q.id = g.request_id
            WHERE p.erased_at IS NOT NULL AND n.printed_name <> '' AND {OVER} ORDER BY n.id LIMIT {limit})"
    );
    Sql::with(sql, [kept_from.into()]).run(work).await
}

/// Rows of a part of somebody's data, each as the text of a JSON object that the database made of these pairs.
pub(super) async fn objects(
    db: &impl ConnectionTrait,
    object: &str,
    from: &str,
    person: PersonId,
) -> Result<Vec<QueryResult>, DbErr> {
    Sql::with(format!("SELECT CAST({object} AS TEXT) FROM {from}"), [person.0.into()]).rows(db).await
}
