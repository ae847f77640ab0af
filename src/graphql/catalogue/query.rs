//! Reads of the catalogue: filters, lists, facets.

use super::disease::DiseasePage;
use super::{CellLine, Disease};
use crate::catalogue::queries::{self, Key};
use crate::catalogue::{CellType, Grade, Holding, PublicationStatus, pages};
use crate::graphql::connection::{List, connection, cost, counted, window};
use crate::graphql::error::refuse;
use crate::graphql::loaders::caller;
use crate::inventory::rules::Availability;
use crate::search::{Change, Field, Filter, Order, cell_lines, facets, suggestions};
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

macro_rules! choices {
    ($($name:ident($of:ty) = $doc:literal;)*) => {$(
        #[doc = $doc]
        #[derive(Clone, Default, InputObject)]
        pub struct $name {
            /// Exactly this one.
            eq: Option<$of>,
            /// Any of these.
            r#in: Option<Vec<$of>>,
        }

        impl $name {
            fn values(self) -> Vec<$of> {
                self.r#in.unwrap_or_default().into_iter().chain(self.eq).collect()
            }
        }
    )*};
}

choices! {
    HoldingFilter(Holding) = "Held or reference lines.";
    CellTypeFilter(CellType) = "Kinds of cells.";
    GradeFilter(Grade) = "Grades; only held lines have one.";
    AvailabilityFilter(Availability) = "Bands of stock; only held lines have one.";
    ModificationFilter(Change) = "Kinds of engineered change, or none.";
    DonorSexFilter(String) = "Sexes of donors, in the source's words: `Female`, `Male`.";
    PublicationStatusFilter(PublicationStatus) = "How lines stand to the public; only held lines have a status.";
    DiseaseFilter(String) = "Diseases by global id or code such as `MONDO:0010726`, each with the diseases below it.";
}

/// What of the lines to list. Values of one filter widen, different filters narrow.
#[derive(Clone, Default, InputObject)]
pub struct CellLineFilter {
    /// Held or reference.
    holding: Option<HoldingFilter>,
    /// Kind of cells.
    cell_type: Option<CellTypeFilter>,
    /// Grade.
    grade: Option<GradeFilter>,
    /// Disease, with the diseases below it.
    disease: Option<DiseaseFilter>,
    /// Only lines of which a vial could be given out now, or only the others.
    in_stock: Option<bool>,
    /// Band of stock; only held lines have one.
    availability: Option<AvailabilityFilter>,
    /// Kind of engineered change.
    modification: Option<ModificationFilter>,
    /// Only lines that are treated as living modified organisms, or only the others.
    living_modified_organism: Option<bool>,
    /// Sex of the donor.
    donor_sex: Option<DonorSexFilter>,
    /// How a line stands to the public: PUBLISHED leaves out what is suspended or withdrawn, and reference lines.
    publication_status: Option<PublicationStatusFilter>,
}

impl CellLineFilter {
    fn with(self, search: Option<String>) -> Filter {
        Filter {
            search,
            holding: self.holding.unwrap_or_default().values(),
            cell_type: self.cell_type.unwrap_or_default().values(),
            grade: self.grade.unwrap_or_default().values(),
            disease: self.disease.unwrap_or_default().values(),
            in_stock: self.in_stock,
            availability: self.availability.unwrap_or_default().values(),
            modification: self.modification.unwrap_or_default().values(),
            lmo: self.living_modified_organism,
            sex: self.donor_sex.unwrap_or_default().values(),
            status: self.publication_status.unwrap_or_default().values(),
        }
    }
}

/// A value of a facet.
#[derive(SimpleObject)]
pub struct FacetValue {
    /// The value as its filter takes it.
    value: String,
    /// What a reader calls it.
    label: String,
    /// Lines that choosing it would list, together with the other filters.
    count: i64,
}

/// A filter with the values it could take.
#[derive(SimpleObject)]
pub struct Facet {
    /// Name of the filter in `where`.
    field: String,
    /// Its values, most lines first.
    values: Vec<FacetValue>,
}

/// A name that begins like what was typed; searching for it finds something.
#[derive(SimpleObject)]
pub struct NearName {
    /// The name, as `search` takes it.
    search: String,
    /// It is a disease's; else a line's.
    is_disease: bool,
}

/// A filter that alone stands in the way.
#[derive(SimpleObject)]
pub struct FilterInTheWay {
    /// Which filter.
    field: Field,
    /// Lines that the list has without it.
    count: i64,
}

/// What to try instead of an empty list.
#[derive(SimpleObject)]
pub struct SearchSuggestions {
    /// Names that begin like what was typed, at most five; none if that finds something without the other filters.
    near: Vec<NearName>,
    /// Filters each of which could be dropped, that with the most lines first.
    without: Vec<FilterInTheWay>,
}

impl From<suggestions::Suggestions> for SearchSuggestions {
    fn from(found: suggestions::Suggestions) -> Self {
        let near = |one: suggestions::Near| NearName { search: one.search, is_disease: one.is_disease };
        let without = |one: suggestions::Without| FilterInTheWay { field: one.field, count: one.count };
        Self {
            near: found.near.into_iter().map(near).collect(),
            without: found.without.into_iter().map(without).collect(),
        }
    }
}

