//! Made-up lots of the held lines, every one through quarantine, tests and release.

use super::Error;
use super::holdings::{Held, accession};
use super::people::Person;
use super::stage::{Stage, day};
use crate::catalogue::Grade;
use crate::id::LotId;
use crate::inventory::commands::{RecordQualityTest, RegisterLot, ReleaseLot};
use crate::inventory::rules::release_tests;
use crate::inventory::{LotTier as Tier, Test, Verdict};
use chrono::{DateTime, Duration, Utc};

/// Lines without any lot: whoever asks for them waits; the last one is withdrawn.
pub(super) const WITHOUT_STOCK: [usize; 5] = [4, 13, 24, 31, 42];
/// Lines with so few vials that the public reads it.
const FEW: [(usize, i32); 3] = [(7, 1), (16, 3), (28, 4)];
/// The line whose only lot is still in quarantine, its tests not complete.
const IN_QUARANTINE: usize = 20;
/// The line with a second distribution lot.
const TWO_LOTS: usize = 1;
/// The line of which a master lot is kept; its distribution lot was made from it.
const WITH_MASTER: usize = 2;
/// Places from here on are the made-up lines, taken in later.
const MADE_UP_LINES: usize = 37;
const CELLS_PER_VIAL: i64 = 1_000_000;
const DAYS_TO_TESTS: i64 = 21;
const DAYS_TO_RELEASE: i64 = 30;

struct Plan {
    place: usize,
    suffix: &'static str,
    tier: Tier,
    frozen: DateTime<Utc>,
    vials: i32,
    passage: i32,
    parent: Option<LotId>,
    released: bool,
}

/// Makes the lots and gives their number.
pub(super) async fn fill(stage: &Stage, staff: &Person, lines: &[Held]) -> Result<usize, Error> {
    let mut lots = 0;
    for (i, line) in lines.iter().enumerate() {
        let place = i + 1;
        if WITHOUT_STOCK.contains(&place) {
            continue;
        }
        let mut plan = first(place);
        if place == WITH_MASTER {
            let frozen = plan.frozen - Duration::days(60);
            let master = Plan { suffix: "M1", tier: Tier::Master, frozen, vials: 10, passage: 12, ..first(place) };
            plan.parent = Some(make(stage, staff, line, &master).await?);
            lots += 1;
        }
        make(stage, staff, line, &plan).await?;
        lots += 1;
        if place == TWO_LOTS {
            make(stage, staff, line, &Plan { suffix: "D2", frozen: day(2025, 2, 3), vials: 8, ..first(place) }).await?;
            lots += 1;
        }
    }
    Ok(lots)
}

/// The first distribution lot of a line.
fn first(place: usize) -> Plan {
    let step = i64::try_from(place).unwrap_or_default();
    let frozen = match place {
        IN_QUARANTINE => day(2026, 1, 19),
        MADE_UP_LINES.. => day(2025, 6, 10) + Duration::days(step - 36),
        _ => day(2024, 3, 4) + Duration::days(step * 4),
    };
    let spread = i32::try_from(place).unwrap_or_default();
    let few = FEW.iter().find(|few| few.0 == place).map(|few| few.1);
    Plan {
        place,
        suffix: "D1",
        tier: Tier::Distribution,
        frozen,
        vials: few.unwrap_or(6 + spread * 7 % 19),
        passage: 15 + spread % 20,
        parent: None,
        released: place != IN_QUARANTINE,
    }
}

async fn make(stage: &Stage, staff: &Person, line: &Held, plan: &Plan) -> Result<LotId, Error> {
    stage.go(plan.frozen);
    let new = RegisterLot {
        line: line.id,
        number: format!("{}-{}", accession(plan.place), plan.suffix),
        tier: plan.tier,
        passage: plan.passage,
        parent: plan.parent,
        frozen_on: stage.app.clock.today(),
        vials: plan.vials,
        cells_per_vial: CELLS_PER_VIAL,
        made_up: true,
    };
    let lot = stage.app.run(&staff.actor, new).await?.id;
    stage.go(plan.frozen + Duration::days(DAYS_TO_TESTS));
    let mut tests = release_tests(line.cell_type, Grade::Research);
    if !plan.released {
        tests.truncate(tests.len() / 2);
    }
    for test in tests {
        let new = result(stage, lot, test, plan.passage + 1);
        stage.app.run(&staff.actor, new).await?;
    }
    if plan.released {
        stage.go(plan.frozen + Duration::days(DAYS_TO_RELEASE));
        stage.app.run(&staff.actor, ReleaseLot { lot }).await?;
    }
    Ok(lot)
}

fn result(stage: &Stage, lot: LotId, test: Test, passage: i32) -> RecordQualityTest {
    let (method, specification, result) = sample_result(test);
    RecordQualityTest {
        lot,
        test,
        method: format!("{method} (made up)"),
        laboratory: "시연 품질관리실 · Demo quality laboratory (made up)".into(),
        specification: specification.into(),
        result: format!("{result} (made up)"),
        verdict: Verdict::Pass,
        tested_on: stage.app.clock.today(),
        passage,
        analyst: "시연 시험자 · Demo Analyst (made up)".into(),
        reviewer: "시연 검토자 · Demo Reviewer (made up)".into(),
    }
}

/// Method, specification and a result that passes.
fn sample_result(test: Test) -> (&'static str, &'static str, &'static str) {
    match test {
        Test::IdentityStr => ("STR profiling, 16 loci", "matches the line's reference profile", "16 of 16 loci match"),
        Test::Mycoplasma => ("PCR", "not detected", "not detected"),
        Test::Sterility => ("direct inoculation, 14 days", "no growth", "no growth"),
        Test::ViralPanel => ("PCR for HIV-1, HBV, HCV", "not detected", "not detected"),
        Test::PostThawViability => ("trypan blue exclusion", "at least 70 %", "88 %"),
        Test::Morphology => ("phase contrast microscopy", "compact colonies with clear borders", "as specified"),
        Test::Karyotype => ("G-banding, 20 metaphases", "the line's expected karyotype", "as expected, 20 of 20"),
        Test::UndifferentiatedMarkers => ("flow cytometry, OCT4 and SSEA4", "at least 85 % positive", "96 %"),
        Test::VectorClearance => ("PCR for the reprogramming vector", "not detected", "not detected"),
        Test::Endotoxin => ("LAL test", "below 0.5 EU/mL", "below 0.1 EU/mL"),
        Test::Reference => ("visual inspection", "for information", "nothing unusual"),
    }
}
