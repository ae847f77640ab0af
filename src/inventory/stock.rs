//! What whoever keeps the stock reads: lots with what is left of them, vials with their reservations, one vial's whole
//! life.

use super::Error;
use super::model::quality_test::{self, Test};
use super::model::{lot, vial};
use super::queries::{StockedLot, lots_of, tests_of};
use super::rules::{open_tests, release_tests};
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::catalogue::model::cell_line::{self, Grade};
use crate::catalogue::queries::lines_by_id;
use crate::db::Sql;
use crate::id::{LineId, LotId, VialId};
use crate::page::{Cursor, KeyPart, Page, Sort, Window, int};
use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;
use std::collections::HashMap;

const BY_KEY: Sort = Sort { columns: &[int("v.id")], descending: false };
const LOTS_BY_KEY: Sort = Sort { columns: &[int("o.id")], descending: false };

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
pub async fn lots(app: &App, actor: &Actor, cell_line: LineId) -> Result<Vec<KeptLot>, Error> {
    actor.may(Permission::KeepStock)?;
    let db = app.db.read();
    let cell_line = lines_by_id(db, actor, &[cell_line]).await?.pop().ok_or(Error::NoSuchHeldLine)?;
    let lots = lots_of(db, actor, &[cell_line.id], app.clock.now()).await?;
    let ids: Vec<LotId> = lots.iter().map(|lot| lot.lot.id).collect();
    let mut tests: HashMap<LotId, Vec<quality_test::Model>> = HashMap::new();
    for test in tests_of(db, &ids).await? {
        tests.entry(test.lot_id).or_default().push(test);
    }
    let mut counts: HashMap<LotId, Vec<(vial::State, i64)>> = HashMap::new();
    let mut sql = Sql::new("SELECT lot_id, state, count(*) FROM vial WHERE lot_id IN (");
    sql.bind_all(ids.iter().map(|id| id.0)).push(") GROUP BY lot_id, state ORDER BY lot_id, state");
    for row in sql.rows(db).await? {
        let count = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        counts.entry(row.try_get_by_index(0)?).or_default().push(count);
    }
    let required = tests_for_release(&cell_line);
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
    pub lot: lot::Model,
    /// Its line.
    pub cell_line: cell_line::Model,
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
    let mut sql = Sql::new("SELECT o.* FROM lot o WHERE o.state = 'quarantined'");
    keyset.narrow(&mut sql);
    keyset.order(&mut sql);
    let Page { rows: lots, has_next, has_previous } =
        keyset.page(sql.all::<lot::Model>(db).await?, |lot| Cursor(vec![KeyPart::Int(lot.id.0)]));
    let ids: Vec<LotId> = lots.iter().map(|(_, lot)| lot.id).collect();
    let of_lines: Vec<LineId> = lots.iter().map(|(_, lot)| lot.line_id).collect();
    let (lines, tests) = (lines_by_id(db, actor, &of_lines).await?, tests_of(db, &ids).await?);
    let mut rows = Vec::with_capacity(lots.len());
    for (cursor, lot) in lots {
        let cell_line =
            lines.iter().find(|cell_line| cell_line.id == lot.line_id).cloned().ok_or(Error::NoSuchHeldLine)?;
        let results: Vec<_> = tests.iter().filter(|test| test.lot_id == lot.id).cloned().collect();
        let missing_tests = open_tests(&tests_for_release(&cell_line), &results);
        rows.push((cursor, WaitingLot { lot, cell_line, missing_tests }));
    }
    Ok(Page { rows, has_next, has_previous })
}

fn tests_for_release(cell_line: &cell_line::Model) -> Vec<Test> {
    release_tests(cell_line.cell_type, cell_line.grade.unwrap_or(Grade::Clinical))
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
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
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
    pub vial: vial::Model,
    /// The reservation that has not ended.
    #[sea_orm(nested)]
    pub reservation: Option<Reservation>,
    /// What happened to it last.
    #[sea_orm(nested)]
    pub last: Option<VialEvent>,
}

/// The number of a request is all that the stock tells of it.
const KEPT: &str = "SELECT v.id, v.lot_id, v.barcode, v.state, v.made_up, q.number AS request_number, r.expires_at,
    e.at, e.actor, e.from_state, e.to_state, e.reason
  FROM vial v
  LEFT JOIN reservation r ON r.vial_id = v.id AND r.ending IS NULL
  LEFT JOIN request_line n ON n.id = r.request_line_id
  LEFT JOIN request q ON q.id = n.request_id
  LEFT JOIN vial_event e ON e.id = (SELECT max(l.id) FROM vial_event l WHERE l.vial_id = v.id)
  WHERE ";

/// The vials of a lot, by their place in it.
///
/// # Errors
/// Not allowed, a wrong window, or those of the database.
pub async fn vials(app: &App, actor: &Actor, lot: LotId, window: &Window) -> Result<Page<KeptVial>, Error> {
    actor.may(Permission::KeepStock)?;
    let keyset = window.keyset(BY_KEY)?;
    let mut sql = Sql::new(KEPT);
    sql.push("v.lot_id = ").bind(lot.0);
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
    pub lot: lot::Model,
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
    let mut sql = Sql::new(KEPT);
    sql.push("v.barcode = ").bind(barcode.trim());
    let Some(kept) = sql.all::<KeptVial>(db).await?.pop() else { return Ok(None) };
    let VialId(id) = kept.vial.id;
    let sql = "SELECT at, actor, from_state, to_state, reason FROM vial_event WHERE vial_id = $1 ORDER BY id";
    let events = Sql::with(sql, [id.into()]).all(db).await?;
    let sql = "SELECT * FROM lot WHERE id = $1";
    let lot = Sql::with(sql, [kept.vial.lot_id.0.into()]).all(db).await?.pop().ok_or(Error::NoSuchLot)?;
    Ok(Some(VialLife { kept, lot, events }))
}
