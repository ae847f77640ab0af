//! Two records of one institution become one.

use super::model::{Record, Verification};
use super::policy::may_merge;
use super::steps::{hold, notify_proposer, read, shut};
use super::{Error, checks, queries};
use crate::accounts::institutions::events::InstitutionEvent;
use crate::actor::{Actor, Permission, Verb};
use crate::app::App;
use crate::audit::{self, Changes};
use crate::command::{Command, Work};
use crate::db::Sql;
use crate::id::{InstitutionId, PersonId};
use crate::mail::Proposal;
use crate::mail::{self, Letter};
use chrono::NaiveDate;
use sea_orm::{ActiveEnum, DbErr, Value};
use serde_json::{Map, Value as Json, json};

/// Columns that say what is so now, and therefore follow the institution. What says how it was at some moment stays:
/// dispatched lines, ended memberships, texts of agreements, the history.
const FOLLOWING: [(&str, &str); 3] =
    [("person", "institution_id"), ("request", "institution_id"), ("approval", "institution_id")];

/// Merges a duplicate into the institution that counts. The duplicate's row stays, closed, and leads to the other one,
/// also from then on in imports; people, open memberships, signatories and requests go over, and members are told.
/// Doing it again takes along what came in between, and otherwise changes nothing.
///
/// Refused: no such institutions, one and the same, a duplicate of another one already, one to merge into that is
/// closed, not verified or a duplicate itself, or a reason that is missing or too long.
#[derive(Clone, Debug)]
pub struct MergeInstitutions {
    /// The duplicate.
    pub from: InstitutionId,
    /// The one that counts.
    pub into: InstitutionId,
    /// Why.
    pub reason: String,
}

impl Command for MergeInstitutions {
    const VERB: Verb = Verb::MergeInstitutions;
    type Output = Record;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        checks::reason(&self.reason)?;
        if self.from == self.into { Err(Error::IntoItself) } else { Ok(()) }
    }

    async fn apply(&self, work: &Work<'_>) -> Result<Record, Error> {
        let (from, into) = (self.from, self.into);
        hold(work, &[from, into]).await?;
        let (actor, gone) = (work.actor, |field| Error::NoSuchInstitution { field });
        let old = queries::record(work, actor, from).await?.ok_or(gone("from"))?;
        let counts = queries::record(work, actor, into).await?.ok_or(gone("into"))?;
        may_merge(&old, &counts)?;
        let members = members(work, from).await?;
        let moved = take_along(work, from, into).await?;
        let is_new = old.merged_into.is_none();
        if is_new {
            lead_there(work, &old, into).await?;
            if old.verification == Verification::Proposed {
                notify_proposer(work, &old, Proposal::Merged).await?;
            }
        }
        if is_new || moved.values().any(|ids| ids.as_array().is_some_and(|ids| !ids.is_empty())) {
            self.record(work, &old, moved).await?;
            notify_members(work, members, &old, &counts).await?;
            work.public_changed();
        }
        read(work, into).await
    }
}

impl MergeInstitutions {
    /// One event at each of the two.
    async fn record(&self, work: &Work<'_>, old: &Record, moved: Map<String, Json>) -> Result<(), Error> {
        let (from, into, reason) = (self.from, self.into, checks::reason(&self.reason)?);
        let before = json!({ "status": old.institution.status.to_value(), "merged_into": old.merged_into });
        let changes = Changes::whole(before, json!({ "status": "closed", "merged_into": into }));
        let event = InstitutionEvent::Merged { reason: reason.clone(), moved: moved.into(), changes };
        audit::record(work, from, &event).await?;
        Ok(audit::record(work, into, &InstitutionEvent::Absorbed { duplicate: from, reason }).await?)
    }
}

/// What a merger would move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MergePreview {
    /// People who work at the duplicate.
    pub people: i64,
    /// Requests that name it.
    pub requests: i64,
    /// Open memberships of it.
    pub memberships: i64,
    /// Signatories of it.
    pub signatories: i64,
}

/// What merging a duplicate away would move, without doing it. For the bank.
///
/// # Errors
/// Not allowed, or those of the database.
pub async fn merge_preview(app: &App, actor: &Actor, from: InstitutionId) -> Result<MergePreview, Error> {
    actor.may(Permission::KeepInstitutions)?;
    let sql = "SELECT (SELECT count(*) FROM person WHERE institution_id = $1),
                      (SELECT count(*) FROM request WHERE institution_id = $1),
                      (SELECT count(*) FROM institution_membership
                       WHERE institution_id = $1 AND state IN ('requested', 'active')),
                      (SELECT count(*) FROM role_grant WHERE institution_id = $1)";
    let row = Sql::with(sql, [from.0.into()]).one(app.db.read()).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("a count".into()))?;
    Ok(MergePreview {
        people: row.try_get_by_index(0)?,
        requests: row.try_get_by_index(1)?,
        memberships: row.try_get_by_index(2)?,
        signatories: row.try_get_by_index(3)?,
    })
}

