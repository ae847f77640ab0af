//! Reservations of vials. That one vial is reserved once is the database's own rule (`reservation_one_promise`).

pub use super::super::model::reservation::Ending;

use super::super::model::vial::{self, State};
use super::super::model::{lot, reservation};
use super::{VialMove, move_vials};
use crate::actor::Actor;
use crate::command::Work;
use crate::id::{CellLineId, RequestLineId, VialId};
use chrono::{DateTime, Utc};
use reservation::{Column, Entity};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait, Select, Set,
};

/// Reservations free vials to a request line until an instant. The caller chose them under the lots' lock.
///
/// # Errors
/// Those of the database; a vial that is reserved already violates its unique index.
pub async fn create(
    work: &Work<'_>,
    line: RequestLineId,
    vials: &[VialId],
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let one = |vial: &VialId| reservation::ActiveModel {
        request_line_id: Set(line),
        vial_id: Set(*vial),
        created_at: Set(work.now()),
        expires_at: Set(expires_at),
        ..Default::default()
    };
    Entity::insert_many(vials.iter().map(one)).exec_without_returning(work).await?;
    let reason = format!("promised to {line}");
    let promised = VialMove { from: State::Available, to: State::Reserved, reason: &reason };
    move_vials(work, work.actor, vials, &promised).await.map(drop)
}

/// Vials reserved for a request line and not yet shipped or given back.
///
/// # Errors
/// Those of the database.
pub async fn reserved_vials(db: &impl ConnectionTrait, line: RequestLineId) -> Result<Vec<VialId>, DbErr> {
    let open = open().filter(Column::RequestLineId.eq(line)).order_by_asc(Column::VialId);
    open.select_only().column(Column::VialId).into_tuple().all(db).await
}

/// Reservations that have not ended.
fn open() -> Select<Entity> {
    Entity::find().filter(Column::EndedAt.is_null())
}

/// Those, with their vials and lots.
fn open_with_lots() -> Select<Entity> {
    open().inner_join(vial::Entity).join(JoinType::InnerJoin, vial::Relation::Lot.def())
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
    let theirs = open_with_lots().filter(Column::RequestLineId.is_in(lines.iter().copied()));
    let columns = theirs.select_only().column(Column::RequestLineId).column_as(lot::Column::Number, "lot_number");
    let columns = columns.column(vial::Column::Barcode);
    columns.order_by_asc(lot::Column::Number).order_by_asc(vial::Column::Barcode).into_model().all(db).await
}

/// Ends the reservations of a request line; unless the vials left they become free again. Whoever ends them may be
/// another than who acts: some end by themselves while a command makes room. The caller made sure, under the lock of
/// the request, that none of them is packed.
///
/// # Errors
/// Those of the database, and a vial that would become free without being on the shelf.
pub async fn end(work: &Work<'_>, actor: &Actor, line: RequestLineId, ending: Ending) -> Result<Vec<VialId>, DbErr> {
    let vials = reserved_vials(work, line).await?;
    let ended =
        reservation::ActiveModel { ended_at: Set(Some(work.now())), ending: Set(Some(ending)), ..Default::default() };
    let theirs = Entity::update_many().filter(Column::RequestLineId.eq(line)).filter(Column::EndedAt.is_null());
    theirs.set(ended).exec(work).await?;
    if ending != Ending::Shipped {
        let reason = format!("promise to {line} {}", ending.to_value());
        let back = VialMove { from: State::Reserved, to: State::Available, reason: &reason };
        let freed = move_vials(work, actor, &vials, &back).await?;
        if freed != vials.len() {
            return Err(DbErr::Custom(format!("of the vials promised to {line} some are not on the shelf")));
        }
    }
    Ok(vials)
}

/// A request line whose reservation ran out, and the line its vials are of.
pub type Due = (RequestLineId, CellLineId);

/// Where to look for reservations that ran out.
#[derive(Clone, Copy, Debug)]
pub enum Among<'a> {
    /// Everywhere.
    All,
    /// Those of vials of one line.
    Vials(CellLineId),
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
    let over = open_with_lots().filter(vial::Column::State.eq(State::Reserved)).filter(Column::ExpiresAt.lte(now));
    let over = match among {
        Among::All => over,
        Among::Vials(line) => over.filter(lot::Column::LineId.eq(line)),
        Among::Lines(lines) => over.filter(Column::RequestLineId.is_in(lines.iter().copied())),
    };
    let over = over.select_only().column(Column::RequestLineId).column(lot::Column::LineId);
    let over = over.group_by(Column::RequestLineId).group_by(lot::Column::LineId);
    let oldest_first = over.order_by_asc(Column::ExpiresAt.min()).order_by_asc(Column::RequestLineId);
    oldest_first.limit(limit).into_tuple().all(db).await
}

/// The next instant at which a reservation ends by itself: until then stock only changes by deeds.
///
/// # Errors
/// Those of the database.
pub async fn next_ending(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, DbErr> {
    let later = open().filter(Column::ExpiresAt.gt(now)).order_by_asc(Column::ExpiresAt);
    later.select_only().column(Column::ExpiresAt).into_tuple().one(db).await
}
