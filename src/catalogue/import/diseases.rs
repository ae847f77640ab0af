//! Importing diseases: their names and codes, their ancestors, their Korean names. The header line tells which of the
//! three tables a file is.

use super::disease_rows::{self, Disease};
use super::{codes, resolve, sql};
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::command::{Command, Work, permit};
use crate::id::CellLineId;
use crate::import::pipeline::{Message, Met};
use crate::import::{
    Cleared, Error, Flaw, Options, Progress, Row, Run, Skipped, Source, Summary, Table, rows, shorten, spawn_parser,
};
use sea_orm::{ConnectionTrait, DbErr, Value};
use std::collections::HashMap;
use tokio::sync::mpsc::Receiver;

/// Columns that a table must have to be of each kind, in the order of [`Entry`]'s variants.
const KINDS: &[&[&str]] = &[
    &["mondo_id", "name", "synonyms", "description"],
    &["mondo_id", "ancestor_mondo_id", "distance"],
    &["mondo_id", "name_ko", "synonyms_ko"],
];
/// Columns with codes, and how the keys of these begin ([`codes::key`]).
const CODES: [(&str, &str); 8] = [
    ("orphanet", "ORPHANET:"),
    ("omim", "OMIM:"),
    ("omim_phenotypic_series", "OMIMPS:"),
    ("doid", "DOID:"),
    ("ncit", "NCIT:"),
    ("mesh", "MESH:"),
    ("icd10cm", "ICD10CM:"),
    ("icd11_foundation", "ICD11:"),
];
/// The column that marks the diseases of the core list.
const CORE: &str = "core_list";
/// Characters of a name.
const LONGEST_NAME: usize = 300;

/// A row of one of the three tables, with its line and text.
struct Entry {
    line: u64,
    text: String,
    mondo_id: String,
    says: Says,
}

enum Says {
    Codes(Disease),
    Ancestor { ancestor: String, distance: i32 },
    Korean { name: Option<String>, synonyms: Vec<String> },
}

/// What was done with the entries of a chunk.
#[derive(Default)]
struct Done {
    created: u64,
    updated: u64,
    unchanged: u64,
    cleared: Cleared,
    unknown: Vec<(u64, String, String)>,
}

/// Imports one of the three tables of diseases.
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
    permit::<ImportDiseases<'_>>(actor)?;
    let about = source.about();
    let (table, kind) = Table::open(source, KINDS).await?;
    let mut run = Run::start(app, actor, "diseases", about, options, progress).await?;
    let parse = match kind {
        0 => read_codes,
        1 => read_ancestor,
        _ => read_korean,
    };
    let absent = absent_columns(&table, kind);
    let mut met = Met::default();
    let mut entries = spawn_parser(table.consumed(), actor.lang, run.options.chunk, move |sink| {
        table.read(sink, |row| {
            let entry = parse(row)?;
            let key = match &entry.says {
                Says::Ancestor { ancestor, .. } => format!("{} {ancestor}", entry.mondo_id),
                _ => entry.mondo_id.clone(),
            };
            if met.first(&key) { Ok(entry) } else { Err(Flaw::repeated(&key)) }
        })
    });
    let outcome = write_all(app, actor, &mut run, &mut entries, &absent).await;
    drop(entries);
    run.end(outcome).await
}

async fn write_all(
    app: &App,
    actor: &Actor,
    run: &mut Run<'_>,
    chunks: &mut Receiver<Message<Entry>>,
    absent: &[&'static str],
) -> Result<(), Error> {
    let (mut outcome, mut cleared) = (Ok(()), Cleared::default());
    loop {
        let entries = match run.next(chunks).await {
            Ok(Some(entries)) => entries,
            Ok(None) => break,
            Err(broken) => {
                outcome = Err(broken);
                break;
            }
        };
        let done = if run.options.dry_run {
            let mut done = Done::default();
            Plan::make(app.db.read(), &entries, absent, &mut done).await?;
            done
        } else {
            app.run(actor, ImportDiseases { entries: &entries, absent }).await?
        };
        run.summary.created += done.created;
        run.summary.updated += done.updated;
        run.summary.unchanged += done.unchanged;
        cleared.add(done.cleared);
        for (line, key, text) in done.unknown {
            let reason = Flaw::unknown_disease(&key).say(actor.lang);
            run.summary.skip(Skipped { line, reason, text: shorten(&text).to_owned() });
        }
    }
    cleared.note(&mut run.summary, run.options.dry_run, actor.lang);
    if !run.options.dry_run {
        let mapped = map_unmapped(app, actor).await?;
        if mapped > 0 {
            run.summary.note(actor.lang.pick(
                format!("{mapped} diseases of lines that were unknown so far are known now."),
                format!("지금까지 알 수 없던 세포주의 질환 {mapped}건을 연결했습니다."),
            ));
        }
    }
    outcome
}

/// Maps what lines said of diseases before these were there, a transaction a round.
async fn map_unmapped(app: &App, actor: &Actor) -> Result<u64, Error> {
    let (mut all, mut next) = (0, Some((CellLineId(0), 0)));
    while let Some(after) = next {
        let (mapped, last) = app.run(actor, MapDiseases { after }).await?;
        all += mapped;
        next = last;
    }
    Ok(all)
}

/// Maps a round of what lines said of diseases before these were there; gives how many, and where the round ended.
///
/// Refused: nothing but a caller who may not.
struct MapDiseases {
    /// Line and row after which the round begins.
    after: resolve::Place,
}

impl Command for MapDiseases {
    const VERB: Verb = Verb::MapDiseases;
    type Output = (u64, Option<resolve::Place>);
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Self::Output, Error> {
        let round = resolve::map_unmapped(work, self.after).await?;
        if round.0 > 0 {
            work.public_changed();
        }
        Ok(round)
    }
}

/// Writes a chunk of a table of diseases: what is new, what differs.
///
/// Refused: diseases that another import added meanwhile; then the chunk is done again.
struct ImportDiseases<'a> {
    entries: &'a [Entry],
    /// Columns that the table does not have; they stay as they are.
    absent: &'a [&'static str],
}

