//! Statements over the catalogue that are written by hand.

use super::directory::LineCounts;
use super::overview::HeldCounts;
use super::queries::{NamedDisease, is_visible_to};
use crate::actor::Actor;
use crate::db::Sql;
use crate::id::DiseaseId;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

/// The texts of lines, by key; the keys follow.
pub(super) const TEXTS_OF_LINES: &str = "SELECT l.id, l.name, l.accession, l.rrid, l.hpscreg_name, l.synonyms, r.codes
    FROM cell_line l LEFT JOIN cell_line_record r ON r.line_id = l.id WHERE l.id IN";
/// Labels of the diseases of lines; the keys follow.
pub(super) const LABELS_OF_LINES: &str = "SELECT line_id, label FROM cell_line_disease WHERE line_id IN";
/// Genes and products of the changes of lines; the keys follow.
pub(super) const CHANGES_OF_LINES: &str = "SELECT line_id, gene, product FROM genetic_modification WHERE line_id IN";
/// Words by which lines are found.
pub(super) const INTO_TOKENS: &str = "INSERT INTO cell_line_token (token, line_id, weight)";

/// A disease next to another one.
#[derive(FromQueryResult)]
pub(super) struct Neighbour {
    /// It stands above the other one; else below.
    pub above: bool,
    /// The disease.
    #[sea_orm(nested)]
    pub disease: NamedDisease,
}

/// The diseases right above and right below one, by name. Not every disease between two others is here: right above is
/// what has nothing else of the list below it.
pub(super) async fn neighbours(db: &impl ConnectionTrait, disease: DiseaseId) -> Result<Vec<Neighbour>, DbErr> {
    let sql = "SELECT TRUE AS above, d.id, d.mondo_id, d.name, d.name_ko FROM disease_ancestor a
                 JOIN disease d ON d.id = a.ancestor_id WHERE a.disease_id = $1
                   AND NOT EXISTS (SELECT 1 FROM disease_ancestor m
                     JOIN disease_ancestor n ON n.disease_id = m.ancestor_id
                     WHERE m.disease_id = a.disease_id AND n.ancestor_id = a.ancestor_id)
               UNION ALL SELECT FALSE, d.id, d.mondo_id, d.name, d.name_ko FROM disease_ancestor a
                 JOIN disease d ON d.id = a.disease_id WHERE a.ancestor_id = $1
                   AND NOT EXISTS (SELECT 1 FROM disease_ancestor m
                     JOIN disease_ancestor n ON n.disease_id = a.disease_id AND n.ancestor_id = m.disease_id
                     WHERE m.ancestor_id = a.ancestor_id)
               ORDER BY 4, 2";
    Sql::with(sql, [disease.into()]).all(db).await
}

/// How many lines a disease and those below it have, and how many of them are held.
pub(super) async fn lines_of_disease(
    db: &impl ConnectionTrait,
    actor: &Actor,
    disease: DiseaseId,
) -> Result<LineCounts, DbErr> {
    let mut sql = Sql::new(
        "SELECT count(*) AS \"all\",
           CAST(coalesce(sum(CASE WHEN l.holding = 'held' THEN 1 ELSE 0 END), 0) AS BIGINT) AS held
         FROM cell_line l WHERE ",
    );
    sql.condition(is_visible_to(actor, "l"));
    sql.push(" AND l.id IN (SELECT line_id FROM cell_line_disease WHERE disease_id IN (");
    sql.push("SELECT disease_id FROM disease_ancestor WHERE ancestor_id = ").bind(disease);
    sql.push(" UNION SELECT CAST(").bind(disease).push(" AS BIGINT)))");
    sql.all(db).await?.pop().ok_or_else(|| DbErr::RecordNotFound("a number".into()))
}

/// Numbers of lines of a disease.
#[derive(FromQueryResult)]
pub(super) struct Counted {
    /// The disease.
    pub disease: DiseaseId,
    /// Its lines and those of the diseases below it.
    #[sea_orm(nested)]
    pub counts: LineCounts,
}

/// Numbers of lines of diseases, those of the diseases below them included. Diseases without lines are absent.
pub(super) async fn line_counts(
    db: &impl ConnectionTrait,
    actor: &Actor,
    diseases: &[DiseaseId],
) -> Result<Vec<Counted>, DbErr> {
    let ids = || diseases.iter().copied();
    let mut sql = Sql::new(
        "SELECT a.id AS disease, count(DISTINCT l.id) AS \"all\",
           count(DISTINCT CASE WHEN l.holding = 'held' THEN l.id END) AS held
         FROM (SELECT ancestor_id AS id, disease_id AS below FROM disease_ancestor WHERE ancestor_id IN (",
    );
    sql.bind_all(ids()).push(") UNION ALL SELECT id, id FROM disease WHERE id IN (").bind_all(ids());
    sql.push(")) a JOIN cell_line_disease x ON x.disease_id = a.below JOIN cell_line l ON l.id = x.line_id WHERE ");
    sql.condition(is_visible_to(actor, "l")).push(" GROUP BY a.id");
    sql.all(db).await
}

/// A disease and the code by which it was found.
#[derive(FromQueryResult)]
pub(super) struct Coded {
    /// The code; empty if it was found by its key.
    pub code: String,
    /// The disease.
    #[sea_orm(nested)]
    pub disease: NamedDisease,
}

/// Diseases by code and by key.
pub(super) async fn coded(
    db: &impl ConnectionTrait,
    codes: Vec<String>,
    ids: &[DiseaseId],
) -> Result<Vec<Coded>, DbErr> {
    let mut sql = Sql::new(
        "SELECT c.code, d.id, d.mondo_id, d.name, d.name_ko FROM disease_code c JOIN disease d ON d.id = c.disease_id
         WHERE c.code IN (",
    );
    sql.bind_all(codes).push(") UNION ALL SELECT '', d.id, d.mondo_id, d.name, d.name_ko ");
    sql.push("FROM disease d WHERE d.id IN (").bind_all(ids.iter().copied()).push(")");
    sql.all(db).await
}

/// How many published held lines there are, of all and of each kind.
pub(super) async fn held_counts(db: &impl ConnectionTrait) -> Result<HeldCounts, DbErr> {
    let changed = "(l.engineered_in_source OR EXISTS (SELECT 1 FROM genetic_modification g WHERE g.line_id = l.id))";
    let ill = "EXISTS (SELECT 1 FROM cell_line_disease x WHERE x.line_id = l.id)";
    let sum = |condition: &str| format!("CAST(coalesce(sum(CASE WHEN {condition} THEN 1 ELSE 0 END), 0) AS BIGINT)");
    let sql = format!(
        "SELECT count(*) AS all_lines, {} AS patient_derived, {} AS modified, {} AS unmodified, {} AS embryonic,
           {} AS clinical FROM cell_line l WHERE l.holding = 'held' AND l.publication_status = 'published'",
        sum(ill),
        sum(changed),
        sum(&format!("NOT {changed}")),
        sum("l.cell_type = 'embryonic'"),
        sum("l.grade = 'clinical'"),
    );
    Sql::new(sql).all(db).await?.pop().ok_or_else(|| DbErr::RecordNotFound("counts".into()))
}
