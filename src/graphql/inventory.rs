//! Lots, vials and tests.

use super::catalogue::CellLine;
use super::error::UserError;
use super::loaders::{self, caller, follow, load_one};
use super::protocol::{id, payload};
use super::scalars::Date;
use crate::actor::Permission;
use crate::id::{CellLineId, LotId};
use crate::inventory::commands::{RecordQualityTest, RegisterLot, ReleaseLot};
use crate::inventory::queries::StockedLot;
use crate::inventory::rules::Availability;
use crate::inventory::{LotState, LotTier, StockView, Test, TestView, Verdict, VialState, VialView};
use async_graphql::{ComplexObject, Context, ID, InputObject, InputType, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

/// A lot: vials of one line, frozen together.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Lot {
    #[graphql(skip)]
    lot: LotId,
    #[graphql(skip)]
    line: CellLineId,
    #[graphql(skip)]
    stock: StockView,
    /// Global id.
    pub id: ID,
    /// The number on its labels.
    number: String,
    /// What it is for.
    tier: LotTier,
    /// Where it stands.
    state: LotState,
    /// Passage at freezing.
    passage: i32,
    /// Day of freezing.
    frozen_on: Date,
    /// Vials made.
    vials_made: i32,
    /// Cells in each vial.
    cells_per_vial: i64,
    /// Released when.
    released_at: Option<DateTime<Utc>>,
    /// Made up for a demonstration.
    made_up: bool,
}

impl From<StockedLot> for Lot {
    fn from(StockedLot { lot: row, stock }: StockedLot) -> Self {
        Self {
            lot: row.id,
            line: row.line_id,
            stock,
            id: ID(row.id.global()),
            number: row.number,
            tier: row.tier,
            state: row.state,
            passage: row.passage,
            frozen_on: Date(row.frozen_on),
            vials_made: row.vials_made,
            cells_per_vial: row.cells_per_vial,
            released_at: row.released_at,
            made_up: row.made_up,
        }
    }
}

#[ComplexObject]
impl Lot {
    /// Whether vials of this lot can be had, from the stock as it is now.
    async fn availability(&self) -> Availability {
        self.stock.availability
    }

    /// Vials of this lot that could be given out now; for people signed in, null for others.
    async fn available_vials(&self) -> Option<i64> {
        self.stock.free
    }

    /// The line.
    async fn cell_line(&self, ctx: &Context<'_>) -> Result<Option<CellLine>> {
        Ok(load_one(ctx, loaders::Line(self.line)).await?.map(CellLine::from))
    }

    /// Every vial of the lot; for the bank's staff, null for others.
    async fn vials(&self, ctx: &Context<'_>) -> Result<Option<Vec<Vial>>> {
        if !caller(ctx).actor.can(Permission::KeepStock) {
            return Ok(None);
        }
        Ok(Some(follow(ctx, loaders::VialsOf(self.lot)).await?.into_iter().map(Vial::from).collect()))
    }

    /// Tests of the lot, oldest first: what its certificate of analysis is made from. Of the test of identity only the
    /// bank's staff see more than whether it matches: its values are alleles of the donor.
    async fn quality_tests(&self, ctx: &Context<'_>) -> Result<Vec<QualityTest>> {
        Ok(follow(ctx, loaders::TestsOf(self.lot)).await?.into_iter().map(QualityTest::from).collect())
    }
}

/// A vial.
#[derive(SimpleObject)]
pub struct Vial {
    /// Global id.
    id: ID,
    /// The code on it.
    barcode: String,
    /// Where it is in its life.
    state: VialState,
    /// Made up for a demonstration.
    made_up: bool,
}

impl From<VialView> for Vial {
    fn from(row: VialView) -> Self {
        Self { id: ID(row.id.global()), barcode: row.barcode, state: row.state, made_up: row.made_up }
    }
}

/// A test of a lot. Names of analyst and reviewer are the bank's own affair and stay there.
#[derive(SimpleObject)]
pub struct QualityTest {
    /// Global id.
    id: ID,
    /// What was tested.
    test: Test,
    /// Method and version.
    method: String,
    /// Laboratory.
    laboratory: String,
    /// What it had to be.
    specification: String,
    /// What it was.
    result: String,
    /// Whether that is good.
    verdict: Verdict,
    /// Day of the test.
    tested_on: Date,
    /// Passage of the tested cells.
    passage: i32,
}

impl From<TestView> for QualityTest {
    fn from(row: TestView) -> Self {
        Self {
            id: ID(row.id.global()),
            test: row.test,
            method: row.method,
            laboratory: row.laboratory,
            specification: row.specification,
            result: row.result,
            verdict: row.verdict,
            tested_on: Date(row.tested_on),
            passage: row.passage,
        }
    }
}

