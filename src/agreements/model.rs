//! Rows of agreements: templates, texts, signatures.

/// Versions of the texts that agreements are made from.
pub mod agreement_template {
    use crate::agreements::rules::Kind;
    use crate::id::TemplateId;
    use sea_orm::entity::prelude::*;

    /// A version of a template; the database keeps it from changing.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "agreement_template")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: TemplateId,
        /// Kind of agreement.
        #[sea_orm(unique_key = "version_of_kind")]
        pub kind: Kind,
        /// Counted from 1.
        #[sea_orm(unique_key = "version_of_kind")]
        pub version: i32,
        /// English text with its places in braces.
        pub body_en: String,
        /// Korean text with the same places.
        pub body_ko: String,
        /// Agreements made from it.
        #[sea_orm(has_many)]
        pub agreements: HasMany<super::agreement::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Agreements.
pub mod agreement {
    use super::{agreement_template, required_signature, signature};
    use crate::accounts::model::person;
    use crate::id::{AgreementId, PersonId, RequestId, TemplateId};
    use sea_orm::entity::prelude::*;

    /// Where an agreement stands.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    #[graphql(name = "AgreementState")]
    pub enum State {
        /// Not offered yet.
        Draft,
        /// Offered; nobody signed.
        Offered,
        /// Some signatures are there.
        PartlySigned,
        /// Every required signature is there.
        InForce,
        /// Its term is over.
        Expired,
        /// It was ended.
        Terminated,
        /// The recipient does not want it.
        Declined,
    }

    impl State {
        /// The label a person reads.
        pub fn label(self, lang: crate::language::Lang) -> &'static str {
            match self {
                Self::Draft => lang.pick("draft", "작성 중"),
                Self::Offered => lang.pick("offered", "제안"),
                Self::PartlySigned => lang.pick("partly signed", "서명 진행 중"),
                Self::InForce => lang.pick("in force", "발효"),
                Self::Expired => lang.pick("expired", "만료"),
                Self::Terminated => lang.pick("terminated", "해지"),
                Self::Declined => lang.pick("declined", "거절"),
            }
        }
    }

    /// An agreement on one request. The request itself is an entity of a higher layer and stands here as a key.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "agreement")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: AgreementId,
        /// `MTA-2026-00007`.
        #[sea_orm(unique)]
        pub number: String,
        /// The request.
        pub request_id: RequestId,
        /// The template version it was made from.
        pub template_id: TemplateId,
        /// Where it stands.
        pub state: State,
        /// Frozen text, English.
        pub text_en: String,
        /// Frozen text, Korean.
        pub text_ko: String,
        /// SHA-256 over both texts.
        pub document_hash: String,
        /// Offered when.
        pub offered_at: DateTimeUtc,
        /// Offered by whom.
        pub offered_by: PersonId,
        /// Since when every signature is there.
        pub in_force_at: Option<DateTimeUtc>,
        /// Last day of its term, in Asia/Seoul.
        pub expires_on: Date,
        /// Why it was declined or ended.
        pub ended_reason: Option<String>,
        /// The template version it was made from.
        #[sea_orm(belongs_to, from = "template_id", to = "id")]
        pub template: BelongsTo<agreement_template::Entity>,
        /// Offered by whom.
        #[sea_orm(belongs_to, from = "offered_by", to = "id")]
        pub offerer: BelongsTo<person::Entity>,
        /// Signatures that it needs.
        #[sea_orm(has_many)]
        pub required_signatures: HasMany<required_signature::Entity>,
        /// Signatures that it has.
        #[sea_orm(has_many)]
        pub signatures: HasMany<signature::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Signatures.
pub mod signature {
    use super::{agreement, required_signature};
    use crate::accounts::model::person;
    use crate::id::{AgreementId, PersonId, SignatureId};
    use sea_orm::Iterable;
    use sea_orm::entity::prelude::*;

    /// Who signs, in this order.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    #[graphql(name = "AgreementParty")]
    pub enum Party {
        /// The principal investigator acknowledges.
        PrincipalInvestigator,
        /// The institution's signatory signs.
        Recipient,
        /// The bank counter-signs.
        Bank,
    }

    impl Party {
        /// Reads the name that it has in the schema, `PRINCIPAL_INVESTIGATOR`; `None` for anything else.
        pub fn from_name(name: &str) -> Option<Self> {
            Self::iter().find(|party| party.to_value().to_uppercase() == name)
        }

        /// The label a person reads.
        pub fn label(self, lang: crate::language::Lang) -> &'static str {
            match self {
                Self::PrincipalInvestigator => lang.pick("principal investigator", "연구책임자"),
                Self::Recipient => lang.pick("recipient institution", "수령 기관"),
                Self::Bank => lang.pick("bank", "은행"),
            }
        }
    }

    /// By what a signer proved who they are, beside their e-mail.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    #[graphql(name = "SignatureAuthentication")]
    pub enum Authentication {
        /// Their password.
        Password,
        /// A fresh authentication at their identity provider.
        Provider,
    }

    impl Authentication {
        /// The label a person reads.
        pub fn label(self, lang: crate::language::Lang) -> &'static str {
            match self {
                Self::Password => lang.pick("e-mail and password", "이메일과 비밀번호"),
                Self::Provider => lang.pick(
                    "e-mail and a fresh authentication at the identity provider",
                    "이메일과 로그인 제공자에서의 재인증",
                ),
            }
        }
    }

    /// A signature given (21 CFR 11.50: printed name, time, meaning).
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "signature")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: SignatureId,
        /// The agreement.
        pub agreement_id: AgreementId,
        /// For whom.
        pub party: Party,
        /// By whom.
        pub person_id: PersonId,
        /// Their name at that time.
        pub printed_name: String,
        /// What the signature means, in the signer's words.
        pub meaning: String,
        /// When, by the server's clock.
        pub signed_at: DateTimeUtc,
        /// How they proved who they are.
        pub authentication: Authentication,
        /// Hash of the text they saw.
        pub document_hash: String,
        /// Version of the template behind it.
        pub template_version: i32,
        /// The agreement.
        #[sea_orm(belongs_to, from = "agreement_id", to = "id")]
        pub agreement: BelongsTo<agreement::Entity>,
        /// The signature that was needed.
        #[sea_orm(belongs_to, from = "(agreement_id, party)", to = "(agreement_id, party)")]
        pub required_signature: BelongsTo<required_signature::Entity>,
        /// By whom.
        #[sea_orm(belongs_to, from = "person_id", to = "id")]
        pub person: BelongsTo<person::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Signatures that agreements need.
pub mod required_signature {
    use super::agreement;
    use super::signature::{self, Party};
    use crate::id::AgreementId;
    use sea_orm::entity::prelude::*;

    /// A signature that an agreement needs.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "required_signature")]
    pub struct Model {
        /// The agreement.
        #[sea_orm(primary_key, auto_increment = false)]
        pub agreement_id: AgreementId,
        /// Who.
        #[sea_orm(primary_key, auto_increment = false)]
        pub party: Party,
        /// Its place in the order, from 1.
        pub ordinal: i32,
        /// The agreement.
        #[sea_orm(belongs_to, from = "agreement_id", to = "id")]
        pub agreement: BelongsTo<agreement::Entity>,
        /// The signature, once given.
        #[sea_orm(has_one)]
        pub signature: HasOne<signature::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
