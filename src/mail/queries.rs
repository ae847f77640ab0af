//! Reads of the outbox, for administrators.

use super::error::Error;
use super::model::{Message, State};
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::db::Sql;
use crate::id::{MailMessageId, PersonId};
use crate::page::{Cursor, KeyPart, Page, Sort, Window, int};
use sea_orm::{ActiveEnum, ConnectionTrait, DbErr, Iterable};

const COLUMNS: &str = "id, created_at, recipient_id, event, subject_kind, subject_id, state, attempts, due_at, \
                       last_error, sent_at";
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
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM mail_message WHERE TRUE"));
    narrow(&mut sql, filter);
    keyset.narrow(&mut sql);
    keyset.order(&mut sql);
    let rows: Vec<Message> = sql.all(app.db.read()).await?;
    Ok(keyset.page(rows, |row| Cursor(vec![KeyPart::Int(row.id.0)])))
}

/// How many letters the list has.
///
/// # Errors
/// Not allowed, or those of the database.
pub async fn count(app: &App, actor: &Actor, filter: &Filter) -> Result<i64, Error> {
    actor.may(Permission::Administer)?;
    let mut sql = Sql::new("SELECT count(*) FROM mail_message WHERE TRUE");
    narrow(&mut sql, filter);
    Ok(sql.number(app.db.read()).await?)
}

/// How many letters of the whole outbox are in each state, by one walk along an index.
///
/// # Errors
/// Not allowed, or those of the database.
pub async fn counts(app: &App, actor: &Actor) -> Result<Vec<(State, i64)>, Error> {
    actor.may(Permission::Administer)?;
    let rows = Sql::new("SELECT state, count(*) FROM mail_message GROUP BY state").rows(app.db.read()).await?;
    let found: Vec<(State, i64)> = rows
        .iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect::<Result<_, DbErr>>()?;
    let of = |state: State| found.iter().find(|row| row.0 == state).map_or(0, |row| row.1);
    Ok(State::iter().map(|state| (state, of(state))).collect())
}

fn narrow(sql: &mut Sql, filter: &Filter) {
    if !filter.states.is_empty() {
        sql.push(" AND state IN (").bind_all(filter.states.iter().map(|state| state.to_value())).push(")");
    }
    if let Some(recipient) = filter.recipient {
        sql.push(" AND recipient_id = ").bind(recipient.0);
    }
}

/// One letter; the caller has shown that they administer.
pub(super) async fn message(db: &impl ConnectionTrait, id: MailMessageId) -> Result<Option<Message>, DbErr> {
    let sql = format!("SELECT {COLUMNS} FROM mail_message WHERE id = $1");
    Ok(Sql::with(sql, [id.0.into()]).all(db).await?.pop())
}
