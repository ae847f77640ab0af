//! Backups that were made.

/// Backups that were made, so that everybody can see how old the newest is.
pub mod backup {
    use sea_orm::entity::prelude::*;

    /// A backup.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "backup")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: i64,
        /// The state it has is of this instant.
        pub made_at: DateTimeUtc,
        /// Name of its file, without the folder.
        pub file_name: String,
        /// Length of the file.
        pub bytes: i64,
        /// SHA-256 of the file in hexadecimal.
        pub sha256: String,
        /// It is encrypted.
        pub encrypted: bool,
        /// The service made it by its schedule.
        pub scheduled: bool,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
