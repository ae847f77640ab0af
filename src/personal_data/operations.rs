//! Erasing: at once what may go, the rest when its term is over.

use super::Error;
use super::erasure::{self, OnErasure, PERSON, REFERENCES, REQUEST};
use super::queries::{self, Kept, OVER};
use super::rules::still_kept_from;
use crate::accounts::commands::{authenticate, hold_administrators};
use crate::accounts::passwords::Password;
use crate::accounts::queries::person_by_email;
use crate::actor::{Actor, Permission, Verb};
use crate::app::App;
use crate::db::{Sql, Transaction};
use crate::id::{PersonId, RequestId};
use crate::{audit, subject};
use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use serde_json::json;

/// Requests, agreements or signatures that one step of the sweep blanks.
const SWEEP: u64 = 200;

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

/// Erases the caller's own account; e-mail and password are asked again.
///
/// # Errors
/// Nobody signed in, not confirmed, wrong or somebody else's password, or something under way that needs this person.
pub async fn erase_own(
    app: &App,
    actor: &Actor,
    email: &str,
    password: Password,
    confirmed: bool,
) -> Result<Erased, Error> {
    let person = actor.person_who_may_do(Verb::EraseAccount)?;
    if !confirmed {
        return Err(Error::NotConfirmed);
    }
    if authenticate(app, actor, email, password).await?.person() != person {
        return Err(Error::NotYou);
    }
    erase(app, actor, person).await
}

/// Erases somebody's account at their wish. For administrators.
///
/// # Errors
/// Not allowed, no such account, or something under way that needs this person.
pub async fn erase_for(app: &App, actor: &Actor, email: &str) -> Result<Erased, Error> {
    actor.may(Permission::Administer)?;
    let person = person_by_email(app.db.read(), email).await?.ok_or(Error::NoSuchAccount)?;
    erase(app, actor, person.id).await
}

async fn erase(app: &App, actor: &Actor, person: PersonId) -> Result<Erased, Error> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    lock(&tx, person).await?;
    queries::hindrance(&*tx, person).await?;
    let keeps = queries::keeps(&*tx, person).await?;
    let drafts = delete_drafts(&tx, person).await?;
    for (table, column, on_erasure) in REFERENCES {
        if *on_erasure == OnErasure::Deleted {
            Sql::with(format!("DELETE FROM {table} WHERE {column} = $1"), [person.0.into()]).run(&*tx).await?;
        }
    }
    let sql =
        "UPDATE request SET handler_id = NULL WHERE handler_id = $1 AND state IN ('submitted', 'returned', 'approved')";
    Sql::with(sql, [person.0.into()]).run(&*tx).await?;
    Sql::with(erasure::update("person", PERSON), [person.0.into(), now.into()]).run(&*tx).await?;
    let blanked = blank_due(app, &tx).await?.requests;
    let detail = json!({ "drafts": drafts, "blanked": blanked, "kept": keeps.len() });
    let detail = audit::with_changes(detail, &json!({ "erased": false }), &json!({ "erased": true }));
    audit::record(&tx, now, actor, "account.erase", subject!(PersonId, person), detail).await?;
    tx.commit().await?;
    Ok(Erased { at: now, drafts, blanked, keeps })
}

async fn lock(tx: &Transaction, person: PersonId) -> Result<(), Error> {
    hold_administrators(tx).await?;
    // An update that changes nothing locks the row on both engines.
    let sql = "UPDATE person SET created_at = created_at WHERE id = $1 AND erased_at IS NULL";
    match Sql::with(sql, [person.0.into()]).run(&**tx).await? {
        0 => Err(Error::NoSuchAccount),
        _ => Ok(()),
    }
}

/// Drafts go; where somebody else wrote one and named this person as investigator, the writer answers for it again.
async fn delete_drafts(tx: &Transaction, person: PersonId) -> Result<u64, DbErr> {
    let sql = "UPDATE request SET principal_investigator_id = applicant_id
               WHERE principal_investigator_id = $1 AND applicant_id <> $1 AND state = 'draft'";
    Sql::with(sql, [person.0.into()]).run(&**tx).await?;
    let sql = "DELETE FROM request_line WHERE request_id IN
                 (SELECT id FROM request WHERE applicant_id = $1 AND state = 'draft')";
    Sql::with(sql, [person.0.into()]).run(&**tx).await?;
    let sql = "DELETE FROM request WHERE applicant_id = $1 AND state = 'draft'";
    Sql::with(sql, [person.0.into()]).run(&**tx).await
}

/// What a sweep blanked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Requests whose texts and address went.
    pub requests: u64,
    /// Agreements whose text, which names the investigator, went.
    pub agreements: u64,
    /// Signatures whose printed name went.
    pub signatures: u64,
}

impl Swept {
    /// True if nothing was due.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

/// Blanks what was kept of erased people and whose term is over. The service does this every day; a step is bounded, and
/// what is left is done by the next one.
///
/// # Errors
/// Those of the database.
pub async fn sweep(app: &App) -> Result<Swept, Error> {
    let tx = app.db.begin().await?;
    let swept = blank_due(app, &tx).await?;
    if !swept.is_nothing() {
        let bank = audit::Subject { kind: "Bank", id: 1 };
        let detail =
            json!({ "requests": swept.requests, "agreements": swept.agreements, "signatures": swept.signatures });
        let actor = Actor::system("retention");
        audit::record(&tx, app.clock.now(), &actor, "retention.sweep", bank, detail).await?;
    }
    tx.commit().await?;
    Ok(swept)
}

async fn blank_due(app: &App, tx: &Transaction) -> Result<Swept, DbErr> {
    let kept_from = still_kept_from(app.clock.today());
    let due = queries::due(&**tx, kept_from, SWEEP).await?;
    for id in &due {
        blank(app, tx, *id).await?;
    }
    let sql = format!(
        "UPDATE agreement SET text_en = '', text_ko = '', ended_reason = NULL WHERE id IN
           (SELECT g.id FROM person i JOIN request q ON q.principal_investigator_id = i.id
              JOIN agreement g ON g.request_id = q.id
            WHERE i.erased_at IS NOT NULL AND g.text_en <> '' AND {OVER} ORDER BY g.id LIMIT {SWEEP})"
    );
    let agreements = Sql::with(sql, [kept_from.into()]).run(&**tx).await?;
    let sql = format!(
        "UPDATE signature SET printed_name = '', meaning = '-' WHERE id IN
           (SELECT n.id FROM person p JOIN signature n ON n.person_id = p.id JOIN agreement g ON g.id = n.agreement_id
              JOIN request q ON q.id = g.request_id
            WHERE p.erased_at IS NOT NULL AND n.printed_name <> '' AND {OVER} ORDER BY n.id LIMIT {SWEEP})"
    );
    let signatures = Sql::with(sql, [kept_from.into()]).run(&**tx).await?;
    Ok(Swept { requests: due.len() as u64, agreements, signatures })
}

async fn blank(app: &App, tx: &Transaction, id: RequestId) -> Result<(), DbErr> {
    Sql::with(erasure::update("request", REQUEST), [id.0.into(), app.clock.now().into()]).run(&**tx).await?;
    Sql::with("DELETE FROM request_message WHERE request_id = $1", [id.0.into()]).run(&**tx).await?;
    let sql = "UPDATE request_line SET decision_reason = NULL WHERE request_id = $1";
    Sql::with(sql, [id.0.into()]).run(&**tx).await.map(drop)
}
