//! Statements of the search that are written by hand, and the conditions of a filter as text. One place for lists,
//! counts and facets, so that they agree.

use super::filter::{Change, Field, Prepared};
use crate::actor::Actor;
use crate::catalogue::queries::{ListedLine, is_visible_to};
use crate::catalogue::{CellType, Grade, Holding, ModificationKind as Kind, PublicationStatus};
use crate::db::Sql;
use crate::id::DiseaseId;
use crate::inventory::queries::{is_free, is_given_out};
use crate::inventory::rules::{Availability, PLENTY};
use crate::inventory::sql::push_free_vial_count;
use crate::language::Lang;
use crate::page::Keyset;
use crate::search_words;
use sea_orm::{ActiveEnum, ConnectionTrait, DbErr, FromQueryResult};

/// Columns of [`ListedLine`], of a table called `l`.
const LISTED: &str =
    "l.id, l.holding, l.accession, l.name, l.name_key, l.rrid, l.cell_type, l.grade, l.publication_status, l.made_up";
/// Diseases that their facet lists, most lines first.
const DISEASES: usize = 20;
/// Search words that one try at a suggestion looks at.
const LOOKED_AT: usize = 100;

/// A line of a list.
#[derive(FromQueryResult)]
pub(super) struct Listed {
    /// How well it fits what was typed: 0 best, 3 least; 0 without a search.
    pub rank: i32,
    /// Diseases of the filter that there are.
    pub known: i64,
    /// The line.
    #[sea_orm(nested)]
    pub line: ListedLine,
}

/// The lines of one window of a list, by their rank first if they are ranked.
pub(super) async fn listed(
    db: &impl ConnectionTrait,
    prepared: &Prepared,
    keyset: &Keyset,
    ranked: bool,
) -> Result<Vec<Listed>, DbErr> {
    let mut sql = Sql::new(format!("SELECT {LISTED}, "));
    prepared.count_codes(&mut sql);
    sql.push(" AS known, ");
    if ranked {
        sql.push("l.rank FROM (SELECT l.*, ");
        rank(&mut sql, prepared);
        sql.push(" AS rank FROM cell_line l WHERE ");
        prepared.narrow(&mut sql, &[]);
        sql.push(") l WHERE 1 = 1");
    } else {
        sql.push("0 AS rank FROM cell_line l WHERE ");
        prepared.narrow(&mut sql, &[]);
    }
    keyset.narrow(&mut sql);
    keyset.order(&mut sql);
    sql.all(db).await
}

/// 0: the whole search is an accession, RRID or name; 1: a synonym; 2: it begins the name; 3: the rest.
fn rank(sql: &mut Sql, prepared: &Prepared) {
    let whole = prepared.whole.clone().unwrap_or_default();
    sql.push("CASE WHEN l.id IN (SELECT line_id FROM cell_line_token WHERE token = ").bind(whole.clone());
    sql.push(" AND weight = 0) THEN 0 WHEN l.id IN (SELECT line_id FROM cell_line_token WHERE token = ")
        .bind(whole.clone());
    sql.push(" AND weight = 1) THEN 1 WHEN l.name_key >= ").bind(whole.clone()).push(" AND l.name_key < ");
    sql.bind(search_words::prefix_end(&whole)).push(" THEN 2 ELSE 3 END");
}

/// How many lines a list has.
pub(super) async fn count(db: &impl ConnectionTrait, prepared: &Prepared) -> Result<i64, DbErr> {
    let mut sql = Sql::new("SELECT count(*) FROM cell_line l WHERE ");
    prepared.narrow(&mut sql, &[]);
    sql.number(db).await
}

/// How often a combination of columns occurs.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Combination {
    pub holding: Holding,
    pub cell_type: CellType,
    pub grade: Option<Grade>,
    pub sex: Option<String>,
    pub publication_status: Option<PublicationStatus>,
    pub lmo: Option<bool>,
    pub engineered_in_source: bool,
    pub lines: i64,
}

/// Every combination of columns among the lines of a list, some kinds of filters left out.
pub(super) async fn combinations(
    db: &impl ConnectionTrait,
    prepared: &Prepared,
    without: &[Field],
) -> Result<Vec<Combination>, DbErr> {
    // In the order of the index `cell_line_counted`.
    let columns = "l.holding, l.cell_type, l.grade, l.sex, l.publication_status, l.lmo, l.engineered_in_source";
    let mut sql = Sql::new(format!("SELECT {columns}, count(*) AS lines FROM cell_line l WHERE "));
    prepared.narrow(&mut sql, without);
    sql.push(" GROUP BY ").push(columns);
    sql.all(db).await
}

