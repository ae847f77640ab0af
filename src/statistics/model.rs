//! Rows of the published totals of earlier years.

/// Totals that were published before the bank kept records of its own.
pub mod historical_total {
    use crate::accounts::model::institution;
    use sea_orm::entity::prelude::*;

    /// What is counted.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    pub enum Measure {
        /// Lines given out.
        Distributions,
        /// Requests.
        Requests,
        /// Vials.
        Vials,
        /// Institutions.
        Institutions,
    }

    /// A published total of a year.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "historical_total")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: i64,
        /// The year.
        pub year: i32,
        /// What was counted.
        pub measure: Measure,
        /// Only to institutions of this type; none: all types together.
        pub institution_type: Option<institution::Type>,
        /// How many.
        pub value: i64,
        /// Where it was published.
        pub source: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