/// Who belongs to an institution and has an open account.
async fn members(work: &Work<'_>, institution: InstitutionId) -> Result<Vec<PersonId>, DbErr> {
    let sql = "SELECT m.person_id FROM institution_membership m JOIN person p ON p.id = m.person_id
               WHERE m.institution_id = $1 AND m.state = 'active' AND p.disabled_at IS NULL ORDER BY m.person_id";
    let rows = Sql::with(sql, [institution.0.into()]).rows(work).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Tells those who belonged to the duplicate where they belong now, but not whoever merged it.
async fn notify_members(
    work: &Work<'_>,
    mut members: Vec<PersonId>,
    old: &Record,
    counts: &Record,
) -> Result<(), DbErr> {
    members.retain(|person| work.actor.person_id() != Some(*person));
    let (old, counts) = (&old.institution, &counts.institution);
    let letter = Letter::InstitutionMerged {
        institution: old.id.0,
        institution_name: old.name.clone(),
        institution_name_ko: old.name_ko.clone(),
        into: counts.id.0,
        into_name: counts.name.clone(),
        into_name_ko: counts.name_ko.clone(),
    };
    mail::post(work, members, counts.id, &letter).await
}

/// The duplicate, and what was merged into it before, leads to what counts.
async fn lead_there(work: &Work<'_>, old: &Record, into: InstitutionId) -> Result<(), DbErr> {
    shut(work, old).await?;
    let sql = "UPDATE institution SET merged_into = $2, merged_at = $3 WHERE id = $1";
    let from = old.institution.id;
    Sql::with(sql, [from.0.into(), into.0.into(), work.now().into()]).run(work).await?;
    let sql = "UPDATE institution SET merged_into = $2 WHERE merged_into = $1";
    Sql::with(sql, [from.0.into(), into.0.into()]).run(work).await.map(drop)
}

/// Everything that says what is so now, with the keys of what moved.
async fn take_along(work: &Work<'_>, from: InstitutionId, into: InstitutionId) -> Result<Map<String, Json>, DbErr> {
    let mut moved = Map::new();
    for (table, column) in FOLLOWING {
        let sql = format!("UPDATE {table} SET {column} = $2 WHERE {column} = $1 RETURNING id");
        moved.insert(table.into(), keys(work, &sql, vec![from.0.into(), into.0.into()]).await?);
    }
    let twice = "DELETE FROM role_grant WHERE institution_id = $1 AND person_id IN
                   (SELECT g.person_id FROM role_grant g WHERE g.institution_id = $2 AND g.role = role_grant.role)";
    Sql::with(twice, [from.0.into(), into.0.into()]).run(work).await?;
    let sql = "UPDATE role_grant SET institution_id = $2 WHERE institution_id = $1 RETURNING person_id";
    moved.insert("signatory".into(), keys(work, sql, vec![from.0.into(), into.0.into()]).await?);
    moved.insert("membership".into(), memberships(work, from, into).await?);
    Ok(moved)
}

/// Open memberships go over. Of somebody who is at both, the one at what counts stays, with what they were at either;
/// the other ends.
async fn memberships(work: &Work<'_>, from: InstitutionId, into: InstitutionId) -> Result<Json, DbErr> {
    let now = work.now();
    let other = |state: &str, column: &str| {
        format!(
            "EXISTS (SELECT 1 FROM institution_membership o WHERE o.person_id = institution_membership.person_id
               AND o.institution_id = $1 AND o.state = {state} AND {column})"
        )
    };
    let both: [Value; 2] = [from.0.into(), into.0.into()];
    // Who only asked at one and belongs to the other belongs to the one that counts.
    let confirm = format!(
        "UPDATE institution_membership SET state = 'active', decided_at = $3
         WHERE institution_id = $2 AND state = 'requested' AND {}",
        other("'active'", "TRUE")
    );
    Sql::with(confirm, both.iter().cloned().chain([now.into()])).run(work).await?;
    for column in ["is_administrator", "is_principal_investigator"] {
        let sql = format!(
            "UPDATE institution_membership SET {column} = TRUE
             WHERE institution_id = $2 AND state = 'active' AND NOT {column} AND {}",
            other("'active'", &format!("o.{column}"))
        );
        Sql::with(sql, both.clone()).run(work).await?;
    }
    let end = "UPDATE institution_membership SET state = 'left', ended_at = $3, is_administrator = FALSE,
                 is_principal_investigator = FALSE
               WHERE institution_id = $1 AND state IN ('requested', 'active') AND person_id IN
                 (SELECT o.person_id FROM institution_membership o
                  WHERE o.institution_id = $2 AND o.state IN ('requested', 'active'))";
    Sql::with(end, both.iter().cloned().chain([now.into()])).run(work).await?;
    let rest = "UPDATE institution_membership SET institution_id = $2
                WHERE institution_id = $1 AND state IN ('requested', 'active') RETURNING id";
    keys(work, rest, both.to_vec()).await
}

/// The keys that a statement returns, in order.
async fn keys(work: &Work<'_>, sql: &str, values: Vec<Value>) -> Result<Json, DbErr> {
    let rows = Sql::with(sql, values).rows(work).await?;
    let mut keys: Vec<i64> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    keys.sort_unstable();
    Ok(json!(keys))
}
