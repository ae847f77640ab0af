//! Verbs on lots: register, test, release.

use super::model::{lot, quality_test, vial};
use super::steps::record_vials;
use super::{Error, queries, rules};
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::catalogue::model::cell_line::{self, Holding};
use crate::db::{ROWS_PER_STATEMENT, Sql, Transaction};
use crate::id::{LineId, LotId, QualityTestId, VialId};
use crate::idempotency::{self, Claim, Key};
use crate::{audit, subject};
use chrono::NaiveDate;
use sea_orm::{ActiveEnum, ActiveModelTrait, EntityTrait, QuerySelect, Set};
use serde_json::json;

/// A lot to register.
#[derive(Clone, Debug)]
pub struct NewLot {
    /// The held line.
    pub cell_line: LineId,
    /// Its number, at most 40 characters.
    pub number: String,
    /// What it is for.
    pub tier: lot::Tier,
    /// Passage, 0 to 500.
    pub passage: i32,
    /// The lot it was made from.
    pub parent: Option<LotId>,
    /// Day of freezing, not in the future.
    pub frozen_on: NaiveDate,
    /// Vials made, 1 to [`rules::MAX_VIALS_OF_LOT`].
    pub vials: i32,
    /// Cells in each vial, at least 1.
    pub cells_per_vial: i64,
    /// Made up for a demonstration.
    pub made_up: bool,
}

/// Registers a lot and its vials, in quarantine.
///
/// # Errors
/// Not allowed, no such held line, a value out of its range, or a number that is taken.
pub async fn register_lot(app: &App, actor: &Actor, new: NewLot, key: Option<&Key>) -> Result<lot::Model, Error> {
    let person = actor.person_who_may(Permission::KeepStock)?;
    check(&new, app.clock.today())?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let ticket = match idempotency::claim(&tx, now, person, "lot.register", key).await?? {
        Claim::First(ticket) => ticket,
        Claim::Again(id) => return lot::Entity::find_by_id(LotId(id)).one(&*tx).await?.ok_or(Error::NoSuchLot),
    };
    check_line(&tx, &new).await?;
    let row = lot::ActiveModel {
        line_id: Set(new.cell_line),
        number: Set(new.number.clone()),
        tier: Set(new.tier),
        passage: Set(new.passage),
        parent_lot_id: Set(new.parent),
        frozen_on: Set(new.frozen_on),
        vials_made: Set(new.vials),
        cells_per_vial: Set(new.cells_per_vial),
        state: Set(lot::State::Quarantined),
        made_up: Set(new.made_up),
        ..Default::default()
    };
    let row = row.insert(&*tx).await?;
    fill(app, actor, &tx, &row).await?;
    let detail = json!({ "number": row.number, "tier": row.tier.to_value(), "vials": row.vials_made });
    let detail = audit::with_changes(detail, &json!({}), &json!({ "state": row.state.to_value() }));
    audit::record(&tx, now, actor, "lot.register", subject!(LotId, row.id), detail).await?;
    ticket.keep(&tx, row.id.0).await?;
    tx.commit().await?;
    Ok(row)
}

/// What the rest of the stock has to say: the line is held, the parent is its own, the number is free.
async fn check_line(tx: &Transaction, new: &NewLot) -> Result<(), Error> {
    let cell_line = cell_line::Entity::find_by_id(new.cell_line).one(&**tx).await?;
    cell_line.filter(|cell_line| cell_line.holding == Holding::Held).ok_or(Error::NoSuchHeldLine)?;
    if let Some(parent) = new.parent {
        let parent = lot::Entity::find_by_id(parent).one(&**tx).await?.ok_or(Error::NoSuchLot)?;
        if parent.line_id != new.cell_line {
            return Err(Error::ParentOfAnotherLine);
        }
    }
    let taken = Sql::with("SELECT count(*) FROM lot WHERE number = $1", [new.number.clone().into()]);
    if taken.number(&**tx).await? > 0 {
        return Err(Error::NumberTaken(new.number.clone()));
    }
    Ok(())
}

