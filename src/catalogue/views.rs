//! What readers see of the catalogue, decided once: pages, the API and files show these and never a row.
//!
//! Each takes its row apart whole, so that a new column does not compile before somebody decided who sees it.

use super::model::cell_line::{CellType, Grade, Holding, LegalBasis, ProvisionConsent, PublicationStatus};
use super::model::genetic_modification::Kind;
use super::model::{cell_line, disease, genetic_modification};
use super::queries::NamedDisease;
use super::rules::{age_band, tells_of_a_person};
use crate::id::{CellLineId, DiseaseId};
use crate::language::Lang;
use chrono::{DateTime, Utc};

/// A line as whoever may see it sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineView {
    /// Its key.
    pub id: CellLineId,
    /// Held or reference.
    pub holding: Holding,
    /// The bank's accession; exactly held lines have one.
    pub accession: Option<String>,
    /// Name.
    pub name: String,
    /// The name as lists sort it.
    pub name_key: String,
    /// Other names.
    pub synonyms: Vec<String>,
    /// Cellosaurus accession.
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
    /// Age of the donor: of a held line a five-year band, of a reference line as published.
    pub donor_age: Option<String>,
    /// What the source warns of.
    pub problematic: Option<String>,
    /// Made up for a demonstration.
    pub made_up: bool,
    /// Grade of a held line.
    pub grade: Option<Grade>,
    /// How a held line stands to the public.
    pub publication_status: Option<PublicationStatus>,
    /// Since when it does; none where no event tells.
    pub publication_since: Option<DateTime<Utc>>,
    /// Law under which a held line is provided.
    pub legal_basis: Option<LegalBasis>,
    /// Number in the national registry of embryonic lines.
    pub registry_number: Option<String>,
    /// Consent of the donor to provision.
    pub provision_consent: Option<ProvisionConsent>,
    /// The source names an engineered change.
    pub engineered_in_source: bool,
    /// Staff's word on whether it is a living modified organism; none means the default.
    pub lmo: Option<bool>,
    publication_reason: [Option<String>; 2],
    holding_basis: [Option<String>; 2],
}

impl LineView {
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
        let [en, ko] = &self.publication_reason;
        lang.pick(en, ko).as_deref()
    }

    /// Why the bank holds it, where that needs saying, in the reader's language.
    pub fn holding_basis(&self, lang: Lang) -> Option<&str> {
        let [en, ko] = &self.holding_basis;
        lang.pick(en, ko).as_deref()
    }
}

impl From<cell_line::Model> for LineView {
    fn from(row: cell_line::Model) -> Self {
        let cell_line::Model {
            id,
            holding,
            accession,
            name,
            name_key,
            synonyms,
            rrid,
            hpscreg_name,
            parent_rrid,
            cell_type,
            category,
            species,
            sex,
            donor_age,
            problematic,
            engineered_in_source,
            made_up,
            grade,
            publication_status,
            publication_reason_en,
            publication_reason_ko,
            publication_since,
            legal_basis,
            registry_number,
            provision_consent,
            lmo,
            holding_basis_en,
            holding_basis_ko,
        } = row;
        Self {
            id,
            holding,
            accession,
            name,
            name_key,
            synonyms: synonyms.0,
            rrid,
            hpscreg_name,
            parent_rrid,
            cell_type,
            category,
            species,
            sex,
            donor_age: donor_age.map(|age| shown_age(holding, age)),
            problematic: problematic.filter(|said| holding == Holding::Reference || !tells_of_a_person(said)),
            made_up,
            grade,
            publication_status,
            publication_since,
            legal_basis,
            registry_number,
            provision_consent,
            engineered_in_source,
            lmo,
            publication_reason: [publication_reason_en, publication_reason_ko],
            holding_basis: [holding_basis_en, holding_basis_ko],
        }
    }
}

/// The exact age of the donor of a held line is for nobody; that of a reference line is published.
fn shown_age(holding: Holding, age: String) -> String {
    if holding == Holding::Held { age_band(&age) } else { age }
}

/// An engineered change of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModificationView {
    /// The line.
    pub line_id: CellLineId,
    /// What kind of change.
    pub kind: Kind,
    /// Gene symbol (HGNC).
    pub gene: String,
    /// What it makes, e.g. a fluorophore.
    pub product: Option<String>,
}

impl From<genetic_modification::Model> for ModificationView {
    fn from(row: genetic_modification::Model) -> Self {
        let genetic_modification::Model { id: _, line_id, kind, gene, product } = row;
        Self { line_id, kind, gene, product }
    }
}

/// A disease of MONDO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiseaseView {
    /// Its key.
    pub id: DiseaseId,
    /// `MONDO:0010726`.
    pub mondo_id: Option<String>,
    /// English name.
    pub name: String,
    /// Korean name, where one is in common use.
    pub name_ko: Option<String>,
    /// English synonyms.
    pub synonyms: Vec<String>,
    /// Korean synonyms.
    pub synonyms_ko: Vec<String>,
    /// What it is, in English.
    pub description: String,
}

impl DiseaseView {
    /// The name in the reader's language; the English one where there is no Korean one.
    pub fn label(&self, lang: Lang) -> &str {
        lang.pick(Some(self.name.as_str()), self.name_ko.as_deref()).unwrap_or(&self.name)
    }
}

impl From<disease::Model> for DiseaseView {
    fn from(row: disease::Model) -> Self {
        let disease::Model { id, mondo_id, name, name_key: _, name_ko, synonyms, synonyms_ko, description, core: _ } =
            row;
        Self { id, mondo_id, name, name_ko, synonyms: synonyms.0, synonyms_ko: synonyms_ko.0, description }
    }
}

impl From<DiseaseView> for NamedDisease {
    fn from(disease: DiseaseView) -> Self {
        let DiseaseView { id, mondo_id, name, name_ko, .. } = disease;
        Self { id, mondo_id, name, name_ko }
    }
}
