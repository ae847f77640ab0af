//! Reads of the outbox, for administrators.

use super::error::Error;
use super::letter::LetterKind;
use super::model::mail_message::{self, Column};
use super::model::{Message, State, mail_preference};
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::db::row_count;
use crate::id::{MailMessageId, PersonId};
use crate::page::{Cursor, KeyPart, Page, Sort, Window, int};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, DerivePartialModel, EntityTrait, Iterable, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select,
};
use serde_json::Value as Json;

const NEWEST: Sort = Sort { columns: &[int("id")], descending: true };

/// What of the outbox to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only in these states; all if empty.
    pub states: Vec<State>,
    /// Only to this person.
    pub recipient: Option<PersonId>,
}

/// Letters, newest first.
///
/// # Errors
/// Not allowed, a wrong window, or those of the database.
pub async fn outbox(app: &App, actor: &Actor, filter: &Filter, window: &Window) -> Result<Page<Message>, Error> {
    actor.may(Permission::Administer)?;
    let keyset = window.keyset(NEWEST)?;
    let rows = keyset.select(listed(filter)).into_partial_model::<Message>().all(app.db.read()).await?;
    Ok(keyset.page(rows, |row| Cursor(vec![KeyPart::Int(row.id.0)])))
}

/// When the letter of a kind that was posted to somebody at an instant left; `None` if it has not.
///
/// # Errors
/// Those of the database.
pub async fn sent_at(
    db: &impl ConnectionTrait,
    to: PersonId,
    kind: LetterKind,
    posted_at: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    let theirs = mail_message::Entity::find()
        .filter(Column::RecipientId.eq(to))
        .filter(Column::Event.eq(kind.name()))
        .filter(Column::CreatedAt.eq(posted_at));
    let sent: Option<Option<DateTime<Utc>>> = theirs.select_only().column(Column::SentAt).into_tuple().one(db).await?;
    Ok(sent.flatten())
}

/// How many letters the list has.
///
/// # Errors
/// Not allowed, or those of the database.
pub async fn count(app: &App, actor: &Actor, filter: &Filter) -> Result<i64, Error> {
    actor.may(Permission::Administer)?;
    Ok(listed(filter).count(app.db.read()).await?.cast_signed())
}

/// How many letters wait to be sent, and how many are dead. For the bank's figures: nobody's letter is shown.
///
/// # Errors
/// Those of the database.
pub async fn unsent(db: &impl ConnectionTrait) -> Result<[i64; 2], DbErr> {
    let of = |state: State| mail_message::Entity::find().filter(Column::State.eq(state)).count(db);
    Ok([of(State::Queued).await?.cast_signed(), of(State::Dead).await?.cast_signed()])
}

/// How many letters of the whole outbox are in each state, by one walk along an index.
///
/// # Errors
/// Not allowed, or those of the database.
pub async fn counts(app: &App, actor: &Actor) -> Result<Vec<(State, i64)>, Error> {
    actor.may(Permission::Administer)?;
    let states = mail_message::Entity::find().select_only().column(Column::State).expr_as(row_count(), "letters");
    let found: Vec<(State, i64)> = states.group_by(Column::State).into_tuple().all(app.db.read()).await?;
    let of = |state: State| found.iter().find(|row| row.0 == state).map_or(0, |row| row.1);
    Ok(State::iter().map(|state| (state, of(state))).collect())
}

fn listed(filter: &Filter) -> Select<mail_message::Entity> {
    mail_message::Entity::find()
        .apply_if((!filter.states.is_empty()).then_some(&filter.states), |list, states| {
            list.filter(Column::State.is_in(states.iter().copied()))
        })
        .apply_if(filter.recipient, |list, recipient| list.filter(Column::RecipientId.eq(recipient)))
}

/// One letter; the caller has shown that they administer.
pub(super) async fn message(db: &impl ConnectionTrait, id: MailMessageId) -> Result<Option<Message>, DbErr> {
    mail_message::Entity::find_by_id(id).into_partial_model().one(db).await
}

/// A letter waiting in the outbox.
#[derive(Clone, Debug, PartialEq, DerivePartialModel)]
#[sea_orm(entity = "mail_message::Entity")]
pub struct Queued {
    /// Its place in the queue.
    pub id: i64,
    /// To whom.
    pub recipient_id: PersonId,
    /// Which letter.
    pub event: String,
    /// What it needs to be written.
    pub detail: Json,
}

/// Letters that wait, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn queued(db: &impl ConnectionTrait) -> Result<Vec<Queued>, DbErr> {
    let waiting = mail_message::Entity::find().filter(Column::State.eq(State::Queued)).order_by_asc(Column::Id);
    waiting.into_partial_model().all(db).await
}

/// Those of the recipients who switched a letter off.
pub(super) async fn unwilling(
    db: &impl ConnectionTrait,
    letter: LetterKind,
    recipients: &[PersonId],
) -> Result<Vec<PersonId>, DbErr> {
    use mail_preference::{Column, Entity};
    let off = Entity::find().filter(Column::Event.eq(letter.name())).filter(Column::Wanted.eq(false));
    let theirs = off.filter(Column::PersonId.is_in(recipients.iter().copied()));
    theirs.select_only().column(Column::PersonId).into_tuple().all(db).await
}

/// What a person said about letters, letter by letter.
pub(super) async fn said(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<mail_preference::Model>, DbErr> {
    mail_preference::Entity::find().filter(mail_preference::Column::PersonId.eq(person)).all(db).await
}
