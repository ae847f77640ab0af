//! Rows of the stock.

/// Lots.
pub mod lot {
    use crate::id::{LineId, LotId, PersonId};
    use sea_orm::entity::prelude::*;

    /// What a lot is for.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    #[graphql(name = "LotTier")]
    pub enum Tier {
        /// The first bank of a line.
        Seed,
        /// Made from the seed lot; source of working lots.
        Master,
        /// Made from a master lot; source of distribution lots.
        Working,
        /// Made to be given out.
        Distribution,
    }

    impl Tier {
        /// The label a person reads.
        pub fn label(self, lang: crate::language::Lang) -> &'static str {
            match self {
                Self::Seed => lang.pick("seed lot", "시드 로트"),
                Self::Master => lang.pick("master lot", "마스터 로트"),
                Self::Working => lang.pick("working lot", "제조용 로트"),
                Self::Distribution => lang.pick("distribution lot", "분양용 로트"),
            }
        }
    }

    /// Where a lot stands.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    #[graphql(name = "LotState")]
    pub enum State {
        /// Not released: its vials do not leave.
        Quarantined,
        /// Tested and released.
        Released,
        /// Called back.
        Recalled,
        /// No vial is left.
        Exhausted,
    }

    impl State {
        /// The label a person reads.
        pub fn label(self, lang: crate::language::Lang) -> &'static str {
            match self {
                Self::Quarantined => lang.pick("quarantined", "격리"),
                Self::Released => lang.pick("released", "출고 승인"),
                Self::Recalled => lang.pick("recalled", "회수"),
                Self::Exhausted => lang.pick("exhausted", "소진"),
            }
        }
    }

    /// A lot: vials of one line, frozen together.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "lot")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: LotId,
        /// The line.
        pub line_id: LineId,
        /// The number on its labels.
        pub number: String,
        /// What it is for.
        pub tier: Tier,
        /// Passage at freezing.
        pub passage: i32,
        /// The lot it was made from.
        pub parent_lot_id: Option<LotId>,
        /// Day of freezing.
        pub frozen_on: Date,
        /// Vials made.
        pub vials_made: i32,
        /// Cells in each vial.
        pub cells_per_vial: i64,
        /// Where it stands.
        pub state: State,
        /// Released when.
        pub released_at: Option<DateTimeUtc>,
        /// Released by whom.
        pub released_by: Option<PersonId>,
        /// Made up for a demonstration.
        pub made_up: bool,
    }

    /// Edges are followed by queries of our own.
    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Vials.
pub mod vial {
    use crate::id::{LotId, VialId};
    use sea_orm::entity::prelude::*;

    /// Where a vial is in its life.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    #[graphql(name = "VialState")]
    pub enum State {
        /// Its lot is not released.
        InQuarantine,
        /// Free.
        Available,
        /// Promised to a request line.
        Reserved,
        /// Taken out of its place and packed.
        Picked,
        /// Left the bank.
        Shipped,
        /// Thawed for a test.
        UsedForTesting,
        /// Disposed of.
        Discarded,
        /// Not found where it should be.
        Lost,
    }

    impl State {
        /// The label a person reads.
        pub fn label(self, lang: crate::language::Lang) -> &'static str {
            match self {
                Self::InQuarantine => lang.pick("in quarantine", "격리"),
                Self::Available => lang.pick("available", "분양 가능"),
                Self::Reserved => lang.pick("reserved", "예약"),
                Self::Picked => lang.pick("picked", "반출"),
                Self::Shipped => lang.pick("shipped", "발송"),
                Self::UsedForTesting => lang.pick("used for testing", "시험에 사용"),
                Self::Discarded => lang.pick("discarded", "폐기"),
                Self::Lost => lang.pick("lost", "분실"),
            }
        }
    }

    /// A vial.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "vial")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: VialId,
        /// The lot.
        pub lot_id: LotId,
        /// The code on it.
        pub barcode: String,
        /// Where it is in its life.
        pub state: State,
        /// Made up for a demonstration.
        pub made_up: bool,
    }

    /// Edges are followed by queries of our own.
    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Quality tests.
pub mod quality_test {
    use crate::id::{LotId, PersonId, QualityTestId};
    use sea_orm::entity::prelude::*;

    /// What is tested. The first ten can be asked for at release; the last only informs.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    #[graphql(name = "QualityTestKind")]
    pub enum Test {
        /// Identity by short tandem repeats.
        IdentityStr,
        /// Mycoplasma.
        Mycoplasma,
        /// Sterility.
        Sterility,
        /// Viral panel.
        ViralPanel,
        /// Viability after thawing.
        PostThawViability,
        /// Morphology.
        Morphology,
        /// Karyotype against the line's expected one.
        Karyotype,
        /// Markers of the undifferentiated state.
        UndifferentiatedMarkers,
        /// Clearance of the reprogramming vector (induced pluripotent lines).
        VectorClearance,
        /// Endotoxin (clinical grade).
        Endotoxin,
        /// Anything that informs but does not gate the release.
        Reference,
    }

    /// What came out.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    pub enum Verdict {
        /// Within the specification.
        Pass,
        /// Outside it.
        Fail,
    }

    impl Verdict {
        /// The label a person reads.
        pub fn label(self, lang: crate::language::Lang) -> &'static str {
            match self {
                Self::Pass => lang.pick("pass", "적합"),
                Self::Fail => lang.pick("fail", "부적합"),
            }
        }
    }

    /// A test of a lot.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "quality_test")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
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
        /// What it was, with its unit.
        pub result: String,
        /// Whether that is good.
        pub verdict: Verdict,
        /// Day of the test.
        pub tested_on: Date,
        /// Passage of the tested cells.
        pub passage: i32,
        /// Who did it.
        pub analyst: String,
        /// Who checked it; somebody else.
        pub reviewer: String,
        /// Whose account recorded it.
        pub recorded_by: PersonId,
        /// When.
        pub recorded_at: DateTimeUtc,
    }

    /// Edges are followed by queries of our own.
    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
