//! Reads of institutions. What was only proposed is there for whoever proposed it and for the bank.

use super::super::model::institution::{self, Column, Entity, Status};
use super::super::model::institution_token;
use super::model::{Former, Found, Record, Verification};
use super::{Error, domains};
use crate::accounts::import::SEPARATOR;
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::db::{has_any, literal};
use crate::id::{InstitutionId, PersonId};
use crate::page::{Cursor, KeyPart, Page, Sort, Window, int, text};
use crate::search_words;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};
use std::collections::BTreeSet;

const BY_NAME: Sort = Sort { columns: &[text("institution.name_key"), int("institution.id")], descending: false };

/// What of the institutions to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Words of their names, Korean or English, as typed.
    pub search: Option<String>,
    /// Only of these types.
    pub types: Vec<institution::Type>,
    /// Only those for which one of these vouches.
    pub verifications: Vec<Verification>,
}

/// Open institutions by name, as far as the caller may see them.
///
/// # Errors
/// A wrong window, or those of the database.
pub async fn list(app: &App, actor: &Actor, filter: &Filter, window: &Window) -> Result<Page<Record>, Error> {
    let keyset = window.keyset(BY_NAME)?;
    let rows: Vec<Record> = keyset.select(listed(actor, filter)).into_model().all(app.db.read()).await?;
    let key = |row: &Record| {
        Cursor(vec![KeyPart::Text(row.institution.name_key.clone()), KeyPart::Int(row.institution.id.0)])
    };
    Ok(keyset.page(rows, key))
}

/// How many institutions the list has.
///
/// # Errors
/// Those of the database.
pub async fn count(app: &App, actor: &Actor, filter: &Filter) -> Result<i64, Error> {
    Ok(listed(actor, filter).count(app.db.read()).await?.cast_signed())
}

fn listed(actor: &Actor, filter: &Filter) -> Select<Entity> {
    let open = visible_to(actor).filter(Column::Status.eq(Status::Open));
    let open = open.apply_if((!filter.types.is_empty()).then_some(&filter.types), |list, types| {
        list.filter(Column::InstitutionType.is_in(types.iter().copied()))
    });
    let open = open.apply_if((!filter.verifications.is_empty()).then_some(&filter.verifications), |list, by| {
        list.filter(Column::Verification.is_in(by.iter().copied()))
    });
    let terms = filter.search.iter().flat_map(|search| search_words::terms(search));
    terms.fold(open, |list, term| {
        use institution_token::{Column as Word, Entity as Words};
        let end = search_words::prefix_end(&term);
        let words = Words::find().filter(Word::Token.gte(term)).filter(Word::Token.lt(end));
        list.filter(Column::Id.in_subquery(words.select_only().column(Word::InstitutionId).into_query()))
    })
}

/// Institutions that the actor may see: without what others proposed and nobody verified; the bank sees all.
fn visible_to(actor: &Actor) -> Select<Entity> {
    if actor.can(Permission::KeepInstitutions) {
        return Entity::find();
    }
    let verified = Condition::any().add(Column::Verification.into_expr().ne(literal(Verification::Proposed)));
    Entity::find().filter(verified.add_option(actor.person_id().map(|person| Column::ProposedBy.eq(person))))
}

/// Institutions by key, in no order, as far as the caller may see them; the key of a duplicate finds what counts.
///
/// # Errors
/// Those of the database.
pub async fn found(db: &impl ConnectionTrait, actor: &Actor, ids: &[InstitutionId]) -> Result<Vec<Found>, DbErr> {
    let named = || Expr::col((NAMED, Column::Id));
    let counts = Func::coalesce([Expr::col((NAMED, Column::MergedInto)), named()]);
    let mut found = visible_to(actor).filter(named().is_in(ids.iter().copied())).expr_as(named(), "requested");
    QueryTrait::query(&mut found).join_as(JoinType::InnerJoin, Entity, NAMED, Column::Id.into_expr().eq(counts));
    found.into_model().all(db).await
}

