//! Rows of agreements.

/// Agreements.
pub mod agreement {
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

    /// An agreement on one request.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "agreement")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: AgreementId,
        /// `MTA-2026-00007`.
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
    }

    /// Edges are followed by queries of our own.
    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Signatures.
pub mod signature {
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
    }

    /// Edges are followed by queries of our own.
    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A signature that an agreement needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sea_orm::FromQueryResult)]
pub struct RequiredSignature {
    /// The agreement.
    pub agreement_id: crate::id::AgreementId,
    /// Who.
    pub party: signature::Party,
    /// Its place in the order, from 1.
    pub ordinal: i32,
}
