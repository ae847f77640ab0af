//! Rows of the history: events, their seals, and where the sealer stands.

/// Events. The database lets nobody change or delete one.
pub mod audit_event {
    use crate::id::{EventId, PersonId};
    use sea_orm::entity::prelude::*;

    /// An event.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_event")]
    pub struct Model {
        /// Its key. Higher keys were written later, but not always committed later.
        #[sea_orm(primary_key)]
        pub id: EventId,
        /// When.
        pub at: DateTimeUtc,
        /// `person:7`, `system:import`, `anonymous`.
        pub actor: String,
        /// The person's key, if it was one.
        pub person_id: Option<PersonId>,
        /// What, as `area.verb`.
        pub action: String,
        /// Kind of what it is about, as in [`crate::id`].
        pub subject_kind: String,
        /// Key of what it is about.
        pub subject_id: i64,
        /// What changed, before and after.
        #[sea_orm(column_type = "JsonBinary")]
        pub detail: Json,
        /// Its seal; none until the sealer came by.
        #[sea_orm(has_one)]
        pub seal: HasOne<super::audit_seal::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Seals: one an event, each over the one before.
pub mod audit_seal {
    use crate::id::EventId;
    use sea_orm::entity::prelude::*;

    /// The seal of an event.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_seal")]
    pub struct Model {
        /// Its place in the chain, from 1.
        #[sea_orm(primary_key, auto_increment = false)]
        pub sequence: i64,
        /// The event.
        #[sea_orm(unique)]
        pub event_id: EventId,
        /// Keyed hash of the event.
        pub event_hash: String,
        /// Keyed hash of the place, the event and the seal before.
        pub hash: String,
        /// Which key, by the beginning of a hash of it.
        pub key_id: String,
        /// When.
        pub sealed_at: DateTimeUtc,
        /// The event.
        #[sea_orm(belongs_to, from = "event_id", to = "id")]
        pub event: BelongsTo<super::audit_event::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Where the sealer stands: exactly one row.
pub mod audit_sealer {
    use sea_orm::entity::prelude::*;

    /// The sealer's place.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_sealer")]
    pub struct Model {
        /// Always 1.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        /// Place of the last seal; 0 before the first.
        pub sequence: i64,
        /// Its hash.
        pub hash: String,
        /// No event with a key up to this one comes any more.
        pub floor: i64,
        /// What becomes the floor when the transactions of `waiting_for` are over.
        pub next_floor: Option<i64>,
        /// Transactions that wrote to the history when the next floor was noted, separated by commas.
        pub waiting_for: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The key by which events are sealed if none is configured: at most one row.
pub mod audit_key {
    use crate::db::model::Secret;
    use sea_orm::entity::prelude::*;

    /// The key.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_key")]
    pub struct Model {
        /// Always 1.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        /// The key, in Base64.
        pub key: Secret,
        /// Made when.
        pub made_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The end of the chain as it was told to the outside, once a day.
pub mod audit_anchor {
    use sea_orm::entity::prelude::*;

    /// The end of the chain on a day.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_anchor")]
    pub struct Model {
        /// The day, in Asia/Seoul.
        #[sea_orm(primary_key, auto_increment = false)]
        pub day: Date,
        /// Place of the last seal then.
        pub sequence: i64,
        /// Its hash.
        pub hash: String,
        /// When.
        pub anchored_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
