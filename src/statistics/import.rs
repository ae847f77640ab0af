//! Importing the published totals of years before the bank's records began.

use super::events::YearEvent;
use super::model::historical_total::{self, ActiveModel, Entity, Measure};
use super::queries::{published_recipients, published_total};
use super::rules::YEARS;
use super::totals::{Recipients, Total, not_by_type, unended, unreasoned};
use crate::accounts::model::institution;
use crate::actor::{Actor, Verb};
use crate::app::{App, seoul_year};
use crate::audit::{self, Changes, Subject};
use crate::characters::one_line;
use crate::command::{Command, Work, permit};
use crate::import::pipeline::{Message, Met};
use crate::import::{Error, Flaw, Options, Progress, Row, Run, Skipped, Source, Summary, Table, shorten, spawn_parser};
use sea_orm::{ActiveEnum, ConnectionTrait, DbErr, EntityTrait, Set, Unchanged};
use serde_json::json;
use std::collections::BTreeMap;
use tokio::sync::mpsc::Receiver;

const KINDS: &[&[&str]] = &[&["year", "measure", "institution_type", "value", "source"]];
/// Characters of a source.
const LONGEST_SOURCE: usize = 500;

/// A total as a table has it.
struct Entry {
    line: u64,
    text: String,
    total: Total,
}

/// Imports yearly totals. One that is published already becomes another one only for a `reason`, which the history keeps
/// with both.
///
/// # Errors
/// Not allowed, a table of another kind, a source that broke off, or those of the database.
pub async fn import(
    app: &App,
    actor: &Actor,
    source: Source,
    reason: Option<&str>,
    options: Options,
    progress: &dyn Progress,
) -> Result<Summary, Error> {
    permit::<ImportTotals<'_>>(actor)?;
    let about = source.about();
    let (table, _) = Table::open(source, KINDS).await?;
    let mut run = Run::start(app, actor, "history", about, options, progress).await?;
    let this_year = seoul_year(app.clock.now());
    let mut met = Met::default();
    let mut entries = spawn_parser(table.consumed(), actor.lang, run.options.chunk, move |sink| {
        table.read(sink, |row| {
            let total = read(row, this_year)?;
            let key = name(&total);
            if !met.first(&key) {
                return Err(Flaw::repeated(&key));
            }
            Ok(Entry { line: row.line, text: row.text.clone(), total })
        })
    });
    let reason = reason.map(one_line).filter(|reason| !reason.is_empty());
    let outcome = write_all(app, actor, &mut run, &mut entries, reason.as_deref()).await;
    drop(entries);
    run.end(outcome).await
}

async fn write_all(
    app: &App,
    actor: &Actor,
    run: &mut Run<'_>,
    chunks: &mut Receiver<Message<Entry>>,
    reason: Option<&str>,
) -> Result<(), Error> {
    while let Some(entries) = run.next(chunks).await? {
        let done = if run.options.dry_run {
            Plan::make(app.db.read(), &entries, reason).await?.done()
        } else {
            app.run(actor, ImportTotals { entries: &entries, reason }).await?
        };
        let counted = done.created + done.changes.len() as u64 + done.refused.len() as u64;
        run.summary.created += done.created;
        run.summary.updated += done.changes.len() as u64;
        run.summary.unchanged += entries.len() as u64 - counted;
        for (line, flaw, text) in done.refused {
            run.summary.skip(Skipped { line, reason: flaw.say(actor.lang), text: shorten(&text).to_owned() });
        }
        done.changes.into_iter().for_each(|change| run.summary.note(change));
    }
    Ok(())
}

/// What was done with a chunk.
struct Done {
    created: u64,
    /// What was changed, with before and after.
    changes: Vec<String>,
    refused: Vec<(u64, Flaw, String)>,
}

