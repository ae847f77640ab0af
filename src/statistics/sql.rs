//! Statements of the statistics that are written by hand.

use super::queries::is_distribution;
use super::turnaround::Span;
use crate::accounts::model::institution;
use crate::db::Sql;
use crate::id::RequestId;
use crate::language::Lang;
use crate::requests::events::RequestAction;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

/// The years of which anything is known.
#[derive(FromQueryResult)]
pub(super) struct Known {
    /// The first one.
    pub first: Option<i32>,
    /// The last one.
    pub last: Option<i32>,
}

/// The first and the last year of published totals and of recorded dispatches, each read from the end of an index.
pub(super) async fn span(db: &impl ConnectionTrait) -> Result<Known, DbErr> {
    let sql = "SELECT min(year) AS first, max(year) AS last FROM (SELECT min(year) AS year FROM historical_total
                 UNION ALL SELECT max(year) FROM historical_total
                 UNION ALL SELECT min(year) FROM dispatched_line UNION ALL SELECT max(year) FROM dispatched_line) y";
    Sql::new(sql).all(db).await?.pop().ok_or_else(|| DbErr::RecordNotFound("years".into()))
}

/// Distinct recipients of the distributions of some years, by year. A duplicate was the same institution
/// all along: once it is merged, the two count as one in every year, although the rows stay as they were recorded.
pub(super) async fn recipients(db: &impl ConnectionTrait, from: i32, to: i32) -> Result<Vec<(i32, i64)>, DbErr> {
    let mut sql = Sql::new(
        "SELECT y.year, count(DISTINCT coalesce(i.merged_into, y.institution_id))
         FROM (SELECT DISTINCT x.year, x.institution_id FROM dispatched_line x WHERE ",
    );
    sql.condition(is_distribution("x", from, to));
    sql.push(") y LEFT JOIN institution i ON i.id = y.institution_id GROUP BY y.year");
    sql.rows(db).await?.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// Distinct recipients of a year's distributions by type, each once: under the type that it had at its first one in that
/// year. So the parts add up to [`recipients`] also where an institution was given another type, or two of different types
/// turned out to be one.
pub(super) async fn recipients_by_type(
    db: &impl ConnectionTrait,
    year: i32,
) -> Result<Vec<(institution::Type, i64)>, DbErr> {
    let mut sql = Sql::new(
        "SELECT f.institution_type, count(*) FROM (SELECT min(x.id) AS first FROM dispatched_line x
           LEFT JOIN institution i ON i.id = x.institution_id WHERE ",
    );
    sql.condition(is_distribution("x", year, year));
    sql.push(
        " GROUP BY coalesce(i.merged_into, x.institution_id)) y
         JOIN dispatched_line f ON f.id = y.first GROUP BY f.institution_type",
    );
    sql.rows(db).await?.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// A part of a year's distributions.
#[derive(FromQueryResult)]
pub(super) struct Part {
    /// By what it is known.
    pub key: String,
    /// What a reader calls it.
    pub label: String,
    /// How many it has.
    pub distributions: i64,
}

/// Distributions of a year by cell line.
pub(super) async fn by_line(db: &impl ConnectionTrait, year: i32) -> Result<Vec<Part>, DbErr> {
    let mut sql = Sql::new(
        "SELECT coalesce(l.accession, l.rrid, l.name) AS key, l.name AS label, g.n AS distributions
         FROM cell_line l JOIN (SELECT x.line_id, count(*) AS n FROM dispatched_line x WHERE ",
    );
    sql.condition(is_distribution("x", year, year)).push(" GROUP BY x.line_id) g ON g.line_id = l.id");
    sql.all(db).await
}

/// Distributions of a year by disease of their line; of a line without one under `NONE`.
pub(super) async fn by_disease(db: &impl ConnectionTrait, year: i32, lang: Lang) -> Result<Vec<Part>, DbErr> {
    let name = lang.pick("d.name", "coalesce(d.name_ko, d.name)");
    let mut sql = Sql::new(format!(
        "SELECT coalesce(d.mondo_id, d.name, c.label, 'NONE') AS key, coalesce({name}, c.label, '') AS label,
           CAST(sum(g.n) AS BIGINT) AS distributions
         FROM (SELECT x.line_id, count(*) AS n FROM dispatched_line x WHERE "
    ));
    sql.condition(is_distribution("x", year, year)).push(
        " GROUP BY x.line_id) g LEFT JOIN cell_line_disease c ON c.line_id = g.line_id
         LEFT JOIN disease d ON d.id = c.disease_id GROUP BY 1, 2",
    );
    sql.all(db).await
}

/// First dispatches of requests within a span: since when their agreement was in force, and when they left.
pub(super) async fn first_dispatches(
    db: &impl ConnectionTrait,
    span: Span,
) -> Result<Vec<(Option<DateTime<Utc>>, DateTime<Utc>)>, DbErr> {
    let sql = "SELECT a.in_force_at, s.dispatched_at FROM shipment s
               JOIN agreement a ON a.id = s.agreement_id WHERE s.dispatched_at >= $1 AND s.dispatched_at < $2
                 AND NOT EXISTS (SELECT 1 FROM shipment e WHERE e.request_id = s.request_id AND e.id <> s.id
                   AND (e.dispatched_at < s.dispatched_at OR (e.dispatched_at = s.dispatched_at AND e.id < s.id)))";
    let rows = Sql::with(sql, [span.0.into(), span.1.into()]).rows(db).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// A return or a submission of a request.
#[derive(FromQueryResult)]
pub(super) struct Turned {
    /// The request.
    pub request_id: RequestId,
    /// What was done, as the history names it.
    pub action: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Returns and submissions of the requests that were decided within a span, in their order.
pub(super) async fn turns(db: &impl ConnectionTrait, span: Span) -> Result<Vec<Turned>, DbErr> {
    let sql = format!(
        "SELECT e.subject_id AS request_id, e.action, e.at FROM request q CROSS JOIN audit_event e
         WHERE q.decided_at >= $1 AND q.decided_at < $2 AND e.subject_kind = '{}' AND e.subject_id = q.id
           AND e.action IN ('{}', '{}') ORDER BY e.subject_id, e.id",
        RequestId::KIND,
        RequestAction::Returned.word(),
        RequestAction::Submitted.word(),
    );
    Sql::with(sql, [span.0.into(), span.1.into()]).all(db).await
}
