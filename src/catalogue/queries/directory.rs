//! Directories: diseases with the number of their lines, and the addresses of everything that is public.

use super::super::model::cell_line::Holding;
use super::super::model::{cell_line, cell_line_disease, disease, disease_ancestor};
use super::super::views::DiseaseView;
use super::super::{Error, sql};
use super::{DISEASES_BY_NAME, NamedDisease, found, is_visible_to, page_of_diseases, visible_to};
use crate::actor::Actor;
use crate::app::App;
use crate::id::{CellLineId, DiseaseId};
use crate::language::Lang;
use crate::page::{Page, Window};
use sea_orm::sea_query::{Expr, ExprTrait, Query, UnionType};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use std::collections::HashMap;

/// Keys of lines that one piece of the addresses spans, and so the most addresses in it.
pub const SPAN: i64 = 10_000;
/// Diseases whose addresses are told at most.
const MOST_DISEASES: u64 = 10_000;

/// The condition that a disease, or one below it, has a line that the actor may see.
fn has_lines(actor: &Actor) -> Expr {
    use disease_ancestor::{Column, Entity};
    let own = disease::Column::Id.into_expr();
    let below = Entity::find().select_only().column(Column::DiseaseId);
    let below = below.filter(Column::AncestorId.into_expr().eq(own.clone())).into_query();
    let with_those_below = Query::select().expr(own).union(UnionType::Distinct, below).take();
    let lines = cell_line_disease::Entity::find().select_only().expr(Expr::cust("1")).inner_join(cell_line::Entity);
    let lines = lines.filter(cell_line_disease::Column::DiseaseId.in_subquery(with_those_below));
    Expr::exists(lines.filter(is_visible_to(actor, cell_line::Entity)).into_query())
}

/// Diseases by name, all of them or only those with lines; a search finds words of names and synonyms, and codes.
///
/// # Errors
/// A wrong window, an overlong search, or those of the database.
pub async fn diseases(
    app: &App,
    actor: &Actor,
    search: Option<&str>,
    with_lines: bool,
    window: &Window,
) -> Result<Page<DiseaseView>, Error> {
    let keyset = window.keyset(DISEASES_BY_NAME)?;
    let lines = with_lines.then(|| has_lines(actor));
    page_of_diseases(app, found(search)?.apply_if(lines, |list, lines| list.filter(lines)), &keyset).await
}

/// How many diseases the list has.
///
/// # Errors
/// An overlong search, or those of the database.
pub async fn count_diseases(app: &App, actor: &Actor, search: Option<&str>, with_lines: bool) -> Result<i64, Error> {
    let lines = with_lines.then(|| has_lines(actor));
    let list = found(search)?.apply_if(lines, |list, lines| list.filter(lines));
    Ok(list.count(app.db.read()).await?.cast_signed())
}

/// Lines of a disease and of those below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct LineCounts {
    /// That the actor may see.
    pub all: i64,
    /// That the bank holds.
    pub held: i64,
}

/// Numbers of lines of diseases, in one statement. Diseases without lines are absent.
///
/// # Errors
/// Those of the database.
pub async fn line_counts(
    app: &App,
    actor: &Actor,
    diseases: &[DiseaseId],
) -> Result<HashMap<DiseaseId, LineCounts>, DbErr> {
    let counted = sql::line_counts(app.db.read(), actor, diseases).await?;
    Ok(counted.into_iter().map(|row| (row.disease, row.counts)).collect())
}

/// Diseases by key or by code, each with how it was named; what names none is left out.
///
/// # Errors
/// Those of the database.
pub async fn named(app: &App, names: &[String]) -> Result<Vec<(String, NamedDisease)>, DbErr> {
    if names.is_empty() {
        return Ok(vec![]);
    }
    let ids: Vec<DiseaseId> = names.iter().filter_map(|name| DiseaseId::from_global(name)).collect();
    let code = |name: &String| name.trim().to_uppercase();
    let found = sql::coded(app.db.read(), names.iter().map(code).collect(), &ids).await?;
    let of = |name: &String| {
        let id = DiseaseId::from_global(name);
        let is_it = |one: &&sql::Coded| Some(one.disease.id) == id || (id.is_none() && one.code == code(name));
        Some((name.clone(), found.iter().find(is_it)?.disease.clone()))
    };
    Ok(names.iter().filter_map(of).collect())
}

/// The number of pieces in which [`line_names`] tells the lines.
///
/// # Errors
/// Those of the database.
pub async fn pieces(app: &App) -> Result<i64, DbErr> {
    let last = cell_line::Entity::find().order_by_desc(cell_line::Column::Id).select_only();
    let last: Option<CellLineId> = last.column(cell_line::Column::Id).into_tuple().one(app.db.read()).await?;
    let last = last.map_or(0, |line| line.0);
    Ok((last + SPAN - 1) / SPAN)
}

/// How addresses name the public lines of a piece, counted from 1.
///
/// # Errors
/// Those of the database.
pub async fn line_names(app: &App, piece: i64) -> Result<Vec<String>, DbErr> {
    use cell_line::Column;
    let span = CellLineId((piece - 1) * SPAN)..CellLineId(piece * SPAN);
    let lines =
        visible_to(&Actor::anonymous(Lang::En)).filter(Column::Id.gt(span.start)).filter(Column::Id.lte(span.end));
    let lines = lines.order_by_asc(Column::Id).select_only();
    let lines = lines.columns([Column::Accession, Column::Rrid, Column::Name, Column::Holding]);
    let mut lines: Vec<(Option<String>, Option<String>, String, Holding)> =
        lines.into_tuple().all(app.db.read()).await?;
    lines.sort_by_key(|line| line.3 == Holding::Reference);
    Ok(lines.into_iter().map(|(accession, rrid, name, _)| accession.or(rrid).unwrap_or(name)).collect())
}

/// Diseases that have public lines, by key, at most ten thousand.
///
/// # Errors
/// Those of the database.
pub async fn diseases_with_lines(app: &App) -> Result<Vec<NamedDisease>, DbErr> {
    let diseases = disease::Entity::find().filter(has_lines(&Actor::anonymous(Lang::En)));
    let diseases = diseases.order_by_asc(disease::Column::Id).limit(MOST_DISEASES);
    diseases.into_partial_model().all(app.db.read()).await
}
