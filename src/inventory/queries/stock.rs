//! What whoever keeps the stock reads: lots with what is left of them, vials with their reservations, one vial's whole
//! life.

use super::super::model::quality_test::{self, Test};
use super::super::model::{lot, vial, vial_event};
use super::super::rules::{open_tests, release_tests};
use super::super::views::{LotView, VialView};
use super::super::{Error, sql};
use super::{StockedLot, lots_of, test_rows};
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::catalogue::queries::lines_by_id;
use crate::catalogue::{Grade, LineView};
use crate::db::{literal, row_count};
use crate::id::{CellLineId, LotId};
use crate::page::{Cursor, KeyPart, Page, Sort, Window, int};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, DerivePartialModel, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

const BY_KEY: Sort = Sort { columns: &[int("v.id")], descending: false };
const LOTS_BY_KEY: Sort = Sort { columns: &[int("id")], descending: false };

/// A lot as its keepers see it.
#[derive(Clone, Debug)]
pub struct KeptLot {
    /// The lot with what of it can be given out now.
    pub stocked: StockedLot,
    /// How many of its vials are in each state; states without any are absent.
    pub vials: Vec<(vial::State, i64)>,
    /// Release tests that have not passed; none once the lot left quarantine.
    pub missing_tests: Vec<Test>,
}

/// The lots of a line, oldest first, in four statements.
///
/// # Errors
/// Not allowed, no such line, or those of the database.
pub async fn lots(app: &App, actor: &Actor, line: CellLineId) -> Result<Vec<KeptLot>, Error> {
    actor.may(Permission::KeepStock)?;
    let db = app.db.read();
    let line = lines_by_id(db, actor, &[line]).await?.pop().ok_or(Error::NoSuchHeldLine)?;
    let lots = lots_of(db, actor, &[line.id], app.clock.now()).await?;
    let ids: Vec<LotId> = lots.iter().map(|lot| lot.lot.id).collect();
    let mut tests: HashMap<LotId, Vec<quality_test::Model>> = HashMap::new();
    for test in test_rows(db, &ids).await? {
        tests.entry(test.lot_id).or_default().push(test);
    }
    let of_lots = vial::Entity::find().filter(vial::Column::LotId.is_in(ids)).select_only();
    let counted = of_lots.column(vial::Column::LotId).column(vial::Column::State);
    let counted = counted.expr_as(row_count(), "vials").group_by(vial::Column::LotId);
    let counted =
        counted.group_by(vial::Column::State).order_by_asc(vial::Column::LotId).order_by_asc(vial::Column::State);
    let mut counts: HashMap<LotId, Vec<(vial::State, i64)>> = HashMap::new();
    for (lot, state, vials) in counted.into_tuple().all(db).await? {
        counts.entry(lot).or_default().push((state, vials));
    }
    let required = tests_for_release(&line);
    let kept = |stocked: StockedLot| {
        let results = tests.remove(&stocked.lot.id).unwrap_or_default();
        let in_quarantine = stocked.lot.state == lot::State::Quarantined;
        let missing_tests = if in_quarantine { open_tests(&required, &results) } else { vec![] };
        KeptLot { vials: counts.remove(&stocked.lot.id).unwrap_or_default(), missing_tests, stocked }
    };
    Ok(lots.into_iter().map(kept).collect())
}

/// A lot that cannot be given out yet.
#[derive(Clone, Debug)]
pub struct WaitingLot {
    /// The lot.
    pub lot: LotView,
    /// Its line.
    pub line: LineView,
    /// Release tests that have not passed; none if it only waits to be released.
    pub missing_tests: Vec<Test>,
}

