//! Two records of one institution become one.

use super::model::{Record, Verification};
use super::operations::{notify_proposer, read, shut};
use super::rules::open_to_members;
use super::steps::hold;
use super::{Error, checks, queries};
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::db::{Sql, Transaction};
use crate::id::{InstitutionId, PersonId};
use crate::mail::{self, Letter};
use crate::{audit, subject};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveEnum, DbErr, Value};
use serde_json::{Map, Value as Json, json};

/// Columns that say what is so now, and therefore follow the institution. What says how it was at some moment stays:
/// dispatched lines, ended memberships, texts of agreements, the history.
const FOLLOWING: [(&str, &str); 2] = [("person", "institution_id"), ("request", "institution_id")];

/// Merges a duplicate into the institution that counts. The duplicate's row stays, closed, and leads to the other one,
/// also from then on in imports; people, open memberships, signatories and requests go over, and members are told. Doing it again takes along
/// what came in between, and otherwise changes nothing.
///
/// # Errors
/// Not allowed, no such institutions, one and the same, a duplicate of another one already, one to merge into that is
/// closed, not verified or a duplicate itself, or a reason that is missing or too long.
pub async fn merge(
    app: &App,
    actor: &Actor,
    from: InstitutionId,
    into: InstitutionId,
    reason: &str,
) -> Result<Record, Error> {
    actor.may(Permission::KeepInstitutions)?;
    let reason = checks::reason(reason)?;
    if from == into {
        return Err(Error::IntoItself);
    }
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    hold(&tx, &[from, into]).await?;
    let old = queries::record(&*tx, actor, from).await?.ok_or(Error::NoSuchInstitution { field: "from" })?;
    let counts = queries::record(&*tx, actor, into).await?.ok_or(Error::NoSuchInstitution { field: "into" })?;
    if counts.merged_into.is_some() {
        return Err(Error::Merged { field: "into" });
    }
    open_to_members(&counts)?;
    if old.merged_into.is_some_and(|other| other != into) {
        return Err(Error::Merged { field: "from" });
    }
    let members = members(&tx, from).await?;
    let moved = take_along(&tx, now, from, into).await?;
    let is_new = old.merged_into.is_none();
    if is_new {
        lead_there(&tx, now, &old, into).await?;
        if old.verification == Verification::Proposed {
            notify_proposer(&tx, now, actor, &old, "merged").await?;
        }
    }
    if is_new || moved.values().any(|ids| ids.as_array().is_some_and(|ids| !ids.is_empty())) {
        let before = old.institution.status.to_value();
        let detail = json!({
            "before": { "status": before, "merged_into": old.merged_into.map(|id| id.0) },
            "after": { "status": "closed", "merged_into": into.0 },
            "reason": reason,
            "moved": moved,
        });
        audit::record(&tx, now, actor, "institution.merge", subject!(InstitutionId, from), detail).await?;
        let detail = json!({ "duplicate": from.0, "reason": reason });
        audit::record(&tx, now, actor, "institution.absorb", subject!(InstitutionId, into), detail).await?;
        notify_members(&tx, now, actor, members, &old, &counts).await?;
        tx.public_changed();
    }
    let record = read(&tx, actor, into).await?;
    tx.commit().await?;
    Ok(record)
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
async fn members(tx: &Transaction, institution: InstitutionId) -> Result<Vec<PersonId>, DbErr> {
    let sql = "SELECT m.person_id FROM institution_membership m JOIN person p ON p.id = m.person_id
               WHERE m.institution_id = $1 AND m.state = 'active' AND p.disabled_at IS NULL ORDER BY m.person_id";
    let rows = Sql::with(sql, [institution.0.into()]).rows(&**tx).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Tells those who belonged to the duplicate where they belong now, but not whoever merged it.
async fn notify_members(
    tx: &Transaction,
    now: DateTime<Utc>,
    actor: &Actor,
    mut members: Vec<PersonId>,
    old: &Record,
    counts: &Record,
) -> Result<(), DbErr> {
    members.retain(|person| actor.person_id() != Some(*person));
    let (old, counts) = (&old.institution, &counts.institution);
    let detail = json!({
        "institution": old.id.0,
        "institution_name": old.name,
        "institution_name_ko": old.name_ko,
        "into": counts.id.0,
        "into_name": counts.name,
        "into_name_ko": counts.name_ko,
    });
    mail::post(tx, now, members, Letter::InstitutionMerged, subject!(InstitutionId, counts.id), detail).await
}

/// The duplicate, and what was merged into it before, leads to what counts.
async fn lead_there(tx: &Transaction, now: DateTime<Utc>, old: &Record, into: InstitutionId) -> Result<(), Error> {
    shut(tx, old).await?;
    let sql = "UPDATE institution SET merged_into = $2, merged_at = $3 WHERE id = $1";
    let from = old.institution.id;
    Sql::with(sql, [from.0.into(), into.0.into(), now.into()]).run(&**tx).await?;
    let sql = "UPDATE institution SET merged_into = $2 WHERE merged_into = $1";
    Sql::with(sql, [from.0.into(), into.0.into()]).run(&**tx).await?;
    Ok(())
}

/// Everything that says what is so now, with the keys of what moved.
async fn take_along(
    tx: &Transaction,
    now: DateTime<Utc>,
    from: InstitutionId,
    into: InstitutionId,
) -> Result<Map<String, Json>, Error> {
    let mut moved = Map::new();
    for (table, column) in FOLLOWING {
        let sql = format!("UPDATE {table} SET {column} = $2 WHERE {column} = $1 RETURNING id");
        moved.insert(table.into(), keys(tx, &sql, vec![from.0.into(), into.0.into()]).await?);
    }
    let twice = "DELETE FROM role_grant WHERE institution_id = $1 AND person_id IN
                   (SELECT g.person_id FROM role_grant g WHERE g.institution_id = $2 AND g.role = role_grant.role)";
    Sql::with(twice, [from.0.into(), into.0.into()]).run(&**tx).await?;
    let sql = "UPDATE role_grant SET institution_id = $2 WHERE institution_id = $1 RETURNING person_id";
    moved.insert("signatory".into(), keys(tx, sql, vec![from.0.into(), into.0.into()]).await?);
    moved.insert("membership".into(), memberships(tx, now, from, into).await?);
    Ok(moved)
}

/// Open memberships go over. Of somebody who is at both, the one at what counts stays, with what they were at either;
/// the other ends.
async fn memberships(
    tx: &Transaction,
    now: DateTime<Utc>,
    from: InstitutionId,
    into: InstitutionId,
) -> Result<Json, Error> {
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
    Sql::with(confirm, both.iter().cloned().chain([now.into()])).run(&**tx).await?;
    for column in ["is_administrator", "is_principal_investigator"] {
        let sql = format!(
            "UPDATE institution_membership SET {column} = TRUE
             WHERE institution_id = $2 AND state = 'active' AND NOT {column} AND {}",
            other("'active'", &format!("o.{column}"))
        );
        Sql::with(sql, both.clone()).run(&**tx).await?;
    }
    let end = "UPDATE institution_membership SET state = 'left', ended_at = $3, is_administrator = FALSE,
                 is_principal_investigator = FALSE
               WHERE institution_id = $1 AND state IN ('requested', 'active') AND person_id IN
                 (SELECT o.person_id FROM institution_membership o
                  WHERE o.institution_id = $2 AND o.state IN ('requested', 'active'))";
    Sql::with(end, both.iter().cloned().chain([now.into()])).run(&**tx).await?;
    let rest = "UPDATE institution_membership SET institution_id = $2
                WHERE institution_id = $1 AND state IN ('requested', 'active') RETURNING id";
    Ok(keys(tx, rest, both.to_vec()).await?)
}

/// The keys that a statement returns, in order.
async fn keys(tx: &Transaction, sql: &str, values: Vec<Value>) -> Result<Json, DbErr> {
    let rows = Sql::with(sql, values).rows(&**tx).await?;
    let mut keys: Vec<i64> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    keys.sort_unstable();
    Ok(json!(keys))
}
