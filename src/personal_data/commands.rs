//! Commands of erasing: at once what may go, the rest when its term is over.

use super::Error;
use super::erasure::{self, OnErasure, PERSON, REFERENCES};
use super::queries::{self, Kept, OVER};
use super::rules::still_kept_from;
use crate::accounts::commands::{Authenticated, authenticate, hold_administrators};
use crate::accounts::passwords::Password;
use crate::accounts::queries::person_by_email;
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::audit::{self, Changes, Subject};
use crate::command::{Command, Prepare, Work};
use crate::db::Sql;
use crate::id::{PersonId, RequestId};
use crate::personal_data::events::PersonalDataEvent;
use crate::personal_data::events::RetentionEvent;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::DbErr;

/// Requests, agreements or signatures that one round of blanking takes.
const ROUND: u64 = 200;

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// When.
    pub at: DateTime<Utc>,
    /// Drafts that went.
    pub drafts: u64,
    /// Requests without a provision whose texts went.
    pub blanked: u64,
    /// What is kept, and how long.
    pub keeps: Vec<Kept>,
}

/// What somebody gives to erase their own account: e-mail and password once more, and that they know what goes.
///
/// Refused: not confirmed, or a password that is wrong or somebody else's.
#[derive(Clone, Debug)]
pub struct ConfirmErasure {
    /// The caller's e-mail.
    pub email: String,
    /// The caller's password.
    pub password: Password,
    /// The caller read what goes and what is kept.
    pub is_confirmed: bool,
}

impl Prepare for ConfirmErasure {
    type Command = EraseAccount;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        if self.is_confirmed { Ok(()) } else { Err(Error::NotConfirmed) }
    }

    async fn prepare(self, app: &App, actor: &Actor) -> Result<EraseAccount, Error> {
        let person = actor.signed_in()?;
        let who = authenticate(app, actor, &self.email, self.password).await?;
        if who.person() == person { Ok(EraseAccount { who }) } else { Err(Error::NotYou) }
    }
}

/// Erases the account of somebody who just gave their password: [`ConfirmErasure`] makes it.
///
/// Refused: something under way that needs this person.
#[derive(Clone, Debug)]
pub struct EraseAccount {
    who: Authenticated,
}

impl Command for EraseAccount {
    const VERB: Verb = Verb::EraseAccount;
    type Output = Erased;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Erased, Error> {
        erase(work, self.who.person()).await
    }
}

/// Erases somebody's account at their wish.
///
/// Refused: no such account, or something under way that needs this person.
#[derive(Clone, Debug)]
pub struct EraseAccountFor {
    /// Their e-mail.
    pub email: String,
}

impl Command for EraseAccountFor {
    const VERB: Verb = Verb::EraseAccountFor;
    type Output = Erased;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Erased, Error> {
        let person = person_by_email(work, &self.email).await?.ok_or(Error::NoSuchAccount)?;
        erase(work, person.id).await
    }
}

async fn erase(work: &Work<'_>, person: PersonId) -> Result<Erased, Error> {
    lock(work, person).await?;
    let now = work.now();
    queries::hindrance(work, person).await?;
    let keeps = queries::keeps(work, person).await?;
    let drafts = delete_drafts(work, person).await?;
    for (table, column, on_erasure) in REFERENCES {
        if *on_erasure == OnErasure::Deleted {
            Sql::with(format!("DELETE FROM {table} WHERE {column} = $1"), [person.0.into()]).run(work).await?;
        }
    }
    let sql =
        "UPDATE request SET handler_id = NULL WHERE handler_id = $1 AND state IN ('submitted', 'returned', 'approved')";
    Sql::with(sql, [person.0.into()]).run(work).await?;
    Sql::with(erasure::update("person", PERSON), [person.0.into(), now.into()]).run(work).await?;
    let blanked = blank_due(work).await?.requests;
    let changes = Changes::of("erased", false, true);
    let event = PersonalDataEvent::Erased { drafts, blanked, kept: keeps.len(), changes };
    audit::record(work, person, &event).await?;
    Ok(Erased { at: now, drafts, blanked, keeps })
}

async fn lock(work: &Work<'_>, person: PersonId) -> Result<(), Error> {
    hold_administrators(work).await?;
    // An update that changes nothing locks the row on both engines.
    let sql = "UPDATE person SET created_at = created_at WHERE id = $1 AND erased_at IS NULL";
    match Sql::with(sql, [person.0.into()]).run(work).await? {
        0 => Err(Error::NoSuchAccount),
        _ => Ok(()),
    }
}

