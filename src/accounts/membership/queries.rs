//! Reads of memberships: one's own, and those of the institutions one is in charge of.

use super::model::institution_membership::{self, Column, Entity};
use super::model::{Membership, State};
use crate::accounts::institutions::Error;
use crate::accounts::institutions::model::Record;
use crate::accounts::model::{institution, person, role_grant};
use crate::actor::{Actor, Permission, Role};
use crate::app::App;
use crate::db::literal;
use crate::id::{InstitutionId, MembershipId, PersonId};
use crate::page::{Cursor, KeyPart, Page, Sort, Window, int};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, RelationTrait, Select,
};

const OLDEST_FIRST: Sort = Sort { columns: &[int("institution_membership.id")], descending: false };

/// What of the memberships to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only at this institution.
    pub institution: Option<InstitutionId>,
    /// Only those that stand so.
    pub states: Vec<State>,
}

/// Memberships of institutions that the caller is in charge of, oldest first; none for everybody else.
///
/// # Errors
/// Not signed in, a wrong window, or those of the database.
pub async fn list(app: &App, actor: &Actor, filter: &Filter, window: &Window) -> Result<Page<Membership>, Error> {
    let keyset = window.keyset(OLDEST_FIRST)?;
    let rows: Vec<Membership> = keyset.select(shown(listed(actor, filter)?)).into_model().all(app.db.read()).await?;
    Ok(keyset.page(rows, |row| Cursor(vec![KeyPart::Int(row.id.0)])))
}

/// Memberships as [`Membership`].
fn shown(memberships: Select<Entity>) -> Select<Entity> {
    use role_grant::Column as Grant;
    let grants = Query::select()
        .expr(Expr::cust("1"))
        .from(role_grant::Entity)
        .and_where(Grant::PersonId.into_expr().equals((Entity, Column::PersonId)))
        .and_where(Grant::Role.eq(Role::Signatory))
        .and_where(Grant::InstitutionId.into_expr().equals((Entity, Column::InstitutionId)))
        .take();
    memberships.expr_as(Column::State.eq(State::Active).and(Expr::exists(grants)), "is_signatory")
}

/// How many memberships the list has.
///
/// # Errors
/// Not signed in, or those of the database.
pub async fn count(app: &App, actor: &Actor, filter: &Filter) -> Result<i64, Error> {
    Ok(listed(actor, filter)?.count(app.db.read()).await?.cast_signed())
}

fn listed(actor: &Actor, filter: &Filter) -> Result<Select<Entity>, Error> {
    let list = match actor.can(Permission::KeepInstitutions) {
        true => Entity::find(),
        false => Entity::find().filter(is_in_charge(actor.signed_in()?)),
    };
    let list = list.apply_if(filter.institution, |list, id| list.filter(Column::InstitutionId.eq(id)));
    Ok(list.apply_if((!filter.states.is_empty()).then_some(&filter.states), |list, states| {
        list.filter(Column::State.is_in(states.iter().copied()))
    }))
}

/// The condition that a person administers the institution of a membership.
fn is_in_charge(person: PersonId) -> Expr {
    let own = Query::select()
        .column(Column::InstitutionId)
        .from(Entity)
        .and_where(Expr::col(Column::PersonId).eq(person))
        .and_where(Expr::col(Column::State).eq(State::Active))
        .and_where(Expr::col(Column::IsAdministrator))
        .take();
    Column::InstitutionId.in_subquery(own)
}

/// A membership, if it is the caller's own or the caller is in charge of it.
///
/// # Errors
/// Those of the database.
pub async fn by_id(db: &impl ConnectionTrait, actor: &Actor, id: MembershipId) -> Result<Option<Membership>, DbErr> {
    let one = Entity::find_by_id(id);
    let one = match (actor.can(Permission::KeepInstitutions), actor.person_id()) {
        (true, _) => one,
        (false, None) => return Ok(None),
        (false, Some(person)) => {
            one.filter(Condition::any().add(Column::PersonId.eq(person)).add(is_in_charge(person)))
        }
    };
    shown(one).into_model().one(db).await
}

