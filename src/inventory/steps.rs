//! Parts of operations of the layers above: they take the open transaction and change vials in it.

use super::model::vial::State;
use super::queries::{GIVEN_OUT, is_free};
use super::rules::Availability;
use crate::actor::Actor;
use crate::db::{Sql, Transaction};
use crate::id::{LineId, LotId, VialId};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveEnum, ConnectionTrait, DbBackend, DbErr};

/// Locks the lots of lines that can be given out, so that two reservations of one line queue instead of promising the
/// same vials; the unique index would refuse the second one. All lines that an operation touches are named at once: the
/// lots are locked in the order of their keys, whatever the order of the lines. Requests are locked before.
///
/// # Errors
/// Those of the database.
pub async fn lock_lots(tx: &Transaction, lines: &[LineId]) -> Result<(), DbErr> {
    let mut sql = Sql::new("SELECT o.id FROM lot o WHERE o.line_id IN (");
    sql.bind_all(lines.iter().map(|line| line.0)).push(") AND ").push(GIVEN_OUT).push(" ORDER BY o.id");
    if tx.get_database_backend() == DbBackend::Postgres {
        sql.push(" FOR UPDATE");
    }
    sql.rows(&**tx).await.map(drop)
}

/// Chooses free vials of a line: the oldest released lot that has enough, so that one request line gets one lot where
/// it can be; else the oldest lots one after the other. Fewer than asked means that there are no more.
///
/// # Errors
/// Those of the database.
pub async fn choose_free(tx: &Transaction, line: LineId, wanted: i32) -> Result<Vec<VialId>, DbErr> {
    let free = format!("o.line_id = $1 AND {GIVEN_OUT} AND v.state = 'available'");
    let sql = format!(
        "SELECT o.id FROM lot o JOIN vial v ON v.lot_id = o.id WHERE {free} GROUP BY o.id, o.released_at
         HAVING count(*) >= $2 ORDER BY o.released_at, o.id LIMIT 1"
    );
    let lot = Sql::with(sql, [line.0.into(), wanted.into()]).one(&**tx).await?;
    let lot = lot.map(|row| row.try_get_by_index::<LotId>(0)).transpose()?;
    let sql = format!(
        "SELECT v.id FROM lot o JOIN vial v ON v.lot_id = o.id WHERE {free} AND ($2 = 0 OR o.id = $2)
         ORDER BY o.released_at, o.id, v.id LIMIT $3"
    );
    let values = [line.0.into(), lot.map_or(0, |lot| lot.0).into(), i64::from(wanted.max(0)).into()];
    Sql::with(sql, values).rows(&**tx).await?.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Moves vials from one state to another and writes an event for each. Vials that are not in `from` stay, and the
/// number moved tells.
///
/// # Errors
/// Those of the database.
pub async fn move_vials(
    tx: &Transaction,
    at: DateTime<Utc>,
    actor: &Actor,
    vials: &[VialId],
    from: State,
    to: State,
    reason: &str,
) -> Result<usize, DbErr> {
    let mut moved = 0;
    for chunk in vials.chunks(crate::db::ROWS_PER_STATEMENT) {
        let mut sql = Sql::new("UPDATE vial SET state = ");
        sql.bind(to.to_value()).push(" WHERE state = ").bind(from.to_value()).push(" AND id IN (");
        sql.bind_all(chunk.iter().map(|id| id.0)).push(") RETURNING id");
        let rows = sql.rows(&**tx).await?;
        let ids = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<VialId>, _>>()?;
        moved += ids.len();
        record_vials(tx, at, actor, &ids, Some(from), to, reason).await?;
    }
    Ok(moved)
}

/// Writes one event a vial.
pub(super) async fn record_vials(
    tx: &Transaction,
    at: DateTime<Utc>,
    actor: &Actor,
    vials: &[VialId],
    from: Option<State>,
    to: State,
    reason: &str,
) -> Result<(), DbErr> {
    if vials.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new("INSERT INTO vial_event (vial_id, at, actor, from_state, to_state, reason) VALUES ");
    for (i, vial) in vials.iter().enumerate() {
        sql.push(if i > 0 { ", (" } else { "(" });
        sql.bind(vial.0).push(", ").bind(at).push(", ").bind(actor.label()).push(", ");
        sql.bind(from.map(|state| state.to_value())).push(", ").bind(to.to_value()).push(", ").bind(reason).push(")");
    }
    sql.run(&**tx).await.map(drop)
}

/// The bands the public sees now: of a line, and of each of its lots that can be given out.
///
/// # Errors
/// Those of the database.
pub async fn bands(
    tx: &Transaction,
    line: LineId,
    now: DateTime<Utc>,
) -> Result<(Availability, Vec<(LotId, Availability)>), DbErr> {
    let mut sql = Sql::new("SELECT o.id, count(*) FROM lot o JOIN vial v ON v.lot_id = o.id WHERE o.line_id = ");
    sql.bind(line.0).push(" AND ").push(GIVEN_OUT).push(" AND ");
    is_free(&mut sql, now);
    sql.push(" GROUP BY o.id ORDER BY o.id");
    let rows = sql.rows(&**tx).await?;
    let free: Vec<(LotId, i64)> = rows
        .iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect::<Result<_, DbErr>>()?;
    let of_line = Availability::of(free.iter().map(|(_, free)| free).sum());
    Ok((of_line, free.into_iter().map(|(lot, free)| (lot, Availability::of(free))).collect()))
}
