//! What of the lines to list, put into SQL. One place for lists, counts and facets, so that they agree.

use crate::actor::Actor;
use crate::app::App;
use crate::catalogue::model::cell_line::{CellType, Grade, Holding};
use crate::catalogue::queries::{checked_terms, visible_to};
use crate::catalogue::{self, Error};
use crate::db::Sql;
use crate::id::DiseaseId;
use crate::inventory::queries::{GIVEN_OUT, is_free};
use crate::words;
use chrono::{DateTime, Utc};
use sea_orm::ActiveEnum;

/// Filters; those of one kind widen (OR), different kinds narrow (AND).
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// What the reader typed.
    pub search: Option<String>,
    /// Held or reference.
    pub holding: Vec<Holding>,
    /// Kinds of cells.
    pub cell_type: Vec<CellType>,
    /// Grades; only held lines have one.
    pub grade: Vec<Grade>,
    /// Diseases by id or code; each with the diseases below it.
    pub disease: Vec<String>,
    /// Only lines of which a vial could be given out now, or only the others.
    pub in_stock: Option<bool>,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "CellLineOrder")]
pub enum Order {
    /// Exact matches first, held lines before reference lines, then by name. Without a search: held lines, then by name.
    Relevance,
    /// Held lines first, then by name.
    Name,
    /// The newest in the catalogue first.
    Newest,
}

/// A filter whose names were looked up, ready to be put into SQL.
#[derive(Clone, Debug)]
pub struct Prepared {
    visible: &'static str,
    filter: Filter,
    diseases: Vec<DiseaseId>,
    /// The whole search without spaces and hyphens.
    pub(super) whole: Option<String>,
    terms: Vec<String>,
    now: DateTime<Utc>,
}

/// A kind of filter, as facets leave one out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Held or reference.
    Holding,
    /// Kind of cells.
    CellType,
    /// Grade.
    Grade,
    /// Disease.
    Disease,
}

impl Filter {
    /// Looks the names in the filter up.
    ///
    /// # Errors
    /// An overlong search, or a disease that is not there.
    pub async fn prepare(self, app: &App, actor: &Actor) -> Result<Prepared, Error> {
        let terms = checked_terms(self.search.as_deref())?;
        let mut diseases = vec![];
        for name in &self.disease {
            diseases.push(catalogue::queries::disease_named(app, name).await?);
        }
        let whole = self.search.as_deref().map(words::compact).filter(|whole| !whole.is_empty());
        Ok(Prepared { visible: visible_to(actor), filter: self, diseases, whole, terms, now: app.clock.now() })
    }
}

impl Prepared {
    /// True if something was typed that has no letter or digit: nothing is found by it.
    pub fn finds_nothing(&self) -> bool {
        self.whole.is_none() && self.filter.search.as_ref().is_some_and(|text| !text.trim().is_empty())
    }

    /// Adds the conditions on a line called `l`, leaving one kind out for its own facet.
    pub fn narrow(&self, sql: &mut Sql, without: Option<Field>) {
        sql.push(self.visible);
        let wanted = |field| without != Some(field);
        if wanted(Field::Holding) && !self.filter.holding.is_empty() {
            sql.push(" AND l.holding IN (").bind_all(self.filter.holding.iter().map(|v| v.to_value())).push(")");
        }
        if wanted(Field::CellType) && !self.filter.cell_type.is_empty() {
            sql.push(" AND l.cell_type IN (").bind_all(self.filter.cell_type.iter().map(|v| v.to_value())).push(")");
        }
        if wanted(Field::Grade) && !self.filter.grade.is_empty() {
            sql.push(" AND l.grade IN (").bind_all(self.filter.grade.iter().map(|v| v.to_value())).push(")");
        }
        if wanted(Field::Disease) && !self.diseases.is_empty() {
            self.narrow_to_diseases(sql);
        }
        if let Some(in_stock) = self.filter.in_stock {
            sql.push(if in_stock { " AND l.id IN (" } else { " AND l.id NOT IN (" });
            sql.push("SELECT o.line_id FROM lot o JOIN vial v ON v.lot_id = o.id WHERE ").push(GIVEN_OUT).push(" AND ");
            is_free(sql, self.now);
            sql.push(")");
        }
        if let Some(whole) = &self.whole {
            self.narrow_to_text(sql, whole);
        }
    }

    fn narrow_to_diseases(&self, sql: &mut Sql) {
        let ids: Vec<i64> = self.diseases.iter().map(|id| id.0).collect();
        sql.push(" AND l.id IN (SELECT line_id FROM cell_line_disease WHERE disease_id IN (");
        sql.bind_all(ids.clone())
            .push(") OR disease_id IN (SELECT disease_id FROM disease_ancestor WHERE ancestor_id IN (");
        sql.bind_all(ids).push(")))");
    }

    /// Every word of the search stands in the line or in its diseases; or all of it together begins a name.
    fn narrow_to_text(&self, sql: &mut Sql, whole: &str) {
        sql.push(" AND (l.id IN (SELECT line_id FROM cell_line_token WHERE token >= ").bind(whole);
        sql.push(" AND token < ").bind(words::prefix_end(whole)).push(" AND weight <= 1)");
        for (i, term) in self.terms.iter().enumerate() {
            let end = words::prefix_end(term);
            sql.push(if i == 0 { " OR (" } else { " AND " });
            sql.push("l.id IN (SELECT line_id FROM cell_line_token WHERE token >= ").bind(term.clone());
            sql.push(" AND token < ").bind(end.clone());
            sql.push(" UNION SELECT line_id FROM cell_line_disease WHERE disease_id IN (");
            sql.push("SELECT disease_id FROM disease_token WHERE token >= ").bind(term.clone());
            sql.push(" AND token < ").bind(end.clone());
            sql.push(" UNION SELECT a.disease_id FROM disease_token t JOIN disease_ancestor a ON a.ancestor_id = t.disease_id");
            sql.push(" WHERE t.token >= ").bind(term.clone()).push(" AND t.token < ").bind(end).push("))");
        }
        sql.push(if self.terms.is_empty() { ")" } else { "))" });
    }
}