/// A lot to register with its vials, in quarantine.
#[derive(Clone, InputObject)]
pub struct RegisterLotInput {
    /// The held line.
    cell_line: ID,
    /// The number on its labels, 1 to 40 characters.
    number: String,
    /// What it is for.
    tier: LotTier,
    /// Passage at freezing, 0 to 500.
    passage: i32,
    /// The lot it was made from.
    parent_lot: Option<ID>,
    /// Day of freezing, not in the future.
    frozen_on: Date,
    /// Vials made, 1 to 2,000.
    vials: i32,
    /// Cells in each vial, at least 1.
    cells_per_vial: i64,
    /// A key of your choice, 1 to 200 characters: the same key with the same input again answers as the first time.
    idempotency_key: Option<String>,
}

/// A test result to record.
#[derive(Clone, InputObject)]
pub struct RecordQualityTestInput {
    /// The lot.
    lot: ID,
    /// What was tested.
    test: Test,
    /// Method and version.
    method: String,
    /// Laboratory.
    laboratory: String,
    /// What it had to be.
    specification: String,
    /// What it was, with its unit.
    result: String,
    /// Whether that is good.
    verdict: Verdict,
    /// Day of the test, not in the future.
    tested_on: Date,
    /// Passage of the tested cells, 0 to 500.
    passage: i32,
    /// Who did it.
    analyst: String,
    /// Who checked it; somebody else.
    reviewer: String,
    /// A key of your choice, 1 to 200 characters: the same key with the same input again answers as the first time.
    idempotency_key: Option<String>,
}

/// A lot to release.
#[derive(Clone, InputObject)]
pub struct ReleaseLotInput {
    /// The lot.
    lot: ID,
}

payload! {
    /// What came of registering a lot.
    RegisterLotPayload { lot: Lot }
    /// What came of recording a test.
    RecordQualityTestPayload { quality_test: QualityTest }
    /// What came of releasing a lot.
    ReleaseLotPayload { lot: Lot }
}

/// Changes of the stock.
#[derive(Default)]
pub struct InventoryMutation;

#[Object]
impl InventoryMutation {
    /// Registers a lot and its vials, in quarantine. For the bank's staff.
    async fn register_lot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The lot.")] input: RegisterLotInput,
    ) -> Result<RegisterLotPayload> {
        let caller = caller(ctx);
        let sent = input.to_value();
        let key = input.idempotency_key.clone();
        let register = || {
            Ok(RegisterLot {
                line: id!(caller, input.cell_line, CellLineId, "cellLine"),
                number: input.number.trim().into(),
                tier: input.tier,
                passage: input.passage,
                parent: match &input.parent_lot {
                    Some(parent) => Some(id!(caller, parent, LotId, "parentLot")),
                    None => None,
                },
                frozen_on: input.frozen_on.0,
                vials: input.vials,
                cells_per_vial: input.cells_per_vial,
                made_up: false,
            })
        };
        let (row, errors) = caller.run_once(key.as_deref(), &sent, register).await?;
        Ok(RegisterLotPayload {
            lot: row.map(|lot| Lot::from(StockedLot { lot, stock: StockView::of(0, &caller.actor) })),
            errors,
        })
    }

    /// Records a test of a lot. A later result of the same test stands over an earlier one; both stay. For staff.
    async fn record_quality_test(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The result.")] input: RecordQualityTestInput,
    ) -> Result<RecordQualityTestPayload> {
        let caller = caller(ctx);
        let sent = input.to_value();
        let key = input.idempotency_key.clone();
        let record = || {
            Ok(RecordQualityTest {
                lot: id!(caller, input.lot, LotId, "lot"),
                test: input.test,
                method: input.method,
                laboratory: input.laboratory,
                specification: input.specification,
                result: input.result,
                verdict: input.verdict,
                tested_on: input.tested_on.0,
                passage: input.passage,
                analyst: input.analyst,
                reviewer: input.reviewer,
            })
        };
        let (row, errors) = caller.run_once(key.as_deref(), &sent, record).await?;
        Ok(RecordQualityTestPayload { quality_test: row.map(QualityTest::from), errors })
    }

    /// Releases a quarantined lot whose release tests all passed; its vials become free. For staff.
    async fn release_lot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The lot.")] input: ReleaseLotInput,
    ) -> Result<ReleaseLotPayload> {
        let caller = caller(ctx);
        let release = || Ok(ReleaseLot { lot: id!(caller, input.lot, LotId, "lot") });
        let (row, errors) = caller.run(release).await?;
        let lot = match row {
            Some(row) => load_one(ctx, loaders::Lot(row.id)).await?.map(Lot::from),
            None => None,
        };
        Ok(ReleaseLotPayload { lot, errors })
    }
}
