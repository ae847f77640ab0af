//! Reads of the history: search, the state of the chain, export. For administrators; searches and exports are recorded.

use super::anchors::Anchor;
use super::canonical::Hash;
use super::events::HistoryEvent;
use super::model::{audit_anchor, audit_event, audit_seal};
use super::sealer::SealerPosition;
use super::{Error, Event, Subject, record_read};
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::db::Sql;
use crate::id::{EventId, PersonId, global, parse_global};
use crate::page::{Cursor, KeyPart, Page, Sort, Window, int, time};
use chrono::{DateTime, Days, NaiveDate, TimeZone, Utc};
use chrono_tz::Asia::Seoul;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, SelectExt};
use serde_json::json;
use std::io::Write;

/// Columns of an [`Event`] in a table called `e`.
pub(super) const COLUMNS: &str = "e.id, e.at, e.actor, e.person_id, e.action, e.subject_kind, e.subject_id, e.detail";
/// Events of an export read at once.
const PAGE: usize = 1_000;
const COLUMNS_OF_TIME: [crate::page::Column; 2] = [time("e.at"), int("e.id")];
const NEWEST_FIRST: Sort = Sort { columns: &COLUMNS_OF_TIME, descending: true };
/// The history itself, as the subject of an event.
const HISTORY: Subject = Subject { kind: "AuditLog", id: 1 };

/// What of the history to list. Different filters narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only by this person.
    pub person: Option<PersonId>,
    /// Only about this thing: kind and key.
    pub subject: Option<(String, i64)>,
    /// Only of this action, as `area.verb`.
    pub action: Option<String>,
    /// From this day on, in Asia/Seoul.
    pub from: Option<NaiveDate>,
    /// Through this day.
    pub to: Option<NaiveDate>,
}

impl Filter {
    /// Reads the ids by which clients name people and things.
    ///
    /// # Errors
    /// [`Error::Filter`] with the name of the field that is no such id.
    pub fn named(mut self, person: Option<&str>, subject: Option<&str>) -> Result<Self, Error> {
        let person = person.map(|id| PersonId::from_global(id).ok_or(Error::Filter { field: "person" }));
        let subject = subject.map(|id| parse_global(id).ok_or(Error::Filter { field: "subject" }));
        self.person = person.transpose()?;
        self.subject = subject.transpose()?;
        Ok(self)
    }

    fn narrow(&self, sql: &mut Sql) -> Result<(), Error> {
        if self.from.zip(self.to).is_some_and(|(from, to)| to < from) {
            return Err(Error::Days);
        }
        if let Some(person) = self.person {
            sql.push(" AND e.person_id = ").bind(person.0);
        }
        if let Some((kind, id)) = &self.subject {
            sql.push(" AND e.subject_kind = ").bind(kind.clone()).push(" AND e.subject_id = ").bind(*id);
        }
        if let Some(action) = &self.action {
            sql.push(" AND e.action = ").bind(action.trim());
        }
        if let Some(from) = self.from {
            sql.push(" AND e.at >= ").bind(beginning(from));
        }
        if let Some(end) = self.to.and_then(|day| day.checked_add_days(Days::new(1))) {
            sql.push(" AND e.at < ").bind(beginning(end));
        }
        Ok(())
    }

    fn detail(&self) -> serde_json::Value {
        let subject = self.subject.as_ref().map(|(kind, id)| format!("{kind}:{id}"));
        let person = self.person.map(|id| id.0);
        json!({ "person": person, "subject": subject, "action": self.action, "from": self.from, "to": self.to })
    }
}

/// Midnight in Seoul, where the clock never jumps at that hour in the time of any bank.
fn beginning(day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    Seoul.from_local_datetime(&midnight).earliest().map_or(midnight.and_utc(), |at| at.to_utc())
}

/// An event with its seal.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Sealed {
    /// The event.
    #[sea_orm(nested)]
    pub event: Event,
    /// Its place in the chain; `None` until it is sealed.
    pub sequence: Option<i64>,
    /// Hash of its seal.
    pub hash: Option<String>,
}

/// The history, newest first. The first page of a search is recorded.
///
/// # Errors
/// Not allowed, a wrong window or filter, or those of the database.
pub async fn list(app: &App, actor: &Actor, filter: &Filter, window: &Window) -> Result<Page<Sealed>, Error> {
    actor.may(Permission::Administer)?;
    let keyset = window.keyset(NEWEST_FIRST)?;
    let mut sql = select();
    filter.narrow(&mut sql)?;
    keyset.narrow(&mut sql);
    keyset.order(&mut sql);
    let rows: Vec<Sealed> = sql.all(app.db.read()).await?;
    if window.after.is_none() && window.before.is_none() {
        record_read(app, actor, HISTORY, &HistoryEvent::Searched { filter: filter.detail() }).await?;
    }
    Ok(keyset.page(rows, |row| place(&row.event)))
}

fn select() -> Sql {
    Sql::new(format!(
        "SELECT {COLUMNS}, s.sequence, s.hash FROM audit_event e LEFT JOIN audit_seal s ON s.event_id = e.id WHERE 1 = 1"
    ))
}

fn place(event: &Event) -> Cursor {
    Cursor(vec![KeyPart::Int(event.at.timestamp_micros()), KeyPart::Int(event.id.0)])
}

/// The state of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Sealed events.
    pub sealed: i64,
    /// Events that wait for their seal.
    pub unsealed: i64,
    /// Hash of the last seal; `None` before the first.
    pub head: Option<String>,
    /// What was last told to the outside.
    pub last_anchor: Option<Anchor>,
}

