//! Reads of single lines and of diseases. Lists of lines, with stock and facets, are in [`crate::search`].

use super::Error;
use super::model::cell_line::{CellType, Grade, Holding, PublicationStatus};
use super::model::{cell_line, disease, genetic_modification};
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::db::Sql;
use crate::id::{DiseaseId, LineId};
use crate::page::{Cursor, KeyPart, Page, Sort, Window, int, text};
use crate::search_words;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

/// Columns of [`cell_line::Model`], of a table called `l`.
pub const LINE: &str =
    "l.id, l.holding, l.accession, l.name, l.name_key, l.synonyms, l.rrid, l.hpscreg_name, l.parent_rrid,
  l.cell_type, l.category, l.species, l.sex, l.donor_age, l.problematic, l.engineered_in_source, l.made_up, l.grade,
  l.publication_status, l.publication_reason_en, l.publication_reason_ko, l.publication_since, l.legal_basis, l.registry_number, l.provision_consent, l.lmo,
  l.holding_basis_en, l.holding_basis_ko";
/// Columns of [`ListedLine`], of a table called `l`.
pub const LISTED: &str =
    "l.id, l.holding, l.accession, l.name, l.name_key, l.rrid, l.cell_type, l.grade, l.publication_status, l.made_up";
/// The most candidates that an ambiguous name lists.
const CANDIDATES: usize = 10;
const DISEASES_BY_NAME: Sort = Sort { columns: &[text("d.name_key"), int("d.id")], descending: false };

/// What a list shows of a line: each column more of each row is felt in the speed of lists.
#[derive(Clone, Debug, FromQueryResult)]
pub struct ListedLine {
    /// Its key.
    pub id: LineId,
    /// Held or reference.
    pub holding: Holding,
    /// The bank's accession.
    pub accession: Option<String>,
    /// Name.
    pub name: String,
    /// The name as lists sort it.
    pub name_key: String,
    /// Cellosaurus accession.
    pub rrid: Option<String>,
    /// Kind of cells.
    pub cell_type: CellType,
    /// Grade of a held line.
    pub grade: Option<Grade>,
    /// Status of a held line.
    pub publication_status: Option<PublicationStatus>,
    /// Made up for a demonstration.
    pub made_up: bool,
}

impl From<cell_line::Model> for ListedLine {
    fn from(row: cell_line::Model) -> Self {
        let cell_line::Model { id, holding, accession, name, name_key, rrid, cell_type, .. } = row;
        let cell_line::Model { grade, publication_status, made_up, .. } = row;
        Self { id, holding, accession, name, name_key, rrid, cell_type, grade, publication_status, made_up }
    }
}

/// A condition on a line called `l`: what the actor may see. Drafts are the bank's own.
pub fn visible_to(actor: &Actor) -> &'static str {
    if actor.can(Permission::ReadUnpublished) {
        "1 = 1"
    } else {
        "(l.publication_status IS NULL OR l.publication_status <> 'draft')"
    }
}

/// How a reader names one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// The bank's accession.
    Accession(String),
    /// The Cellosaurus RRID, with or without `RRID:` before it.
    Rrid(String),
    /// The name: exactly first, loosely only when that is unique.
    Name(String),
}

/// The line a reader names, if the actor may see it.
///
/// # Errors
/// [`Error::Ambiguous`] if several lines share the name.
pub async fn find(app: &App, actor: &Actor, key: &Key) -> Result<Option<cell_line::Model>, Error> {
    let db = app.db.read();
    match key {
        Key::Accession(text) => Ok(by(db, actor, &[("l.accession = ", &text.trim().to_uppercase())]).await?.pop()),
        Key::Rrid(text) => {
            let rrid = text.trim().to_uppercase();
            let rrid = rrid.strip_prefix("RRID:").unwrap_or(&rrid).trim();
            Ok(by(db, actor, &[("l.rrid = ", rrid)]).await?.pop())
        }
        Key::Name(name) => {
            let key = search_words::name_key(name);
            let by_key = ("l.holding IN ('held', 'reference') AND l.name_key = ", key.as_str());
            let exact = by(db, actor, &[by_key, ("l.name = ", name)]).await?;
            if !exact.is_empty() {
                return only_one(name, exact);
            }
            only_one(name, by(db, actor, &[by_key]).await?)
        }
    }
}

/// Visible lines that fulfil conditions, each with its value.
async fn by(
    db: &impl ConnectionTrait,
    actor: &Actor,
    conditions: &[(&str, &str)],
) -> Result<Vec<cell_line::Model>, DbErr> {
    let mut sql = Sql::new(format!("SELECT {LINE} FROM cell_line l WHERE {}", visible_to(actor)));
    for (condition, value) in conditions {
        sql.push(" AND ").push(condition).bind(*value);
    }
    sql.push(&format!(" ORDER BY l.id LIMIT {}", CANDIDATES + 1));
    sql.all(db).await
}