fn check(new: &NewLot, today: NaiveDate) -> Result<(), Error> {
    let bad = |field, en, ko| Err(Error::BadValue { field, en, ko });
    if new.number.trim().is_empty() || new.number.chars().count() > 40 {
        return bad("number", "A lot number has 1 to 40 characters.", "로트 번호는 1자 이상 40자 이하여야 합니다.");
    }
    if !(0..=500).contains(&new.passage) {
        return bad("passage", "A passage is 0 to 500.", "계대 수는 0 이상 500 이하여야 합니다.");
    }
    if new.frozen_on > today {
        return bad("frozenOn", "The day of freezing is not in the future.", "동결일은 오늘 이후일 수 없습니다.");
    }
    if !(1..=rules::MAX_VIALS_OF_LOT).contains(&new.vials) {
        return bad("vials", "A lot has 1 to 2,000 vials.", "바이알 수는 1개 이상 2,000개 이하여야 합니다.");
    }
    if new.cells_per_vial < 1 {
        return bad("cellsPerVial", "A vial has at least one cell.", "바이알당 세포 수는 1 이상이어야 합니다.");
    }
    Ok(())
}

/// Makes the lot's vials; a vial's code is the lot's number and its place in the lot.
async fn fill(app: &App, actor: &Actor, tx: &Transaction, lot: &lot::Model) -> Result<(), Error> {
    let places: Vec<i32> = (1..=lot.vials_made).collect();
    for chunk in places.chunks(ROWS_PER_STATEMENT) {
        let mut sql = Sql::new("INSERT INTO vial (lot_id, barcode, state, made_up) VALUES ");
        for (i, place) in chunk.iter().enumerate() {
            sql.push(if i > 0 { ", (" } else { "(" }).bind(lot.id.0).push(", ");
            sql.bind(format!("{}-{place:04}", lot.number)).push(", 'in_quarantine', ").bind(lot.made_up).push(")");
        }
        sql.push(" RETURNING id");
        let rows = sql.rows(&**tx).await?;
        let ids = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<VialId>, _>>()?;
        let state = vial::State::InQuarantine;
        record_vials(tx, app.clock.now(), actor, &ids, None, state, "lot registered").await?;
    }
    Ok(())
}

/// A test result to record.
#[derive(Clone, Debug)]
pub struct NewQualityTest {
    /// The lot.
    pub lot: LotId,
    /// What was tested.
    pub test: quality_test::Test,
    /// Method and version.
    pub method: String,
    /// Laboratory.
    pub laboratory: String,
    /// What it had to be.
    pub specification: String,
    /// What it was, with its unit.
    pub result: String,
    /// Whether that is good.
    pub verdict: quality_test::Verdict,
    /// Day of the test.
    pub tested_on: NaiveDate,
    /// Passage of the tested cells.
    pub passage: i32,
    /// Who did it.
    pub analyst: String,
    /// Who checked it.
    pub reviewer: String,
}

/// Records a test of a lot. A later result of the same test stands over an earlier one; both stay.
///
/// # Errors
/// Not allowed, no such lot, an empty value, a day in the future, or nobody but the analyst as reviewer.
pub async fn record_quality_test(
    app: &App,
    actor: &Actor,
    new: NewQualityTest,
    key: Option<&Key>,
) -> Result<quality_test::Model, Error> {
    let person = actor.person_who_may(Permission::KeepStock)?;
    check_test(&new, app.clock.today())?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let ticket = match idempotency::claim(&tx, now, person, "lot.test", key).await?? {
        Claim::First(ticket) => ticket,
        Claim::Again(id) => {
            return quality_test::Entity::find_by_id(QualityTestId(id)).one(&*tx).await?.ok_or(Error::NoSuchLot);
        }
    };
    let lot = lot::Entity::find_by_id(new.lot).lock_exclusive().one(&*tx).await?.ok_or(Error::NoSuchLot)?;
    let earlier = queries::tests_of(&*tx, &[lot.id]).await?.into_iter().filter(|earlier| earlier.test == new.test);
    let before = earlier
        .max_by_key(|earlier| earlier.id)
        .map_or(json!({}), |earlier| json!({ "result": earlier.id.0, "verdict": earlier.verdict.to_value() }));
    let row = quality_test::ActiveModel {
        lot_id: Set(lot.id),
        test: Set(new.test),
        method: Set(new.method),
        laboratory: Set(new.laboratory),
        specification: Set(new.specification),
        result: Set(new.result),
        verdict: Set(new.verdict),
        tested_on: Set(new.tested_on),
        passage: Set(new.passage),
        analyst: Set(new.analyst.trim().into()),
        reviewer: Set(new.reviewer.trim().into()),
        recorded_by: Set(person),
        recorded_at: Set(now),
        ..Default::default()
    };
    let row = row.insert(&*tx).await?;
    if lot.state != lot::State::Quarantined {
        tx.public_changed();
    }
    let after = json!({ "result": row.id.0, "verdict": row.verdict.to_value() });
    let detail = audit::with_changes(json!({ "test": row.test.to_value() }), &before, &after);
    audit::record(&tx, now, actor, "lot.test", subject!(LotId, lot.id), detail).await?;
    ticket.keep(&tx, row.id.0).await?;
    tx.commit().await?;
    Ok(row)
}

