//! Importing institutions from a table made of ROR records.
//!
//! The ROR id is the key: names and e-mail domains repeat between institutions. The type follows from ROR's own types
//! unless staff chose one; an import never undoes that.

use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::db::{Sql, Write, retrying};
use crate::records::feed::{Message, Met};
use crate::records::{Error, Flaw, Options, Progress, Row, Run, Source, Summary, Table, feed, rows};
use crate::words;
use sea_orm::{ConnectionTrait, DbErr, Value};
use std::collections::{BTreeMap, HashMap};
use tokio::sync::mpsc::Receiver;

/// Between the parts of columns that hold several: acronyms, aliases, domains.
pub const SEPARATOR: &str = " | ";
const KINDS: &[&[&str]] = &[&["ror_id", "name", "types", "status"]];
const COLUMNS: &str =
    "ror_id, name, name_ko, name_key, acronyms, aliases, institution_type, city, website, domains, status";
const WIDTH: usize = 11;

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
    actor.may(Permission::Administer)?;
    let about = (source.name.clone(), source.size);
    let (table, _) = Table::open(source, KINDS).await?;
    let mut run = Run::start(app, actor, "institutions", about, options, progress).await?;
    let mut met = Met::default();
    let mut entries = feed(table.consumed(), actor.lang, run.options.chunk, move |feed| {
        table.read(feed, |row| {
            let entry = Entry::read(row)?;
            if met.first(&entry.ror_id) { Ok(entry) } else { Err(Flaw::repeated(&entry.ror_id)) }
        })
    });
    let outcome = write_all(app, &mut run, &mut entries).await;
    drop(entries);
    run.end(outcome).await
}

async fn write_all(app: &App, run: &mut Run<'_>, chunks: &mut Receiver<Message<Entry>>) -> Result<(), Error> {
    while let Some(entries) = run.next(chunks).await? {
        let dry = run.options.dry_run;
        let (created, updated) = retrying(|| write_chunk(app, &entries, dry)).await?;
        run.summary.created += created;
        run.summary.updated += updated;
        run.summary.unchanged += entries.len() as u64 - created - updated;
    }
    Ok(())
}

/// Writes what differs; gives how many were new and how many changed.
async fn write_chunk(app: &App, entries: &[Entry], dry_run: bool) -> Result<(u64, u64), Error> {
    if dry_run {
        let (new, changed) = compare(app.db.read(), entries).await?;
        return Ok((new.len() as u64, changed.len() as u64));
    }
    let tx = app.db.begin().await?;
    let (new, changed) = compare(&*tx, entries).await?;
    if new.is_empty() && changed.is_empty() {
        return Ok((0, 0));
    }
    let head = format!("INSERT INTO institution ({COLUMNS})");
    let values = new.iter().flat_map(|entry| entry.values());
    let returned =
        rows::insert(&*tx, &head, WIDTH, values, "ON CONFLICT (ror_id) DO NOTHING RETURNING ror_id, id").await?;
    if returned.len() < new.len() {
        return Err(Error::Overtaken);
    }
    let mut written = BTreeMap::new();
    let by_ror: HashMap<&str, &Entry> = new.iter().map(|entry| (entry.ror_id.as_str(), *entry)).collect();
    for row in &returned {
        let (ror_id, id): (String, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        written.extend(by_ror.get(ror_id.as_str()).map(|entry| (id, (*entry).clone())));
    }
    for (id, entry) in changed.iter() {
        let assignments: Vec<String> =
            COLUMNS.split(", ").enumerate().map(|(i, column)| format!("{column} = ${}", i + 1)).collect();
        let sql = format!("UPDATE institution SET {} WHERE id = ${}", assignments.join(", "), WIDTH + 1);
        Sql::with(sql, entry.values().into_iter().chain([(*id).into()])).run(&*tx).await?;
    }
    let counts = (new.len() as u64, changed.len() as u64);
    written.extend(changed);
    write_words(&tx, &written).await?;
    tx.public_changed();
    tx.commit().await?;
    Ok(counts)
}

type Compared<'a> = (Vec<&'a Entry>, BTreeMap<i64, Entry>);

/// Those that are not there, and those that are there and differ, by their keys.
async fn compare<'a>(db: &impl ConnectionTrait, entries: &'a [Entry]) -> Result<Compared<'a>, DbErr> {
    let sql = format!("SELECT id, type_set_by_staff, {COLUMNS} FROM institution WHERE ror_id IN");
    let mut there = HashMap::new();
    for row in rows::among(db, &sql, entries.iter().map(|entry| entry.ror_id.as_str())).await? {
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
        let (id, by_staff): (i64, bool) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        there.insert(stored.ror_id.clone(), (id, by_staff, stored));
    }
    let (mut new, mut changed) = (vec![], BTreeMap::new());
    for entry in entries {
        let Some((id, by_staff, stored)) = there.remove(&entry.ror_id) else {
            new.push(entry);
            continue;
        };
        let mut wanted = entry.clone();
        if by_staff {
            wanted.institution_type.clone_from(&stored.institution_type);
        }
        if wanted != stored {
            changed.insert(id, wanted);
        }
    }
    Ok((new, changed))
}

