//! What the home page tells of the holdings.

use super::super::Error;
use super::super::model::cell_line::{self, Column, PublicationStatus};
use super::super::sql;
use super::ListedLine;
use crate::app::App;
use crate::db::literal;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, DerivePartialModel, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};

/// Lines that the home page names.
const NEWEST: u64 = 5;

/// A published line and since when it is.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "cell_line::Entity")]
pub struct Published {
    /// The line.
    #[sea_orm(nested)]
    pub line: ListedLine,
    /// Published since then.
    #[sea_orm(from_col = "publication_since")]
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
    let published = Column::PublicationStatus.into_expr().eq(literal(PublicationStatus::Published));
    let newest = cell_line::Entity::find().filter(published).filter(Column::PublicationSince.is_not_null());
    let newest = newest.order_by_desc(Column::PublicationSince).order_by_desc(Column::Id).limit(NEWEST);
    let newest = newest.into_partial_model().all(db).await?;
    Ok(Overview { newest, counts: sql::held_counts(db).await? })
}