/// What differs from what is there.
#[derive(Default)]
struct Plan<'a> {
    new: Vec<&'a Total>,
    /// With what is there.
    changed: Vec<(historical_total::Model, &'a Total)>,
    refused: Vec<(&'a Entry, Flaw)>,
}

impl<'a> Plan<'a> {
    async fn make(db: &impl ConnectionTrait, entries: &'a [Entry], reason: Option<&str>) -> Result<Self, DbErr> {
        let contradicted = contradicted(db, entries).await?;
        let mut plan = Self::default();
        for entry in entries {
            let total = &entry.total;
            if let Some(flaw) = contradicted.get(&total.year).filter(|_| total.measure == Measure::Institutions) {
                plan.refused.push((entry, flaw.clone()));
                continue;
            }
            match published_total(db, total.year, total.measure, total.institution_type).await? {
                None => plan.new.push(total),
                Some(there) if there.value == total.value && there.source == total.source => {}
                Some(there) if reason.is_none() => {
                    plan.refused.push((entry, unreasoned(&name(total), there.value, total.value)));
                }
                Some(there) => plan.changed.push((there, total)),
            }
        }
        Ok(plan)
    }

    fn done(&self) -> Done {
        let change = |(there, total): &(historical_total::Model, &Total)| {
            format!("{}: {} -> {} ({} -> {})", name(total), there.value, total.value, there.source, total.source)
        };
        let refused = |(entry, flaw): &(&Entry, Flaw)| (entry.line, flaw.clone(), entry.text.clone());
        Done {
            created: self.new.len() as u64,
            changes: self.changed.iter().map(change).collect(),
            refused: self.refused.iter().map(refused).collect(),
        }
    }
}

/// Years of which the institutions by type would not add up to those in all.
async fn contradicted(db: &impl ConnectionTrait, entries: &[Entry]) -> Result<BTreeMap<i32, Flaw>, DbErr> {
    let mut years: BTreeMap<i32, Recipients> = BTreeMap::new();
    let totals = || entries.iter().map(|entry| &entry.total).filter(|total| total.measure == Measure::Institutions);
    for there in published_recipients(db, totals().map(|total| total.year)).await? {
        put(years.entry(there.year).or_default(), there.institution_type, there.value);
    }
    for total in totals() {
        put(years.entry(total.year).or_default(), total.institution_type, total.value);
    }
    Ok(years.into_iter().filter_map(|(year, recipients)| Some((year, recipients.check(year).err()?))).collect())
}

fn put(recipients: &mut Recipients, kind: Option<institution::Type>, value: i64) {
    match kind {
        None => recipients.all = Some(value),
        Some(kind) => drop(recipients.by_type.insert(kind.to_value(), value)),
    }
}

/// Writes a chunk of totals, those that differ.
///
/// Refused: nothing but a caller who may not; totals that cannot be true, or would change without a reason, are left out
/// and reported.
struct ImportTotals<'a> {
    entries: &'a [Entry],
    reason: Option<&'a str>,
}

impl Command for ImportTotals<'_> {
    const VERB: Verb = Verb::ImportTotals;
    type Output = Done;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Done, Error> {
        let plan = Plan::make(work, self.entries, self.reason).await?;
        for total in &plan.new {
            Entity::insert(row(total)).exec_without_returning(work).await?;
        }
        for (there, total) in &plan.changed {
            let row = ActiveModel { id: Unchanged(there.id), ..row(total) };
            Entity::update(row).exec_without_returning(work).await?;
            let event = YearEvent::TotalChanged {
                measure: total.measure.to_value(),
                institution_type: total.institution_type.map(|kind| kind.to_value()),
                reason: self.reason.unwrap_or_default().to_owned(),
                changes: Changes::between(
                    &json!({ "value": there.value, "source": there.source }),
                    &json!({ "value": total.value, "source": total.source }),
                ),
            };
            audit::record(work, Subject { kind: "StatisticsYear", id: total.year.into() }, &event).await?;
        }
        if !plan.new.is_empty() || !plan.changed.is_empty() {
            work.public_changed();
        }
        Ok(plan.done())
    }
}

/// What a total is known by.
fn name(total: &Total) -> String {
    let kind = total.institution_type.map(|kind| format!(" {}", kind.to_value())).unwrap_or_default();
    format!("{} {}{kind}", total.year, total.measure.to_value())
}

fn read(row: &Row, this_year: i32) -> Result<Total, Flaw> {
    let bad = |column: &str| Flaw::bad_field(column, row.get(column));
    let year: i32 = row.get("year").parse().ok().filter(|year| YEARS.contains(year)).ok_or_else(|| bad("year"))?;
    if year > this_year {
        return Err(unended(year, this_year));
    }
    let total = Total {
        year,
        measure: one_of(row, "measure")?,
        institution_type: match row.get("institution_type") {
            "" => None,
            _ => Some(one_of(row, "institution_type")?),
        },
        value: row.get("value").parse().ok().filter(|value| *value >= 0).ok_or_else(|| bad("value"))?,
        source: row.line("source", LONGEST_SOURCE)?.ok_or_else(|| bad("source"))?,
    };
    if total.institution_type.is_some() && total.measure != Measure::Institutions {
        return Err(not_by_type(row.get("measure"), total.value));
    }
    Ok(total)
}

fn row(total: &Total) -> ActiveModel {
    ActiveModel {
        year: Set(total.year),
        measure: Set(total.measure),
        institution_type: Set(total.institution_type),
        value: Set(total.value),
        source: Set(total.source.clone()),
        ..Default::default()
    }
}

/// A word of a closed list, in whatever case.
fn one_of<E: ActiveEnum<Value = String>>(row: &Row, column: &str) -> Result<E, Flaw> {
    let text = row.get(column);
    E::try_from_value(&text.to_ascii_lowercase()).map_err(|_| Flaw::bad_field(column, text))
}
