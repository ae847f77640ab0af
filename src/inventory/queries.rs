//! Reads of the stock. Free vials are counted, never stored: a reservation that ran out counts as free from that
//! instant.

use super::model::{lot, quality_test, vial};
use super::rules::PLENTY;
use crate::actor::{Actor, Permission};
use crate::db::Sql;
use crate::id::{LineId, LotId};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use std::collections::HashMap;

/// Adds the condition that a vial called `v` is free now.
pub fn is_free(sql: &mut Sql, now: DateTime<Utc>) {
    sql.push(
        "(v.state = 'available' OR (v.state = 'reserved' AND EXISTS
           (SELECT 1 FROM reservation r WHERE r.vial_id = v.id AND r.ended_at IS NULL AND r.expires_at <= ",
    );
    sql.bind(now).push(")))");
}

/// The condition that a lot called `o` can be given out.
pub const GIVEN_OUT: &str = "o.state = 'released' AND o.tier = 'distribution'";

/// Adds the number of vials of a line that could be given out now, counted no further than [`PLENTY`]: enough to know
/// its band. `line_column` is the column with the line's key.
pub fn push_free_vial_count(sql: &mut Sql, line_column: &str, now: DateTime<Utc>) {
    sql.push("(SELECT count(*) FROM (SELECT 1 FROM lot o JOIN vial v ON v.lot_id = o.id WHERE o.line_id = ")
        .push(line_column);
    sql.push(" AND ").push(GIVEN_OUT).push(" AND ");
    is_free(sql, now);
    sql.push(&format!(" LIMIT {PLENTY}) f)"));
}

/// Vials of lines that could be given out now. Lines without stock are absent.
///
/// # Errors
/// Those of the database.
pub async fn free_vials(
    db: &impl ConnectionTrait,
    lines: &[LineId],
    now: DateTime<Utc>,
) -> Result<HashMap<LineId, i64>, DbErr> {
    let mut sql = Sql::new("SELECT o.line_id, count(*) FROM lot o JOIN vial v ON v.lot_id = o.id WHERE ");
    sql.push(GIVEN_OUT).push(" AND ");
    is_free(&mut sql, now);
    sql.push(" AND o.line_id IN (").bind_all(lines.iter().map(|id| id.0)).push(") GROUP BY o.line_id");
    let rows = sql.rows(db).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// A lot with what of it can be given out now.
#[derive(Clone, Debug, FromQueryResult)]
pub struct StockedLot {
    /// The lot.
    #[sea_orm(nested)]
    pub lot: lot::Model,
    /// Free vials; 0 for a lot that is not given out.
    pub free: i64,
}

/// Columns of [`lot::Model`], of a table called `o`.
const LOT: &str =
    "o.id, o.line_id, o.number, o.tier, o.passage, o.parent_lot_id, o.frozen_on, o.vials_made, o.cells_per_vial,
  o.state, o.released_at, o.released_by, o.made_up";

/// The condition on a lot called `o` for what the actor may see: the public sees what was released.
fn visible_to(actor: &Actor) -> &'static str {
    if actor.can(Permission::ReadUnpublished) { "1 = 1" } else { "o.state <> 'quarantined'" }
}

fn stocked(now: DateTime<Utc>) -> Sql {
    let mut sql = Sql::new(format!(
        "SELECT {LOT}, CASE WHEN {GIVEN_OUT} THEN (SELECT count(*) FROM vial v WHERE v.lot_id = o.id AND "
    ));
    is_free(&mut sql, now);
    sql.push(") ELSE 0 END AS free FROM lot o WHERE ");
    sql
}

/// Lots of lines that the actor may see, oldest first within a line. For lines the actor may see.
///
/// # Errors
/// Those of the database.
pub async fn lots_of(
    db: &impl ConnectionTrait,
    actor: &Actor,
    lines: &[LineId],
    now: DateTime<Utc>,
) -> Result<Vec<StockedLot>, DbErr> {
    let mut sql = stocked(now);
    sql.push(visible_to(actor)).push(" AND o.line_id IN (");
    sql.bind_all(lines.iter().map(|id| id.0)).push(") ORDER BY o.line_id, o.id");
    sql.all(db).await
}

/// Lots by key that the actor may see.
///
/// # Errors
/// Those of the database.
pub async fn lots_by_id(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[LotId],
    now: DateTime<Utc>,
) -> Result<Vec<StockedLot>, DbErr> {
    let mut sql = stocked(now);
    sql.push(visible_to(actor)).push(" AND o.id IN (").bind_all(ids.iter().map(|id| id.0)).push(")");
    sql.all(db).await
}

/// The lot with this number on its labels, if the actor may see it.
///
/// # Errors
/// Those of the database.
pub async fn lot_by_number(
    db: &impl ConnectionTrait,
    actor: &Actor,
    number: &str,
) -> Result<Option<lot::Model>, DbErr> {
    let mut sql = Sql::new(format!("SELECT {LOT} FROM lot o WHERE {} AND o.number = ", visible_to(actor)));
    sql.bind(number.trim());
    Ok(sql.all(db).await?.pop())
}

/// Lots from which vials would be set aside now, with how many: the oldest released one that has enough, else the oldest
/// ones one after the other, as [`super::steps::choose_free`] takes them. `lots` are those of one line.
pub fn proposed(lots: &[StockedLot], wanted: i64) -> Vec<(&lot::Model, i64)> {
    let mut lots: Vec<_> = lots.iter().filter(|lot| lot.free > 0).collect();
    lots.sort_by_key(|lot| (lot.lot.released_at, lot.lot.id));
    if let Some(enough) = lots.iter().find(|lot| lot.free >= wanted) {
        return vec![(&enough.lot, wanted)];
    }
    let mut left = wanted;
    let take = |lot: &&StockedLot| {
        let taken = lot.free.min(left);
        left -= taken;
        taken
    };
    let taken: Vec<i64> = lots.iter().map(take).collect();
    lots.into_iter().map(|lot| &lot.lot).zip(taken).filter(|(_, taken)| *taken > 0).collect()
}

/// Vials of lots, by key. For [`Permission::KeepStock`]; others see numbers.
///
/// # Errors
/// Those of the database.
pub async fn vials_of(db: &impl ConnectionTrait, lots: &[LotId]) -> Result<Vec<vial::Model>, DbErr> {
    let mut sql = Sql::new("SELECT id, lot_id, barcode, state, made_up FROM vial WHERE lot_id IN (");
    sql.bind_all(lots.iter().map(|id| id.0)).push(") ORDER BY lot_id, id");
    sql.all(db).await
}

/// Tests of lots, oldest first. For lots the caller may see.
///
/// # Errors
/// Those of the database.
pub async fn tests_of(db: &impl ConnectionTrait, lots: &[LotId]) -> Result<Vec<quality_test::Model>, DbErr> {
    let mut sql = Sql::new("SELECT * FROM quality_test WHERE lot_id IN (");
    sql.bind_all(lots.iter().map(|id| id.0)).push(") ORDER BY lot_id, id");
    sql.all(db).await
}
