//! Statements over institutions that are written by hand: what follows when two records become one.

use super::merge::MergePreview;
use crate::command::Work;
use crate::db::Sql;
use crate::id::InstitutionId;
use sea_orm::{ConnectionTrait, DbErr, Value};

/// What would move if an institution were merged into another one.
pub(super) async fn merge_preview(db: &impl ConnectionTrait, from: InstitutionId) -> Result<MergePreview, DbErr> {
    let sql = "SELECT (SELECT count(*) FROM person WHERE institution_id = $1),
                      (SELECT count(*) FROM request WHERE institution_id = $1),
                      (SELECT count(*) FROM institution_membership
                       WHERE institution_id = $1 AND state IN ('requested', 'active')),
                      (SELECT count(*) FROM role_grant WHERE institution_id = $1)";
    let row = Sql::with(sql, [from.0.into()]).one(db).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("a count".into()))?;
    Ok(MergePreview {
        people: row.try_get_by_index(0)?,
        requests: row.try_get_by_index(1)?,
        memberships: row.try_get_by_index(2)?,
        signatories: row.try_get_by_index(3)?,
    })
}

/// What says what is so now, and therefore follows the institution, table by table. What says how it was at some moment
/// stays: dispatched lines, ended memberships, texts of agreements, the history.
pub(super) const FOLLOWING: [(&str, &str); 3] = [
    ("person", "UPDATE person SET institution_id = $2 WHERE institution_id = $1 RETURNING id"),
    ("request", "UPDATE request SET institution_id = $2 WHERE institution_id = $1 RETURNING id"),
    ("approval", "UPDATE approval SET institution_id = $2 WHERE institution_id = $1 RETURNING id"),
];

/// Rows that name the duplicate name the other one from now on, by one of the statements of [`FOLLOWING`]; their keys,
/// in no order.
pub(super) async fn follow(
    work: &Work<'_>,
    statement: &'static str,
    from: InstitutionId,
    into: InstitutionId,
) -> Result<Vec<i64>, DbErr> {
    let rows = Sql::with(statement, [from.0.into(), into.0.into()]).rows(work).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Whoever signs for both signs once.
pub(super) async fn drop_second_signatories(
    work: &Work<'_>,
    from: InstitutionId,
    into: InstitutionId,
) -> Result<(), DbErr> {
    let sql = "DELETE FROM role_grant WHERE institution_id = $1 AND person_id IN
                 (SELECT g.person_id FROM role_grant g WHERE g.institution_id = $2 AND g.role = role_grant.role)";
    Sql::with(sql, [from.0.into(), into.0.into()]).run(work).await.map(drop)
}

/// Of somebody who is at both, the membership at what counts stays, with what they were at either; the other ends.
pub(super) async fn join_memberships(work: &Work<'_>, from: InstitutionId, into: InstitutionId) -> Result<(), DbErr> {
    let active_there = |condition: &str| {
        format!(
            "EXISTS (SELECT 1 FROM institution_membership o WHERE o.person_id = institution_membership.person_id
               AND o.institution_id = $1 AND o.state = 'active' AND {condition})"
        )
    };
    let both: [Value; 2] = [from.0.into(), into.0.into()];
    let with_now = || both.iter().cloned().chain([work.now().into()]);
    // Who only asked at one and belongs to the other belongs to the one that counts.
    let confirm = format!(
        "UPDATE institution_membership SET state = 'active', decided_at = $3
         WHERE institution_id = $2 AND state = 'requested' AND {}",
        active_there("TRUE")
    );
    Sql::with(confirm, with_now()).run(work).await?;
    for column in ["is_administrator", "is_principal_investigator"] {
        let sql = format!(
            "UPDATE institution_membership SET {column} = TRUE
             WHERE institution_id = $2 AND state = 'active' AND NOT {column} AND {}",
            active_there(&format!("o.{column}"))
        );
        Sql::with(sql, both.clone()).run(work).await?;
    }
    let end = "UPDATE institution_membership SET state = 'left', ended_at = $3, is_administrator = FALSE,
                 is_principal_investigator = FALSE
               WHERE institution_id = $1 AND state IN ('requested', 'active') AND person_id IN
                 (SELECT o.person_id FROM institution_membership o
                  WHERE o.institution_id = $2 AND o.state IN ('requested', 'active'))";
    Sql::with(end, with_now()).run(work).await.map(drop)
}
