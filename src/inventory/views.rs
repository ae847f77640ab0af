//! What readers see of the stock, decided once: pages, the API and files show these and never a row.
//!
//! Each takes its row apart whole, so that a new column does not compile before somebody decided who sees it.

use super::model::lot;
use super::model::lot::{State as LotState, Tier};
use super::model::quality_test::{self, Test, Verdict};
use super::model::vial::{self, State as VialState};
use super::rules::Availability;
use crate::actor::{Actor, Permission};
use crate::id::{CellLineId, LotId, PersonId, QualityTestId, VialId};
use crate::language::Lang;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::FromQueryResult;

/// What of a line or of a lot can be given out now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockView {
    /// The band, which everybody sees.
    pub availability: Availability,
    /// Free vials, for [`Permission::ReadStock`].
    pub free: Option<i64>,
}

impl StockView {
    /// What an actor sees of a number of free vials.
    pub fn of(free: i64, actor: &Actor) -> Self {
        Self { availability: Availability::of(free), free: actor.can(Permission::ReadStock).then_some(free) }
    }
}

/// A lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotView {
    /// Its key.
    pub id: LotId,
    /// The line.
    pub line_id: CellLineId,
    /// The number on its labels.
    pub number: String,
    /// What it is for.
    pub tier: Tier,
    /// Passage at freezing.
    pub passage: i32,
    /// The lot it was made from.
    pub parent_lot_id: Option<LotId>,
    /// Day of freezing.
    pub frozen_on: NaiveDate,
    /// Vials made.
    pub vials_made: i32,
    /// Cells in each vial.
    pub cells_per_vial: i64,
    /// Where it stands.
    pub state: LotState,
    /// Released when.
    pub released_at: Option<DateTime<Utc>>,
    /// Released by whom, for [`Permission::KeepStock`]: the bank keeps names to itself.
    pub released_by: Option<PersonId>,
    /// Made up for a demonstration.
    pub made_up: bool,
}

impl LotView {
    /// What an actor sees of a lot.
    pub fn of(row: lot::Model, actor: &Actor) -> Self {
        let lot::Model {
            id,
            line_id,
            number,
            number_key: _,
            tier,
            passage,
            parent_lot_id,
            frozen_on,
            vials_made,
            cells_per_vial,
            state,
            released_at,
            released_by,
            made_up,
        } = row;
        Self {
            id,
            line_id,
            number,
            tier,
            passage,
            parent_lot_id,
            frozen_on,
            vials_made,
            cells_per_vial,
            state,
            released_at,
            released_by: released_by.filter(|_| actor.can(Permission::KeepStock)),
            made_up,
        }
    }
}

/// A vial, for [`Permission::KeepStock`]; others see numbers.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct VialView {
    /// Its key.
    pub id: VialId,
    /// The lot.
    pub lot_id: LotId,
    /// The code on it.
    pub barcode: String,
    /// Where it is in its life.
    pub state: VialState,
    /// Made up for a demonstration.
    pub made_up: bool,
}

impl From<vial::Model> for VialView {
    fn from(row: vial::Model) -> Self {
        let vial::Model { id, lot_id, barcode, state, made_up } = row;
        Self { id, lot_id, barcode, state, made_up }
    }
}

/// A test of a lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestView {
    /// Its key.
    pub id: QualityTestId,
    /// The lot.
    pub lot_id: LotId,
    /// What was tested.
    pub test: Test,
    /// Method and its version.
    pub method: String,
    /// Laboratory.
    pub laboratory: String,
    /// What it had to be.
    pub specification: String,
    /// What it was; of identity everybody but the bank sees only whether it matches.
    pub result: String,
    /// Whether that is good.
    pub verdict: Verdict,
    /// Day of the test.
    pub tested_on: NaiveDate,
    /// Passage of the tested cells.
    pub passage: i32,
    /// Who did it, for [`Permission::KeepStock`].
    pub analyst: Option<String>,
    /// Who checked it, for the same.
    pub reviewer: Option<String>,
}

impl TestView {
    /// What an actor sees of a test: [`Permission::KeepStock`] all of it, others what everybody does.
    pub fn of(row: quality_test::Model, actor: &Actor) -> Self {
        if actor.can(Permission::KeepStock) { Self::kept(row) } else { Self::public(row, actor.lang) }
    }

    /// What everybody may read of a test. Short tandem repeats are alleles of the donor: specification and result of
    /// the test of identity stay with the bank, and the verdict in words takes their place.
    pub fn public(row: quality_test::Model, lang: Lang) -> Self {
        let mut view = Self { analyst: None, reviewer: None, ..Self::kept(row) };
        if view.test == Test::IdentityStr {
            view.specification = lang.pick("Matches the line's profile", "세포주의 프로파일과 일치").into();
            view.result = match view.verdict {
                Verdict::Pass => lang.pick("Matches", "일치"),
                Verdict::Fail => lang.pick("Does not match", "불일치"),
            }
            .into();
        }
        view
    }

    fn kept(row: quality_test::Model) -> Self {
        let quality_test::Model {
            id,
            lot_id,
            test,
            method,
            laboratory,
            specification,
            result,
            verdict,
            tested_on,
            passage,
            analyst,
            reviewer,
            recorded_by: _,
            recorded_at: _,
        } = row;
        let (analyst, reviewer) = (Some(analyst), Some(reviewer));
        Self {
            id,
            lot_id,
            test,
            method,
            laboratory,
            specification,
            result,
            verdict,
            tested_on,
            passage,
            analyst,
            reviewer,
        }
    }
}
