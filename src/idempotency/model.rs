//! Rows of first answers.

/// Keys of creating calls, each with what its first call made.
pub mod idempotency_key {
    use crate::id::PersonId;
    use sea_orm::entity::prelude::*;

    /// A caller's key.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "idempotency_key")]
    pub struct Model {
        /// The caller.
        #[sea_orm(primary_key, auto_increment = false)]
        pub person_id: PersonId,
        /// The operation.
        #[sea_orm(primary_key, auto_increment = false)]
        pub operation: String,
        /// What the caller chose.
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: String,
        /// SHA-256 of the input.
        pub input_hash: String,
        /// What the first call made; 0 until it has made it.
        pub subject_id: i64,
        /// When the key came first.
        pub created_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
