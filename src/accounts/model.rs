//! Rows of people, institutions, roles and tokens.

/// Institutions: where people work and what requests are delivered to.
pub mod institution {
    use crate::id::InstitutionId;
    use sea_orm::entity::prelude::*;

    /// What an institution is; statistics count recipients by it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    #[graphql(name = "InstitutionType")]
    pub enum Type {
        /// University or school.
        University,
        /// Company.
        Company,
        /// Research institute; also whatever fits nowhere else.
        Institute,
        /// Hospital.
        Hospital,
        /// Government body.
        Government,
    }

    impl Type {
        /// The label a person reads.
        pub fn label(self, lang: crate::language::Lang) -> &'static str {
            match self {
                Self::University => lang.pick("University", "대학"),
                Self::Company => lang.pick("Company", "기업"),
                Self::Institute => lang.pick("Research institute", "연구소"),
                Self::Hospital => lang.pick("Hospital", "병원"),
                Self::Government => lang.pick("Government", "정부기관"),
            }
        }
    }

    /// Whether an institution still exists.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    #[graphql(name = "InstitutionStatus")]
    pub enum Status {
        /// It exists.
        Open,
        /// It is inactive or withdrawn from the registry; history keeps it.
        Closed,
    }

    impl Status {
        /// The label a person reads.
        pub fn label(self, lang: crate::language::Lang) -> &'static str {
            match self {
                Self::Open => lang.pick("open", "운영 중"),
                Self::Closed => lang.pick("closed", "폐쇄"),
            }
        }
    }

    /// An institution, most of them from ROR.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "institution")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: InstitutionId,
        /// `https://ror.org/...`
        pub ror_id: Option<String>,
        /// English name.
        pub name: String,
        /// Korean name.
        pub name_ko: Option<String>,
        /// What it is.
        pub institution_type: Type,
        /// City.
        pub city: Option<String>,
        /// Home page.
        pub website: Option<String>,
        /// Whether it still exists.
        pub status: Status,
        /// Made up for a demonstration.
        pub made_up: bool,
    }

    /// Edges are followed by queries of our own.
    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Model {
        /// The name in the reader's language; the English one where there is no Korean one.
        pub fn label(&self, lang: crate::language::Lang) -> &str {
            lang.pick(Some(self.name.as_str()), self.name_ko.as_deref()).unwrap_or(&self.name)
        }
    }
}

/// People with an account.
pub mod person {
    use crate::id::{InstitutionId, PersonId};
    use sea_orm::entity::prelude::*;

    /// A person.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "person")]
    pub struct Model {
        /// Their key.
        #[sea_orm(primary_key)]
        pub id: PersonId,
        /// Lower case.
        pub email: String,
        /// As printed under agreements.
        pub name: String,
        /// `ko` or `en`.
        pub locale: String,
        /// ORCID iD, `0000-0002-1825-0097`.
        pub orcid: Option<String>,
        /// When the person last proved that it is theirs; before, it does not count.
        pub orcid_authenticated_at: Option<DateTimeUtc>,
        /// Where they work.
        pub institution_id: Option<InstitutionId>,
        /// Argon2id in PHC form; none for people without a password.
        pub password_hash: Option<String>,
        /// Wrong passwords in a row.
        pub failed_passwords: i32,
        /// Until then no password is accepted.
        pub locked_until: Option<DateTimeUtc>,
        /// Since then the account is closed; its history stays.
        pub disabled_at: Option<DateTimeUtc>,
        /// Since when.
        pub created_at: DateTimeUtc,
        /// Made up for a demonstration.
        pub made_up: bool,
        /// Since when the e-mail is known to reach them; nobody signs in before.
        pub email_verified_at: Option<DateTimeUtc>,
    }

    /// Edges are followed by queries of our own.
    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Sessions of browsers.
pub mod session {
    use sea_orm::entity::prelude::*;

    /// By what a session began.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    #[graphql(name = "SessionBeginning")]
    pub enum How {
        /// E-mail and password.
        Password,
        /// An identity provider, by OpenID Connect.
        Openid,
    }

    impl How {
        /// The label a person reads.
        pub fn label(self, lang: crate::language::Lang) -> &'static str {
            match self {
                Self::Password => lang.pick("password", "비밀번호"),
                Self::Openid => lang.pick("sign-in provider", "외부 로그인"),
            }
        }
    }
}
