//! What the page of a line and the page of a disease show of the catalogue, each read as a whole and with no query a
//! row.

use super::super::model::cell_line::Column;
use super::super::model::disease_code;
use super::super::record::Facts;
use super::super::views::{DiseaseView, LineView, ModificationView};
use super::super::{Error, sql};
use super::{
    Key, LineDisease, ListedLine, NamedDisease, codes_of, diseases_by_id, diseases_of, modifications_of, records_of,
    visible_to,
};
use crate::actor::Actor;
use crate::app::App;
use crate::id::DiseaseId;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// Children and sisters that a page lists.
const MOST_RELATED: usize = 100;

/// The catalogue's part of a line's page.
#[derive(Clone, Debug)]
pub struct LinePage {
    /// The line.
    pub line: LineView,
    /// What its record says.
    pub facts: Facts,
    /// Its diseases in the order of the record, each with the codes of the disease it was mapped to.
    pub diseases: Vec<(LineDisease, Vec<String>)>,
    /// What was changed in its genome.
    pub modifications: Vec<ModificationView>,
    /// The line it was derived from.
    pub parent: Option<ListedLine>,
    /// Lines derived from it, held ones first, at most a hundred.
    pub children: Vec<ListedLine>,
    /// Other lines of the same donor, held ones first, at most a hundred.
    pub sisters: Vec<ListedLine>,
}

/// The page of the line that a reader names, if the actor may see it.
///
/// # Errors
/// [`Error::Ambiguous`] if several lines share the name, or those of the database.
pub async fn line_page(app: &App, actor: &Actor, key: &Key) -> Result<Option<LinePage>, Error> {
    let Some(line) = super::find(app, actor, key).await? else { return Ok(None) };
    let (db, ids) = (app.db.read(), [line.id]);
    let record = records_of(db, &ids).await?.pop();
    let facts = record.map(|(_, record)| Facts::of(&record)).unwrap_or_default();
    let diseases = diseases_of(db, &ids).await?;
    let named: Vec<DiseaseId> = diseases.iter().filter_map(|d| d.disease.as_ref().map(|d| d.id)).collect();
    let mut codes: HashMap<DiseaseId, Vec<String>> = HashMap::new();
    for (disease, code) in codes_of(db, &named).await? {
        codes.entry(disease).or_default().push(code);
    }
    let with_codes = |disease: LineDisease| {
        let known = disease.disease.as_ref().and_then(|d| codes.get(&d.id)).cloned().unwrap_or_default();
        (disease, known)
    };
    let diseases = diseases.into_iter().map(with_codes).collect();
    let modifications = modifications_of(db, &ids).await?;
    let parents: Vec<String> = line.parent_rrid.iter().cloned().collect();
    let parent = related(app, actor, Column::Rrid, &parents).await?.pop();
    let own: Vec<String> = line.rrid.iter().cloned().collect();
    let children = related(app, actor, Column::ParentRrid, &own).await?;
    let sisters = related(app, actor, Column::Rrid, &facts.sisters).await?;
    Ok(Some(LinePage { line, facts, diseases, modifications, parent, children, sisters }))
}

/// Visible lines whose RRID, or whose parent's RRID, is among some.
async fn related(app: &App, actor: &Actor, column: Column, rrids: &[String]) -> Result<Vec<ListedLine>, DbErr> {
    if rrids.is_empty() {
        return Ok(vec![]);
    }
    let lines = visible_to(actor).filter(column.is_in(rrids.iter().take(MOST_RELATED)));
    let lines = lines.order_by_asc(Column::Holding).order_by_asc(Column::NameKey).order_by_asc(Column::Id);
    lines.limit(MOST_RELATED as u64).into_partial_model().all(app.db.read()).await
}

/// The page of a disease.
#[derive(Clone, Debug)]
pub struct DiseasePage {
    /// The disease.
    pub disease: DiseaseView,
    /// Its codes in MONDO and other vocabularies.
    pub codes: Vec<String>,
    /// The diseases right above it.
    pub parents: Vec<NamedDisease>,
    /// The diseases right below it.
    pub children: Vec<NamedDisease>,
    /// Lines of it and of the diseases below it that the actor may see.
    pub lines: i64,
    /// Those of them that the bank holds.
    pub held: i64,
}

/// The page of a disease, by key or by code.
///
/// # Errors
/// Those of the database.
pub async fn disease_page(app: &App, actor: &Actor, name: &str) -> Result<Option<DiseasePage>, Error> {
    let db = app.db.read();
    let id = match DiseaseId::from_global(name) {
        Some(id) => Some(id),
        None => {
            let coded = disease_code::Entity::find().filter(disease_code::Column::Code.eq(name.trim().to_uppercase()));
            let coded = coded.order_by_asc(disease_code::Column::DiseaseId).select_only();
            coded.column(disease_code::Column::DiseaseId).into_tuple().one(db).await?
        }
    };
    let Some(id) = id else { return Ok(None) };
    let Some(disease) = diseases_by_id(db, &[id]).await?.pop() else { return Ok(None) };
    let codes = codes_of(db, &[id]).await?.into_iter().map(|code| code.1).collect();
    let around = sql::neighbours(db, id).await?;
    let (parents, children): (Vec<_>, Vec<_>) = around.into_iter().partition(|one| one.above);
    let [parents, children] = [parents, children].map(|list| list.into_iter().map(|one| one.disease).collect());
    let lines = sql::lines_of_disease(db, actor, id).await?;
    Ok(Some(DiseasePage { disease, codes, parents, children, lines: lines.all, held: lines.held }))
}
