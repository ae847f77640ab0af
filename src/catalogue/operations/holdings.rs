//! Verbs on lines: what makes a known line one of the bank's own.

use super::super::model::cell_line::{self, Grade, Holding, LegalBasis, ProvisionConsent, PublicationStatus};
use super::super::model::{Texts, genetic_modification};
use super::super::{Error, index};
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::db::{Sql, Transaction};
use crate::error::or_taken;
use crate::id::LineId;
use crate::{audit, search_words, subject};
use sea_orm::{ActiveEnum, ActiveModelTrait, EntityTrait, QuerySelect, Set};
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
/// # Errors
/// Not allowed, no such line, held already, or an accession that is taken.
pub async fn hold(app: &App, actor: &Actor, line: LineId, new: Holdings) -> Result<cell_line::Model, Error> {
    actor.may(Permission::CurateLines)?;
    let tx = app.db.begin().await?;
    let found = cell_line::Entity::find_by_id(line).lock_exclusive().one(&*tx).await?.ok_or(Error::NoSuchLine)?;
    if let Some(accession) = found.accession {
        return Err(Error::AlreadyHeld(accession));
    }
    index::deindex(&tx, &[line.0]).await?;
    let held = take_in(app, actor, &tx, found, new).await?;
    tx.commit().await?;
    Ok(held)
}

/// A line that no source describes yet.
#[derive(Clone, Debug)]
pub struct NewLine {
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

/// Takes in a line that no source describes yet.
///
/// # Errors
/// Not allowed, an accession that is taken, or a disease that is not there.
pub async fn register(app: &App, actor: &Actor, new: NewLine) -> Result<cell_line::Model, Error> {
    actor.may(Permission::CurateLines)?;
    let tx = app.db.begin().await?;
    let line = cell_line::ActiveModel {
        holding: Set(Holding::Reference),
        name: Set(new.name.clone()),
        name_key: Set(search_words::name_key(&new.name)),
        synonyms: Set(Texts::default()),
        cell_type: Set(new.cell_type),
        species: Set(Some("Homo sapiens (Human)".into())),
        engineered_in_source: Set(!new.modifications.is_empty()),
        made_up: Set(new.made_up),
        ..Default::default()
    };
    let line = line.insert(&*tx).await?;
    for (mondo_id, label) in &new.diseases {
        let sql = "INSERT INTO cell_line_disease (line_id, disease_id, label, code)
                   SELECT $1, id, $2, mondo_id FROM disease WHERE mondo_id = $3";
        let values = [line.id.0.into(), label.clone().into(), mondo_id.clone().into()];
        if Sql::with(sql, values).run(&*tx).await? == 0 {
            return Err(Error::NoSuchDisease(mondo_id.clone()));
        }
    }
    for (kind, gene, product) in &new.modifications {
        let sql = "INSERT INTO genetic_modification (line_id, kind, gene, product) VALUES ($1, $2, $3, $4)";
        let values = [line.id.0.into(), kind.to_value().into(), gene.clone().into(), product.clone().into()];
        Sql::with(sql, values).run(&*tx).await?;
    }
    let held = take_in(app, actor, &tx, line, new.holdings).await?;
    tx.commit().await?;
    Ok(held)
}

/// A step: gives the line its accession and the columns that come with it, and makes it findable by them.
async fn take_in(
    app: &App,
    actor: &Actor,
    tx: &Transaction,
    line: cell_line::Model,
    new: Holdings,
) -> Result<cell_line::Model, Error> {
    let taken = Sql::with("SELECT count(*) FROM cell_line WHERE accession = $1", [new.accession.clone().into()]);
    if taken.number(&**tx).await? > 0 {
        return Err(Error::AccessionTaken(new.accession));
    }
    let (basis_en, basis_ko) = new.basis.unzip();
    let before = snapshot(&line);
    let mut line: cell_line::ActiveModel = line.into();
    line.holding = Set(Holding::Held);
    line.accession = Set(Some(new.accession.clone()));
    line.grade = Set(Some(new.grade));
    line.legal_basis = Set(Some(new.legal_basis));
    line.registry_number = Set(new.registry_number);
    line.provision_consent = Set(Some(new.provision_consent));
    line.publication_status = Set(Some(new.status));
    line.publication_since = Set(Some(app.clock.now()));
    line.lmo = Set(new.lmo);
    line.holding_basis_en = Set(basis_en);
    line.holding_basis_ko = Set(basis_ko);
    let line = line.update(&**tx).await;
    let line = line.map_err(|error| or_taken(error, || Error::AccessionTaken(new.accession)))?;
    index::index(tx, &[line.id.0]).await?;
    tx.public_changed();
    let detail = audit::changes(&before, &snapshot(&line));
    audit::record(tx, app.clock.now(), actor, "line.hold", subject!(LineId, line.id), detail).await?;
    Ok(line)
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
