//! Statements over agreements that are written by hand.

use super::queries::Ending;
use crate::db::Sql;
use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, DbErr};

/// Agreements in force whose term ends from a day through another, the first to end first, at most so many, each with
/// the number of its request.
pub(super) async fn ending(
    db: &impl ConnectionTrait,
    from: NaiveDate,
    through: NaiveDate,
    most: u64,
) -> Result<Vec<Ending>, DbErr> {
    let sql = format!(
        "SELECT a.number, q.number AS request, a.expires_on FROM agreement a JOIN request q ON q.id = a.request_id
         WHERE a.state = 'in_force' AND a.expires_on >= $1 AND a.expires_on <= $2
         ORDER BY a.expires_on, a.id LIMIT {most}"
    );
    Sql::with(sql, [from.into(), through.into()]).all(db).await
}
