//! Rows of the catalogue, and the closed lists in them.

pub mod cell_line_disease;
pub mod cell_line_record;
pub mod cell_line_token;
pub mod disease_ancestor;
pub mod disease_code;
pub mod disease_token;

use crate::language::Lang;
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

/// A list of texts in one column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Texts(pub Vec<String>);

/// Lines.
pub mod cell_line {
    use super::{Lang, Texts, cell_line_disease, cell_line_record, cell_line_token, genetic_modification};
    use crate::id::CellLineId;
    use sea_orm::entity::prelude::*;

    /// Whether the bank has a line or only knows of it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    pub enum Holding {
        /// The bank gave it an accession and can have vials of it.
        Held,
        /// Known from a public source; the bank has no vials of it.
        Reference,
    }

    /// What kind of cells a line is made of. It decides which law applies.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    pub enum CellType {
        /// Embryonic stem cells.
        Embryonic,
        /// Induced pluripotent stem cells.
        InducedPluripotent,
        /// Somatic (adult) stem cells.
        Somatic,
        /// No stem cells.
        Other,
        /// The source does not say; a use check then asks a person.
        Unknown,
    }

    /// What a line may be used for at most.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    pub enum Grade {
        /// Research only, never in people.
        Research,
        /// Made under good manufacturing practice.
        Clinical,
    }

    /// How a held line stands to the public.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    pub enum PublicationStatus {
        /// Only the bank sees it.
        Draft,
        /// It can be requested.
        Published,
        /// It cannot be requested for now; its page says why.
        Suspended,
        /// It is not given out any more; its page says why.
        Withdrawn,
    }

    /// The law under which a held line is provided; staff set it per line.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    pub enum LegalBasis {
        /// Registered embryonic line (Bioethics and Safety Act arts 33-35).
        EmbryonicLineRegistry,
        /// Human-derived material (Bioethics and Safety Act arts 36-38).
        HumanDerivedMaterial,
    }

    impl LegalBasis {
        /// The label a person reads.
        pub fn label(self, lang: crate::language::Lang) -> &'static str {
            match self {
                Self::EmbryonicLineRegistry => {
                    lang.pick("registered embryonic stem cell line", "등록된 배아줄기세포주")
                }
                Self::HumanDerivedMaterial => lang.pick("human-derived material", "인체유래물"),
            }
        }
    }

    /// Whether the donor consented to provision to others.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    pub enum ProvisionConsent {
        /// Yes.
        Given,
        /// No.
        NotGiven,
        /// Not recorded.
        Unknown,
    }

    impl ProvisionConsent {
        /// The label a person reads.
        pub fn label(self, lang: crate::language::Lang) -> &'static str {
            match self {
                Self::Given => lang.pick("given", "동의"),
                Self::NotGiven => lang.pick("not given", "미동의"),
                Self::Unknown => lang.pick("not recorded", "기록 없음"),
            }
        }
    }

    /// A line.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "cell_line")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: CellLineId,
        /// Held or reference.
        pub holding: Holding,
        /// The bank's accession; exactly held lines have one.
        #[sea_orm(unique)]
        pub accession: Option<String>,
        /// Name.
        pub name: String,
        /// The name as lists sort it.
        pub name_key: String,
        /// Other names.
        pub synonyms: Texts,
        /// Cellosaurus accession, `CVCL_` and four characters or more.
        #[sea_orm(unique)]
        pub rrid: Option<String>,
        /// Name in hPSCreg.
        pub hpscreg_name: Option<String>,
        /// RRID of the line it was derived from.
        pub parent_rrid: Option<String>,
        /// Kind of cells.
        pub cell_type: CellType,
        /// Category in the source's words.
        pub category: Option<String>,
        /// Species.
        pub species: Option<String>,
        /// Sex of the donor.
        pub sex: Option<String>,
        /// Age of the donor as the source published it; never shown of a held line.
        pub donor_age: Option<String>,
        /// What the source warns of.
        pub problematic: Option<String>,
        /// The source names an engineered change.
        pub engineered_in_source: bool,
        /// Made up for a demonstration.
        pub made_up: bool,
        /// Grade of a held line.
        pub grade: Option<Grade>,
        /// Status of a held line.
        pub publication_status: Option<PublicationStatus>,
        /// Why it is suspended or withdrawn; English.
        pub publication_reason_en: Option<String>,
        /// The same in Korean.
        pub publication_reason_ko: Option<String>,
        /// Since when it has its status; none where no event tells.
        pub publication_since: Option<DateTimeUtc>,
        /// Law under which a held line is provided.
        pub legal_basis: Option<LegalBasis>,
        /// Number in the national registry of embryonic lines.
        pub registry_number: Option<String>,
        /// Consent of the donor to provision.
        pub provision_consent: Option<ProvisionConsent>,
        /// Staff's word on whether it is a living modified organism; none means the default.
        pub lmo: Option<bool>,
        /// Why the bank holds it, where that needs saying; English.
        pub holding_basis_en: Option<String>,
        /// The same in Korean.
        pub holding_basis_ko: Option<String>,
        /// Diseases of its donor.
        #[sea_orm(has_many)]
        pub diseases: HasMany<cell_line_disease::Entity>,
        /// What was changed in its genome.
        #[sea_orm(has_many)]
        pub genetic_modifications: HasMany<genetic_modification::Entity>,
        /// What its source said of it.
        #[sea_orm(has_one)]
        pub record: HasOne<cell_line_record::Entity>,
        /// Words by which it is found.
        #[sea_orm(has_many)]
        pub tokens: HasMany<cell_line_token::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}

    impl Model {
        /// What a reader calls it: the accession, else the RRID, else the name.
        pub fn identifier(&self) -> &str {
            self.accession.as_deref().or(self.rrid.as_deref()).unwrap_or(&self.name)
        }

        /// Treated as a living modified organism: engineered by its record unless staff decided otherwise.
        pub fn is_lmo(&self) -> bool {
            self.lmo.unwrap_or(self.engineered_in_source)
        }

        /// Why it is suspended or withdrawn, in the reader's language.
        pub fn publication_reason(&self, lang: Lang) -> Option<&str> {
            lang.pick(&self.publication_reason_en, &self.publication_reason_ko).as_deref()
        }
    }

    impl CellType {
        /// The label a person reads.
        pub fn label(self, lang: Lang) -> &'static str {
            match self {
                Self::Embryonic => lang.pick("Embryonic stem cells", "배아줄기세포"),
                Self::InducedPluripotent => lang.pick("Induced pluripotent stem cells", "유도만능줄기세포"),
                Self::Somatic => lang.pick("Somatic stem cells", "성체줄기세포"),
                Self::Other => lang.pick("Other cells", "기타 세포"),
                Self::Unknown => lang.pick("Not stated", "미상"),
            }
        }
    }

    impl Holding {
        /// The label a person reads.
        pub fn label(self, lang: Lang) -> &'static str {
            match self {
                Self::Held => lang.pick("Held by the bank", "은행 보유"),
                Self::Reference => lang.pick("Reference only", "참고 정보"),
            }
        }
    }

    impl PublicationStatus {
        /// The label a person reads.
        pub fn label(self, lang: Lang) -> &'static str {
            match self {
                Self::Draft => lang.pick("Draft", "작성 중"),
                Self::Published => lang.pick("Published", "공개"),
                Self::Suspended => lang.pick("Suspended", "분양 중지"),
                Self::Withdrawn => lang.pick("Withdrawn", "분양 종료"),
            }
        }
    }

    impl Grade {
        /// The label a person reads.
        pub fn label(self, lang: Lang) -> &'static str {
            match self {
                Self::Research => lang.pick("Research grade", "연구용"),
                Self::Clinical => lang.pick("Clinical grade", "임상용"),
            }
        }
    }
}

