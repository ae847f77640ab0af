//! Rows of the bank as a whole: what kind it is, the version of its public content, numbers given out.

use sea_orm::DeriveValueType;

/// A text in a column that never shows itself in a log.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The bank itself: exactly one row.
pub mod bank {
    use sea_orm::entity::prelude::*;

    /// What kind of bank a database holds.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    pub enum Kind {
        /// A bank at work.
        Bank,
        /// A demonstration, with documented passwords and made-up people.
        Demo,
    }

    /// The bank.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "bank")]
    pub struct Model {
        /// Always 1.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        /// What kind of bank it is.
        pub kind: Kind,
        /// All its records are in; always so of a bank at work.
        pub filled: bool,
        /// Since when the service uses the file of an SQLite bank; none after a proper stop.
        pub served_since: Option<DateTimeUtc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The version of what the public sees: exactly one row.
pub mod catalogue_version {
    use sea_orm::entity::prelude::*;

    /// The version.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "catalogue_version")]
    pub struct Model {
        /// Always 1.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        /// Raised in the transaction of every change that the public can see.
        pub version: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Series of numbers, one a year.
pub mod number_series {
    use sea_orm::entity::prelude::*;

    /// The last number given out of a series in a year.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "number_series")]
    pub struct Model {
        /// The series: `REQ`, `MTA`, `SHP`.
        #[sea_orm(primary_key, auto_increment = false)]
        pub series: String,
        /// The year.
        #[sea_orm(primary_key, auto_increment = false)]
        pub year: i32,
        /// The last number given out.
        pub last: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Keys of transactions that wrote something.
pub mod commit_key {
    use sea_orm::entity::prelude::*;

    /// A transaction that was committed, if this row is there.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "commit_key")]
    pub struct Model {
        /// Made by the service, at random.
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: String,
        /// Committed about then.
        pub created_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
