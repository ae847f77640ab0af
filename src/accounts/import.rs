//! Importing institutions from a table made of ROR records.
//!
//! The ROR id is the key: names and e-mail domains repeat between institutions. The type follows from ROR's own types
//! unless staff chose one; an import never undoes that.

mod ror;

use super::institutions::LONGEST_NAME;
use super::institutions::index::{self as institution_index, Names};
use super::institutions::ror::RorId;
use super::institutions::rules::with_column;
use crate::accounts::institutions::model::Verification;
use crate::accounts::model::institution;
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::command::{Command, Work, permit};
use crate::id::InstitutionId;
use crate::import::pipeline::{Message, Met};
use crate::import::{Cleared, Error, Flaw, Options, Progress, Row, Run, Source, Summary, Table, rows, spawn_parser};
use crate::search_words;
use chrono::{DateTime, Utc};
use ror::{first_website, institution_type, ror_types};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryResult, Set, Unchanged, Value,
};
use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;
use tokio::sync::mpsc::Receiver;

/// Between the parts of columns that hold several: acronyms, aliases, domains.
pub const SEPARATOR: &str = " | ";
const KINDS: &[&[&str]] = &[&["ror_id", "name", "types", "status"]];
const COLUMNS: &str =
    "ror_id, name, name_ko, name_key, acronyms, aliases, institution_type, city, website, domains, status";
const WIDTH: usize = 11;
/// Columns that a table may leave out.
const OPTIONAL: [&str; 6] = ["name_ko", "acronyms", "aliases", "city", "website", "domains"];

/// An institution as the source has it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    /// `https://ror.org/` and nine characters.
    ror_id: String,
    name: String,
    name_ko: Option<String>,
    acronyms: String,
    aliases: String,
    institution_type: String,
    city: Option<String>,
    website: Option<String>,
    domains: String,
    status: String,
}

