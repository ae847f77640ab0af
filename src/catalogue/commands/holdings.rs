//! Commands on lines: what makes a known line one of the bank's own.

use super::super::model::cell_line::{self, Grade, Holding, LegalBasis, ProvisionConsent, PublicationStatus};
use super::super::model::{Texts, cell_line_disease, disease, genetic_modification};
use super::super::{Error, index};
use crate::actor::Verb;
use crate::audit::{self, Changes};
use crate::catalogue::LineView;
use crate::catalogue::events::LineEvent;
use crate::command::{Command, Work};
use crate::db::has_any;
use crate::error::or_taken;
use crate::id::CellLineId;
use crate::search_words;
use sea_orm::{ActiveEnum, ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Set};
use serde_json::json;

/// What the bank adds to a line when it takes it in.
#[derive(Clone, Debug)]
pub struct Holdings {
    /// The accession the bank gives it.
    pub accession: String,
    /// Grade.
    pub grade: Grade,
    /// Law under which it is provided.
    pub legal_basis: LegalBasis,
    /// Number in the national registry of embryonic lines.
    pub registry_number: Option<String>,
    /// Consent of the donor.
    pub provision_consent: ProvisionConsent,
    /// Staff's word on whether it is a living modified organism; none leaves it to the record.
    pub lmo: Option<bool>,
    /// Why the bank holds it, where that needs saying: English and Korean.
    pub basis: Option<(String, String)>,
    /// How it stands to the public.
    pub status: PublicationStatus,
}

/// Makes a reference line a held one; it keeps its id.
///
/// Refused: no such line, held already, or an accession that is taken.
#[derive(Clone, Debug)]
pub struct TakeCellLineIntoHoldings {
    /// The reference line.
    pub line: CellLineId,
    /// What the bank says of it.
    pub holdings: Holdings,
}

impl Command for TakeCellLineIntoHoldings {
    const VERB: Verb = Verb::TakeCellLineIntoHoldings;
    type Output = LineView;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<LineView, Error> {
        let line = cell_line::Entity::find_by_id(self.line).lock_exclusive().one(work).await?;
        let line = line.ok_or(Error::NoSuchLine)?;
        if let Some(accession) = line.accession {
            return Err(Error::AlreadyHeld(accession));
        }
        index::deindex(work, &[line.id.0]).await?;
        take_in(work, line, &self.holdings).await
    }
}

/// Takes in a line that no source describes yet.
///
/// Refused: an accession that is taken, or a disease that is not there.
#[derive(Clone, Debug)]
pub struct RegisterCellLine {
    /// Name.
    pub name: String,
    /// Kind of cells.
    pub cell_type: cell_line::CellType,
    /// Diseases by MONDO code, each with the label to show.
    pub diseases: Vec<(String, String)>,
    /// Engineered changes: kind, gene, product.
    pub modifications: Vec<(genetic_modification::Kind, String, Option<String>)>,
    /// Made up for a demonstration.
    pub made_up: bool,
    /// What the bank says of it.
    pub holdings: Holdings,
}

impl Command for RegisterCellLine {
    const VERB: Verb = Verb::RegisterCellLine;
    type Output = LineView;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<LineView, Error> {
        let line = cell_line::ActiveModel {
            holding: Set(Holding::Reference),
            name: Set(self.name.clone()),
            name_key: Set(search_words::name_key(&self.name)),
            synonyms: Set(Texts::default()),
            cell_type: Set(self.cell_type),
            species: Set(Some("Homo sapiens (Human)".into())),
            engineered_in_source: Set(!self.modifications.is_empty()),
            made_up: Set(self.made_up),
            ..Default::default()
        };
        let line = line.insert(work).await?;
        for (mondo_id, label) in &self.diseases {
            let known = disease::Entity::find().filter(disease::Column::MondoId.eq(mondo_id)).one(work).await?;
            let known = known.ok_or_else(|| Error::NoSuchDisease(mondo_id.clone()))?;
            let row = cell_line_disease::ActiveModel {
                line_id: Set(line.id),
                disease_id: Set(Some(known.id)),
                label: Set(label.clone()),
                code: Set(known.mondo_id),
                ..Default::default()
            };
            cell_line_disease::Entity::insert(row).exec_without_returning(work).await?;
        }
        for (kind, gene, product) in &self.modifications {
            let row = genetic_modification::ActiveModel {
                line_id: Set(line.id),
                kind: Set(*kind),
                gene: Set(gene.clone()),
                product: Set(product.clone()),
                ..Default::default()
            };
            genetic_modification::Entity::insert(row).exec_without_returning(work).await?;
        }
        take_in(work, line, &self.holdings).await
    }
}

/// A step: gives the line its accession and the columns that come with it, and makes it findable by them.
async fn take_in(work: &Work<'_>, line: cell_line::Model, new: &Holdings) -> Result<LineView, Error> {
    let accession = || new.accession.clone();
    let taken = cell_line::Entity::find().filter(cell_line::Column::Accession.eq(accession()));
    if has_any(work, taken).await? {
        return Err(Error::AccessionTaken(accession()));
    }
    let (basis_en, basis_ko) = new.basis.clone().unzip();
    let before = snapshot(&line);
    let mut line: cell_line::ActiveModel = line.into();
    line.holding = Set(Holding::Held);
    line.accession = Set(Some(accession()));
    line.grade = Set(Some(new.grade));
    line.legal_basis = Set(Some(new.legal_basis));
    line.registry_number = Set(new.registry_number.clone());
    line.provision_consent = Set(Some(new.provision_consent));
    line.publication_status = Set(Some(new.status));
    line.publication_since = Set(Some(work.now()));
    line.lmo = Set(new.lmo);
    line.holding_basis_en = Set(basis_en);
    line.holding_basis_ko = Set(basis_ko);
    let line = line.update(work).await;
    let line = line.map_err(|error| or_taken(error, || Error::AccessionTaken(accession())))?;
    index::index(work, &[line.id.0]).await?;
    work.public_changed();
    let changes = Changes::between(&before, &snapshot(&line));
    audit::record(work, line.id, &LineEvent::TakenIntoHoldings { changes }).await?;
    Ok(line.into())
}

/// What the bank's holding of a line changes.
fn snapshot(line: &cell_line::Model) -> serde_json::Value {
    json!({
        "holding": line.holding.to_value(),
        "accession": line.accession,
        "grade": line.grade.map(|of| of.to_value()),
        "legal_basis": line.legal_basis.map(|of| of.to_value()),
        "registry_number": line.registry_number,
        "provision_consent": line.provision_consent.map(|of| of.to_value()),
        "publication_status": line.publication_status.map(|of| of.to_value()),
        "lmo": line.lmo,
        "holding_basis": line.holding_basis_en,
    })
}
