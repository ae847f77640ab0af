//! What the home page tells of the holdings.

use super::Error;
use super::queries::{LISTED, ListedLine};
use crate::app::App;
use crate::db::Sql;
use chrono::{DateTime, Utc};
use sea_orm::{DbErr, FromQueryResult};

/// Lines that the home page names.
const NEWEST: usize = 5;

/// A published line and since when it is.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Published {
    /// The line.
    #[sea_orm(nested)]
    pub line: ListedLine,
    /// Published since then.
    pub since: DateTime<Utc>,
}

/// How many published held lines there are, of all and of each kind; a line may be of several kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct HeldCounts {
    /// All of them.
    pub all_lines: i64,
    /// Of a donor with a disease.
    pub patient_derived: i64,
    /// With an engineered change, by the bank's or the source's word.
    pub modified: i64,
    /// Without one.
    pub unmodified: i64,
    /// Embryonic.
    pub embryonic: i64,
    /// Of clinical grade.
    pub clinical: i64,
}

/// What the home page tells.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Held lines that were published last, the newest first, at most five.
    pub newest: Vec<Published>,
    /// Held lines that can be requested.
    pub counts: HeldCounts,
}

/// What the home page tells of the holdings, in two statements.
///
/// # Errors
/// Those of the database.
pub async fn overview(app: &App) -> Result<Overview, Error> {
    let db = app.db.read();
    let sql = format!(
        "SELECT {LISTED}, l.publication_since AS since FROM cell_line l
         WHERE l.publication_status = 'published' AND l.publication_since IS NOT NULL
         ORDER BY l.publication_since DESC, l.id DESC LIMIT {NEWEST}"
    );
    let newest = Sql::new(sql).all(db).await?;
    let changed = "(l.engineered_in_source OR EXISTS (SELECT 1 FROM genetic_modification g WHERE g.line_id = l.id))";
    let ill = "EXISTS (SELECT 1 FROM cell_line_disease x WHERE x.line_id = l.id)";
    let sum = |condition: &str| format!("CAST(coalesce(sum(CASE WHEN {condition} THEN 1 ELSE 0 END), 0) AS BIGINT)");
    let sql = format!(
        "SELECT count(*) AS all_lines, {} AS patient_derived, {} AS modified, {} AS unmodified, {} AS embryonic,
           {} AS clinical FROM cell_line l WHERE l.holding = 'held' AND l.publication_status = 'published'",
        sum(ill),
        sum(changed),
        sum(&format!("NOT {changed}")),
        sum("l.cell_type = 'embryonic'"),
        sum("l.grade = 'clinical'"),
    );
    let counts = Sql::new(sql).all(db).await?.pop().ok_or_else(|| DbErr::RecordNotFound("counts".into()))?;
    Ok(Overview { newest, counts })
}
