//! Facets: for each kind of filter, its values with the number of lines that choosing it would list.

use super::filter::{Field, Filter};
use crate::actor::Actor;
use crate::app::App;
use crate::catalogue::Error;
use crate::catalogue::model::cell_line::{CellType, Grade, Holding};
use crate::db::Sql;
use crate::id::DiseaseId;
use crate::language::Lang;
use sea_orm::{ActiveEnum, DbErr, QueryResult};

/// Diseases that their facet lists, most lines first.
const DISEASES: usize = 20;

/// One value of a facet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The value as a filter takes it.
    pub value: String,
    /// What a reader calls it.
    pub label: String,
    /// Lines that it would list together with the other kinds of filters.
    pub count: i64,
}

/// A kind of filter with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// Which filter, by its name in the input.
    pub field: &'static str,
    /// Its values, most lines first.
    pub values: Vec<Value>,
}

/// The facets of a list.
///
/// # Errors
/// A wrong filter, or those of the database.
pub async fn facets(app: &App, actor: &Actor, filter: Filter) -> Result<Vec<Facet>, Error> {
    let prepared = filter.prepare(app, actor)?;
    prepared.check_codes(app).await?;
    let kinds: [(Field, &str, &str, Labels); 3] = [
        (Field::Holding, "holding", "l.holding", |row, lang| labelled::<Holding>(row, lang, Holding::label)),
        (Field::CellType, "cellType", "l.cell_type", |row, lang| labelled::<CellType>(row, lang, CellType::label)),
        (Field::Grade, "grade", "l.grade", |row, lang| labelled::<Grade>(row, lang, Grade::label)),
    ];
    let mut facets = vec![];
    for (field, name, column, label) in kinds {
        let mut sql = Sql::new(format!("SELECT {column}, count(*) FROM cell_line l WHERE {column} IS NOT NULL AND "));
        prepared.narrow(&mut sql, Some(field));
        sql.push(&format!(" GROUP BY {column} ORDER BY 2 DESC, 1"));
        let rows = if prepared.finds_nothing() { vec![] } else { sql.rows(app.db.read()).await? };
        let values = rows.iter().map(|row| label(row, actor.lang)).collect::<Result<_, _>>()?;
        facets.push(Facet { field: name, values });
    }
    let name = actor.lang.pick("d.name", "coalesce(d.name_ko, d.name)");
    let mut sql = Sql::new(format!(
        "SELECT d.id, {name}, count(DISTINCT l.id) FROM cell_line l JOIN cell_line_disease x ON x.line_id = l.id
         JOIN (SELECT disease_id, ancestor_id FROM disease_ancestor UNION ALL SELECT id, id FROM disease) a
           ON a.disease_id = x.disease_id
         JOIN disease d ON d.id = a.ancestor_id
         WHERE EXISTS (SELECT 1 FROM cell_line_disease own WHERE own.disease_id = d.id) AND "
    ));
    prepared.narrow(&mut sql, Some(Field::Disease));
    sql.push(&format!(" GROUP BY d.id, d.name, d.name_ko ORDER BY 3 DESC, 1 LIMIT {DISEASES}"));
    let rows = if prepared.finds_nothing() { vec![] } else { sql.rows(app.db.read()).await? };
    facets.push(Facet { field: "disease", values: rows.iter().map(disease).collect::<Result<_, _>>()? });
    Ok(facets)
}

type Labels = fn(&QueryResult, Lang) -> Result<Value, DbErr>;

fn labelled<E>(row: &QueryResult, lang: Lang, label: fn(E, Lang) -> &'static str) -> Result<Value, DbErr>
where
    E: ActiveEnum<Value = String> + sea_orm::TryGetable + Copy,
{
    let value: E = row.try_get_by_index(0)?;
    Ok(Value {
        value: value.to_value().to_ascii_uppercase(),
        label: label(value, lang).into(),
        count: row.try_get_by_index(1)?,
    })
}

fn disease(row: &QueryResult) -> Result<Value, DbErr> {
    let id: DiseaseId = row.try_get_by_index(0)?;
    Ok(Value { value: id.global(), label: row.try_get_by_index(1)?, count: row.try_get_by_index(2)? })
}