/// All memberships of a person, newest first.
///
/// # Errors
/// Those of the database.
pub async fn of_person(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<Membership>, DbErr> {
    let own = Entity::find().filter(Column::PersonId.eq(person)).order_by_desc(Column::Id);
    shown(own).into_model().all(db).await
}

/// Institutions that a person may join at once: their verified e-mail speaks for them there.
///
/// # Errors
/// Those of the database.
pub async fn choices(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<Record>, DbErr> {
    super::steps::spoken_for(db, person).await
}

/// Active memberships of the caller at some institutions; at most one each.
///
/// # Errors
/// Those of the database.
pub async fn own_at(
    db: &impl ConnectionTrait,
    actor: &Actor,
    institutions: &[InstitutionId],
) -> Result<Vec<Membership>, DbErr> {
    let Some(person) = actor.person_id() else { return Ok(vec![]) };
    let own = Entity::find().filter(Column::State.eq(State::Active)).filter(Column::PersonId.eq(person));
    shown(own.filter(Column::InstitutionId.is_in(institutions.iter().copied()))).into_model().all(db).await
}

/// The membership of a person at an institution that is active or asked for.
///
/// # Errors
/// Those of the database.
pub(crate) async fn open_at(
    db: &impl ConnectionTrait,
    person: PersonId,
    institution: InstitutionId,
) -> Result<Option<Membership>, DbErr> {
    let own = Entity::find().filter(Column::PersonId.eq(person)).filter(Column::InstitutionId.eq(institution));
    let open = Column::State.into_expr().is_in([literal(State::Requested), literal(State::Active)]);
    shown(own.filter(open)).into_model().one(db).await
}

/// When a person asked to join an institution and was refused, withdrew it or waits, oldest first; also at its
/// duplicates.
///
/// # Errors
/// Those of the database.
pub(crate) async fn vain_requests(
    db: &impl ConnectionTrait,
    person: PersonId,
    institution: InstitutionId,
) -> Result<Vec<DateTime<Utc>>, DbErr> {
    let there = Condition::any()
        .add(institution::Column::Id.eq(institution))
        .add(institution::Column::MergedInto.eq(institution));
    let withdrawn = Column::State.eq(State::Left).and(Column::DecidedAt.is_null());
    let vain = Condition::any().add(Column::State.is_in([State::Requested, State::Refused])).add(withdrawn);
    let own = Entity::find().inner_join(institution::Entity).filter(Column::PersonId.eq(person));
    let own = own.filter(there).filter(vain).order_by_asc(Column::RequestedAt).order_by_asc(Column::Id);
    own.select_only().column(Column::RequestedAt).into_tuple().all(db).await
}

/// Active memberships of people with an open account.
fn of_open_accounts() -> Select<Entity> {
    let people = Entity::find().join(JoinType::InnerJoin, institution_membership::Relation::Person.def());
    people.filter(Column::State.eq(State::Active)).filter(person::Column::DisabledAt.is_null())
}

/// Principal investigators of institutions who have an open account, each with the institution. For its members.
///
/// # Errors
/// Those of the database.
pub async fn investigators(
    db: &impl ConnectionTrait,
    institutions: &[InstitutionId],
) -> Result<Vec<(InstitutionId, PersonId)>, DbErr> {
    let theirs = of_open_accounts().filter(Column::IsPrincipalInvestigator.into_expr());
    let theirs = theirs.filter(Column::InstitutionId.is_in(institutions.iter().copied()));
    let theirs = theirs.order_by_asc(person::Column::Name).order_by_asc(person::Column::Id).select_only();
    theirs.columns([Column::InstitutionId, Column::PersonId]).into_tuple().all(db).await
}

/// Administrators of an institution who have an open account.
///
/// # Errors
/// Those of the database.
pub(crate) async fn administrators(
    db: &impl ConnectionTrait,
    institution: InstitutionId,
) -> Result<Vec<PersonId>, DbErr> {
    let theirs = of_open_accounts().filter(Column::IsAdministrator.into_expr());
    let theirs = theirs.filter(Column::InstitutionId.eq(institution)).order_by_asc(Column::PersonId);
    theirs.select_only().column(Column::PersonId).into_tuple().all(db).await
}
