//! Writing the records of lines: what is new, what differs, nothing else.

use super::cellosaurus::{Codes, Parser, Record, shared_name};
use super::facts::{self, Facts, Label};
use super::merge::{self, Merged, There, Union};
use super::resolve::KnownDiseases;
use super::sql;
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::catalogue::index::{self, LineTexts, tokens_of_line};
use crate::catalogue::model::cell_line::{Column, Entity};
use crate::catalogue::model::cell_line_disease;
use crate::catalogue::queries::has_lines;
use crate::command::{Command, Work};
use crate::db::Transaction;
use crate::import::{Error, Options, Progress, Run, Source, Summary, pipeline, rows, spawn_parser};
use crate::search_words::name_key;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, UpdateMany, Value};
use serde_json::Value as Json;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// A record with everything that can be made of it without the database, made on the reading thread.
struct Prepared {
    record: Record,
    /// An earlier record of the source has its name.
    has_twin: bool,
    json: String,
    facts: Facts,
    labels: Vec<Label>,
    /// Accessions of records that this one is, too.
    former: Vec<String>,
    tokens: Vec<(String, i32)>,
}

/// What is to be done with a chunk.
#[derive(Default)]
struct Plan<'a> {
    new: Vec<&'a Prepared>,
    changed: Vec<Changed<'a>>,
    unchanged: u64,
    /// Lines whose place others take.
    gone: Vec<i64>,
    merged: Vec<Merged>,
    /// Name, RRID of a line that has it, RRID of the record that comes.
    shared_names: Vec<(String, String, String)>,
}

/// A line that is there and of which the record says something new.
struct Changed<'a> {
    prepared: &'a Prepared,
    id: i64,
    name: String,
    /// Its RRID, which is another one if records were merged.
    rrid: String,
    before: Codes,
    after: Codes,
}

/// Imports lines from the text format of Cellosaurus.
///
/// # Errors
/// Not allowed, a source that broke off (whole records before are in), or those of the database.
pub async fn import(
    app: &App,
    actor: &Actor,
    source: Source,
    options: Options,
    progress: &dyn Progress,
) -> Result<Summary, Error> {
    let about = source.about();
    let mut run = Run::start(app, actor, "cellosaurus", about, options, progress).await?;
    let (consumed, lang, size) = (source.consumed(), actor.lang, run.options.chunk);
    let mut lines = source.lines();
    let mut chunks =
        spawn_parser(consumed, lang, size, move |sink| Parser::default().read(&mut lines, sink, Prepared::new));
    let outcome = write_all(app, actor, &mut run, &mut chunks).await;
    drop(chunks);
    run.end(outcome).await
}

async fn write_all(
    app: &App,
    actor: &Actor,
    run: &mut Run<'_>,
    chunks: &mut tokio::sync::mpsc::Receiver<pipeline::Message<Prepared>>,
) -> Result<(), Error> {
    let filled = has_lines(app.db.read()).await?;
    // In a catalogue that was empty nothing has to be compared; should somebody else fill it meanwhile, the insert
    // finds out and the chunk is done again with comparing.
    let compare = AtomicBool::new(filled);
    while let Some(records) = run.next(chunks).await? {
        let plan = if run.options.dry_run {
            Plan::make(app.db.read(), &records, compare.load(Relaxed)).await?
        } else {
            app.run(actor, ImportLines { records: &records, compare: &compare }).await?
        };
        run.summary.created += plan.new.len() as u64;
        run.summary.updated += plan.changed.len() as u64;
        run.summary.unchanged += plan.unchanged;
        for merged in plan.merged {
            run.summary.note(merged.say(actor.lang));
        }
        for (name, there, comes) in plan.shared_names {
            run.summary.note(shared_name(&name, &there, &comes, actor.lang));
        }
    }
    Ok(())
}

/// Writes a chunk of records: what is new, what differs.
///
/// Refused: records that another import added meanwhile; then the chunk is done again.
struct ImportLines<'a> {
    records: &'a [Prepared],
    /// Whether to compare with what is there.
    compare: &'a AtomicBool,
}