fn check_test(new: &NewQualityTest, today: NaiveDate) -> Result<(), Error> {
    let texts = [
        ("method", &new.method),
        ("laboratory", &new.laboratory),
        ("specification", &new.specification),
        ("result", &new.result),
        ("analyst", &new.analyst),
        ("reviewer", &new.reviewer),
    ];
    for (field, text) in texts {
        if text.trim().is_empty() || text.chars().count() > 500 {
            let en = "Every field of a test result has 1 to 500 characters.";
            return Err(Error::BadValue {
                field, en, ko: "시험 결과의 각 항목은 1자 이상 500자 이하여야 합니다."
            });
        }
    }
    if new.tested_on > today {
        let en = "The day of the test is not in the future.";
        return Err(Error::BadValue { field: "testedOn", en, ko: "시험일은 오늘 이후일 수 없습니다." });
    }
    if !(0..=500).contains(&new.passage) {
        let en = "A passage is 0 to 500.";
        return Err(Error::BadValue { field: "passage", en, ko: "계대 수는 0 이상 500 이하여야 합니다." });
    }
    if new.analyst.trim().to_lowercase() == new.reviewer.trim().to_lowercase() {
        return Err(Error::NoSecondPerson);
    }
    Ok(())
}

/// Releases a quarantined lot whose release tests all passed: its vials become free.
///
/// # Errors
/// Not allowed, no such lot, not in quarantine, or tests that are missing or failed.
pub async fn release_lot(app: &App, actor: &Actor, id: LotId) -> Result<lot::Model, Error> {
    let person = actor.person_who_may(Permission::KeepStock)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let lot = lot::Entity::find_by_id(id).lock_exclusive().one(&*tx).await?.ok_or(Error::NoSuchLot)?;
    if lot.state != lot::State::Quarantined {
        return Err(Error::NotQuarantined);
    }
    let cell_line = cell_line::Entity::find_by_id(lot.line_id).one(&*tx).await?.ok_or(Error::NoSuchHeldLine)?;
    let required = rules::release_tests(cell_line.cell_type, cell_line.grade.unwrap_or(cell_line::Grade::Clinical));
    let open = rules::open_tests(&required, &queries::tests_of(&*tx, &[id]).await?);
    if !open.is_empty() {
        return Err(Error::TestsOpen(open));
    }
    let mut row: lot::ActiveModel = lot.into();
    row.state = Set(lot::State::Released);
    row.released_at = Set(Some(now));
    row.released_by = Set(Some(person));
    let lot = row.update(&*tx).await?;
    let vials: Vec<VialId> = queries::vials_of(&*tx, &[id]).await?.iter().map(|vial| vial.id).collect();
    let (from, to) = (vial::State::InQuarantine, vial::State::Available);
    super::steps::move_vials(&tx, now, actor, &vials, from, to, "lot released").await?;
    tx.public_changed();
    let before = json!({ "state": lot::State::Quarantined.to_value() });
    let detail = audit::changes(&before, &json!({ "state": lot.state.to_value() }));
    audit::record(&tx, now, actor, "lot.release", subject!(LotId, id), detail).await?;
    tx.commit().await?;
    Ok(lot)
}
