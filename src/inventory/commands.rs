//! Commands on lots: register, test, release.

use super::events::LotEvent;
use super::model::{lot, quality_test, vial};
use super::steps::{Event, VialMove, move_vials, record_vials};
use super::views::{LotView, TestView};
use super::{BadValue, Error, queries, rules};
use crate::actor::Verb;
use crate::audit::{self, Changes};
use crate::catalogue::model::cell_line;
use crate::catalogue::{Grade, Holding};
use crate::characters::one_line;
use crate::command::{Command, Create, Work};
use crate::db::ROWS_PER_STATEMENT;
use crate::error::or_taken;
use crate::id::{CellLineId, LotId, QualityTestId, VialId};
use crate::search_words::identifier_key;
use chrono::{Datelike, NaiveDate};
use sea_orm::{ActiveEnum, ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Set};
use serde_json::json;

/// Registers a lot and its vials, in quarantine.
///
/// Refused: no such held line, a value out of its range, or a number that is taken.
#[derive(Clone, Debug)]
pub struct RegisterLot {
    /// The held line.
    pub line: CellLineId,
    /// Its number, at most 40 characters.
    pub number: String,
    /// What it is for.
    pub tier: lot::Tier,
    /// Passage, 0 to 500.
    pub passage: i32,
    /// The lot it was made from.
    pub parent: Option<LotId>,
    /// Day of freezing, from [`rules::FIRST_YEAR_OF_FREEZING`] to today.
    pub frozen_on: NaiveDate,
    /// Vials made, 1 to [`rules::MAX_VIALS_OF_LOT`].
    pub vials: i32,
    /// Cells in each vial, at least 1.
    pub cells_per_vial: i64,
    /// Made up for a demonstration.
    pub made_up: bool,
}

impl Command for RegisterLot {
    const VERB: Verb = Verb::RegisterLot;
    type Output = LotView;
    type Error = Error;

    fn check(&self, today: NaiveDate) -> Result<(), Error> {
        let bad = |field, value| Err(Error::BadValue { field, value });
        let number = one_line(&self.number);
        if identifier_key(&number).is_empty() || number.chars().count() > 40 {
            return bad("number", BadValue::Number);
        }
        if !(0..=500).contains(&self.passage) {
            return bad("passage", BadValue::Passage);
        }
        if self.frozen_on > today || self.frozen_on.year() < rules::FIRST_YEAR_OF_FREEZING {
            return bad("frozenOn", BadValue::FrozenOn);
        }
        if !(1..=rules::MAX_VIALS_OF_LOT).contains(&self.vials) {
            return bad("vials", BadValue::Vials);
        }
        if self.cells_per_vial < 1 {
            return bad("cellsPerVial", BadValue::CellsPerVial);
        }
        Ok(())
    }

    async fn apply(&self, work: &Work<'_>) -> Result<LotView, Error> {
        self.check_stock(work).await?;
        let row = lot::ActiveModel {
            line_id: Set(self.line),
            number: Set(one_line(&self.number)),
            number_key: Set(identifier_key(&self.number)),
            tier: Set(self.tier),
            passage: Set(self.passage),
            parent_lot_id: Set(self.parent),
            frozen_on: Set(self.frozen_on),
            vials_made: Set(self.vials),
            cells_per_vial: Set(self.cells_per_vial),
            state: Set(lot::State::Quarantined),
            made_up: Set(self.made_up),
            ..Default::default()
        };
        let taken = || Error::NumberTaken(self.number.clone());
        let row = row.insert(work).await.map_err(|error| or_taken(error, taken))?;
        make_vials(work, &row).await?;
        let event = LotEvent::Registered {
            number: row.number.clone(),
            tier: row.tier,
            vials: row.vials_made,
            changes: Changes::to(&json!({ "state": row.state.to_value() })),
        };
        audit::record(work, row.id, &event).await?;
        Ok(LotView::of(row, work.actor))
    }
}

impl Create for RegisterLot {
    fn made(lot: &LotView) -> i64 {
        lot.id.0
    }

    async fn find(&self, work: &Work<'_>, made: i64) -> Result<LotView, Error> {
        let lot = lot::Entity::find_by_id(LotId(made)).one(work).await?.ok_or(Error::NoSuchLot)?;
        Ok(LotView::of(lot, work.actor))
    }
}

impl RegisterLot {
    /// What the rest of the stock has to say: the line is held, the parent is its own, the number is free.
    async fn check_stock(&self, work: &Work<'_>) -> Result<(), Error> {
        let line = cell_line::Entity::find_by_id(self.line).one(work).await?;
        line.filter(|line| line.holding == Holding::Held).ok_or(Error::NoSuchHeldLine)?;
        if let Some(parent) = self.parent {
            let parent = lot::Entity::find_by_id(parent).one(work).await?.ok_or(Error::NoSuchLot)?;
            if parent.line_id != self.line {
                return Err(Error::ParentOfAnotherLine);
            }
        }
        let taken =
            lot::Entity::find().filter(lot::Column::NumberKey.eq(identifier_key(&self.number))).count(work).await?;
        if taken > 0 { Err(Error::NumberTaken(self.number.clone())) } else { Ok(()) }
    }
}

/// Makes the lot's vials; a vial's code is the lot's number and its place in the lot.
async fn make_vials(work: &Work<'_>, lot: &lot::Model) -> Result<(), Error> {
    let places: Vec<i32> = (1..=lot.vials_made).collect();
    for chunk in places.chunks(ROWS_PER_STATEMENT) {
        let state = vial::State::InQuarantine;
        let rows = chunk.iter().map(|place| vial::ActiveModel {
            lot_id: Set(lot.id),
            barcode: Set(format!("{}-{place:04}", lot.number)),
            state: Set(state),
            made_up: Set(lot.made_up),
            ..Default::default()
        });
        let made = vial::Entity::insert_many(rows).exec_with_returning(work).await?;
        let event = Event { at: work.now(), actor: work.actor, from: None, to: state, reason: "lot registered" };
        record_vials(work, made.iter().map(|vial| vial.id), &event).await?;
    }
    Ok(())
}