/// How many held lines have so many free vials, counted as far as a band needs: no other lines have a band.
#[derive(FromQueryResult)]
pub(super) struct Stocked {
    pub free: i64,
    pub lines: i64,
}

/// The stock of the held lines of a list, the filter by bands left out.
pub(super) async fn stock(db: &impl ConnectionTrait, prepared: &Prepared) -> Result<Vec<Stocked>, DbErr> {
    let mut sql = Sql::new("SELECT s.free, count(*) AS lines FROM (SELECT ");
    push_free_vial_count(&mut sql, "l.id", prepared.now);
    sql.push(" AS free FROM cell_line l WHERE l.holding = 'held' AND ");
    prepared.narrow(&mut sql, &[Field::Availability]);
    sql.push(") s GROUP BY s.free");
    sql.all(db).await
}

/// How many lines were changed in one way.
#[derive(FromQueryResult)]
pub(super) struct Changed {
    pub kind: Kind,
    pub lines: i64,
}

/// Engineered changes of the lines of a list by their kind, the filter by kinds left out; from the recorded changes,
/// which are few.
pub(super) async fn changes(db: &impl ConnectionTrait, prepared: &Prepared) -> Result<Vec<Changed>, DbErr> {
    let mut sql = Sql::new(
        "SELECT g.kind, count(DISTINCT g.line_id) AS lines FROM genetic_modification g CROSS JOIN cell_line l
         WHERE l.id = g.line_id AND ",
    );
    prepared.narrow(&mut sql, &[Field::Modification]);
    sql.push(" GROUP BY g.kind");
    sql.all(db).await
}

/// How many of those lines have a recorded change of which their source does not tell.
pub(super) async fn changed_here(db: &impl ConnectionTrait, prepared: &Prepared) -> Result<i64, DbErr> {
    let mut sql = Sql::new(
        "SELECT count(DISTINCT g.line_id) FROM genetic_modification g CROSS JOIN cell_line l
         WHERE l.id = g.line_id AND NOT l.engineered_in_source AND ",
    );
    prepared.narrow(&mut sql, &[Field::Modification]);
    sql.number(db).await
}

/// A disease with the number of its lines.
#[derive(FromQueryResult)]
pub(super) struct DiseaseOfLines {
    pub id: DiseaseId,
    pub label: String,
    pub lines: i64,
}

/// Diseases of the lines of a list, those with most lines first, the filter by diseases left out. A line counts for the
/// diseases above its own too.
pub(super) async fn diseases(
    db: &impl ConnectionTrait,
    prepared: &Prepared,
    lang: Lang,
) -> Result<Vec<DiseaseOfLines>, DbErr> {
    let name = lang.pick("d.name", "coalesce(d.name_ko, d.name)");
    let mut sql = Sql::new(format!(
        "SELECT d.id, {name} AS label, count(DISTINCT l.id) AS lines
         FROM cell_line l JOIN cell_line_disease x ON x.line_id = l.id
         JOIN (SELECT disease_id, ancestor_id FROM disease_ancestor UNION ALL SELECT id, id FROM disease) a
           ON a.disease_id = x.disease_id
         JOIN disease d ON d.id = a.ancestor_id
         WHERE EXISTS (SELECT 1 FROM cell_line_disease own WHERE own.disease_id = d.id) AND "
    ));
    prepared.narrow(&mut sql, &[Field::Disease]);
    sql.push(&format!(" GROUP BY d.id, d.name, d.name_ko ORDER BY 3 DESC, 1 LIMIT {DISEASES}"));
    sql.all(db).await
}

/// A name that a search may be about.
#[derive(FromQueryResult)]
pub(super) struct Name {
    pub name: String,
}

/// Names of lines, at most so many, of which a whole name, accession, RRID or synonym begins so.
pub(super) async fn lines_beginning(
    db: &impl ConnectionTrait,
    actor: &Actor,
    beginning: &str,
    most: usize,
) -> Result<Vec<Name>, DbErr> {
    let mut sql = Sql::new("SELECT l.name FROM cell_line l WHERE ");
    sql.condition(is_visible_to(actor, "l")).push(" AND l.id IN (");
    sql.push("SELECT line_id FROM (SELECT line_id FROM cell_line_token WHERE token >= ").bind(beginning);
    sql.push(" AND token < ").bind(search_words::prefix_end(beginning));
    sql.push(&format!(" AND weight <= 1 ORDER BY token LIMIT {LOOKED_AT}) t) ORDER BY l.holding, l.name_key, l.id"));
    sql.push(&format!(" LIMIT {most}"));
    sql.all(db).await
}