fn only_one(name: &str, mut lines: Vec<cell_line::Model>) -> Result<Option<cell_line::Model>, Error> {
    if lines.len() < 2 {
        return Ok(lines.pop());
    }
    let candidates = lines.iter().take(CANDIDATES).map(|line| line.identifier().to_owned()).collect();
    Err(Error::Ambiguous { name: name.into(), candidates })
}

/// Lines by key that the actor may see, in no order.
///
/// # Errors
/// Those of the database.
pub async fn lines_by_id(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[LineId],
) -> Result<Vec<cell_line::Model>, DbErr> {
    let mut sql = Sql::new(format!("SELECT {LINE} FROM cell_line l WHERE {} AND l.id IN (", visible_to(actor)));
    sql.bind_all(ids.iter().map(|id| id.0)).push(")");
    sql.all(db).await
}

/// Lines by the bank's accession that the actor may see, in no order.
///
/// # Errors
/// Those of the database.
pub async fn lines_by_accession(
    db: &impl ConnectionTrait,
    actor: &Actor,
    accessions: &[&str],
) -> Result<Vec<cell_line::Model>, DbErr> {
    let mut sql = Sql::new(format!("SELECT {LINE} FROM cell_line l WHERE {} AND l.accession IN (", visible_to(actor)));
    sql.bind_all(accessions.iter().copied()).push(")");
    sql.all(db).await
}

/// Lines by RRID that the actor may see: the parents of others.
///
/// # Errors
/// Those of the database.
pub async fn lines_by_rrid(
    db: &impl ConnectionTrait,
    actor: &Actor,
    rrids: &[String],
) -> Result<Vec<cell_line::Model>, DbErr> {
    let mut sql = Sql::new(format!("SELECT {LINE} FROM cell_line l WHERE {} AND l.rrid IN (", visible_to(actor)));
    sql.bind_all(rrids.iter().cloned()).push(")");
    sql.all(db).await
}

/// A disease of a line: mapped to one we know, or the record's own label.
#[derive(Clone, Debug, FromQueryResult)]
pub struct LineDisease {
    /// The line.
    pub line_id: LineId,
    /// The record's own label.
    pub label: String,
    /// The record's own code.
    pub code: Option<String>,
    /// The disease it was mapped to.
    #[sea_orm(nested)]
    pub disease: Option<NamedDisease>,
}

/// Key and names of a disease; its long texts are a read of their own.
#[derive(Clone, Debug, FromQueryResult)]
pub struct NamedDisease {
    /// Its key.
    pub id: DiseaseId,
    /// `MONDO:0010726`.
    pub mondo_id: Option<String>,
    /// English name.
    pub name: String,
    /// Korean name, where one is in common use.
    pub name_ko: Option<String>,
}

/// Columns of [`disease::Model`], of a table called `d`.
pub(super) const DISEASE: &str =
    "d.id, d.mondo_id, d.name, d.name_key, d.name_ko, d.synonyms, d.synonyms_ko, d.description, d.core";

