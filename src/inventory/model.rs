//! Rows of the stock.

/// Lots.
pub mod lot {
    use crate::accounts::model::person;
    use crate::catalogue::model::cell_line;
    use crate::id::{CellLineId, LotId, PersonId};
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
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "lot")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: LotId,
        /// The line.
        pub line_id: CellLineId,
        /// The number on its labels.
        #[sea_orm(unique)]
        pub number: String,
        /// The number as it is compared: see [`crate::search_words::identifier_key`].
        #[sea_orm(unique)]
        pub number_key: String,
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
        /// The cell line.
        #[sea_orm(belongs_to, from = "line_id", to = "id")]
        pub cell_line: BelongsTo<cell_line::Entity>,
        /// The lot it was made from.
        #[sea_orm(
            self_ref,
            relation_enum = "Parent",
            relation_reverse = "Children",
            from = "parent_lot_id",
            to = "id"
        )]
        pub parent: BelongsTo<Option<Entity>>,
        /// Lots made from it.
        #[sea_orm(self_ref, relation_enum = "Children", relation_reverse = "Parent")]
        pub children: HasMany<Entity>,
        /// Released by whom.
        #[sea_orm(belongs_to, from = "released_by", to = "id")]
        pub releaser: BelongsTo<Option<person::Entity>>,
        /// Its vials.
        #[sea_orm(has_many)]
        pub vials: HasMany<super::vial::Entity>,
        /// Its tests.
        #[sea_orm(has_many)]
        pub quality_tests: HasMany<super::quality_test::Entity>,
    }

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
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "vial")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: VialId,
        /// The lot.
        pub lot_id: LotId,
        /// The code on it.
        #[sea_orm(unique)]
        pub barcode: String,
        /// Where it is in its life.
        pub state: State,
        /// Made up for a demonstration.
        pub made_up: bool,
        /// The lot.
        #[sea_orm(belongs_to, from = "lot_id", to = "id")]
        pub lot: BelongsTo<super::lot::Entity>,
        /// What happened to it.
        #[sea_orm(has_many)]
        pub events: HasMany<super::vial_event::Entity>,
        /// For whom it is and was set aside.
        #[sea_orm(has_many)]
        pub reservations: HasMany<super::reservation::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Quality tests.
pub mod quality_test {
    use crate::accounts::model::person;
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
    #[sea_orm::model]
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
        /// The lot.
        #[sea_orm(belongs_to, from = "lot_id", to = "id")]
        pub lot: BelongsTo<super::lot::Entity>,
        /// Whose account recorded it.
        #[sea_orm(belongs_to, from = "recorded_by", to = "id")]
        pub recorder: BelongsTo<person::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// What happened to vials.
pub mod vial_event {
    use super::vial::State;
    use crate::id::VialId;
    use sea_orm::entity::prelude::*;

    /// One move of a vial from state to state; the database keeps it from changing.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "vial_event")]
    pub struct Model {
        /// Its key; later ones are larger.
        #[sea_orm(primary_key)]
        pub id: i64,
        /// The vial.
        pub vial_id: VialId,
        /// When.
        pub at: DateTimeUtc,
        /// By whom, as the history names them: `person:7`, `system:import`.
        pub actor: String,
        /// From which state; none for its first.
        pub from_state: Option<State>,
        /// To which state.
        pub to_state: State,
        /// Why.
        pub reason: String,
        /// The vial.
        #[sea_orm(belongs_to, from = "vial_id", to = "id")]
        pub vial: BelongsTo<super::vial::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Vials set aside for lines of requests.
pub mod reservation {
    use crate::id::{RequestLineId, ReservationId, VialId};
    use sea_orm::entity::prelude::*;

    /// How a reservation ended.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    pub enum Ending {
        /// The bank took it back.
        Released,
        /// Its time ran out.
        Expired,
        /// The vial left.
        Shipped,
    }

    /// A vial set aside for a line of a request. The request line itself is an entity of the requests.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reservation")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: ReservationId,
        /// For which line of a request.
        pub request_line_id: RequestLineId,
        /// The vial.
        pub vial_id: VialId,
        /// Since when.
        pub created_at: DateTimeUtc,
        /// Until when, unless it ends before.
        pub expires_at: DateTimeUtc,
        /// Ended when.
        pub ended_at: Option<DateTimeUtc>,
        /// How.
        pub ending: Option<Ending>,
        /// The vial.
        #[sea_orm(belongs_to, from = "vial_id", to = "id")]
        pub vial: BelongsTo<super::vial::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
