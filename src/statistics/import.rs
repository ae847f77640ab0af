//! Importing the published totals of years before the bank's records began.

use super::rules::YEARS;
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::command::{Command, Work, permit};
use crate::db::Sql;
use crate::import::pipeline::{Message, Met};
use crate::import::{Error, Flaw, Options, Progress, Row, Run, Source, Summary, Table, spawn_parser};
use sea_orm::{ConnectionTrait, DbErr, Value};
use tokio::sync::mpsc::Receiver;

const KINDS: &[&[&str]] = &[&["year", "measure", "institution_type", "value", "source"]];
const MEASURES: [&str; 4] = ["distributions", "requests", "vials", "institutions"];
const TYPES: [&str; 5] = ["university", "company", "institute", "hospital", "government"];

/// A total of a year.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Total {
    year: i32,
    measure: String,
    /// `None`: all types together.
    institution_type: Option<String>,
    value: i64,
    source: String,
}

/// Imports yearly totals.
///
/// # Errors
/// Not allowed, a table of another kind, a source that broke off, or those of the database.
pub async fn import(
    app: &App,
    actor: &Actor,
    source: Source,
    options: Options,
    progress: &dyn Progress,
) -> Result<Summary, Error> {
    permit::<ImportTotals<'_>>(actor)?;
    let about = (source.name.clone(), source.size);
    let (table, _) = Table::open(source, KINDS).await?;
    let mut run = Run::start(app, actor, "history", about, options, progress).await?;
    let mut met = Met::default();
    let mut totals = spawn_parser(table.consumed(), actor.lang, run.options.chunk, move |sink| {
        table.read(sink, |row| {
            let total = Total::read(row)?;
            let kind = total.institution_type.as_deref().unwrap_or_default();
            let key = format!("{} {} {kind}", total.year, total.measure);
            if met.first(&key) { Ok(total) } else { Err(Flaw::repeated(key.trim())) }
        })
    });
    let outcome = write_all(app, actor, &mut run, &mut totals).await;
    drop(totals);
    run.end(outcome).await
}

async fn write_all(
    app: &App,
    actor: &Actor,
    run: &mut Run<'_>,
    chunks: &mut Receiver<Message<Total>>,
) -> Result<(), Error> {
    while let Some(totals) = run.next(chunks).await? {
        let (created, updated) = if run.options.dry_run {
            let plan = Plan::make(app.db.read(), &totals).await?;
            (plan.new.len() as u64, plan.changed.len() as u64)
        } else {
            app.run(actor, ImportTotals { totals: &totals }).await?
        };
        run.summary.created += created;
        run.summary.updated += updated;
        run.summary.unchanged += totals.len() as u64 - created - updated;
    }
    Ok(())
}

/// What differs from what is there.
#[derive(Default)]
struct Plan<'a> {
    new: Vec<&'a Total>,
    changed: Vec<&'a Total>,
}

impl<'a> Plan<'a> {
    async fn make(db: &impl ConnectionTrait, totals: &'a [Total]) -> Result<Self, DbErr> {
        let mut plan = Self::default();
        for total in totals {
            match total.stored(db).await? {
                None => plan.new.push(total),
                Some((value, source)) if value == total.value && source == total.source => {}
                Some(_) => plan.changed.push(total),
            }
        }
        Ok(plan)
    }
}

/// Writes a chunk of totals, those that differ; gives how many were new and how many changed.
///
/// Refused: nothing but a caller who may not.
struct ImportTotals<'a> {
    totals: &'a [Total],
}

impl Command for ImportTotals<'_> {
    const VERB: Verb = Verb::ImportTotals;
    type Output = (u64, u64);
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(u64, u64), Error> {
        let plan = Plan::make(work, self.totals).await?;
        for total in &plan.new {
            let sql = "INSERT INTO historical_total (year, measure, institution_type, value, source)
                       VALUES ($1, $2, $3, $4, $5)";
            Sql::with(sql, total.values()).run(work).await?;
        }
        for total in &plan.changed {
            let sql = "UPDATE historical_total SET value = $4, source = $5
                       WHERE year = $1 AND measure = $2 AND coalesce(institution_type, '') = coalesce($3, '')";
            Sql::with(sql, total.values()).run(work).await?;
        }
        let counts = (plan.new.len() as u64, plan.changed.len() as u64);
        if counts != (0, 0) {
            work.public_changed();
        }
        Ok(counts)
    }
}

impl Total {
    fn read(row: &Row) -> Result<Self, Flaw> {
        let bad = |column: &str| Flaw::bad_field(column, row.get(column));
        let one_of = |column: &str, known: &[&str]| {
            let text = row.get(column).to_ascii_lowercase();
            if known.contains(&text.as_str()) { Ok(text) } else { Err(bad(column)) }
        };
        Ok(Self {
            year: row.get("year").parse().ok().filter(|year| YEARS.contains(year)).ok_or_else(|| bad("year"))?,
            measure: one_of("measure", &MEASURES)?,
            institution_type: match row.get("institution_type") {
                "" => None,
                _ => Some(one_of("institution_type", &TYPES)?),
            },
            value: row.get("value").parse().ok().filter(|value| *value >= 0).ok_or_else(|| bad("value"))?,
            source: row.optional("source").ok_or_else(|| bad("source"))?,
        })
    }

    /// Value and source that are there for the same year, measure and type.
    async fn stored(&self, db: &impl ConnectionTrait) -> Result<Option<(i64, String)>, DbErr> {
        let sql = "SELECT value, source FROM historical_total
                   WHERE year = $1 AND measure = $2 AND coalesce(institution_type, '') = coalesce($3, '')";
        let row = Sql::with(sql, self.values().into_iter().take(3)).one(db).await?;
        row.map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).transpose()
    }

    fn values(&self) -> [Value; 5] {
        [
            self.year.into(),
            self.measure.as_str().into(),
            self.institution_type.clone().into(),
            self.value.into(),
            self.source.as_str().into(),
        ]
    }
}