/// Makes institutions findable by their names, acronyms and ROR ids.
async fn write_words(tx: &Write, institutions: &BTreeMap<i64, Entry>) -> Result<(), DbErr> {
    let ids: Vec<i64> = institutions.keys().copied().collect();
    rows::each_among(&**tx, "DELETE FROM institution_token WHERE institution_id IN", &ids).await?;
    let mut values = Vec::new();
    for (id, entry) in institutions {
        let mut weights: BTreeMap<String, i32> = BTreeMap::new();
        let names = [Some(entry.name.as_str()), entry.name_ko.as_deref()].into_iter().flatten();
        let names = names.chain(entry.acronyms.split(SEPARATOR)).chain(entry.aliases.split(SEPARATOR));
        for name in names {
            weights.extend(words::tokens(name).into_iter().map(|word| (word, 2)).filter(|(word, _)| !word.is_empty()));
        }
        let wholes = [Some(entry.name.as_str()), entry.name_ko.as_deref(), entry.ror_id.rsplit('/').next()];
        let wholes = wholes.into_iter().flatten().chain(entry.acronyms.split(SEPARATOR));
        for whole in wholes.chain(entry.aliases.split(SEPARATOR)).map(|text| words::cut(words::compact(text))) {
            weights.insert(whole, 0);
        }
        weights.remove("");
        values.extend(
            weights
                .into_iter()
                .flat_map(|(token, weight)| -> [Value; 3] { [token.into(), (*id).into(), weight.into()] }),
        );
    }
    rows::insert(&**tx, "INSERT INTO institution_token (token, institution_id, weight)", 3, values, "").await.map(drop)
}

impl Entry {
    fn read(row: &Row) -> Result<Self, Flaw> {
        let name = row.optional("name").ok_or_else(|| Flaw::bad_field("name", ""))?;
        let status = match row.get("status") {
            "active" => "open",
            "inactive" | "withdrawn" => "closed",
            other => return Err(Flaw::bad_field("status", other)),
        };
        Ok(Self {
            ror_id: ror_id(row.get("ror_id")).ok_or_else(|| Flaw::bad_field("ror_id", row.get("ror_id")))?,
            name,
            name_ko: row.optional("name_ko"),
            acronyms: row.list("acronyms").join(SEPARATOR),
            aliases: row.list("aliases").join(SEPARATOR),
            institution_type: institution_type(&row.list("types")).to_owned(),
            city: Some(row.list("city").join(SEPARATOR)).filter(|city| !city.is_empty()),
            website: row.optional("website"),
            domains: row.list("domains").join(SEPARATOR),
            status: status.to_owned(),
        })
    }

    fn values(&self) -> [Value; WIDTH] {
        let key = Some(words::compact(&self.name)).filter(|key| !key.is_empty());
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

/// The bank's type of an institution from ROR's types: the first that fits counts.
pub fn institution_type(ror_types: &[String]) -> &'static str {
    let is = |name: &str| ror_types.iter().any(|ror_type| ror_type.eq_ignore_ascii_case(name));
    match () {
        () if is("education") => "university",
        () if is("healthcare") => "hospital",
        () if is("company") => "company",
        () if is("government") => "government",
        () => "institute",
    }
}

/// A ROR id in its full form; `None` if it is not `0`, six characters of Crockford's base 32, two digits.
fn ror_id(text: &str) -> Option<String> {
    let id = text.rsplit('/').next()?.to_ascii_lowercase();
    let inner = id.strip_prefix('0').filter(|_| id.len() == 9 && id.is_ascii())?;
    let (number, check) = inner.split_at(6);
    let good = number.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase() && !b"ilou".contains(&b))
        && check.bytes().all(|b| b.is_ascii_digit());
    good.then(|| format!("https://ror.org/{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_type_that_fits_counts() {
        let types = |text: &str| institution_type(&text.split(" | ").map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(types("funder | education"), "university");
        assert_eq!(types("healthcare | education"), "university");
        assert_eq!(types("company | healthcare"), "hospital");
        assert_eq!(types("government | company"), "company");
        assert_eq!(types("funder | government"), "government");
        assert_eq!(types("facility"), "institute");
        assert_eq!(types(""), "institute");
    }

    #[test]
    fn a_ror_id_has_one_form() {
        assert_eq!(ror_id("https://ror.org/04677dp78").as_deref(), Some("https://ror.org/04677dp78"));
        assert_eq!(ror_id("04677DP78").as_deref(), Some("https://ror.org/04677dp78"));
        assert_eq!(ror_id("https://ror.org/04677dp7"), None);
        assert_eq!(ror_id("https://ror.org/0467idp78"), None);
        assert_eq!(ror_id("가나다"), None);
    }
}
