//! Rules of the stock that need no database.

use super::model::quality_test::{self, Test, Verdict};
use super::model::{lot, vial};
use crate::catalogue::{CellType, Grade};
use crate::language::Lang;

/// From this many free vials on the public reads "available".
pub const PLENTY: i64 = 5;
/// The most vials that one lot can have.
pub const MAX_VIALS_OF_LOT: i32 = 2_000;
/// No cell was frozen and thawed alive before (Polge, Smith and Parkes 1949).
pub const FIRST_YEAR_OF_FREEZING: i32 = 1950;

/// What the public sees of the stock. Signed-in people see the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
pub enum Availability {
    /// At least five vials are free.
    Available,
    /// One to four vials are free.
    Few,
    /// None is free; a request waits.
    WaitingList,
}

impl Availability {
    /// The band of a number of free vials.
    pub fn of(free: i64) -> Self {
        match free {
            PLENTY.. => Self::Available,
            1.. => Self::Few,
            _ => Self::WaitingList,
        }
    }

    /// The label a person reads.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Available => lang.pick("Available", "분양 가능"),
            Self::Few => lang.pick("Few left", "소량 남음"),
            Self::WaitingList => lang.pick("Waiting list", "대기 신청"),
        }
    }
}

impl lot::State {
    /// Which state follows which; the database refuses every other change.
    pub const TRANSITIONS: [(Self, Self); 1] = [(Self::Quarantined, Self::Released)];
}

impl vial::State {
    /// Which state follows which; the database refuses every other change.
    pub const TRANSITIONS: [(Self, Self); 5] = [
        (Self::InQuarantine, Self::Available),
        (Self::Available, Self::Reserved),
        (Self::Reserved, Self::Available),
        (Self::Reserved, Self::Picked),
        (Self::Picked, Self::Shipped),
    ];
}

/// The tests without which a lot cannot be released (domain rules after ISSCR standards 2023 and, for endotoxin, GMP):
/// vector clearance only concerns reprogrammed cells, undifferentiated markers only pluripotent ones.
pub fn release_tests(cell_type: CellType, grade: Grade) -> Vec<Test> {
    let mut tests = vec![
        Test::IdentityStr,
        Test::Mycoplasma,
        Test::Sterility,
        Test::ViralPanel,
        Test::PostThawViability,
        Test::Morphology,
        Test::Karyotype,
    ];
    if matches!(cell_type, CellType::Embryonic | CellType::InducedPluripotent) {
        tests.push(Test::UndifferentiatedMarkers);
    }
    if cell_type == CellType::InducedPluripotent {
        tests.push(Test::VectorClearance);
    }
    if grade == Grade::Clinical {
        tests.push(Test::Endotoxin);
    }
    tests
}

/// Release tests whose newest result is not a pass. `results` come oldest first.
pub fn open_tests(required: &[Test], results: &[quality_test::Model]) -> Vec<Test> {
    let passed = |test: &Test| {
        results.iter().rev().find(|result| result.test == *test).is_some_and(|result| result.verdict == Verdict::Pass)
    };
    required.iter().filter(|test| !passed(test)).copied().collect()
}

impl Test {
    /// The label a person reads.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::IdentityStr => lang.pick("identity (STR)", "동일성(STR)"),
            Self::Mycoplasma => lang.pick("mycoplasma", "마이코플라스마"),
            Self::Sterility => lang.pick("sterility", "무균"),
            Self::ViralPanel => lang.pick("viral panel", "바이러스"),
            Self::PostThawViability => lang.pick("post-thaw viability", "해동 후 생존율"),
            Self::Morphology => lang.pick("morphology", "형태"),
            Self::Karyotype => lang.pick("karyotype", "핵형"),
            Self::UndifferentiatedMarkers => lang.pick("undifferentiated markers", "미분화 표지자"),
            Self::VectorClearance => lang.pick("vector clearance", "벡터 소실"),
            Self::Endotoxin => lang.pick("endotoxin", "내독소"),
            Self::Reference => lang.pick("reference test", "참고 시험"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stock_is_told_in_bands() {
        let bands = [0, 1, 4, 5, 900].map(Availability::of);
        use Availability::*;
        assert_eq!(bands, [WaitingList, Few, Few, Available, Available]);
    }

    #[test]
    fn vectors_concern_reprogrammed_lines_and_endotoxin_clinical_ones() {
        let embryonic = release_tests(CellType::Embryonic, Grade::Clinical);
        assert!(embryonic.contains(&Test::Endotoxin) && !embryonic.contains(&Test::VectorClearance));
        let induced = release_tests(CellType::InducedPluripotent, Grade::Research);
        assert!(induced.contains(&Test::VectorClearance) && !induced.contains(&Test::Endotoxin));
        assert!(!release_tests(CellType::Somatic, Grade::Research).contains(&Test::UndifferentiatedMarkers));
    }
}