/// The state of the chain, without verifying it.
///
/// # Errors
/// Not allowed, or those of the database.
pub async fn chain(app: &App, actor: &Actor) -> Result<Chain, Error> {
    actor.may(Permission::Administer)?;
    let db = app.db.read();
    let position = SealerPosition::read(db).await?;
    let (unsealed, _) = unsealed(db, position.floor).await?;
    let head = (position.sequence > 0).then_some(position.hash);
    Ok(Chain { sealed: position.sequence, unsealed, head, last_anchor: last_anchor(db).await? })
}

/// How many events wait for their seal. For the bank's figures: nothing of an event is shown.
///
/// # Errors
/// Those of the database.
pub async fn unsealed_events(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let position = SealerPosition::read(db).await?;
    Ok(unsealed(db, position.floor).await?.0)
}

/// How many events above the floor wait for their seal, and the time of the oldest.
pub(super) async fn unsealed(db: &impl ConnectionTrait, floor: i64) -> Result<(i64, Option<DateTime<Utc>>), DbErr> {
    let sql = "SELECT count(*), min(e.at) FROM audit_event e WHERE e.id > $1
                 AND NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.event_id = e.id AND s.event_id > $1)";
    let row = Sql::with(sql, [floor.into()]).one(db).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("a count".into()))?;
    Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))
}

/// What happened to one thing, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn of_subject(db: &impl ConnectionTrait, subject: Subject) -> Result<Vec<Event>, DbErr> {
    let events = audit_event::Entity::find()
        .filter(audit_event::Column::SubjectKind.eq(subject.kind))
        .filter(audit_event::Column::SubjectId.eq(subject.id));
    events.order_by_asc(audit_event::Column::Id).all(db).await
}

/// The newest anchor.
///
/// # Errors
/// Those of the database.
pub async fn last_anchor(db: &impl ConnectionTrait) -> Result<Option<Anchor>, DbErr> {
    audit_anchor::Entity::find().order_by_desc(audit_anchor::Column::Day).one(db).await
}

/// All anchors by their place in the chain: one a day.
pub(super) async fn anchors(db: &impl ConnectionTrait) -> Result<Vec<Anchor>, DbErr> {
    let anchors = audit_anchor::Entity::find().order_by_asc(audit_anchor::Column::Sequence);
    anchors.order_by_asc(audit_anchor::Column::Day).all(db).await
}

/// True if this content was sealed somewhere; a search through all seals, made only for what is broken.
pub(super) async fn has_seal(db: &impl ConnectionTrait, content: Hash) -> Result<bool, DbErr> {
    audit_seal::Entity::find().filter(audit_seal::Column::EventHash.eq(content.to_string())).exists(db).await
}

/// Writes events as JSON Lines, oldest first, a page in memory at a time; returns how many. It is recorded, and what is
/// written meanwhile is not in it.
///
/// # Errors
/// Not allowed, wrong days, a target that cannot be written, or those of the database.
pub async fn export(app: &App, actor: &Actor, filter: &Filter, out: &mut impl Write) -> Result<u64, Error> {
    let mut export = Export::begin(app, actor, filter.clone()).await?;
    let mut written = 0;
    while let Some(rows) = export.next(app).await? {
        for row in &rows {
            serde_json::to_writer(&mut *out, &line(row)).map_err(std::io::Error::from)?;
            out.write_all(b"\n")?;
        }
        written += rows.len() as u64;
    }
    out.flush()?;
    Ok(written)
}

/// An export that is under way: events oldest first, a page at a time.
#[derive(Clone, Debug)]
pub struct Export {
    filter: Filter,
    /// The newest event there was at the beginning.
    last: EventId,
    after: Option<(DateTime<Utc>, EventId)>,
    is_over: bool,
}

impl Export {
    /// Begins one, which is recorded; what is written from then on is not in it.
    ///
    /// # Errors
    /// Not allowed, wrong days, or those of the database.
    pub async fn begin(app: &App, actor: &Actor, filter: Filter) -> Result<Self, Error> {
        actor.may(Permission::Administer)?;
        filter.narrow(&mut Sql::default())?;
        let last = audit_event::Entity::find().order_by_desc(audit_event::Column::Id).one(app.db.read()).await?;
        let last = last.map_or(EventId(0), |event| event.id);
        record_read(app, actor, HISTORY, &HistoryEvent::Exported { filter: filter.detail() }).await?;
        Ok(Self { filter, last, after: None, is_over: false })
    }

    /// The next page; `None` after the last one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn next(&mut self, app: &App) -> Result<Option<Vec<Sealed>>, Error> {
        if self.is_over {
            return Ok(None);
        }
        let mut sql = select();
        self.filter.narrow(&mut sql)?;
        sql.push(" AND e.id <= ").bind(self.last.0);
        if let Some((at, id)) = self.after {
            sql.push(" AND (e.at, e.id) > (").bind(at).push(", ").bind(id.0).push(")");
        }
        sql.push(&format!(" ORDER BY e.at, e.id LIMIT {PAGE}"));
        let rows: Vec<Sealed> = sql.all(app.db.read()).await?;
        self.is_over = rows.len() < PAGE;
        self.after = rows.last().map(|row| (row.event.at, row.event.id));
        Ok(Some(rows).filter(|rows| !rows.is_empty()))
    }
}

/// An event as a line of an export.
pub fn line(row: &Sealed) -> serde_json::Value {
    let Sealed { event, sequence, hash } = row;
    json!({
        "id": event.id.0,
        "at": event.at,
        "actor": event.actor,
        "action": event.action,
        "subject": format!("{}:{}", event.subject_kind, event.subject_id),
        "subject_id": global(&event.subject_kind, event.subject_id),
        "detail": event.detail,
        "sequence": sequence,
        "hash": hash,
    })
}
