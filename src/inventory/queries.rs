//! Reads of the stock. Free vials are counted, never stored: a reservation that ran out counts as free from that
//! instant.

pub mod stock;

use super::model::{lot, quality_test, reservation, vial};
use super::views::{LotView, StockView, TestView, VialView};
use crate::actor::{Actor, Permission};
use crate::db::{literal, row_count};
use crate::id::{CellLineId, LotId};
use crate::language::Lang;
use crate::search_words::identifier_key;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, IntoIden, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};
use std::collections::HashMap;

/// The condition that a vial is free now; `vial` is what the statement calls the table of vials.
pub fn is_free(vial: impl IntoIden, now: DateTime<Utc>) -> Condition {
    let vial = vial.into_iden();
    let state = || Expr::col((vial.clone(), vial::Column::State));
    let ran_out = Query::select()
        .expr(Expr::cust("1"))
        .from(reservation::Entity)
        .and_where(reservation::Column::VialId.into_expr().equals((vial.clone(), vial::Column::Id)))
        .and_where(reservation::Column::EndedAt.is_null())
        .and_where(reservation::Column::ExpiresAt.lte(now))
        .take();
    let is_back = state().eq(literal(vial::State::Reserved)).and(Expr::exists(ran_out));
    Condition::any().add(state().eq(literal(vial::State::Available))).add(is_back)
}

/// The condition that a lot can be given out; `lot` is what the statement calls the table of lots.
pub fn is_given_out(lot: impl IntoIden) -> Condition {
    let lot = lot.into_iden();
    let released = Expr::col((lot.clone(), lot::Column::State)).eq(literal(lot::State::Released));
    Condition::all().add(released).add(Expr::col((lot, lot::Column::Tier)).eq(literal(lot::Tier::Distribution)))
}

/// Lots that can be given out, with their vials that are free now.
pub(super) fn free(now: DateTime<Utc>) -> Select<lot::Entity> {
    lot::Entity::find().inner_join(vial::Entity).filter(is_given_out(lot::Entity)).filter(is_free(vial::Entity, now))
}

/// Vials of lines that could be given out now. Lines without stock are absent.
///
/// # Errors
/// Those of the database.
pub async fn free_vials(
    db: &impl ConnectionTrait,
    lines: &[CellLineId],
    now: DateTime<Utc>,
) -> Result<HashMap<CellLineId, i64>, DbErr> {
    let of_lines = free(now).filter(lot::Column::LineId.is_in(lines.iter().copied()));
    let counted = of_lines.select_only().column(lot::Column::LineId).expr_as(row_count(), "free");
    let rows: Vec<(CellLineId, i64)> = counted.group_by(lot::Column::LineId).into_tuple().all(db).await?;
    Ok(rows.into_iter().collect())
}

/// What of lines could be given out now, as the actor sees it; of each of them, in no order.
///
/// # Errors
/// Those of the database.
pub async fn stock_of(
    db: &impl ConnectionTrait,
    actor: &Actor,
    lines: &[CellLineId],
    now: DateTime<Utc>,
) -> Result<HashMap<CellLineId, StockView>, DbErr> {
    let free = free_vials(db, lines, now).await?;
    let stock = |line: &CellLineId| (*line, StockView::of(free.get(line).copied().unwrap_or(0), actor));
    Ok(lines.iter().map(stock).collect())
}

/// A lot with what of it can be given out now: nothing of a lot that is not given out.
#[derive(Clone, Debug)]
pub struct StockedLot {
    /// The lot.
    pub lot: LotView,
    /// What can be had of it.
    pub stock: StockView,
}

/// The same as it is read.
#[derive(FromQueryResult)]
struct StockedRow {
    #[sea_orm(nested)]
    lot: lot::Model,
    free: i64,
}

/// Lots that the actor may see: the public sees what was released.
fn visible_to(actor: &Actor) -> Select<lot::Entity> {
    let is_public = (!actor.can(Permission::ReadUnpublished)).then_some(lot::State::Quarantined);
    lot::Entity::find().apply_if(is_public, |lots, hidden| lots.filter(lot::Column::State.ne(hidden)))
}

