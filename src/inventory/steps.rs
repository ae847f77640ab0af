//! Parts of commands of the layers above: they take the open transaction and change vials in it.

pub mod reservations;

use super::model::vial::State;
use super::model::{lot, vial, vial_event};
use super::queries::{free, is_given_out};
use super::rules::Availability;
use crate::actor::Actor;
use crate::command::Work;
use crate::db::{ROWS_PER_STATEMENT, Transaction, row_count};
use crate::id::{CellLineId, LotId, VialId};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Set};

/// Locks the lots of lines that can be given out, so that two reservations of one line queue instead of promising the
/// same vials; the unique index would refuse the second one. All lines that a command touches are named at once: the
/// lots are locked in the order of their keys, whatever the order of the lines. Requests are locked before.
///
/// # Errors
/// Those of the database.
pub async fn lock_lots(tx: &Transaction, lines: &[CellLineId]) -> Result<(), DbErr> {
    let theirs = lot::Entity::find().filter(lot::Column::LineId.is_in(lines.iter().copied()));
    let keys = theirs.filter(is_given_out(lot::Entity)).order_by_asc(lot::Column::Id).select_only();
    keys.column(lot::Column::Id).lock_exclusive().into_tuple::<LotId>().all(&**tx).await.map(drop)
}

/// Chooses free vials of a line: the oldest released lot that has enough, so that one request line gets one lot where
/// it can be; else the oldest lots one after the other. Fewer than asked means that there are no more.
///
/// # Errors
/// Those of the database.
pub async fn choose_free(tx: &Transaction, line: CellLineId, wanted: i32) -> Result<Vec<VialId>, DbErr> {
    let lots = lot::Entity::find().inner_join(vial::Entity).filter(lot::Column::LineId.eq(line)).select_only();
    let free = lots.filter(is_given_out(lot::Entity)).filter(vial::Column::State.eq(State::Available));
    let oldest_first = free.order_by_asc(lot::Column::ReleasedAt).order_by_asc(lot::Column::Id);
    let by_lot =
        oldest_first.clone().column(lot::Column::Id).group_by(lot::Column::Id).group_by(lot::Column::ReleasedAt);
    let enough = by_lot.having(row_count().gte(wanted)).into_tuple::<LotId>().one(&**tx).await?;
    let vials = oldest_first.apply_if(enough, |vials, lot| vials.filter(lot::Column::Id.eq(lot)));
    let vials = vials.column(vial::Column::Id).order_by_asc(vial::Column::Id).limit(u64::try_from(wanted).unwrap_or(0));
    vials.into_tuple().all(&**tx).await
}

/// A change of state of vials.
#[derive(Clone, Copy, Debug)]
pub struct VialMove<'a> {
    /// The state that they leave.
    pub from: State,
    /// The state that they come to.
    pub to: State,
    /// Why, as a vial's events have it.
    pub reason: &'a str,
}

/// Moves vials from one state to another and writes an event for each. Vials that are not in the state they would leave
/// stay, and the number moved tells.
///
/// # Errors
/// Those of the database.
pub async fn move_vials(work: &Work<'_>, actor: &Actor, vials: &[VialId], step: &VialMove<'_>) -> Result<usize, DbErr> {
    let VialMove { from, to, reason } = *step;
    let mut moved = 0;
    for chunk in vials.chunks(ROWS_PER_STATEMENT) {
        let there = vial::Entity::update_many().filter(vial::Column::State.eq(from));
        let there = there.filter(vial::Column::Id.is_in(chunk.iter().copied()));
        let rows = there.col_expr(vial::Column::State, Expr::value(to)).exec_with_returning(work).await?;
        let event = Event { at: work.now(), actor, from: Some(from), to, reason };
        moved += rows.len();
        record_vials(work, rows.iter().map(|vial| vial.id), &event).await?;
    }
    Ok(moved)
}

/// What is written of vials that came or moved.
pub(super) struct Event<'a> {
    pub at: DateTime<Utc>,
    pub actor: &'a Actor,
    /// None of those that came.
    pub from: Option<State>,
    pub to: State,
    pub reason: &'a str,
}

/// Writes one event a vial.
pub(super) async fn record_vials(
    tx: &Transaction,
    vials: impl Iterator<Item = VialId>,
    event: &Event<'_>,
) -> Result<(), DbErr> {
    let event = |vial| vial_event::ActiveModel {
        vial_id: Set(vial),
        at: Set(event.at),
        actor: Set(event.actor.label()),
        from_state: Set(event.from),
        to_state: Set(event.to),
        reason: Set(event.reason.to_owned()),
        ..Default::default()
    };
    vial_event::Entity::insert_many(vials.map(event)).exec_without_returning(&**tx).await.map(drop)
}

/// The bands the public sees now: of a line, and of each of its lots that can be given out.
///
/// # Errors
/// Those of the database.
pub async fn bands(
    tx: &Transaction,
    line: CellLineId,
    now: DateTime<Utc>,
) -> Result<(Availability, Vec<(LotId, Availability)>), DbErr> {
    let lots = free(now).filter(lot::Column::LineId.eq(line)).select_only().column(lot::Column::Id);
    let lots = lots.expr_as(row_count(), "free").group_by(lot::Column::Id).order_by_asc(lot::Column::Id);
    let free: Vec<(LotId, i64)> = lots.into_tuple().all(&**tx).await?;
    let of_line = Availability::of(free.iter().map(|(_, free)| free).sum());
    Ok((of_line, free.into_iter().map(|(lot, free)| (lot, Availability::of(free))).collect()))
}
