//! Reservations of vials. That one vial is reserved once is the database's own rule (`reservation_one_promise`).

pub use super::model::reservation::Ending;

use super::model::vial::State;
use super::steps::move_vials;
use crate::actor::Actor;
use crate::db::{Sql, Transaction};
use crate::id::{LineId, RequestLineId, VialId};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveEnum, ConnectionTrait, DbErr, FromQueryResult, QueryResult};

/// Reservations free vials to a request line until an instant. The caller chose them under the lots' lock.
///
/// # Errors
/// Those of the database; a vial that is reserved already violates its unique index.
pub async fn create(
    tx: &Transaction,
    now: DateTime<Utc>,
    actor: &Actor,
    line: RequestLineId,
    vials: &[VialId],
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let mut sql = Sql::new("INSERT INTO reservation (request_line_id, vial_id, created_at, expires_at) VALUES ");
    for (i, vial) in vials.iter().enumerate() {
        sql.push(if i > 0 { ", (" } else { "(" }).bind(line.0).push(", ").bind(vial.0);
        sql.push(", ").bind(now).push(", ").bind(expires_at).push(")");
    }
    sql.run(&**tx).await?;
    move_vials(tx, now, actor, vials, State::Available, State::Reserved, &format!("promised to {line}")).await.map(drop)
}

/// Vials reserved for a request line and not yet shipped or given back.
///
/// # Errors
/// Those of the database.
pub async fn reserved_vials(db: &impl ConnectionTrait, line: RequestLineId) -> Result<Vec<VialId>, DbErr> {
    let sql = "SELECT vial_id FROM reservation WHERE request_line_id = $1 AND ended_at IS NULL ORDER BY vial_id";
    Sql::with(sql, [line.0.into()]).rows(db).await?.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// A vial that is set aside.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct SetAside {
    /// For which line of a request.
    pub request_line_id: RequestLineId,
    /// Number of its lot.
    pub lot_number: String,
    /// The code on it.
    pub barcode: String,
}

/// Vials that are set aside for request lines, in the order in which one walks to them: by lot and barcode.
///
/// # Errors
/// Those of the database.
pub async fn set_aside(db: &impl ConnectionTrait, lines: &[RequestLineId]) -> Result<Vec<SetAside>, DbErr> {
    let mut sql = Sql::new(
        "SELECT r.request_line_id, o.number AS lot_number, v.barcode FROM reservation r JOIN vial v ON v.id = r.vial_id
         JOIN lot o ON o.id = v.lot_id WHERE r.ended_at IS NULL AND r.request_line_id IN (",
    );
    sql.bind_all(lines.iter().map(|id| id.0)).push(") ORDER BY o.number, v.barcode");
    sql.all(db).await
}

/// Ends the reservations of a request line; unless the vials left they become free again. The caller made sure, under
/// the lock of the request, that none of them is packed.
///
/// # Errors
/// Those of the database, and a vial that would become free without being on the shelf.
pub async fn end(
    tx: &Transaction,
    now: DateTime<Utc>,
    actor: &Actor,
    line: RequestLineId,
    ending: Ending,
) -> Result<Vec<VialId>, DbErr> {
    let vials = reserved_vials(&**tx, line).await?;
    let sql = "UPDATE reservation SET ended_at = $2, ending = $3 WHERE request_line_id = $1 AND ended_at IS NULL";
    Sql::with(sql, [line.0.into(), now.into(), ending.to_value().into()]).run(&**tx).await?;
    if ending != Ending::Shipped {
        let reason = format!("promise to {line} {}", ending.to_value());
        let freed = move_vials(tx, now, actor, &vials, State::Reserved, State::Available, &reason).await?;
        if freed != vials.len() {
            return Err(DbErr::Custom(format!("of the vials promised to {line} some are not on the shelf")));
        }
    }
    Ok(vials)
}

/// A request line whose reservation ran out, and the line its vials are of.
pub type Due = (RequestLineId, LineId);

/// Where to look for reservations that ran out.
#[derive(Clone, Copy, Debug)]
pub enum Among<'a> {
    /// Everywhere.
    All,
    /// Those of vials of one line.
    Vials(LineId),
    /// Those to these lines of requests.
    Lines(&'a [RequestLineId]),
}

/// Request lines whose reservation ran out, oldest first, at most `limit`. Packed vials are no longer subject to it.
/// What is read before the request and the stock are locked may have changed then: whoever ends a reservation asks
/// again.
///
/// # Errors
/// Those of the database.
pub async fn due(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    among: Among<'_>,
    limit: u64,
) -> Result<Vec<Due>, DbErr> {
    let mut sql = Sql::new(
        "SELECT r.request_line_id, o.line_id, min(r.expires_at) FROM reservation r JOIN vial v ON v.id = r.vial_id
         JOIN lot o ON o.id = v.lot_id WHERE r.ended_at IS NULL AND v.state = 'reserved' AND r.expires_at <= ",
    );
    sql.bind(now);
    if let Among::Vials(line) = among {
        sql.push(" AND o.line_id = ").bind(line.0);
    }
    if let Among::Lines(lines) = among {
        sql.push(" AND r.request_line_id IN (").bind_all(lines.iter().map(|id| id.0)).push(")");
    }
    sql.push(&format!(
        " GROUP BY r.request_line_id, o.line_id ORDER BY min(r.expires_at), r.request_line_id LIMIT {limit}"
    ));
    let read = |row: &QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    sql.rows(db).await?.iter().map(read).collect()
}

/// The next instant at which a reservation ends by itself: until then stock only changes by deeds.
///
/// # Errors
/// Those of the database.
pub async fn next_ending(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, DbErr> {
    let sql =
        "SELECT expires_at FROM reservation WHERE ended_at IS NULL AND expires_at > $1 ORDER BY expires_at LIMIT 1";
    Sql::with(sql, [now.into()]).one(db).await?.map(|row| row.try_get_by_index(0)).transpose()
}
