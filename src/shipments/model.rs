//! Rows of shipments.

pub mod dispatched_line;
pub mod reminder;
pub mod shipment_vial;

/// Shipments.
pub mod shipment {
    use super::{dispatched_line, reminder, shipment_vial};
    use crate::accounts::model::person;
    use crate::agreements::model::agreement;
    use crate::id::{AgreementId, PersonId, RequestId, ShipmentId};
    use crate::requests::model::request;
    use sea_orm::entity::prelude::*;

    /// Where a shipment is.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    #[graphql(name = "ShipmentState")]
    pub enum State {
        /// Packed at the bank.
        Packed,
        /// On its way, or picked up.
        Shipped,
        /// The recipient confirmed the receipt.
        Received,
        /// Unpacked before it left.
        Cancelled,
    }

    impl State {
        /// Which state follows which; the database refuses every other change.
        pub const TRANSITIONS: [(Self, Self); 2] = [(Self::Packed, Self::Shipped), (Self::Shipped, Self::Received)];

        /// The label a person reads.
        pub fn label(self, lang: crate::language::Lang) -> &'static str {
            match self {
                Self::Packed => lang.pick("packed", "포장 완료"),
                Self::Shipped => lang.pick("shipped", "발송"),
                Self::Received => lang.pick("received", "수령"),
                Self::Cancelled => lang.pick("cancelled", "취소"),
            }
        }
    }

    /// Vials of one request on their way to its laboratory.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "shipment")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: ShipmentId,
        /// `SHP-2026-00007`.
        #[sea_orm(unique)]
        pub number: String,
        /// The request.
        pub request_id: RequestId,
        /// The agreement under which it goes.
        pub agreement_id: AgreementId,
        /// Where it is.
        pub state: State,
        /// Carrier, unless picked up.
        pub courier: Option<String>,
        /// The carrier's number.
        pub tracking_number: Option<String>,
        /// Packed when.
        pub created_at: DateTimeUtc,
        /// Packed by whom.
        pub created_by: PersonId,
        /// Handed over when.
        pub dispatched_at: Option<DateTimeUtc>,
        /// Handed over by whom.
        pub dispatched_by: Option<PersonId>,
        /// Received when.
        pub received_at: Option<DateTimeUtc>,
        /// Confirmed by whom.
        pub received_by: Option<PersonId>,
        /// Made up for a demonstration.
        pub made_up: bool,
        /// The request.
        #[sea_orm(belongs_to, from = "request_id", to = "id")]
        pub request: BelongsTo<request::Entity>,
        /// The agreement under which it goes.
        #[sea_orm(belongs_to, from = "agreement_id", to = "id")]
        pub agreement: BelongsTo<agreement::Entity>,
        /// Packed by whom.
        #[sea_orm(belongs_to, relation_enum = "Packer", from = "created_by", to = "id")]
        pub packer: BelongsTo<person::Entity>,
        /// Handed over by whom.
        #[sea_orm(belongs_to, relation_enum = "Dispatcher", from = "dispatched_by", to = "id")]
        pub dispatcher: BelongsTo<Option<person::Entity>>,
        /// Confirmed by whom.
        #[sea_orm(belongs_to, relation_enum = "Receiver", from = "received_by", to = "id")]
        pub receiver: BelongsTo<Option<person::Entity>>,
        /// Its vials.
        #[sea_orm(has_many)]
        pub vials: HasMany<shipment_vial::Entity>,
        /// What the statistics count of it.
        #[sea_orm(has_many)]
        pub dispatched_lines: HasMany<dispatched_line::Entity>,
        /// Reminders of it.
        #[sea_orm(has_many)]
        pub reminders: HasMany<reminder::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// How a vial arrived.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, sea_orm::EnumIter, sea_orm::DeriveActiveEnum, async_graphql::Enum,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[graphql(name = "VialCondition")]
pub enum Condition {
    /// Frozen and whole.
    Good,
    /// Thawed on the way.
    Thawed,
    /// Broken.
    Damaged,
    /// Not in the box.
    Missing,
}

impl Condition {
    /// The label a person reads.
    pub fn label(self, lang: crate::language::Lang) -> &'static str {
        match self {
            Self::Good => lang.pick("good", "양호"),
            Self::Thawed => lang.pick("thawed", "해동됨"),
            Self::Damaged => lang.pick("damaged", "파손"),
            Self::Missing => lang.pick("missing", "누락"),
        }
    }
}

/// A vial in a shipment.
#[derive(Clone, Debug, PartialEq, Eq, sea_orm::FromQueryResult)]
pub struct ShippedVial {
    /// The shipment.
    pub shipment_id: crate::id::ShipmentId,
    /// The vial.
    pub vial_id: crate::id::VialId,
    /// The request line it serves.
    pub request_line_id: crate::id::RequestLineId,
    /// The code on it.
    pub barcode: String,
    /// Number of its lot.
    pub lot_number: String,
    /// How it arrived, once received.
    pub condition: Option<Condition>,
}