impl Command for ImportDiseases<'_> {
    const VERB: Verb = Verb::ImportDiseases;
    type Output = Done;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Done, Error> {
        let mut done = Done::default();
        let plan = Plan::make(work, self.entries, self.absent, &mut done).await?;
        if done.created + done.updated == 0 {
            return Ok(done);
        }
        if disease_rows::add(work, &plan.new).await? < plan.new.len() {
            return Err(Error::Overtaken);
        }
        let changed: Vec<(i64, &Disease)> = plan.changed.iter().map(|(id, disease)| (*id, disease)).collect();
        disease_rows::change(work, &changed).await?;
        let pairs = plan.new_pairs.iter().chain(&plan.changed_pairs);
        let values = pairs.flat_map(|(a, d, n)| -> [Value; 3] { [(*a).into(), (*d).into(), (*n).into()] });
        rows::insert(work, sql::INTO_ANCESTORS, 3, values, sql::OR_CHANGE_DISTANCE).await?;
        work.public_changed();
        Ok(done)
    }
}

/// What is there.
struct Known {
    /// Diseases by their MONDO ids, with their keys.
    there: HashMap<String, (i64, Disease)>,
    /// Distances by ancestor and disease.
    distances: HashMap<(i64, i64), i32>,
}

/// What differs from what is there.
#[derive(Default)]
struct Plan<'a> {
    new: Vec<&'a Disease>,
    changed: Vec<(i64, Disease)>,
    /// Ancestor, disease, distance.
    new_pairs: Vec<(i64, i64, i32)>,
    changed_pairs: Vec<(i64, i64, i32)>,
}

impl<'a> Plan<'a> {
    async fn make(
        db: &impl ConnectionTrait,
        entries: &'a [Entry],
        absent: &[&'static str],
        done: &mut Done,
    ) -> Result<Self, DbErr> {
        let named = entries.iter().flat_map(|entry| {
            let ancestor = match &entry.says {
                Says::Ancestor { ancestor, .. } => Some(ancestor),
                _ => None,
            };
            std::iter::once(&entry.mondo_id).chain(ancestor).map(String::as_str)
        });
        let named: std::collections::BTreeSet<&str> = named.collect();
        let there = disease_rows::stored(db, named.into_iter()).await?;
        let distances = distances(db, &there).await?;
        let known = Known { there, distances };
        let mut plan = Self::default();
        for entry in entries {
            plan.add(entry, &known, absent, done);
        }
        done.created += plan.new.len() as u64 + plan.new_pairs.len() as u64;
        done.updated += plan.changed.len() as u64 + plan.changed_pairs.len() as u64;
        Ok(plan)
    }

    fn add(&mut self, entry: &'a Entry, Known { there, distances }: &Known, absent: &[&'static str], done: &mut Done) {
        let Some((id, stored)) = there.get(&entry.mondo_id) else {
            match &entry.says {
                Says::Codes(disease) => self.new.push(disease),
                _ => done.unknown.push((entry.line, entry.mondo_id.clone(), entry.text.clone())),
            }
            return;
        };
        let wanted = match &entry.says {
            Says::Codes(new) => {
                let wanted = with_absent(new, stored, absent);
                count_cleared(stored, &wanted, &mut done.cleared);
                wanted
            }
            Says::Korean { name, synonyms } => {
                Disease { name_ko: name.clone(), synonyms_ko: synonyms.clone(), ..stored.clone() }
            }
            Says::Ancestor { ancestor, distance } => {
                let Some((ancestor_id, _)) = there.get(ancestor) else {
                    done.unknown.push((entry.line, ancestor.clone(), entry.text.clone()));
                    return;
                };
                match distances.get(&(*ancestor_id, *id)) {
                    Some(known) if known == distance => done.unchanged += 1,
                    Some(_) => self.changed_pairs.push((*ancestor_id, *id, *distance)),
                    None => self.new_pairs.push((*ancestor_id, *id, *distance)),
                }
                return;
            }
        };
        if wanted == *stored {
            done.unchanged += 1;
        } else {
            self.changed.push((*id, wanted));
        }
    }
}