/// Names of diseases, at most so many, that have a word that begins so; only those of which the actor sees a line.
pub(super) async fn diseases_beginning(
    db: &impl ConnectionTrait,
    actor: &Actor,
    beginning: &str,
    most: usize,
) -> Result<Vec<Name>, DbErr> {
    let name = actor.lang.pick("d.name", "coalesce(d.name_ko, d.name)");
    let mut sql = Sql::new(format!(
        "SELECT {name} AS name FROM disease d WHERE d.id IN (
           SELECT disease_id FROM (SELECT disease_id FROM disease_token WHERE token >= "
    ));
    sql.bind(beginning).push(" AND token < ").bind(search_words::prefix_end(beginning));
    sql.push(&format!(" ORDER BY token LIMIT {LOOKED_AT}) t) AND EXISTS ("));
    sql.push("SELECT 1 FROM cell_line_disease x JOIN cell_line l ON l.id = x.line_id WHERE x.disease_id = d.id AND ");
    sql.condition(is_visible_to(actor, "l"));
    sql.push(&format!(") ORDER BY d.core DESC, d.name_key, d.id LIMIT {most}"));
    sql.all(db).await
}

/// The condition that neither source nor bank knows of an engineered change of a line called `l`.
const UNCHANGED: &str = "NOT l.engineered_in_source AND l.id NOT IN (SELECT line_id FROM genetic_modification)";

impl Prepared {
    /// Adds the conditions on a line called `l`, leaving some kinds out for their own facets.
    fn narrow(&self, sql: &mut Sql, without: &[Field]) {
        sql.condition(self.visible.clone());
        let filter = &self.filter;
        let wanted = |field| !without.contains(&field) && filter.has(field);
        if wanted(Field::Holding) {
            sql.push(" AND l.holding IN (").bind_all(filter.holding.iter().map(|v| v.to_value())).push(")");
        }
        if wanted(Field::CellType) {
            sql.push(" AND l.cell_type IN (").bind_all(filter.cell_type.iter().map(|v| v.to_value())).push(")");
        }
        if wanted(Field::Grade) {
            sql.push(" AND l.grade IN (").bind_all(filter.grade.iter().map(|v| v.to_value())).push(")");
        }
        if wanted(Field::PublicationStatus) {
            sql.push(" AND l.publication_status IN (").bind_all(filter.status.iter().map(|v| v.to_value())).push(")");
        }
        if wanted(Field::DonorSex) {
            sql.push(" AND l.sex IN (").bind_all(filter.sex.iter().cloned()).push(")");
        }
        if let Some(lmo) = filter.lmo.filter(|_| wanted(Field::LivingModifiedOrganism)) {
            sql.push(" AND coalesce(l.lmo, l.engineered_in_source) = ").bind(lmo);
        }
        if wanted(Field::Disease) {
            self.narrow_to_diseases(sql);
        }
        if wanted(Field::Modification) {
            self.narrow_to_modifications(sql);
        }
        if wanted(Field::Availability) {
            self.narrow_to_bands(sql);
        }
        if let Some(in_stock) = filter.in_stock.filter(|_| wanted(Field::InStock)) {
            sql.push(if in_stock { " AND l.id IN (" } else { " AND l.id NOT IN (" });
            sql.push("SELECT o.line_id FROM lot o JOIN vial v ON v.lot_id = o.id WHERE ").condition(is_given_out("o"));
            sql.push(" AND ").condition(is_free("v", self.now)).push(")");
        }
        if let Some(whole) = self.whole.as_ref().filter(|_| wanted(Field::Search)) {
            self.narrow_to_text(sql, whole);
        }
    }

    fn narrow_to_modifications(&self, sql: &mut Sql) {
        let kinds: Vec<_> = self.filter.modification.iter().filter_map(|change| change.kind()).collect();
        let none = self.filter.modification.contains(&Change::None);
        sql.push(" AND (");
        if none {
            sql.push("(").push(UNCHANGED).push(")");
        }
        if !kinds.is_empty() {
            sql.push(if none { " OR " } else { "" });
            sql.push("l.id IN (SELECT line_id FROM genetic_modification WHERE kind IN (");
            sql.bind_all(kinds.iter().map(|kind| kind.to_value())).push("))");
        }
        sql.push(")");
    }

    /// Begins from the held lines, which are few, and looks at no more vials of each than a band needs.
    fn narrow_to_bands(&self, sql: &mut Sql) {
        let numbers = (0..=PLENTY).filter(|free| self.filter.availability.contains(&Availability::of(*free)));
        sql.push(" AND l.id IN (SELECT h.id FROM cell_line h WHERE h.holding = 'held' AND ");
        push_free_vial_count(sql, "h.id", self.now);
        sql.push(" IN (").bind_all(numbers).push("))");
    }

    /// Sets of keys are united in one subquery and never joined by OR: PostgreSQL reads whole tables for an OR of them.
    fn narrow_to_diseases(&self, sql: &mut Sql) {
        sql.push(" AND l.id IN (WITH named (id) AS (SELECT disease_id FROM disease_code WHERE ");
        among(sql, "code", &self.codes);
        sql.push(" UNION SELECT id FROM disease WHERE ");
        among(sql, "id", &self.diseases.iter().map(|id| id.0).collect::<Vec<_>>());
        sql.push(") SELECT line_id FROM cell_line_disease WHERE disease_id IN (SELECT id FROM named UNION ");
        sql.push("SELECT disease_id FROM disease_ancestor WHERE ancestor_id IN (SELECT id FROM named)))");
    }

    /// Adds the number of codes that are a disease's; a list has it come along instead of asking before.
    fn count_codes(&self, sql: &mut Sql) {
        sql.push("(SELECT count(DISTINCT code) FROM disease_code WHERE ");
        among(sql, "code", &self.codes);
        sql.push(")");
    }

    /// Every word of the search stands in the line or in its diseases; or all of it together begins a name, or is a
    /// name or code of a disease. One list of lines, so that neither engine goes through all of them. The lists of two
    /// words meet by INTERSECT: of a join PostgreSQL expects many times as many lines as there are, and then compares
    /// all with all.
    fn narrow_to_text(&self, sql: &mut Sql, whole: &str) {
        sql.push(" AND l.id IN (SELECT line_id FROM cell_line_token WHERE token >= ").bind(whole);
        sql.push(" AND token < ").bind(search_words::prefix_end(whole)).push(" AND weight <= 1 UNION ");
        lines_of_diseases(sql, |sql| {
            sql.push("t.token = ").bind(whole);
        });
        for (i, term) in self.terms.iter().enumerate() {
            sql.push(if i == 0 { " UNION SELECT line_id FROM (" } else { " INTERSECT " });
            sql.push("SELECT line_id FROM (SELECT t.line_id FROM cell_line_token t WHERE ");
            begins(sql, term);
            sql.push(" UNION ");
            lines_of_diseases(sql, |sql| begins(sql, term));
            sql.push(") w");
        }
        sql.push(if self.terms.is_empty() { ")" } else { ") s)" });
    }
}

/// Adds the condition that a word called `t` begins so. One Latin letter or digit begins too many words to narrow
/// anything: it has to be the word.
fn begins(sql: &mut Sql, term: &str) {
    if term.len() == 1 {
        sql.push("t.token = ").bind(term);
        return;
    }
    sql.push("t.token >= ").bind(term).push(" AND t.token < ").bind(search_words::prefix_end(term));
}

/// Adds a list of the lines of diseases whose word `t` fulfils a condition, and of the diseases below those.
fn lines_of_diseases(sql: &mut Sql, condition: impl Fn(&mut Sql)) {
    sql.push("SELECT x.line_id FROM disease_token t JOIN cell_line_disease x ON x.disease_id = t.disease_id WHERE ");
    condition(sql);
    sql.push(
        " UNION SELECT x.line_id FROM disease_token t JOIN disease_ancestor a ON a.ancestor_id = t.disease_id
         JOIN cell_line_disease x ON x.disease_id = a.disease_id WHERE ",
    );
    condition(sql);
}

/// Adds the condition that a column has one of these values.
fn among<V: Clone + Into<sea_orm::Value>>(sql: &mut Sql, column: &str, values: &[V]) {
    if values.is_empty() {
        sql.push("1 = 0");
    } else {
        sql.push(column).push(" IN (").bind_all(values.iter().cloned()).push(")");
    }
}