/// Diseases of lines, in the order of their records. For lines the caller may see.
///
/// # Errors
/// Those of the database.
pub async fn diseases_of(db: &impl ConnectionTrait, lines: &[LineId]) -> Result<Vec<LineDisease>, DbErr> {
    let mut sql = Sql::new(
        "SELECT x.line_id, x.label, x.code, d.id, d.mondo_id, d.name, d.name_ko
         FROM cell_line_disease x LEFT JOIN disease d ON d.id = x.disease_id WHERE x.line_id IN (",
    );
    sql.bind_all(lines.iter().map(|id| id.0)).push(") ORDER BY x.line_id, x.id");
    sql.all(db).await
}

/// Engineered changes of lines. For lines the caller may see.
///
/// # Errors
/// Those of the database.
pub async fn modifications_of(
    db: &impl ConnectionTrait,
    lines: &[LineId],
) -> Result<Vec<genetic_modification::Model>, DbErr> {
    let mut sql = Sql::new("SELECT id, line_id, kind, gene, product FROM genetic_modification WHERE line_id IN (");
    sql.bind_all(lines.iter().map(|id| id.0)).push(") ORDER BY line_id, id");
    sql.all(db).await
}

/// What sources said of lines: `(line, JSON object of line codes)`. For lines the caller may see.
///
/// # Errors
/// Those of the database.
pub async fn records_of(db: &impl ConnectionTrait, lines: &[LineId]) -> Result<Vec<(LineId, String)>, DbErr> {
    let mut sql = Sql::new("SELECT line_id, codes FROM cell_line_record WHERE line_id IN (");
    sql.bind_all(lines.iter().map(|id| id.0)).push(")");
    let rows = sql.rows(db).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// Diseases by key, in no order.
///
/// # Errors
/// Those of the database.
pub async fn diseases_by_id(db: &impl ConnectionTrait, ids: &[DiseaseId]) -> Result<Vec<disease::Model>, DbErr> {
    let mut sql = Sql::new(format!("SELECT {DISEASE} FROM disease d WHERE d.id IN ("));
    sql.bind_all(ids.iter().map(|id| id.0)).push(")");
    sql.all(db).await
}

/// Codes of diseases in other vocabularies: `(disease, code)`.
///
/// # Errors
/// Those of the database.
pub async fn codes_of(db: &impl ConnectionTrait, ids: &[DiseaseId]) -> Result<Vec<(DiseaseId, String)>, DbErr> {
    let mut sql = Sql::new("SELECT disease_id, code FROM disease_code WHERE disease_id IN (");
    sql.bind_all(ids.iter().map(|id| id.0)).push(") AND code NOT LIKE 'NAME:%' ORDER BY disease_id, code");
    let rows = sql.rows(db).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// The first of some codes that no disease has.
///
/// # Errors
/// Those of the database.
pub async fn unknown_code(db: &impl ConnectionTrait, codes: &[String]) -> Result<Option<String>, DbErr> {
    if codes.is_empty() {
        return Ok(None);
    }
    let mut sql = Sql::new("SELECT code FROM disease_code WHERE code IN (");
    sql.bind_all(codes.iter().cloned()).push(")");
    let rows = sql.rows(db).await?;
    let known = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<String>, _>>()?;
    Ok(codes.iter().find(|code| !known.contains(code)).cloned())
}

#[derive(FromQueryResult)]
struct ListedDisease {
    #[sea_orm(nested)]
    disease: disease::Model,
}

/// Diseases by name; a search finds words of their names and synonyms in both languages, and codes.
///
/// # Errors
/// A wrong window, an overlong search, or those of the database.
pub async fn diseases(app: &App, search: Option<&str>, window: &Window) -> Result<Page<disease::Model>, Error> {
    let keyset = window.keyset(DISEASES_BY_NAME)?;
    let mut sql = Sql::new(format!("SELECT {DISEASE} FROM disease d WHERE "));
    narrow_diseases(&mut sql, search)?;
    keyset.narrow(&mut sql);
    keyset.order(&mut sql);
    let rows: Vec<ListedDisease> = sql.all(app.db.read()).await?;
    let key =
        |row: &ListedDisease| Cursor(vec![KeyPart::Text(row.disease.name_key.clone()), KeyPart::Int(row.disease.id.0)]);
    Ok(keyset.page(rows, key).map(|row| row.disease))
}

/// How many diseases the list has.
///
/// # Errors
/// An overlong search, or those of the database.
pub async fn count_diseases(app: &App, search: Option<&str>) -> Result<i64, Error> {
    let mut sql = Sql::new("SELECT count(*) FROM disease d WHERE ");
    narrow_diseases(&mut sql, search)?;
    Ok(sql.number(app.db.read()).await?)
}

pub(super) fn narrow_diseases(sql: &mut Sql, search: Option<&str>) -> Result<(), Error> {
    let terms = checked_terms(search)?;
    let Some(typed) = search.filter(|text| !text.trim().is_empty()) else {
        sql.push("1 = 1");
        return Ok(());
    };
    // A name or code as a whole, or every word of it.
    sql.push("(d.id IN (SELECT disease_id FROM disease_token WHERE token = ")
        .bind(search_words::compact(typed))
        .push(")");
    for (i, term) in terms.iter().enumerate() {
        sql.push(if i == 0 { " OR (" } else { " AND " });
        sql.push("d.id IN (SELECT disease_id FROM disease_token WHERE token >= ").bind(term.clone());
        sql.push(" AND token < ").bind(search_words::prefix_end(term)).push(")");
    }
    sql.push(if terms.is_empty() { ")" } else { "))" });
    Ok(())
}

/// The words of what a reader typed.
///
/// # Errors
/// [`Error::SearchTooLong`] above 200 characters.
pub fn checked_terms(search: Option<&str>) -> Result<Vec<String>, Error> {
    match search {
        Some(text) if text.chars().count() > 200 => Err(Error::SearchTooLong),
        Some(text) => Ok(search_words::terms(text)),
        None => Ok(vec![]),
    }
}