/// Diseases.
pub mod disease {
    use super::{Lang, Texts, cell_line_disease, disease_ancestor, disease_code, disease_token};
    use crate::id::DiseaseId;
    use sea_orm::entity::prelude::*;

    /// A disease of MONDO.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "disease")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: DiseaseId,
        /// `MONDO:0010726`.
        #[sea_orm(unique)]
        pub mondo_id: Option<String>,
        /// English name.
        pub name: String,
        /// The name as lists sort it.
        pub name_key: String,
        /// Korean name, where one is in common use.
        pub name_ko: Option<String>,
        /// English synonyms.
        pub synonyms: Texts,
        /// Korean synonyms.
        pub synonyms_ko: Texts,
        /// What it is, in English.
        pub description: String,
        /// Named for the bank.
        pub core: bool,
        /// Lines whose donors have it.
        #[sea_orm(has_many)]
        pub cell_lines: HasMany<cell_line_disease::Entity>,
        /// Codes and names by which records mean it.
        #[sea_orm(has_many)]
        pub codes: HasMany<disease_code::Entity>,
        /// Diseases that it is a kind of.
        #[sea_orm(has_many, relation_enum = "Ancestors", via_rel = "Disease")]
        pub ancestors: HasMany<disease_ancestor::Entity>,
        /// Its own kinds.
        #[sea_orm(has_many, relation_enum = "Descendants", via_rel = "Ancestor")]
        pub descendants: HasMany<disease_ancestor::Entity>,
        /// Words by which it is found.
        #[sea_orm(has_many)]
        pub tokens: HasMany<disease_token::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}

    impl Model {
        /// The name in the reader's language; the English one where there is no Korean one.
        pub fn label(&self, lang: Lang) -> &str {
            lang.pick(Some(self.name.as_str()), self.name_ko.as_deref()).unwrap_or(&self.name)
        }
    }
}

/// What was changed in a line's genome.
pub mod genetic_modification {
    use super::{Lang, cell_line};
    use crate::id::CellLineId;
    use sea_orm::entity::prelude::*;

    /// The kinds of change.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    #[graphql(name = "ModificationKind")]
    pub enum Kind {
        /// A sequence was put into its own place.
        KnockIn,
        /// A gene was switched off.
        KnockOut,
        /// A gene was added somewhere.
        Transgene,
        /// A disease variant was mended.
        VariantCorrection,
    }

    impl Kind {
        /// The label a person reads.
        pub fn label(self, lang: Lang) -> &'static str {
            match self {
                Self::KnockIn => lang.pick("Knock-in", "유전자 넉인"),
                Self::KnockOut => lang.pick("Knock-out", "유전자 넉아웃"),
                Self::Transgene => lang.pick("Transgene", "외래 유전자 도입"),
                Self::VariantCorrection => lang.pick("Variant correction", "변이 교정"),
            }
        }
    }

    /// One engineered change of a line.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "genetic_modification")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: i64,
        /// The line.
        pub line_id: CellLineId,
        /// What kind of change.
        pub kind: Kind,
        /// Gene symbol (HGNC).
        pub gene: String,
        /// What it makes, e.g. a fluorophore.
        pub product: Option<String>,
        /// The line.
        #[sea_orm(belongs_to, from = "line_id", to = "id")]
        pub cell_line: BelongsTo<cell_line::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
