//! Reads of single lines and of diseases. Lists of lines, with stock and facets, are in [`crate::search`].

pub mod directory;
pub mod overview;
pub mod pages;

use super::Error;
use super::model::cell_line::{CellType, Column, Entity, Grade, Holding, PublicationStatus};
use super::model::{
    cell_line, cell_line_disease, cell_line_record, disease, disease_code, disease_token, genetic_modification,
};
use super::record::RecordView;
use super::views::{DiseaseView, LineView, ModificationView};
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::db::literal;
use crate::id::{CellLineId, DiseaseId};
use crate::page::{Cursor, KeyPart, Keyset, Page, Sort, Window, int, text};
use crate::search_words;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, IntoIden};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, DerivePartialModel, EntityTrait, Iterable, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select,
};

/// The most candidates that an ambiguous name lists.
const CANDIDATES: usize = 10;
const DISEASES_BY_NAME: Sort = Sort { columns: &[text("disease.name_key"), int("disease.id")], descending: false };

/// What a list shows of a line: each column more of each row is felt in the speed of lists.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "cell_line::Entity")]
pub struct ListedLine {
    /// Its key.
    pub id: CellLineId,
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

impl From<LineView> for ListedLine {
    fn from(line: LineView) -> Self {
        Self {
            id: line.id,
            holding: line.holding,
            accession: line.accession,
            name: line.name,
            name_key: line.name_key,
            rrid: line.rrid,
            cell_type: line.cell_type,
            grade: line.grade,
            publication_status: line.publication_status,
            made_up: line.made_up,
        }
    }
}

/// Lines that the actor may see.
pub fn visible_to(actor: &Actor) -> Select<cell_line::Entity> {
    Entity::find().filter(is_visible_to(actor, Entity))
}

/// The condition that the actor may see a line: drafts are the bank's own. `line` is what the statement calls the table
/// of lines.
pub fn is_visible_to(actor: &Actor, line: impl IntoIden) -> Condition {
    if actor.can(Permission::ReadUnpublished) {
        return Condition::all();
    }
    let status = Expr::col((line.into_iden(), Column::PublicationStatus));
    Condition::any().add(status.clone().is_null()).add(status.ne(literal(PublicationStatus::Draft)))
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
pub async fn find(app: &App, actor: &Actor, key: &Key) -> Result<Option<LineView>, Error> {
    let db = app.db.read();
    match key {
        Key::Accession(text) => Ok(visible_to(actor)
            .filter(Column::Accession.eq(text.trim().to_uppercase()))
            .one(db)
            .await?
            .map(LineView::from)),
        Key::Rrid(text) => {
            let rrid = text.trim().to_uppercase();
            let rrid = rrid.strip_prefix("RRID:").unwrap_or(&rrid).trim();
            Ok(visible_to(actor).filter(Column::Rrid.eq(rrid)).one(db).await?.map(LineView::from))
        }
        Key::Name(name) => {
            // With every holding, so that the index by which lists are sorted leads to the name.
            let named = visible_to(actor).filter(Column::Holding.is_in(Holding::iter()));
            let named = named.filter(Column::NameKey.eq(search_words::name_key(name)));
            let named = named.order_by_asc(Column::Id).limit(CANDIDATES as u64 + 1);
            let exact = named.clone().filter(Column::Name.eq(name)).all(db).await?;
            if !exact.is_empty() {
                return only_one(name, exact);
            }
            only_one(name, named.all(db).await?)
        }
    }
}

fn only_one(name: &str, mut lines: Vec<cell_line::Model>) -> Result<Option<LineView>, Error> {
    if lines.len() < 2 {
        return Ok(lines.pop().map(LineView::from));
    }
    let candidates = lines.iter().take(CANDIDATES).map(|line| line.identifier().to_owned()).collect();
    Err(Error::Ambiguous { name: name.into(), candidates })
}

/// Lines by key that the actor may see, in no order.
///
/// # Errors
/// Those of the database.
pub async fn lines_by_id(db: &impl ConnectionTrait, actor: &Actor, ids: &[CellLineId]) -> Result<Vec<LineView>, DbErr> {
    views(visible_to(actor).filter(Column::Id.is_in(ids.iter().copied())), db).await
}

/// Lines that stand in requests, by key and in no order, whatever became of them since. For whoever may read the
/// request.
///
/// # Errors
/// Those of the database.
pub async fn requested_lines(db: &impl ConnectionTrait, ids: &[CellLineId]) -> Result<Vec<LineView>, DbErr> {
    views(Entity::find().filter(Column::Id.is_in(ids.iter().copied())), db).await
}

async fn views(lines: Select<Entity>, db: &impl ConnectionTrait) -> Result<Vec<LineView>, DbErr> {
    Ok(lines.all(db).await?.into_iter().map(LineView::from).collect())
}

/// Lines by the bank's accession that the actor may see, in no order.
///
/// # Errors
/// Those of the database.
pub async fn lines_by_accession(
    db: &impl ConnectionTrait,
    actor: &Actor,
    accessions: &[&str],
) -> Result<Vec<LineView>, DbErr> {
    views(visible_to(actor).filter(Column::Accession.is_in(accessions.iter().copied())), db).await
}

/// Lines by RRID that the actor may see: the parents of others.
///
/// # Errors
/// Those of the database.
pub async fn lines_by_rrid(db: &impl ConnectionTrait, actor: &Actor, rrids: &[String]) -> Result<Vec<LineView>, DbErr> {
    views(visible_to(actor).filter(Column::Rrid.is_in(rrids)), db).await
}

/// A disease of a line: mapped to one we know, or the record's own label.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "cell_line_disease::Entity")]
pub struct LineDisease {
    /// The line.
    pub line_id: CellLineId,
    /// The record's own label.
    pub label: String,
    /// The record's own code.
    pub code: Option<String>,
    /// The disease it was mapped to.
    #[sea_orm(nested)]
    pub disease: Option<NamedDisease>,
}

/// Key and names of a disease; its long texts are a read of their own.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "disease::Entity")]
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

/// Diseases of lines, in the order of their records. For lines the caller may see.
///
/// # Errors
/// Those of the database.
pub async fn diseases_of(db: &impl ConnectionTrait, lines: &[CellLineId]) -> Result<Vec<LineDisease>, DbErr> {
    use cell_line_disease::Column;
    let named = cell_line_disease::Entity::find().left_join(disease::Entity);
    let named = named.filter(Column::LineId.is_in(lines.iter().copied()));
    named.order_by_asc(Column::LineId).order_by_asc(Column::Id).into_partial_model().all(db).await
}

/// Engineered changes of lines. For lines the caller may see.
///
/// # Errors
/// Those of the database.
pub async fn modifications_of(db: &impl ConnectionTrait, lines: &[CellLineId]) -> Result<Vec<ModificationView>, DbErr> {
    use genetic_modification::{Column, Entity};
    let changes = Entity::find().filter(Column::LineId.is_in(lines.iter().copied()));
    let rows = changes.order_by_asc(Column::LineId).order_by_asc(Column::Id).all(db).await?;
    Ok(rows.into_iter().map(ModificationView::from).collect())
}

/// What sources said of lines. For lines the caller may see.
///
/// # Errors
/// Those of the database.
pub async fn records_of(
    db: &impl ConnectionTrait,
    lines: &[CellLineId],
) -> Result<Vec<(CellLineId, RecordView)>, DbErr> {
    use cell_line_record::{Column, Entity};
    let records = Entity::find().inner_join(cell_line::Entity).filter(Column::LineId.is_in(lines.iter().copied()));
    let records = records.select_only().columns([Column::LineId, Column::Codes]).column(cell_line::Column::Holding);
    let records: Vec<(CellLineId, String, Holding)> = records.into_tuple().all(db).await?;
    Ok(records.into_iter().map(|(line, codes, of)| (line, RecordView::of_stored(&codes, of))).collect())
}

/// Diseases by key, in no order.
///
/// # Errors
/// Those of the database.
pub async fn diseases_by_id(db: &impl ConnectionTrait, ids: &[DiseaseId]) -> Result<Vec<DiseaseView>, DbErr> {
    let rows = disease::Entity::find().filter(disease::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(DiseaseView::from).collect())
}

/// Codes of diseases in other vocabularies: `(disease, code)`.
///
/// # Errors
/// Those of the database.
pub async fn codes_of(db: &impl ConnectionTrait, ids: &[DiseaseId]) -> Result<Vec<(DiseaseId, String)>, DbErr> {
    use disease_code::{Column, Entity};
    let codes = Entity::find().filter(Column::DiseaseId.is_in(ids.iter().copied()));
    let codes = codes.filter(Column::Code.not_like("NAME:%"));
    let codes = codes.order_by_asc(Column::DiseaseId).order_by_asc(Column::Code).select_only();
    codes.columns([Column::DiseaseId, Column::Code]).into_tuple().all(db).await
}

/// True if there are any lines.
pub(super) async fn has_lines(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let first: Option<CellLineId> = Entity::find().select_only().column(Column::Id).into_tuple().one(db).await?;
    Ok(first.is_some())
}

/// What lines say of diseases that could not be mapped to one, after a line and row, at most so many.
pub(super) async fn unmapped_diseases(
    db: &impl ConnectionTrait,
    after: (CellLineId, i64),
    most: u64,
) -> Result<Vec<cell_line_disease::Model>, DbErr> {
    use cell_line_disease::{Column, Entity};
    let place = Expr::tuple([Column::LineId.into_expr(), Column::Id.into_expr()]);
    let later = place.gt(Expr::tuple([Expr::val(after.0), Expr::val(after.1)]));
    let unmapped = Entity::find().filter(Column::DiseaseId.is_null()).filter(later);
    unmapped.order_by_asc(Column::LineId).order_by_asc(Column::Id).limit(most).all(db).await
}

/// The first of some codes that no disease has.
///
/// # Errors
/// Those of the database.
pub async fn unknown_code(db: &impl ConnectionTrait, codes: &[String]) -> Result<Option<String>, DbErr> {
    if codes.is_empty() {
        return Ok(None);
    }
    let there = disease_code::Entity::find().filter(disease_code::Column::Code.is_in(codes));
    let known: Vec<String> = there.select_only().column(disease_code::Column::Code).into_tuple().all(db).await?;
    Ok(codes.iter().find(|code| !known.contains(code)).cloned())
}

/// Diseases by name; a search finds words of their names and synonyms in both languages, and codes.
///
/// # Errors
/// A wrong window, an overlong search, or those of the database.
pub async fn diseases(app: &App, search: Option<&str>, window: &Window) -> Result<Page<DiseaseView>, Error> {
    let keyset = window.keyset(DISEASES_BY_NAME)?;
    page_of_diseases(app, found(search)?, &keyset).await
}

/// How many diseases the list has.
///
/// # Errors
/// An overlong search, or those of the database.
pub async fn count_diseases(app: &App, search: Option<&str>) -> Result<i64, Error> {
    Ok(found(search)?.count(app.db.read()).await?.cast_signed())
}

/// A page of diseases by name.
async fn page_of_diseases(
    app: &App,
    diseases: Select<disease::Entity>,
    keyset: &Keyset,
) -> Result<Page<DiseaseView>, Error> {
    let rows = keyset.select(diseases).all(app.db.read()).await?;
    let page = keyset.page(rows, |row| Cursor(vec![KeyPart::Text(row.name_key.clone()), KeyPart::Int(row.id.0)]));
    Ok(page.map(DiseaseView::from))
}

/// Diseases that a search finds: by a name or code as a whole, or by every word of it. All of them without a search.
fn found(search: Option<&str>) -> Result<Select<disease::Entity>, Error> {
    use disease_token::{Column, Entity};
    let terms = checked_terms(search)?;
    let Some(typed) = search.filter(|text| !text.trim().is_empty()) else { return Ok(disease::Entity::find()) };
    let has = |word: Expr| {
        let words = Entity::find().select_only().column(Column::DiseaseId).filter(word);
        disease::Column::Id.in_subquery(words.into_query())
    };
    let begins = |term: &String| has(Column::Token.gte(term).and(Column::Token.lt(search_words::prefix_end(term))));
    let every = terms.iter().map(begins).fold(Condition::all(), Condition::add);
    let is_found = Condition::any().add(has(Column::Token.eq(search_words::compact(typed))));
    Ok(disease::Entity::find().filter(is_found.add_option((!terms.is_empty()).then_some(every))))
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