/// Records a test of a lot. A later result of the same test stands over an earlier one; both stay.
///
/// Refused: no such lot, an empty value, a day in the future, or nobody but the analyst as reviewer.
#[derive(Clone, Debug)]
pub struct RecordQualityTest {
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

impl Command for RecordQualityTest {
    const VERB: Verb = Verb::RecordQualityTest;
    type Output = TestView;
    type Error = Error;

    fn check(&self, today: NaiveDate) -> Result<(), Error> {
        let texts = [
            ("method", &self.method),
            ("laboratory", &self.laboratory),
            ("specification", &self.specification),
            ("result", &self.result),
            ("analyst", &self.analyst),
            ("reviewer", &self.reviewer),
        ];
        for (field, text) in texts {
            if text.trim().is_empty() || text.chars().count() > 500 {
                return Err(Error::BadValue { field, value: BadValue::TestText });
            }
        }
        if self.tested_on > today {
            return Err(Error::BadValue { field: "testedOn", value: BadValue::TestedOn });
        }
        if !(0..=500).contains(&self.passage) {
            return Err(Error::BadValue { field: "passage", value: BadValue::Passage });
        }
        if self.analyst.trim().to_lowercase() == self.reviewer.trim().to_lowercase() {
            return Err(Error::NoSecondPerson);
        }
        Ok(())
    }

    async fn apply(&self, work: &Work<'_>) -> Result<TestView, Error> {
        let lot = locked(work, self.lot).await?;
        let earlier =
            queries::test_rows(work, &[lot.id]).await?.into_iter().filter(|earlier| earlier.test == self.test);
        let before = earlier
            .max_by_key(|earlier| earlier.id)
            .map_or(json!({}), |earlier| json!({ "result": earlier.id.0, "verdict": earlier.verdict.to_value() }));
        let row = quality_test::ActiveModel {
            lot_id: Set(lot.id),
            test: Set(self.test),
            method: Set(self.method.clone()),
            laboratory: Set(self.laboratory.clone()),
            specification: Set(self.specification.clone()),
            result: Set(self.result.clone()),
            verdict: Set(self.verdict),
            tested_on: Set(self.tested_on),
            passage: Set(self.passage),
            analyst: Set(self.analyst.trim().into()),
            reviewer: Set(self.reviewer.trim().into()),
            recorded_by: Set(work.person()?),
            recorded_at: Set(work.now()),
            ..Default::default()
        };
        let row = row.insert(work).await?;
        if lot.state != lot::State::Quarantined {
            work.public_changed();
        }
        let after = json!({ "result": row.id.0, "verdict": row.verdict.to_value() });
        let event = LotEvent::Tested { test: row.test, changes: Changes::between(&before, &after) };
        audit::record(work, lot.id, &event).await?;
        Ok(TestView::of(row, work.actor))
    }
}

impl Create for RecordQualityTest {
    fn made(test: &TestView) -> i64 {
        test.id.0
    }

    async fn find(&self, work: &Work<'_>, made: i64) -> Result<TestView, Error> {
        let test = quality_test::Entity::find_by_id(QualityTestId(made)).one(work).await?.ok_or(Error::NoSuchLot)?;
        Ok(TestView::of(test, work.actor))
    }
}

/// Releases a quarantined lot whose release tests all passed: its vials become free.
///
/// Refused: no such lot, not in quarantine, or tests that are missing or failed.
#[derive(Clone, Copy, Debug)]
pub struct ReleaseLot {
    /// The lot.
    pub lot: LotId,
}

impl Command for ReleaseLot {
    const VERB: Verb = Verb::ReleaseLot;
    type Output = LotView;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<LotView, Error> {
        let lot = locked(work, self.lot).await?;
        if lot.state != lot::State::Quarantined {
            return Err(Error::NotQuarantined);
        }
        let line = cell_line::Entity::find_by_id(lot.line_id).one(work).await?.ok_or(Error::NoSuchHeldLine)?;
        let required = rules::release_tests(line.cell_type, line.grade.unwrap_or(Grade::Clinical));
        let open = rules::open_tests(&required, &queries::test_rows(work, &[lot.id]).await?);
        if !open.is_empty() {
            return Err(Error::TestsOpen(open));
        }
        let mut row: lot::ActiveModel = lot.into();
        row.state = Set(lot::State::Released);
        row.released_at = Set(Some(work.now()));
        row.released_by = Set(Some(work.person()?));
        let lot = row.update(work).await?;
        let vials: Vec<VialId> = queries::vials_of(work, &[lot.id]).await?.iter().map(|vial| vial.id).collect();
        let released = VialMove { from: vial::State::InQuarantine, to: vial::State::Available, reason: "lot released" };
        move_vials(work, work.actor, &vials, &released).await?;
        work.public_changed();
        let changes = Changes::of("state", lot::State::Quarantined.to_value(), lot.state.to_value());
        audit::record(work, lot.id, &LotEvent::Released { changes }).await?;
        Ok(LotView::of(lot, work.actor))
    }
}

/// A lot, locked.
async fn locked(work: &Work<'_>, id: LotId) -> Result<lot::Model, Error> {
    lot::Entity::find_by_id(id).lock_exclusive().one(work).await?.ok_or(Error::NoSuchLot)
}
