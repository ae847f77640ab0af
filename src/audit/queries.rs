//! Reads of the history: search, the state of the chain, export. For administrators; searches and exports are recorded.

use super::anchors::Anchor;
use super::canonical::Hash;
use super::events::HistoryEvent;
use super::model::audit_event::{Column, Entity};
use super::model::{audit_anchor, audit_seal};
use super::sealer::SealerPosition;
use super::{Error, Event, Subject, record_read};
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::db::{has_any, row_count};
use crate::id::{EventId, PersonId, global, parse_global};
use crate::page::{Cursor, KeyPart, Page, Sort, Window, int, time};
use chrono::{DateTime, Days, NaiveDate, TimeZone, Utc};
use chrono_tz::Asia::Seoul;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};
use serde_json::json;
use std::io::Write;

/// Events of an export read at once.
const PAGE: u64 = 1_000;
const COLUMNS_OF_TIME: [crate::page::Column; 2] = [time("audit_event.at"), int("audit_event.id")];
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

    fn check(&self) -> Result<(), Error> {
        if self.from.zip(self.to).is_some_and(|(from, to)| to < from) { Err(Error::Days) } else { Ok(()) }
    }

    /// The events that it leaves, with their seals.
    fn events(&self) -> Select<Entity> {
        let end = self.to.and_then(|day| day.checked_add_days(Days::new(1)));
        Entity::find()
            .left_join(audit_seal::Entity)
            .columns([audit_seal::Column::Sequence, audit_seal::Column::Hash])
            .apply_if(self.person, |list, person| list.filter(Column::PersonId.eq(person)))
            .apply_if(self.subject.as_ref(), |list, (kind, id)| {
                list.filter(Column::SubjectKind.eq(kind)).filter(Column::SubjectId.eq(*id))
            })
            .apply_if(self.action.as_ref(), |list, action| list.filter(Column::Action.eq(action.trim())))
            .apply_if(self.from, |list, from| list.filter(Column::At.gte(beginning(from))))
            .apply_if(end, |list, end| list.filter(Column::At.lt(beginning(end))))
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
    filter.check()?;
    let rows: Vec<Sealed> = keyset.select(filter.events()).into_model().all(app.db.read()).await?;
    if window.after.is_none() && window.before.is_none() {
        record_read(app, actor, HISTORY, &HistoryEvent::Searched { filter: filter.detail() }).await?;
    }
    Ok(keyset.page(rows, |row| place(&row.event)))
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
    let counted = without_seal(floor).select_only().expr_as(row_count(), "events");
    let counted = counted.column_as(Column::At.min(), "oldest").into_tuple().one(db).await?;
    counted.ok_or_else(|| DbErr::RecordNotFound("a count".into()))
}

/// Events above the floor that have no seal. The bound on both tables keeps either way of joining them short.
pub(super) fn without_seal(floor: i64) -> Select<Entity> {
    let seals = Query::select()
        .expr(Expr::cust("1"))
        .from(audit_seal::Entity)
        .and_where(audit_seal::Column::EventId.into_expr().equals((Entity, Column::Id)))
        .and_where(audit_seal::Column::EventId.gt(floor))
        .take();
    Entity::find().filter(Column::Id.gt(floor)).filter(Expr::not_exists(seals))
}

/// The first event without a seal at or below the floor.
pub(super) async fn never_sealed(db: &impl ConnectionTrait, floor: i64) -> Result<Option<EventId>, DbErr> {
    let seals = Query::select()
        .expr(Expr::cust("1"))
        .from(audit_seal::Entity)
        .and_where(audit_seal::Column::EventId.into_expr().equals((Entity, Column::Id)))
        .take();
    let first = Entity::find().filter(Column::Id.lte(floor)).filter(Expr::not_exists(seals)).order_by_asc(Column::Id);
    first.select_only().column(Column::Id).into_tuple().one(db).await
}

/// What happened to one thing, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn of_subject(db: &impl ConnectionTrait, subject: Subject) -> Result<Vec<Event>, DbErr> {
    let events = Entity::find().filter(Column::SubjectKind.eq(subject.kind)).filter(Column::SubjectId.eq(subject.id));
    events.order_by_asc(Column::Id).all(db).await
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
    has_any(db, audit_seal::Entity::find().filter(audit_seal::Column::EventHash.eq(content.to_string()))).await
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
        filter.check()?;
        let last = Entity::find().order_by_desc(Column::Id).one(app.db.read()).await?;
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
        let list = self.filter.events().filter(Column::Id.lte(self.last));
        let list = list.apply_if(self.after, |list, (at, id)| {
            let place = Expr::tuple([Column::At.into_expr(), Column::Id.into_expr()]);
            list.filter(place.gt(Expr::tuple([Expr::val(at), Expr::val(id)])))
        });
        let list = list.order_by_asc(Column::At).order_by_asc(Column::Id).limit(PAGE);
        let rows: Vec<Sealed> = list.into_model().all(app.db.read()).await?;
        self.is_over = (rows.len() as u64) < PAGE;
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