/// Lots in quarantine, the longest known first, in three statements.
///
/// # Errors
/// Not allowed, a wrong window, or those of the database.
pub async fn in_quarantine(app: &App, actor: &Actor, window: &Window) -> Result<Page<WaitingLot>, Error> {
    actor.may(Permission::KeepStock)?;
    let (db, keyset) = (app.db.read(), window.keyset(LOTS_BY_KEY)?);
    let waiting = lot::Entity::find().filter(lot::Column::State.into_expr().eq(literal(lot::State::Quarantined)));
    let Page { rows: lots, has_next, has_previous } =
        keyset.page(keyset.select(waiting).all(db).await?, |lot| Cursor(vec![KeyPart::Int(lot.id.0)]));
    let ids: Vec<LotId> = lots.iter().map(|(_, lot)| lot.id).collect();
    let of_lines: Vec<CellLineId> = lots.iter().map(|(_, lot)| lot.line_id).collect();
    let (lines, tests) = (lines_by_id(db, actor, &of_lines).await?, test_rows(db, &ids).await?);
    let mut rows = Vec::with_capacity(lots.len());
    for (cursor, lot) in lots {
        let line = lines.iter().find(|line| line.id == lot.line_id).cloned().ok_or(Error::NoSuchHeldLine)?;
        let results: Vec<_> = tests.iter().filter(|test| test.lot_id == lot.id).cloned().collect();
        let missing_tests = open_tests(&tests_for_release(&line), &results);
        rows.push((cursor, WaitingLot { lot: LotView::of(lot, actor), line, missing_tests }));
    }
    Ok(Page { rows, has_next, has_previous })
}

fn tests_for_release(line: &LineView) -> Vec<Test> {
    release_tests(line.cell_type, line.grade.unwrap_or(Grade::Clinical))
}

/// A reservation of a vial.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Reservation {
    /// Number of the request.
    pub request_number: String,
    /// When the reservation ends by itself. What is packed is no longer subject to it.
    pub expires_at: DateTime<Utc>,
}

/// A step in the life of a vial.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel)]
#[sea_orm(entity = "vial_event::Entity")]
pub struct VialEvent {
    /// When.
    pub at: DateTime<Utc>,
    /// Whose, as the history names them.
    pub actor: String,
    /// The state before; none of its registration.
    pub from_state: Option<vial::State>,
    /// The state after.
    pub to_state: vial::State,
    /// Why.
    pub reason: String,
}

/// A vial as its keepers see it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct KeptVial {
    /// The vial.
    #[sea_orm(nested)]
    pub vial: VialView,
    /// The reservation that has not ended.
    #[sea_orm(nested)]
    pub reservation: Option<Reservation>,
    /// What happened to it last.
    #[sea_orm(nested)]
    pub last: Option<VialEvent>,
}

/// The vials of a lot, by their place in it.
///
/// # Errors
/// Not allowed, a wrong window, or those of the database.
pub async fn vials(app: &App, actor: &Actor, lot: LotId, window: &Window) -> Result<Page<KeptVial>, Error> {
    actor.may(Permission::KeepStock)?;
    let keyset = window.keyset(BY_KEY)?;
    let mut sql = sql::kept_vials();
    sql.push("v.lot_id = ").bind(lot);
    keyset.narrow(&mut sql);
    keyset.order(&mut sql);
    let rows: Vec<KeptVial> = sql.all(app.db.read()).await?;
    Ok(keyset.page(rows, |row| Cursor(vec![KeyPart::Int(row.vial.id.0)])))
}

/// One vial with everything that happened to it.
#[derive(Clone, Debug)]
pub struct VialLife {
    /// The vial.
    pub kept: KeptVial,
    /// Its lot.
    pub lot: LotView,
    /// What happened to it, oldest first.
    pub events: Vec<VialEvent>,
}

/// The vial with this code on it, as a scanner reads it.
///
/// # Errors
/// Not allowed, or those of the database.
pub async fn vial_by_barcode(app: &App, actor: &Actor, barcode: &str) -> Result<Option<VialLife>, Error> {
    actor.may(Permission::KeepStock)?;
    let db = app.db.read();
    let mut sql = sql::kept_vials();
    sql.push("v.barcode = ").bind(barcode.trim());
    let Some(kept) = sql.all::<KeptVial>(db).await?.pop() else { return Ok(None) };
    let events = vial_event::Entity::find().filter(vial_event::Column::VialId.eq(kept.vial.id));
    let events = events.order_by_asc(vial_event::Column::Id).into_partial_model().all(db).await?;
    let lot = lot::Entity::find_by_id(kept.vial.lot_id).one(db).await?.ok_or(Error::NoSuchLot)?;
    Ok(Some(VialLife { kept, lot: LotView::of(lot, actor), events }))
}