impl<'a> Command for ImportLines<'a> {
    const VERB: Verb = Verb::ImportLines;
    type Output = Plan<'a>;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Plan<'a>, Error> {
        let plan = Plan::make(work, self.records, self.compare.load(Relaxed)).await?;
        if plan.new.is_empty() && plan.changed.is_empty() && plan.gone.is_empty() {
            return Ok(plan);
        }
        let prepared = plan.new.iter().copied().chain(plan.changed.iter().map(|changed| changed.prepared));
        let labels: Vec<&Label> = prepared.flat_map(|prepared| &prepared.labels).collect();
        let known = KnownDiseases::ask(work, labels).await?;
        index::deindex(work, &plan.gone).await?;
        merge::remove(work, &plan.gone).await?;
        let written = write_new(work, &plan.new, &known).await;
        self.compare.fetch_or(matches!(written, Err(Error::Overtaken)), Relaxed);
        written?;
        write_changed(work, &plan.changed, &known).await?;
        work.public_changed();
        Ok(plan)
    }
}

impl Prepared {
    fn new(record: Record, has_twin: bool) -> Self {
        let facts = Facts::of(&record.codes);
        let labels = facts::labels(&record.codes);
        let former = facts::former_accessions(&record.codes);
        let texts = LineTexts {
            name: &record.name,
            accessions: std::iter::once(&record.rrid).chain(&former).map(String::as_str).collect(),
            synonyms: facts.synonyms.iter().chain(&facts.hpscreg_name).map(String::as_str).collect(),
            related: labels.iter().map(|label| label.label.as_str()).collect(),
        };
        let tokens = tokens_of_line(&texts);
        Self { json: to_json(&record.codes), facts, labels, former, tokens, record, has_twin }
    }
}

fn to_json(codes: &Codes) -> String {
    serde_json::to_string(codes).expect("texts by text are always JSON")
}

impl<'a> Plan<'a> {
    /// Compares a chunk with what is there; without comparing, all is new.
    async fn make(db: &impl ConnectionTrait, records: &'a [Prepared], compare: bool) -> Result<Self, DbErr> {
        let mut plan = Self::default();
        if !compare {
            plan.new = records.iter().collect();
            return Ok(plan);
        }
        let own: HashSet<&str> = records.iter().map(|p| p.record.rrid.as_str()).collect();
        // What a source lists as a record of its own is not merged into another one, whatever that says.
        let former: HashSet<&str> = records.iter().flat_map(|p| &p.former).map(String::as_str).collect();
        let former: HashSet<&str> = former.difference(&own).copied().collect();
        let mut there = merge::there(db, own.union(&former).copied()).await?;
        for prepared in records {
            let mine = there.remove(&prepared.record.rrid);
            let others = prepared.former.iter().filter(|rrid| former.contains(rrid.as_str()));
            plan.add(prepared, Union::of(mine, others.filter_map(|rrid| there.remove(rrid)).collect()));
        }
        plan.find_shared_names(db).await?;
        Ok(plan)
    }

    fn add(&mut self, prepared: &'a Prepared, union: Union) {
        self.merged.extend(union.merged(&prepared.record.rrid));
        self.gone.extend(union.gone.iter().map(|line| line.id));
        match union.keeper {
            None => self.new.push(prepared),
            Some(keeper) => match Changed::find(prepared, keeper) {
                Some(changed) => self.changed.push(changed),
                None => self.unchanged += 1,
            },
        }
    }

    async fn find_shared_names(&mut self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        let renamed = self.changed.iter().filter(|c| c.name != c.prepared.record.name).map(|c| c.prepared);
        let arriving = self.new.iter().copied().chain(renamed).filter(|p| !p.has_twin);
        let arriving: HashMap<&str, &str> = arriving.map(|p| (&*p.record.name, &*p.record.rrid)).collect();
        for row in rows::among(db, sql::LINES_BY_NAME, arriving.keys().map(|name| name_key(name))).await? {
            let (name, there): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            if let Some(comes) = arriving.get(&*name).filter(|comes| **comes != there) {
                self.shared_names.push((name, there, (*comes).to_owned()));
            }
        }
        Ok(())
    }
}