/// Of a table of codes, the columns that it does not have.
fn absent_columns(table: &Table, kind: usize) -> Vec<&'static str> {
    if kind > 0 {
        return vec![];
    }
    let optional: Vec<&'static str> = CODES.iter().map(|(column, _)| *column).chain([CORE]).collect();
    table.lacks(&optional)
}

/// What a row says, and of what it is silent on what is there.
fn with_absent(new: &Disease, stored: &Disease, absent: &[&'static str]) -> Disease {
    let silent = CODES.iter().filter(|(column, _)| absent.contains(column)).map(|(_, prefix)| *prefix);
    let mut wanted =
        Disease { name_ko: stored.name_ko.clone(), synonyms_ko: stored.synonyms_ko.clone(), ..new.clone() };
    for prefix in silent {
        wanted.codes.extend(stored.codes.iter().filter(|code| code.starts_with(prefix)).cloned());
    }
    if absent.contains(&CORE) {
        wanted.core = stored.core;
    }
    wanted
}

fn count_cleared(stored: &Disease, wanted: &Disease, cleared: &mut Cleared) {
    cleared.look("synonyms", stored.synonyms.is_empty(), wanted.synonyms.is_empty());
    cleared.look("description", stored.description.is_empty(), wanted.description.is_empty());
    for (column, prefix) in CODES {
        let none = |disease: &Disease| !disease.codes.iter().any(|code| code.starts_with(prefix));
        cleared.look(column, none(stored), none(wanted));
    }
}

async fn distances(
    db: &impl ConnectionTrait,
    there: &HashMap<String, (i64, Disease)>,
) -> Result<HashMap<(i64, i64), i32>, DbErr> {
    let mut all = HashMap::new();
    for row in rows::among(db, sql::ANCESTORS_OF_DISEASES, there.values().map(|disease| disease.0)).await? {
        all.insert((row.try_get_by_index(0)?, row.try_get_by_index(1)?), row.try_get_by_index(2)?);
    }
    Ok(all)
}

fn mondo_id(row: &Row, column: &str) -> Result<String, Flaw> {
    let text = row.get(column);
    let key = codes::key("", text).filter(|key| {
        let number = key.strip_prefix("MONDO:").unwrap_or_default();
        number.len() == 7 && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    key.ok_or_else(|| Flaw::bad_field(column, text))
}

fn entry(row: &Row, says: Says) -> Result<Entry, Flaw> {
    Ok(Entry { line: row.line, text: row.text.clone(), mondo_id: mondo_id(row, "mondo_id")?, says })
}

fn read_codes(row: &Row) -> Result<Entry, Flaw> {
    let mondo_id = mondo_id(row, "mondo_id")?;
    let name = row.line("name", LONGEST_NAME)?.ok_or_else(|| Flaw::bad_field("name", ""))?;
    let found = CODES.iter().flat_map(|(column, _)| row.list(column)).filter_map(|code| codes::key("", &code));
    let codes = found.chain([mondo_id.clone()]).collect();
    let core = match row.get(CORE) {
        "1" => true,
        "" | "0" => false,
        other => return Err(Flaw::bad_field(CORE, other)),
    };
    let disease = Disease {
        mondo_id,
        synonyms: row.list("synonyms").into_iter().filter(|synonym| *synonym != name).collect(),
        name,
        description: row.get("description").to_owned(),
        core,
        codes,
        ..Disease::default()
    };
    entry(row, Says::Codes(disease))
}

fn read_ancestor(row: &Row) -> Result<Entry, Flaw> {
    let ancestor = mondo_id(row, "ancestor_mondo_id")?;
    let distance = row.get("distance").parse().ok().filter(|steps: &i32| *steps > 0);
    let distance = distance.ok_or_else(|| Flaw::bad_field("distance", row.get("distance")))?;
    if mondo_id(row, "mondo_id")? == ancestor {
        return Err(Flaw::bad_field("ancestor_mondo_id", &ancestor));
    }
    entry(row, Says::Ancestor { ancestor, distance })
}

fn read_korean(row: &Row) -> Result<Entry, Flaw> {
    let (name, synonyms) = (row.line("name_ko", LONGEST_NAME)?, row.list("synonyms_ko"));
    if name.is_none() && synonyms.is_empty() {
        return Err(Flaw::bad_field("name_ko", ""));
    }
    entry(row, Says::Korean { name, synonyms })
}
