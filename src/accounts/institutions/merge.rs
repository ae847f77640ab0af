//! Two records of one institution become one.

use super::model::{Record, Verification};
use super::policy::may_merge;
use super::steps::{hold, notify_proposer, read, shut};
use super::{Error, checks, queries, sql};
use crate::accounts::institutions::events::InstitutionEvent;
use crate::accounts::membership::model::{State, institution_membership};
use crate::accounts::model::{institution, person, role_grant};
use crate::actor::{Actor, Permission, Verb};
use crate::app::App;
use crate::audit::{self, Changes};
use crate::command::{Command, Work};
use crate::id::{InstitutionId, PersonId};
use crate::mail::{self, Letter, Proposal};
use chrono::NaiveDate;
use sea_orm::{
    ActiveEnum, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Set, Unchanged,
};
use serde_json::{Map, Value as Json, json};

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
    Ok(sql::merge_preview(app.db.read(), from).await?)
}

/// Who belongs to an institution and has an open account.
async fn members(work: &Work<'_>, institution: InstitutionId) -> Result<Vec<PersonId>, DbErr> {
    use institution_membership::{Column, Entity};
    let open = person::Entity::find().filter(person::Column::DisabledAt.is_null());
    let open = open.select_only().column(person::Column::Id).into_query();
    let members = Entity::find()
        .filter(Column::InstitutionId.eq(institution))
        .filter(Column::State.eq(State::Active))
        .filter(Column::PersonId.in_subquery(open));
    members.select_only().column(Column::PersonId).order_by_asc(Column::PersonId).into_tuple().all(work).await
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
    let from = old.institution.id;
    let merged = institution::ActiveModel {
        id: Unchanged(from),
        merged_into: Set(Some(into)),
        merged_at: Set(Some(work.now())),
        ..Default::default()
    };
    institution::Entity::update(merged).exec_without_returning(work).await?;
    let there = institution::ActiveModel { merged_into: Set(Some(into)), ..Default::default() };
    let before = institution::Entity::update_many().set(there).filter(institution::Column::MergedInto.eq(from));
    before.exec(work).await.map(drop)
}

/// Everything that says what is so now, with the keys of what moved.
async fn take_along(work: &Work<'_>, from: InstitutionId, into: InstitutionId) -> Result<Map<String, Json>, DbErr> {
    let mut moved = Map::new();
    for (table, statement) in sql::FOLLOWING {
        moved.insert(table.into(), in_order(sql::follow(work, statement, from, into).await?));
    }
    sql::drop_second_signatories(work, from, into).await?;
    let signatories = role_grant::Entity::update_many()
        .set(role_grant::ActiveModel { institution_id: Set(Some(into)), ..Default::default() })
        .filter(role_grant::Column::InstitutionId.eq(from));
    let signatories = signatories.exec_with_returning(work).await?;
    moved.insert("signatory".into(), in_order(signatories.iter().map(|grant| grant.person_id.0).collect()));
    sql::join_memberships(work, from, into).await?;
    let memberships = institution_membership::Entity::update_many()
        .set(institution_membership::ActiveModel { institution_id: Set(into), ..Default::default() })
        .filter(institution_membership::Column::InstitutionId.eq(from))
        .filter(institution_membership::Column::State.is_in([State::Requested, State::Active]));
    let memberships = memberships.exec_with_returning(work).await?;
    moved.insert("membership".into(), in_order(memberships.iter().map(|membership| membership.id.0).collect()));
    Ok(moved)
}

/// Keys, in order.
fn in_order(mut keys: Vec<i64>) -> Json {
    keys.sort_unstable();
    json!(keys)
}