impl<'a> Changed<'a> {
    /// `None` if the record says nothing new.
    fn find(prepared: &'a Prepared, there: There) -> Option<Self> {
        let There { id, rrid, name, json, .. } = there;
        let same_name = name == prepared.record.name && rrid == prepared.record.rrid;
        if same_name && json.as_ref() == Some(&prepared.json) {
            return None;
        }
        let before: Codes = json.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        let mut after = before.clone();
        after.extend(prepared.record.codes.iter().map(|(code, lines)| (code.clone(), lines.clone())));
        (!same_name || before != after).then_some(Self { prepared, id, name, rrid, before, after })
    }

    fn renamed(&self) -> Option<&str> {
        Some(self.prepared.record.name.as_str()).filter(|name| *name != self.name)
    }

    fn renumbered(&self) -> Option<&str> {
        Some(self.prepared.record.rrid.as_str()).filter(|rrid| *rrid != self.rrid)
    }

    /// Something by which the line is found changes.
    fn is_found_differently(&self) -> bool {
        self.renamed().is_some()
            || self.renumbered().is_some()
            || ["AS", "SY", "DR", "DI"].iter().any(|code| self.before.get(*code) != self.after.get(*code))
    }
}

async fn write_new(tx: &Transaction, new: &[&Prepared], known: &KnownDiseases) -> Result<(), Error> {
    let values = new.iter().flat_map(|new| column_values(new));
    let lines = rows::insert(&**tx, sql::INTO_LINES, COLUMNS, values, sql::UNLESS_THERE_BY_RRID);
    let (returned, tokens) = futures_util::join!(lines, async { sorted_tokens(new) });
    let returned = returned?;
    if returned.len() < new.len() {
        return Err(Error::Overtaken);
    }
    let mut by_rrid = HashMap::with_capacity(new.len());
    for row in &returned {
        by_rrid.insert(row.try_get_by_index::<String>(0)?, row.try_get_by_index::<i64>(1)?);
    }
    let ids: Vec<i64> = new.iter().filter_map(|new| by_rrid.get(&new.record.rrid).copied()).collect();
    let codes = new.iter().zip(&ids).flat_map(|(new, id)| [(*id).into(), new.json.as_str().into()]);
    rows::insert(&**tx, sql::INTO_RECORDS, 2, codes, "").await?;
    let tokens = tokens.into_iter().flat_map(|(token, at, weight)| [token.into(), ids[at].into(), weight.into()]);
    index::insert_tokens(tx, tokens).await?;
    let diseases = new.iter().zip(&ids).flat_map(|(new, id)| disease_values(*id, &new.labels, known));
    rows::insert(&**tx, sql::INTO_DISEASES_OF_LINES, 4, diseases, sql::UNLESS_THERE).await?;
    Ok(())
}

/// Words, places of their lines in the chunk, weights; in the order of the index, so that its pages are written one
/// after the other.
fn sorted_tokens<'a>(new: &[&'a Prepared]) -> Vec<(&'a str, usize, i32)> {
    let all = new.iter().enumerate();
    let mut tokens: Vec<_> =
        all.flat_map(|(at, new)| new.tokens.iter().map(move |(token, weight)| (token.as_str(), at, *weight))).collect();
    tokens.sort_unstable();
    tokens
}

/// Of [`sql::INTO_LINES`].
const COLUMNS: usize = 14;

fn column_values(prepared: &Prepared) -> [Value; COLUMNS] {
    let (record, facts) = (&prepared.record, &prepared.facts);
    [
        "reference".into(),
        record.name.as_str().into(),
        name_key(&record.name).into(),
        Json::from(facts.synonyms.clone()).into(),
        record.rrid.as_str().into(),
        facts.hpscreg_name.clone().into(),
        facts.parent_rrid.clone().into(),
        facts.cell_type.into(),
        facts.category.clone().into(),
        facts.species.clone().into(),
        facts.sex.clone().into(),
        facts.donor_age.clone().into(),
        facts.problematic.clone().into(),
        facts.engineered.into(),
    ]
}

fn disease_values(id: i64, labels: &[Label], known: &KnownDiseases) -> impl Iterator<Item = Value> {
    labels.iter().flat_map(move |label| -> [Value; 4] {
        [id.into(), known.disease_of(label).into(), label.label.as_str().into(), label.code.clone().into()]
    })
}