/// The institution that was asked for, where the one that counts is another.
const NAMED: &str = "named";

/// One institution by its own key, as it stands, for whoever may see it; for operations that hold its lock.
///
/// # Errors
/// Those of the database.
pub(crate) async fn record(
    db: &impl ConnectionTrait,
    actor: &Actor,
    id: InstitutionId,
) -> Result<Option<Record>, DbErr> {
    visible_to(actor).filter(Column::Id.eq(id)).into_model().one(db).await
}

/// What turned out to be a duplicate of these institutions, oldest first; proposals that nobody verified stay unnamed.
///
/// # Errors
/// Those of the database.
pub async fn merged_into(db: &impl ConnectionTrait, ids: &[InstitutionId]) -> Result<Vec<Former>, DbErr> {
    let former = Entity::find().filter(Column::MergedInto.is_in(ids.iter().copied()));
    let former = former.filter(Column::Verification.ne(Verification::Proposed));
    former.order_by_asc(Column::MergedAt).order_by_asc(Column::Id).into_model().all(db).await
}

/// Those of these institutions that are duplicates, as they were.
///
/// # Errors
/// Those of the database.
pub async fn formers(db: &impl ConnectionTrait, ids: &[InstitutionId]) -> Result<Vec<Former>, DbErr> {
    let former = Entity::find().filter(Column::MergedInto.is_not_null());
    former.filter(Column::Id.is_in(ids.iter().copied())).into_model().all(db).await
}

/// Institutions for which an address speaks, by name: several have the same domain.
///
/// # Errors
/// Those of the database.
pub async fn for_address(db: &impl ConnectionTrait, email: &str) -> Result<Vec<Record>, DbErr> {
    let spoken_for = domains::of_address(email);
    if spoken_for.is_empty() {
        return Ok(vec![]);
    }
    let domains = Expr::cust(format!("'{SEPARATOR}' || lower(institution.domains) || '{SEPARATOR}'"));
    let has = |domain: &String| domains.clone().like(format!("%{SEPARATOR}{domain}{SEPARATOR}%"));
    let fits = spoken_for.iter().map(has).fold(Condition::any(), Condition::add);
    let there = Condition::any().add(Column::Status.eq(Status::Open)).add(Column::MergedInto.is_not_null());
    let verified = Entity::find().filter(Column::Verification.ne(Verification::Proposed)).filter(there).filter(fits);
    let columns = verified.select_only().columns([Column::Id, Column::MergedInto, Column::Domains]);
    let rows: Vec<(InstitutionId, Option<InstitutionId>, String)> = columns.into_tuple().all(db).await?;
    let fitting = rows.into_iter().filter(|row| domains::fit(&row.2, email));
    let ids: BTreeSet<InstitutionId> = fitting.map(|(id, merged_into, _)| merged_into.unwrap_or(id)).collect();
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let open = Entity::find().filter(Column::Status.eq(Status::Open)).filter(Column::Id.is_in(ids));
    open.order_by_asc(Column::NameKey).order_by_asc(Column::Id).into_model().all(db).await
}

/// Proposals of a person that nobody verified yet.
///
/// # Errors
/// Those of the database.
pub(crate) async fn open_proposals(db: &impl ConnectionTrait, person: PersonId) -> Result<i64, DbErr> {
    let open = Entity::find().filter(Column::ProposedBy.eq(person)).filter(Column::Status.eq(Status::Open));
    let proposed = open.filter(Column::Verification.into_expr().eq(literal(Verification::Proposed)));
    Ok(proposed.count(db).await?.cast_signed())
}

/// True if an institution, open or closed, has this ROR id; `but` is not asked.
///
/// # Errors
/// Those of the database.
pub(crate) async fn has_ror_id(
    db: &impl ConnectionTrait,
    ror_id: &str,
    but: Option<InstitutionId>,
) -> Result<bool, DbErr> {
    let others = Entity::find().filter(Column::RorId.eq(ror_id));
    has_any(db, others.apply_if(but, |others, but| others.filter(Column::Id.ne(but)))).await
}
