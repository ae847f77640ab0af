//! Importing the published totals of years before the bank's records began.

use super::rules::YEARS;
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::db::{Sql, retrying};
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
    actor.may(Permission::Administer)?;
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
    let outcome = write_all(app, &mut run, &mut totals).await;
    drop(totals);
    run.end(outcome).await
}

async fn write_all(app: &App, run: &mut Run<'_>, chunks: &mut Receiver<Message<Total>>) -> Result<(), Error> {
    while let Some(totals) = run.next(chunks).await? {
        let dry = run.options.dry_run;
        let (created, updated) = retrying(|| write_chunk(app, &totals, dry)).await?;
        run.summary.created += created;
        run.summary.updated += updated;
        run.summary.unchanged += totals.len() as u64 - created - updated;
    }
    Ok(())
}

/// Writes what differs; gives how many were new and how many changed.
async fn write_chunk(app: &App, totals: &[Total], dry_run: bool) -> Result<(u64, u64), Error> {
    let (mut created, mut updated) = (0, 0);
    if dry_run {
        for total in totals {
            match total.stored(app.db.read()).await? {
                None => created += 1,
                Some(stored) => updated += u64::from(stored != (total.value, total.source.clone())),
            }
        }
        return Ok((created, updated));
    }
    let tx = app.db.begin().await?;
    for total in totals {
        let known = total.stored(&*tx).await?;
        let sql = match &known {
            None => {
                created += 1;
                "INSERT INTO historical_total (year, measure, institution_type, value, source)
                 VALUES ($1, $2, $3, $4, $5)"
            }
            Some((value, source)) if *value == total.value && *source == total.source => continue,
            Some(_) => {
                updated += 1;
                "UPDATE historical_total SET value = $4, source = $5
                 WHERE year = $1 AND measure = $2 AND coalesce(institution_type, '') = coalesce($3, '')"
            }
        };
        Sql::with(sql, total.values()).run(&*tx).await?;
    }
    if created + updated > 0 {
        tx.public_changed();
        tx.commit().await?;
    }
    Ok((created, updated))
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
