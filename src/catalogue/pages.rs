//! What the page of a line and the page of a disease show of the catalogue, each read as a whole and with no query a row.

use super::Error;
use super::model::cell_line;
use super::model::disease;
use super::model::genetic_modification;
use super::queries::{
    self, Key, LISTED, LineDisease, ListedLine, NamedDisease, codes_of, diseases_by_id, diseases_of, modifications_of,
    records_of, visible_to,
};
use super::record::Facts;
use crate::actor::Actor;
use crate::app::App;
use crate::db::Sql;
use crate::id::DiseaseId;
use sea_orm::{DbErr, FromQueryResult};
use std::collections::HashMap;

/// Children and sisters that a page lists.
const MOST_RELATED: usize = 100;

/// The catalogue's part of a line's page.
#[derive(Clone, Debug)]
pub struct LinePage {
    /// The line.
    pub line: cell_line::Model,
    /// What its record says.
    pub facts: Facts,
    /// Its diseases in the order of the record, each with the codes of the disease it was mapped to.
    pub diseases: Vec<(LineDisease, Vec<String>)>,
    /// What was changed in its genome.
    pub modifications: Vec<genetic_modification::Model>,
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
    let Some(line) = queries::find(app, actor, key).await? else { return Ok(None) };
    let (db, ids) = (app.db.read(), [line.id]);
    let record = records_of(db, &ids).await?.pop();
    let facts = record.map(|(_, codes)| Facts::of_stored(&codes)).unwrap_or_default();
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
    let parent = related(app, actor, "l.rrid", &parents).await?.pop();
    let own: Vec<String> = line.rrid.iter().cloned().collect();
    let children = related(app, actor, "l.parent_rrid", &own).await?;
    let sisters = related(app, actor, "l.rrid", &facts.sisters).await?;
    Ok(Some(LinePage { line, facts, diseases, modifications, parent, children, sisters }))
}

/// Visible lines whose RRID, or whose parent's RRID, is among some.
async fn related(app: &App, actor: &Actor, column: &str, rrids: &[String]) -> Result<Vec<ListedLine>, DbErr> {
    if rrids.is_empty() {
        return Ok(vec![]);
    }
    let mut sql = Sql::new(format!("SELECT {LISTED} FROM cell_line l WHERE {} AND {column} IN (", visible_to(actor)));
    sql.bind_all(rrids.iter().take(MOST_RELATED).cloned());
    sql.push(&format!(") ORDER BY l.holding, l.name_key, l.id LIMIT {MOST_RELATED}"));
    sql.all(app.db.read()).await
}

/// The page of a disease.
#[derive(Clone, Debug)]
pub struct DiseasePage {
    /// The disease.
    pub disease: disease::Model,
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

#[derive(FromQueryResult)]
struct Neighbour {
    above: bool,
    #[sea_orm(nested)]
    disease: NamedDisease,
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
            let sql = "SELECT disease_id FROM disease_code WHERE code = $1 ORDER BY disease_id LIMIT 1";
            let row = Sql::with(sql, [name.trim().to_uppercase().into()]).one(db).await?;
            row.map(|row| row.try_get_by_index(0)).transpose()?
        }
    };
    let Some(id) = id else { return Ok(None) };
    let Some(disease) = diseases_by_id(db, &[id]).await?.pop() else { return Ok(None) };
    let codes = codes_of(db, &[id]).await?.into_iter().map(|code| code.1).collect();
    // Not every disease between two others is here: right above is what has nothing else of the list below it.
    let sql = "SELECT TRUE AS above, d.id, d.mondo_id, d.name, d.name_ko FROM disease_ancestor a
                 JOIN disease d ON d.id = a.ancestor_id WHERE a.disease_id = $1
                   AND NOT EXISTS (SELECT 1 FROM disease_ancestor m JOIN disease_ancestor n ON n.disease_id = m.ancestor_id
                     WHERE m.disease_id = a.disease_id AND n.ancestor_id = a.ancestor_id)
               UNION ALL SELECT FALSE, d.id, d.mondo_id, d.name, d.name_ko FROM disease_ancestor a
                 JOIN disease d ON d.id = a.disease_id WHERE a.ancestor_id = $1
                   AND NOT EXISTS (SELECT 1 FROM disease_ancestor m JOIN disease_ancestor n ON n.disease_id = a.disease_id
                       AND n.ancestor_id = m.disease_id WHERE m.ancestor_id = a.ancestor_id)
               ORDER BY 4, 2";
    let around: Vec<Neighbour> = Sql::with(sql, [id.0.into()]).all(db).await?;
    let (parents, children): (Vec<_>, Vec<_>) = around.into_iter().partition(|one| one.above);
    let [parents, children] = [parents, children].map(|list| list.into_iter().map(|one| one.disease).collect());
    let mut sql = Sql::new(
        "SELECT count(*), CAST(coalesce(sum(CASE WHEN l.holding = 'held' THEN 1 ELSE 0 END), 0) AS BIGINT)
         FROM cell_line l WHERE ",
    );
    sql.push(visible_to(actor)).push(" AND l.id IN (SELECT line_id FROM cell_line_disease WHERE disease_id IN (");
    sql.push("SELECT disease_id FROM disease_ancestor WHERE ancestor_id = ").bind(id.0);
    sql.push(" UNION SELECT CAST(").bind(id.0).push(" AS BIGINT)))");
    let row = sql.one(db).await?.ok_or_else(|| DbErr::RecordNotFound("a number".into()))?;
    let (lines, held) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    Ok(Some(DiseasePage { disease, codes, parents, children, lines, held }))
}