async fn write_changed(tx: &Transaction, changed: &[Changed<'_>], known: &KnownDiseases) -> Result<(), Error> {
    let mut order: Vec<&Changed<'_>> = changed.iter().collect();
    // Locks are taken in the order of keys, so that two imports cannot wait for each other.
    order.sort_unstable_by_key(|line| line.id);
    let mut codes = Vec::new();
    let mut diseases = Vec::new();
    let found_differently: Vec<i64> =
        order.iter().filter(|line| line.is_found_differently()).map(|line| line.id).collect();
    index::deindex(tx, &found_differently).await?;
    for line in order {
        write_columns(tx, line).await?;
        if line.before != line.after {
            codes.extend([line.id.into(), to_json(&line.after).into()]);
        }
        if line.before.get("DI") != line.after.get("DI") {
            deindex_diseases(tx, line.id, &facts::labels(&line.before)).await?;
            diseases.extend(disease_values(line.id, &facts::labels(&line.after), known));
        }
    }
    rows::insert(&**tx, sql::INTO_RECORDS, 2, codes, sql::OR_CHANGE_CODES).await?;
    rows::insert(&**tx, sql::INTO_DISEASES_OF_LINES, 4, diseases, sql::UNLESS_THERE).await?;
    Ok(index::index(tx, &found_differently).await?)
}

/// Only labels that the record had are forgotten; what the bank itself put there stays.
async fn deindex_diseases(tx: &Transaction, line: i64, labels: &[Label]) -> Result<(), DbErr> {
    use cell_line_disease::{Column, Entity};
    for Label { label, code } in labels {
        let same_code = code.as_ref().map_or_else(|| Column::Code.is_null(), |code| Column::Code.eq(code));
        let same = Entity::delete_many().filter(Column::LineId.eq(line)).filter(Column::Label.eq(label));
        same.filter(same_code).exec(&**tx).await?;
    }
    Ok(())
}

/// Changes the columns that the record means differently than before. A column on which the record was and is silent
/// stays as it is, also where the bank filled it.
async fn write_columns(tx: &Transaction, line: &Changed<'_>) -> Result<(), DbErr> {
    let (before, after) = (Facts::of(&line.before), Facts::of(&line.after));
    let mut sets: Vec<(Column, Value)> = Vec::new();
    if let Some(name) = line.renamed() {
        sets.extend([(Column::Name, name.into()), (Column::NameKey, name_key(name).into())]);
    }
    if let Some(rrid) = line.renumbered() {
        sets.push((Column::Rrid, rrid.into()));
        let children = Entity::update_many().filter(Column::ParentRrid.eq(&*line.rrid));
        children.col_expr(Column::ParentRrid, Expr::val(rrid)).exec(&**tx).await?;
    }
    if before.synonyms != after.synonyms {
        sets.push((Column::Synonyms, Json::from(after.synonyms).into()));
    }
    let texts = [
        (Column::HpscregName, before.hpscreg_name, after.hpscreg_name),
        (Column::ParentRrid, before.parent_rrid, after.parent_rrid),
        (Column::Category, before.category, after.category),
        (Column::Species, before.species, after.species),
        (Column::Sex, before.sex, after.sex),
        (Column::DonorAge, before.donor_age, after.donor_age),
        (Column::Problematic, before.problematic, after.problematic),
    ];
    sets.extend(texts.into_iter().filter(|(_, b, a)| b != a).map(|(column, _, after)| (column, after.into())));
    if before.cell_type != after.cell_type {
        sets.push((Column::CellType, after.cell_type.into()));
    }
    if before.engineered != after.engineered {
        sets.push((Column::EngineeredInSource, after.engineered.into()));
    }
    if sets.is_empty() {
        return Ok(());
    }
    let set = |row: UpdateMany<Entity>, (column, value)| row.col_expr(column, Expr::val(value));
    let row = Entity::update_many().filter(Column::Id.eq(line.id));
    sets.into_iter().fold(row, set).exec(&**tx).await.map(drop)
}
