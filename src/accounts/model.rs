//! Rows of people, institutions, roles, sessions, tokens, and of how people sign in.

pub mod account_secret;
pub mod api_token;
pub mod external_identity;
pub mod institution_token;
pub mod openid_login;
pub mod recovery_code;
pub mod role_grant;
pub mod second_factor;
pub mod session;
pub mod signing_proof;

/// Institutions: where people work and what requests are delivered to.
pub mod institution {
    use super::{institution_token, person, role_grant};
    use crate::accounts::institutions::model::Verification;
    use crate::accounts::membership::model::institution_membership;
    use crate::id::{InstitutionId, PersonId};
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
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "institution")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: InstitutionId,
        /// `https://ror.org/...`
        #[sea_orm(unique)]
        pub ror_id: Option<String>,
        /// Since when the register is known to have that; none if somebody gave it.
        pub ror_checked_at: Option<DateTimeUtc>,
        /// English name.
        pub name: String,
        /// Korean name.
        pub name_ko: Option<String>,
        /// The name as lists sort it.
        pub name_key: String,
        /// Acronyms, separated as in the import.
        pub acronyms: String,
        /// Other names, separated as in the import.
        pub aliases: String,
        /// What it is.
        pub institution_type: Type,
        /// Staff chose the type: no import changes it any more.
        pub type_set_by_staff: bool,
        /// City.
        pub city: Option<String>,
        /// Home page.
        pub website: Option<String>,
        /// E-mail domains, separated as in the import.
        pub domains: String,
        /// Whether it still exists.
        pub status: Status,
        /// Made up for a demonstration.
        pub made_up: bool,
        /// Who vouches for it.
        pub verification: Verification,
        /// Since when; unknown for what came before this was written down.
        pub verified_at: Option<DateTimeUtc>,
        /// The member of staff who verified it.
        pub verified_by: Option<PersonId>,
        /// Who proposed it.
        pub proposed_by: Option<PersonId>,
        /// Columns that no import changes any more, separated by commas; the type has a column of its own.
        pub set_by_staff: String,
        /// What counts instead, if this one was a duplicate. That one never is a duplicate itself.
        pub merged_into: Option<InstitutionId>,
        /// Since when that one counts.
        pub merged_at: Option<DateTimeUtc>,
        /// The member of staff who verified it.
        #[sea_orm(belongs_to, relation_enum = "Verifier", from = "verified_by", to = "id")]
        pub verifier: BelongsTo<Option<person::Entity>>,
        /// Who proposed it.
        #[sea_orm(belongs_to, relation_enum = "Proposer", from = "proposed_by", to = "id")]
        pub proposer: BelongsTo<Option<person::Entity>>,
        /// What counts instead, if this one was a duplicate.
        #[sea_orm(
            self_ref,
            relation_enum = "Successor",
            relation_reverse = "Duplicates",
            from = "merged_into",
            to = "id"
        )]
        pub successor: BelongsTo<Option<Entity>>,
        /// What turned out to be the same institution.
        #[sea_orm(self_ref, relation_enum = "Duplicates", relation_reverse = "Successor")]
        pub duplicates: HasMany<Entity>,
        /// People who work there.
        #[sea_orm(has_many, relation_enum = "People", via_rel = "Institution")]
        pub people: HasMany<person::Entity>,
        /// Who belongs to it, belonged or wants to.
        #[sea_orm(has_many)]
        pub memberships: HasMany<institution_membership::Entity>,
        /// Who signs for it.
        #[sea_orm(has_many)]
        pub role_grants: HasMany<role_grant::Entity>,
        /// Words by which it is found.
        #[sea_orm(has_many)]
        pub tokens: HasMany<institution_token::Entity>,
    }

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
    use super::{account_secret, api_token, external_identity, institution, role_grant, second_factor, session};
    use crate::accounts::membership::model::institution_membership;
    use crate::id::{InstitutionId, PersonId};
    use sea_orm::entity::prelude::*;

    /// A person.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "person")]
    pub struct Model {
        /// Their key.
        #[sea_orm(primary_key)]
        pub id: PersonId,
        /// Lower case.
        #[sea_orm(unique)]
        pub email: String,
        /// As printed under agreements.
        pub name: String,
        /// `ko` or `en`.
        pub locale: String,
        /// ORCID iD, `0000-0002-1825-0097`.
        #[sea_orm(unique)]
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
        /// Since when the row is a key without a person behind it.
        pub erased_at: Option<DateTimeUtc>,
        /// Where they work.
        #[sea_orm(belongs_to, from = "institution_id", to = "id")]
        pub institution: BelongsTo<Option<institution::Entity>>,
        /// Where they belong, belonged or want to.
        #[sea_orm(has_many, relation_enum = "Memberships", via_rel = "Person")]
        pub memberships: HasMany<institution_membership::Entity>,
        /// Their roles.
        #[sea_orm(has_many)]
        pub role_grants: HasMany<role_grant::Entity>,
        /// Their sessions.
        #[sea_orm(has_many)]
        pub sessions: HasMany<session::Entity>,
        /// Their tokens.
        #[sea_orm(has_many)]
        pub api_tokens: HasMany<api_token::Entity>,
        /// Who they are to identity providers.
        #[sea_orm(has_many)]
        pub external_identities: HasMany<external_identity::Entity>,
        /// Links that were sent to them.
        #[sea_orm(has_many)]
        pub account_secrets: HasMany<account_secret::Entity>,
        /// Their authenticator.
        #[sea_orm(has_one)]
        pub second_factor: HasOne<second_factor::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