async fn stocked(
    db: &impl ConnectionTrait,
    actor: &Actor,
    lots: Select<lot::Entity>,
    now: DateTime<Utc>,
) -> Result<Vec<StockedLot>, DbErr> {
    let free = vial::Entity::find().select_only().expr_as(row_count(), "free");
    let own = vial::Column::LotId.into_expr().equals((lot::Entity, lot::Column::Id));
    let free = free.filter(own).filter(is_free(vial::Entity, now)).into_query();
    let lots = lots.expr_as(Expr::case(is_given_out(lot::Entity), free).finally(0), "free");
    let rows: Vec<StockedRow> = lots.into_model().all(db).await?;
    let view = |row: StockedRow| StockedLot { lot: LotView::of(row.lot, actor), stock: StockView::of(row.free, actor) };
    Ok(rows.into_iter().map(view).collect())
}

/// Lots of lines that the actor may see, oldest first within a line. For lines the actor may see.
///
/// # Errors
/// Those of the database.
pub async fn lots_of(
    db: &impl ConnectionTrait,
    actor: &Actor,
    lines: &[CellLineId],
    now: DateTime<Utc>,
) -> Result<Vec<StockedLot>, DbErr> {
    let lots = visible_to(actor).filter(lot::Column::LineId.is_in(lines.iter().copied()));
    stocked(db, actor, lots.order_by_asc(lot::Column::LineId).order_by_asc(lot::Column::Id), now).await
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
    stocked(db, actor, visible_to(actor).filter(lot::Column::Id.is_in(ids.iter().copied())), now).await
}

/// The lot with this number on its labels, however it is typed, if the actor may see it.
///
/// # Errors
/// Those of the database.
pub async fn lot_by_number(db: &impl ConnectionTrait, actor: &Actor, number: &str) -> Result<Option<LotView>, DbErr> {
    let lot = visible_to(actor).filter(lot::Column::NumberKey.eq(identifier_key(number))).one(db).await?;
    Ok(lot.map(|lot| LotView::of(lot, actor)))
}

/// Lots from which vials would be set aside now, with how many: the oldest released one that has enough, else the
/// oldest ones one after the other, as [`super::steps::choose_free`] takes them. `lots` are those of one line.
pub fn proposed(lots: &[StockedLot], wanted: i64) -> Vec<(&LotView, i64)> {
    let free = |lot: &StockedLot| lot.stock.free.unwrap_or(0);
    let mut lots: Vec<_> = lots.iter().filter(|lot| free(lot) > 0).collect();
    lots.sort_by_key(|lot| (lot.lot.released_at, lot.lot.id));
    if let Some(enough) = lots.iter().find(|lot| free(lot) >= wanted) {
        return vec![(&enough.lot, wanted)];
    }
    let mut left = wanted;
    let take = |lot: &&StockedLot| {
        let taken = std::cmp::min(free(lot), left);
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
pub async fn vials_of(db: &impl ConnectionTrait, lots: &[LotId]) -> Result<Vec<VialView>, DbErr> {
    let vials = vial::Entity::find().filter(vial::Column::LotId.is_in(lots.iter().copied()));
    let vials = vials.order_by_asc(vial::Column::LotId).order_by_asc(vial::Column::Id);
    Ok(vials.all(db).await?.into_iter().map(VialView::from).collect())
}

/// Tests of lots as the actor sees them, oldest first. For lots the actor may see.
///
/// # Errors
/// Those of the database.
pub async fn tests_of(db: &impl ConnectionTrait, actor: &Actor, lots: &[LotId]) -> Result<Vec<TestView>, DbErr> {
    Ok(test_rows(db, lots).await?.into_iter().map(|row| TestView::of(row, actor)).collect())
}

/// Tests of lots as everybody sees them, whoever reads, oldest first. For lots the reader may see.
///
/// # Errors
/// Those of the database.
pub async fn public_tests_of(db: &impl ConnectionTrait, lang: Lang, lots: &[LotId]) -> Result<Vec<TestView>, DbErr> {
    Ok(test_rows(db, lots).await?.into_iter().map(|row| TestView::public(row, lang)).collect())
}

/// Tests of lots, oldest first.
pub(super) async fn test_rows(db: &impl ConnectionTrait, lots: &[LotId]) -> Result<Vec<quality_test::Model>, DbErr> {
    use quality_test::{Column, Entity};
    let tests = Entity::find().filter(Column::LotId.is_in(lots.iter().copied()));
    tests.order_by_asc(Column::LotId).order_by_asc(Column::Id).all(db).await
}