/// What a list of lines tells besides its rows.
pub struct CellLineTotals(Filter);

#[Object]
impl CellLineTotals {
    /// How many lines the whole list has.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let caller = caller(ctx);
        counted(cell_lines::count(&caller.app, &caller.actor, self.0.clone()).await, caller)
    }

    /// The filters with live counts: values of one facet widen, facets narrow each other.
    async fn facets(&self, ctx: &Context<'_>) -> Result<Vec<Facet>> {
        let caller = caller(ctx);
        let found = facets::facets(&caller.app, &caller.actor, self.0.clone()).await;
        let found = found.map_err(|error| refuse(&error, caller.actor.lang))?;
        let value = |v: facets::Value| FacetValue { value: v.value, label: v.label, count: v.count };
        let show =
            |f: facets::Facet| Facet { field: f.field.into(), values: f.values.into_iter().map(value).collect() };
        Ok(found.into_iter().map(show).collect())
    }

    /// What to try instead, if the list is empty.
    async fn suggestions(&self, ctx: &Context<'_>) -> Result<SearchSuggestions> {
        let caller = caller(ctx);
        let found = suggestions::suggestions(&caller.app, &caller.actor, self.0.clone()).await;
        Ok(found.map_err(|error| refuse(&error, caller.actor.lang))?.into())
    }
}

/// What a list of diseases tells besides its rows.
pub struct DiseaseTotals(Option<String>);

#[Object]
impl DiseaseTotals {
    /// How many diseases the whole list has.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let caller = caller(ctx);
        counted(queries::count_diseases(&caller.app, self.0.as_deref()).await, caller)
    }
}

/// Reads of the catalogue.
#[derive(Default)]
pub struct CatalogueQuery;

#[Object]
impl CatalogueQuery {
    /// One line, by exactly one of its names. A name is found exactly first, loosely (case, spaces, hyphens) only when
    /// that is unique; if several lines share it, the error lists their RRIDs.
    async fn cell_line(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The bank's accession.")] accession: Option<String>,
        #[graphql(desc = "The RRID, with or without `RRID:` before it.")] rrid: Option<String>,
        #[graphql(desc = "The name.")] name: Option<String>,
    ) -> Result<Option<CellLine>> {
        let caller = caller(ctx);
        let key = match (accession, rrid, name) {
            (Some(accession), None, None) => Key::Accession(accession),
            (None, Some(rrid), None) => Key::Rrid(rrid),
            (None, None, Some(name)) => Key::Name(name),
            _ => return Err(refuse(&crate::catalogue::Error::OneKey, caller.actor.lang)),
        };
        let found = queries::find(&caller.app, &caller.actor, &key).await;
        Ok(found.map_err(|error| refuse(&error, caller.actor.lang))?.map(CellLine::from))
    }

    /// Lines, held ones first. A search finds names, synonyms, accessions, RRIDs, diseases in Korean and English with
    /// the diseases below them, and genes; typed in any form; exact matches first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay list")]
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn cell_lines(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Free text, at most 200 characters.")] search: Option<String>,
        #[graphql(name = "where", desc = "What to list.")] filter: Option<CellLineFilter>,
        #[graphql(desc = "In which order.", default_with = "Order::Relevance")] order_by: Order,
        #[graphql(desc = "The first so many, at most 100; 20 unless told.")] first: Option<i32>,
        #[graphql(desc = "Begin after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<List<CellLine, CellLineTotals>> {
        let caller = caller(ctx);
        let filter = filter.unwrap_or_default().with(search);
        let window = window(first, after, last, before);
        let page = cell_lines::list(&caller.app, &caller.actor, filter.clone(), order_by, &window).await;
        let page = page.map_err(|error| refuse(&error, caller.actor.lang))?;
        Ok(connection(page, CellLineTotals(filter)))
    }

    /// One disease with its place among the others and the number of its lines, by global id or by a code such as
    /// `MONDO:0010726`; null if there is none.
    async fn disease_page(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its global id or a code.")] disease: String,
    ) -> Result<Option<DiseasePage>> {
        let caller = caller(ctx);
        let found = pages::disease_page(&caller.app, &caller.actor, &disease).await;
        Ok(found.map_err(|error| refuse(&error, caller.actor.lang))?.map(DiseasePage::from))
    }

    /// Diseases by name; a search finds words of their names and synonyms in both languages, and codes.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn diseases(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Words as typed, Korean or English, or a code.")] search: Option<String>,
        #[graphql(desc = "The first so many, at most 100; 20 unless told.")] first: Option<i32>,
        #[graphql(desc = "Begin after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<List<Disease, DiseaseTotals>> {
        let caller = caller(ctx);
        let page = queries::diseases(&caller.app, search.as_deref(), &window(first, after, last, before)).await;
        let page = page.map_err(|error| refuse(&error, caller.actor.lang))?;
        Ok(connection(page, DiseaseTotals(search)))
    }
}