/// Imports institutions.
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
    permit::<ImportInstitutions>(actor)?;
    let about = source.about();
    let (table, _) = Table::open(source, KINDS).await?;
    let mut run = Run::start(app, actor, "institutions", about, options, progress).await?;
    let mut met = Met::default();
    let absent = table.lacks(&OPTIONAL);
    let mut entries = spawn_parser(table.consumed(), actor.lang, run.options.chunk, move |sink| {
        table.read(sink, |row| {
            let entry = Entry::read(row)?;
            if met.first(&entry.ror_id) { Ok(entry) } else { Err(Flaw::repeated(&entry.ror_id)) }
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
    let mut cleared = Cleared::default();
    while let Some(entries) = run.next(chunks).await? {
        let all = entries.len() as u64;
        let done = if run.options.dry_run {
            compare(app.db.read(), &entries, absent).await?.done()
        } else {
            app.run(actor, ImportInstitutions { entries, absent: absent.to_vec() }).await?
        };
        run.summary.created += done.created;
        run.summary.updated += done.updated;
        run.summary.unchanged += all - done.created - done.updated;
        cleared.add(done.cleared);
    }
    cleared.note(&mut run.summary, run.options.dry_run, actor.lang);
    Ok(())
}

/// Writes what differs of a chunk of institutions; gives how many were new and how many changed.
#[derive(Clone, Debug)]
pub struct ImportInstitutions {
    entries: Vec<Entry>,
    /// Columns that the table does not have; they stay as they are.
    absent: Vec<&'static str>,
}

/// What was done with a chunk.
#[derive(Clone, Debug, Default)]
pub struct Done {
    created: u64,
    updated: u64,
    cleared: Cleared,
}

impl Command for ImportInstitutions {
    const VERB: Verb = Verb::ImportInstitutions;
    type Output = Done;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Done, Error> {
        let plan = compare(work, &self.entries, &self.absent).await?;
        let done = plan.done();
        let Plan { new, changed, .. } = plan;
        if new.is_empty() && changed.is_empty() {
            return Ok(done);
        }
        let mut written = insert(work, &new).await?;
        for (id, entry) in &changed {
            let mut row = institution::ActiveModel { id: Unchanged(InstitutionId(*id)), ..Default::default() };
            for (name, value) in COLUMNS.split(", ").zip(entry.values()) {
                let column = institution::Column::from_str(name).map_err(|error| DbErr::Custom(error.to_string()))?;
                row.try_set(column, value)?;
            }
            institution::Entity::update(row).exec_without_returning(work).await?;
        }
        vouch(work, changed.keys()).await?;
        written.extend(changed);
        confirm(work, written.keys()).await?;
        let names: Vec<(i64, Names<'_>)> = written.iter().map(|(id, entry)| (*id, entry.names())).collect();
        institution_index::write(work, &names).await?;
        work.public_changed();
        Ok(done)
    }
}

/// Writes those that are not there, and gives their keys.
async fn insert(work: &Work<'_>, new: &[&Entry]) -> Result<BTreeMap<i64, Entry>, Error> {
    let head = format!("INSERT INTO institution ({COLUMNS})");
    let values: Vec<Value> = new.iter().flat_map(|entry| entry.values()).collect();
    let once = "ON CONFLICT (ror_id) DO NOTHING RETURNING ror_id, id";
    let returned = rows::insert(work, &head, WIDTH, values, once).await?;
    if returned.len() < new.len() {
        return Err(Error::Overtaken);
    }
    let mut written = BTreeMap::new();
    let by_ror: HashMap<&str, &Entry> = new.iter().map(|entry| (entry.ror_id.as_str(), *entry)).collect();
    for row in &returned {
        let (ror_id, id): (String, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        written.extend(by_ror.get(ror_id.as_str()).map(|entry| (id, (*entry).clone())));
    }
    Ok(written)
}

/// What somebody proposed and the registry knows needs nobody else to verify it.
async fn vouch(work: &Work<'_>, ids: impl Iterator<Item = &i64>) -> Result<(), DbErr> {
    let known = institution::ActiveModel {
        verification: Set(Verification::Registry),
        verified_at: Set(Some(work.now())),
        ..Default::default()
    };
    let proposed = institution::Entity::update_many()
        .set(known)
        .filter(institution::Column::Id.is_in(ids.copied()))
        .filter(institution::Column::Verification.eq(Verification::Proposed));
    proposed.exec(work).await.map(drop)
}

/// Those that are not there, and those that are there and differ, by their keys.
#[derive(Default)]
struct Plan<'a> {
    new: Vec<&'a Entry>,
    changed: BTreeMap<i64, Entry>,
    cleared: Cleared,
}

impl Plan<'_> {
    fn done(&self) -> Done {
        let (created, updated) = (self.new.len() as u64, self.changed.len() as u64);
        Done { created, updated, cleared: self.cleared.clone() }
    }
}

/// What the register lists has its ROR id for sure.
async fn confirm(work: &Work<'_>, ids: impl Iterator<Item = &i64>) -> Result<(), DbErr> {
    let checked = institution::ActiveModel { ror_checked_at: Set(Some(work.now())), ..Default::default() };
    let given = institution::Entity::update_many().set(checked).filter(institution::Column::Id.is_in(ids.copied()));
    given.filter(institution::Column::RorCheckedAt.is_null()).exec(work).await.map(drop)
}

/// What the bank keeps of an institution beside what the source has.
struct Kept {
    id: i64,
    /// Columns that no import changes any more.
    set_by_staff: String,
    /// Somebody proposed it and nobody verified it yet, or somebody gave its ROR id: the register says that it is right.
    is_unchecked: bool,
    /// It was merged into another one.
    is_duplicate: bool,
}

impl Kept {
    fn read(row: &QueryResult) -> Result<Self, DbErr> {
        let mut set_by_staff: String = row.try_get("", "set_by_staff")?;
        if row.try_get("", "type_set_by_staff")? {
            set_by_staff = with_column(&set_by_staff, "institution_type");
        }
        Ok(Self {
            id: row.try_get("", "id")?,
            set_by_staff,
            is_unchecked: row.try_get::<String>("", "verification")? == "proposed"
                || row.try_get::<Option<DateTime<Utc>>>("", "ror_checked_at")?.is_none(),
            is_duplicate: row.try_get::<Option<i64>>("", "merged_into")?.is_some(),
        })
    }
}

async fn compare<'a>(
    db: &impl ConnectionTrait,
    entries: &'a [Entry],
    absent: &[&'static str],
) -> Result<Plan<'a>, DbErr> {
    let sql = format!(
        "SELECT id, type_set_by_staff, set_by_staff, verification, ror_checked_at, merged_into, {COLUMNS} FROM institution WHERE ror_id IN"
    );
    let mut there = HashMap::new();
    let ids: Vec<&str> = entries.iter().map(|entry| entry.ror_id.as_str()).collect();
    for row in rows::among(db, &sql, ids).await? {
        let stored = Entry {
            ror_id: row.try_get("", "ror_id")?,
            name: row.try_get("", "name")?,
            name_ko: row.try_get("", "name_ko")?,
            acronyms: row.try_get("", "acronyms")?,
            aliases: row.try_get("", "aliases")?,
            institution_type: row.try_get("", "institution_type")?,
            city: row.try_get("", "city")?,
            website: row.try_get("", "website")?,
            domains: row.try_get("", "domains")?,
            status: row.try_get("", "status")?,
        };
        there.insert(stored.ror_id.clone(), (Kept::read(&row)?, stored));
    }
    let mut plan = Plan::default();
    for entry in entries {
        let Some((kept, stored)) = there.remove(&entry.ror_id) else {
            plan.new.push(entry);
            continue;
        };
        let stays = kept.set_by_staff.split(',').chain(absent.iter().copied());
        let wanted = entry.clone().with(&stored, stays);
        // A duplicate takes no part any more: its record says what it was.
        if (wanted != stored || kept.is_unchecked) && !kept.is_duplicate {
            stored.count_cleared(&wanted, &mut plan.cleared);
            plan.changed.insert(kept.id, wanted);
        }
    }
    Ok(plan)
}

impl Entry {
    /// The same, but some columns as they are stored: what staff set, and what the table does not have.
    fn with<'a>(mut self, stored: &Self, columns: impl Iterator<Item = &'a str>) -> Self {
        for column in columns {
            match column {
                "name" => self.name.clone_from(&stored.name),
                "name_ko" => self.name_ko.clone_from(&stored.name_ko),
                "acronyms" => self.acronyms.clone_from(&stored.acronyms),
                "aliases" => self.aliases.clone_from(&stored.aliases),
                "institution_type" => self.institution_type.clone_from(&stored.institution_type),
                "city" => self.city.clone_from(&stored.city),
                "website" => self.website.clone_from(&stored.website),
                "domains" => self.domains.clone_from(&stored.domains),
                "status" => self.status.clone_from(&stored.status),
                _ => {}
            }
        }
        self
    }

    /// What was there and is not any more.
    fn count_cleared(&self, wanted: &Self, cleared: &mut Cleared) {
        let optional = |entry: &Self| {
            [
                entry.name_ko.is_none(),
                entry.acronyms.is_empty(),
                entry.aliases.is_empty(),
                entry.city.is_none(),
                entry.website.is_none(),
                entry.domains.is_empty(),
            ]
        };
        for ((column, before), after) in OPTIONAL.into_iter().zip(optional(self)).zip(optional(wanted)) {
            cleared.look(column, before, after);
        }
    }

    fn names(&self) -> Names<'_> {
        let (name_ko, ror_id) = (self.name_ko.as_deref(), Some(self.ror_id.as_str()));
        Names { name: &self.name, name_ko, acronyms: &self.acronyms, aliases: &self.aliases, ror_id }
    }

    fn read(row: &Row) -> Result<Self, Flaw> {
        let name = row.line("name", LONGEST_NAME)?.ok_or_else(|| Flaw::bad_field("name", ""))?;
        let ror_id = RorId::parse(row.get("ror_id"));
        let status = match row.get("status").to_ascii_lowercase().as_str() {
            "active" => "open",
            "inactive" | "withdrawn" => "closed",
            _ => return Err(Flaw::bad_field("status", row.get("status"))),
        };
        Ok(Self {
            ror_id: ror_id.ok_or_else(|| Flaw::bad_field("ror_id", row.get("ror_id")))?.into_string(),
            name,
            name_ko: row.line("name_ko", LONGEST_NAME)?,
            acronyms: row.list("acronyms").join(SEPARATOR),
            aliases: row.list("aliases").join(SEPARATOR),
            institution_type: institution_type(&ror_types(row)?).to_owned(),
            city: Some(row.list("city").join(SEPARATOR)).filter(|city| !city.is_empty()),
            website: first_website(row)?,
            domains: row.list("domains").join(SEPARATOR),
            status: status.to_owned(),
        })
    }

    fn values(&self) -> [Value; WIDTH] {
        let key = Some(search_words::compact(&self.name)).filter(|key| !key.is_empty());
        [
            self.ror_id.as_str().into(),
            self.name.as_str().into(),
            self.name_ko.clone().into(),
            key.unwrap_or_else(|| self.name.to_lowercase()).into(),
            self.acronyms.as_str().into(),
            self.aliases.as_str().into(),
            self.institution_type.as_str().into(),
            self.city.clone().into(),
            self.website.clone().into(),
            self.domains.as_str().into(),
            self.status.as_str().into(),
        ]
    }
}
