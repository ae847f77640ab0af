//! Importing the published totals of years before the bank's records began.

use super::model::historical_total::{ActiveModel, Entity, Measure};
use super::queries::published_total;
use super::rules::YEARS;
use crate::accounts::model::institution;
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::command::{Command, Work, permit};
use crate::import::pipeline::{Message, Met};
use crate::import::{Error, Flaw, Options, Progress, Row, Run, Source, Summary, Table, spawn_parser};
use sea_orm::{ActiveEnum, ConnectionTrait, DbErr, EntityTrait, Set, Unchanged};
use tokio::sync::mpsc::Receiver;

const KINDS: &[&[&str]] = &[&["year", "measure", "institution_type", "value", "source"]];

/// A total of a year.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Total {
    year: i32,
    measure: Measure,
    /// `None`: all types together.
    institution_type: Option<institution::Type>,
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
            let kind = total.institution_type.map(|kind| kind.to_value()).unwrap_or_default();
            let key = format!("{} {} {kind}", total.year, total.measure.to_value());
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
    /// With the key of what is there.
    changed: Vec<(i64, &'a Total)>,
}

impl<'a> Plan<'a> {
    async fn make(db: &impl ConnectionTrait, totals: &'a [Total]) -> Result<Self, DbErr> {
        let mut plan = Self::default();
        for total in totals {
            match published_total(db, total.year, total.measure, total.institution_type).await? {
                None => plan.new.push(total),
                Some(there) if there.value == total.value && there.source == total.source => {}
                Some(there) => plan.changed.push((there.id, total)),
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
            Entity::insert(total.row()).exec_without_returning(work).await?;
        }
        for (id, total) in &plan.changed {
            let row = ActiveModel { id: Unchanged(*id), ..total.row() };
            Entity::update(row).exec_without_returning(work).await?;
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
        Ok(Self {
            year: row.get("year").parse().ok().filter(|year| YEARS.contains(year)).ok_or_else(|| bad("year"))?,
            measure: one_of(row, "measure")?,
            institution_type: match row.get("institution_type") {
                "" => None,
                _ => Some(one_of(row, "institution_type")?),
            },
            value: row.get("value").parse().ok().filter(|value| *value >= 0).ok_or_else(|| bad("value"))?,
            source: row.optional("source").ok_or_else(|| bad("source"))?,
        })
    }

    fn row(&self) -> ActiveModel {
        ActiveModel {
            year: Set(self.year),
            measure: Set(self.measure),
            institution_type: Set(self.institution_type),
            value: Set(self.value),
            source: Set(self.source.clone()),
            ..Default::default()
        }
    }
}

/// A word of a closed list, in whatever case.
fn one_of<E: ActiveEnum<Value = String>>(row: &Row, column: &str) -> Result<E, Flaw> {
    let text = row.get(column);
    E::try_from_value(&text.to_ascii_lowercase()).map_err(|_| Flaw::bad_field(column, text))
}
