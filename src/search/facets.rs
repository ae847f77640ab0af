//! Facets: for each kind of filter, its values with the number of lines that choosing it would list.
//!
//! What stands in a line's own columns is counted once for all those kinds, by every combination that occurs (some
//! hundreds); each facet then adds up the combinations that the other kinds of filters admit. What only held lines have
//! is counted from those.

use super::filter::{Change, Field, Filter, Prepared};
use super::sql::{self, Combination};
use crate::actor::Actor;
use crate::app::App;
use crate::catalogue::Error;
use crate::inventory::rules::Availability;
use crate::language::Lang;
use sea_orm::{ActiveEnum, DbErr};
use std::cmp::Reverse;

/// Kinds of filters on a line's own columns.
const COLUMNS: [Field; 6] = [
    Field::Holding,
    Field::CellType,
    Field::Grade,
    Field::DonorSex,
    Field::PublicationStatus,
    Field::LivingModifiedOrganism,
];

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
    let lang = actor.lang;
    let counted = Counted::ask(app, &prepared, &[]).await?;
    let whatever_changed = match prepared.filter.has(Field::Modification) {
        true => &Counted::ask(app, &prepared, &[Field::Modification]).await?,
        false => &counted,
    };
    let sum = |field, name, value: fn(&Combination, Lang) -> Option<(String, String)>| {
        counted.facet(&prepared.filter, field, name, |one| value(one, lang))
    };
    Ok(vec![
        sum(Field::Holding, "holding", |one, lang| Some((named(one.holding), one.holding.label(lang).into()))),
        sum(Field::CellType, "cellType", |one, lang| Some((named(one.cell_type), one.cell_type.label(lang).into()))),
        sum(Field::Grade, "grade", |one, lang| one.grade.map(|grade| (named(grade), grade.label(lang).into()))),
        diseases(app, &prepared, lang).await?,
        availability(app, &prepared, lang).await?,
        modifications(app, &prepared, whatever_changed, lang).await?,
        sum(Field::LivingModifiedOrganism, "livingModifiedOrganism", |one, lang| {
            let label = if one.is_lmo() {
                lang.pick("Living modified organism", "유전자변형생물체(LMO)")
            } else {
                lang.pick("Not a living modified organism", "유전자변형생물체 아님")
            };
            Some((one.is_lmo().to_string(), label.into()))
        }),
        sum(Field::DonorSex, "donorSex", |one, lang| {
            one.sex.as_ref().map(|sex| (sex.clone(), label_of_sex(sex, lang)))
        }),
        sum(Field::PublicationStatus, "publicationStatus", |one, lang| {
            one.publication_status.map(|status| (named(status), status.label(lang).into()))
        }),
    ])
}

/// A value as the schema has it.
fn named(value: impl ActiveEnum<Value = String>) -> String {
    value.to_value().to_ascii_uppercase()
}

/// What a reader calls a sex in the source's words (Cellosaurus, `SX`).
pub fn label_of_sex(sex: &str, lang: Lang) -> String {
    let korean = match sex {
        "Female" => "여성",
        "Male" => "남성",
        "Mixed sex" => "혼합",
        "Sex ambiguous" => "모호함",
        "Sex unspecified" => "미상",
        other => other,
    };
    lang.pick(sex, korean).into()
}

impl Combination {
    fn is_lmo(&self) -> bool {
        self.lmo.unwrap_or(self.engineered_in_source)
    }

    /// The filters on columns admit it, one of them left out.
    fn is_admitted(&self, filter: &Filter, without: Option<Field>) -> bool {
        COLUMNS.into_iter().filter(|field| Some(*field) != without && filter.has(*field)).all(|field| match field {
            Field::Holding => filter.holding.contains(&self.holding),
            Field::CellType => filter.cell_type.contains(&self.cell_type),
            Field::Grade => self.grade.is_some_and(|grade| filter.grade.contains(&grade)),
            Field::DonorSex => self.sex.as_ref().is_some_and(|sex| filter.sex.contains(sex)),
            Field::PublicationStatus => self.publication_status.is_some_and(|status| filter.status.contains(&status)),
            _ => filter.lmo == Some(self.is_lmo()),
        })
    }
}

/// Every combination of columns among the lines that the filters on other things admit.
struct Counted(Vec<Combination>);

impl Counted {
    async fn ask(app: &App, prepared: &Prepared, without: &[Field]) -> Result<Self, DbErr> {
        if prepared.finds_nothing() {
            return Ok(Self(vec![]));
        }
        Ok(Self(sql::combinations(app.db.read(), prepared, &[&COLUMNS, without].concat()).await?))
    }

    fn facet(
        &self,
        filter: &Filter,
        field: Field,
        name: &'static str,
        value: impl Fn(&Combination) -> Option<(String, String)>,
    ) -> Facet {
        let mut values: Vec<Value> = vec![];
        for one in self.0.iter().filter(|one| one.is_admitted(filter, Some(field))) {
            let Some((value, label)) = value(one) else { continue };
            match values.iter_mut().find(|there| there.value == value) {
                Some(there) => there.count += one.lines,
                None => values.push(Value { value, label, count: one.lines }),
            }
        }
        Facet { field: name, values: most_first(values) }
    }
}

fn most_first(mut values: Vec<Value>) -> Vec<Value> {
    values.retain(|value| value.count > 0);
    values.sort_by(|a, b| (Reverse(a.count), &a.value).cmp(&(Reverse(b.count), &b.value)));
    values
}

/// From the held lines: no other has a band.
async fn availability(app: &App, prepared: &Prepared, lang: Lang) -> Result<Facet, DbErr> {
    let rows = if prepared.finds_nothing() { vec![] } else { sql::stock(app.db.read(), prepared).await? };
    let mut values: Vec<Value> = vec![];
    for row in rows {
        let (band, count) = (Availability::of(row.free), row.lines);
        let value = async_graphql::resolver_utils::enum_value(band).into_json().unwrap_or_default();
        let value = value.as_str().unwrap_or_default().to_owned();
        match values.iter_mut().find(|there| there.value == value) {
            Some(there) => there.count += count,
            None => values.push(Value { value, label: band.label(lang).into(), count }),
        }
    }
    Ok(Facet { field: "availability", values: most_first(values) })
}

/// From the recorded changes, which are few; lines without any are the rest.
async fn modifications(app: &App, prepared: &Prepared, all: &Counted, lang: Lang) -> Result<Facet, DbErr> {
    let mut values = vec![];
    if !prepared.finds_nothing() {
        let db = app.db.read();
        for sql::Changed { kind, lines } in sql::changes(db, prepared).await? {
            values.push(Value { value: named(kind), label: kind.label(lang).into(), count: lines });
        }
        let changed = sql::changed_here(db, prepared).await?;
        let admitted = all.0.iter().filter(|one| !one.engineered_in_source && one.is_admitted(&prepared.filter, None));
        let count = admitted.map(|one| one.lines).sum::<i64>() - changed;
        values.push(Value { value: "NONE".into(), label: Change::None.label(lang).into(), count });
    }
    Ok(Facet { field: "modification", values: most_first(values) })
}

async fn diseases(app: &App, prepared: &Prepared, lang: Lang) -> Result<Facet, DbErr> {
    let rows = if prepared.finds_nothing() { vec![] } else { sql::diseases(app.db.read(), prepared, lang).await? };
    let value = |row: sql::DiseaseOfLines| Value { value: row.id.global(), label: row.label, count: row.lines };
    Ok(Facet { field: "disease", values: rows.into_iter().map(value).collect() })
}