/// Drafts go; where somebody else wrote one and named this person as investigator, the writer answers for it again.
async fn delete_drafts(work: &Work<'_>, person: PersonId) -> Result<u64, DbErr> {
    let sql = "UPDATE request SET principal_investigator_id = applicant_id
               WHERE principal_investigator_id = $1 AND applicant_id <> $1 AND state = 'draft'";
    Sql::with(sql, [person.0.into()]).run(work).await?;
    let sql = "DELETE FROM request_line WHERE request_id IN
                 (SELECT id FROM request WHERE applicant_id = $1 AND state = 'draft')";
    Sql::with(sql, [person.0.into()]).run(work).await?;
    delete_approvals(work, "SELECT id FROM request WHERE applicant_id = $1 AND state = 'draft'", person.0).await?;
    let sql = "DELETE FROM request WHERE applicant_id = $1 AND state = 'draft'";
    Sql::with(sql, [person.0.into()]).run(work).await
}

/// What a round blanked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Blanked {
    /// Requests whose texts and address went.
    pub requests: u64,
    /// Agreements whose text, which names the investigator, went.
    pub agreements: u64,
    /// Signatures whose printed name went.
    pub signatures: u64,
}

impl Blanked {
    /// True if nothing was due.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

/// Blanks what was kept of erased people and whose term is over. The service does this every day; a round is bounded, and
/// what is left is done by the next one.
///
/// Refused: never.
#[derive(Clone, Copy, Debug)]
pub struct BlankErasedRecords;

impl Command for BlankErasedRecords {
    const VERB: Verb = Verb::BlankErasedRecords;
    type Output = Blanked;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Blanked, Error> {
        let blanked = blank_due(work).await?;
        if !blanked.is_nothing() {
            let Blanked { requests, agreements, signatures } = blanked;
            let event = RetentionEvent::Blanked { requests, agreements, signatures };
            audit::record(work, Subject::BANK, &event).await?;
        }
        Ok(blanked)
    }
}

async fn blank_due(work: &Work<'_>) -> Result<Blanked, DbErr> {
    let kept_from = still_kept_from(work.today());
    let due = queries::due(work, kept_from, ROUND).await?;
    for id in &due {
        blank(work, *id).await?;
    }
    let sql = format!(
        "UPDATE agreement SET text_en = '', text_ko = '', ended_reason = NULL WHERE id IN
           (SELECT g.id FROM person i JOIN request q ON q.principal_investigator_id = i.id
              JOIN agreement g ON g.request_id = q.id
            WHERE i.erased_at IS NOT NULL AND g.text_en <> '' AND {OVER} ORDER BY g.id LIMIT {ROUND})"
    );
    let agreements = Sql::with(sql, [kept_from.into()]).run(work).await?;
    let sql = format!(
        "UPDATE signature SET printed_name = '', meaning = '-' WHERE id IN
           (SELECT n.id FROM person p JOIN signature n ON n.person_id = p.id JOIN agreement g ON g.id = n.agreement_id
              JOIN request q ON q.id = g.request_id
            WHERE p.erased_at IS NOT NULL AND n.printed_name <> '' AND {OVER} ORDER BY n.id LIMIT {ROUND})"
    );
    let signatures = Sql::with(sql, [kept_from.into()]).run(work).await?;
    Ok(Blanked { requests: due.len() as u64, agreements, signatures })
}

/// Approvals go with the last request on which they are chosen: their numbers lead to people.
async fn delete_approvals(work: &Work<'_>, requests: &str, key: i64) -> Result<(), DbErr> {
    let sql = format!("DELETE FROM request_approval WHERE request_id IN ({requests}) RETURNING approval_id");
    let rows = Sql::with(sql, [key.into()]).rows(work).await?;
    let ids = rows.iter().map(|row| row.try_get_by_index::<i64>(0)).collect::<Result<Vec<_>, _>>()?;
    if ids.is_empty() {
        return Ok(());
    }
    let mut sql =
        Sql::new("DELETE FROM approval WHERE id NOT IN (SELECT approval_id FROM request_approval) AND id IN (");
    sql.bind_all(ids).push(")");
    sql.run(work).await.map(drop)
}

async fn blank(work: &Work<'_>, id: RequestId) -> Result<(), DbErr> {
    Sql::with(erasure::update("request", &erasure::request()), [id.0.into(), work.now().into()]).run(work).await?;
    delete_approvals(work, "$1", id.0).await?;
    Sql::with("DELETE FROM request_message WHERE request_id = $1", [id.0.into()]).run(work).await?;
    let sql = "UPDATE request_line SET decision_reason = NULL WHERE request_id = $1";
    Sql::with(sql, [id.0.into()]).run(work).await.map(drop)
}
