//! Lines and diseases.

use super::accounts::codes;
use super::connection::{List, connection, cost, counted, window};
use super::error::refuse;
use super::inventory::Lot;
use super::loaders::{self, LineByRrid, caller, follow, look};
use super::protocol::Texts;
use crate::actor::Permission;
use crate::catalogue::model::cell_line::{CellType, Grade, Holding, LegalBasis, PublicationStatus};
use crate::catalogue::model::{cell_line, disease, genetic_modification};
use crate::catalogue::queries::{self, Key};
use crate::catalogue::rules::age_band;
use crate::id::{DiseaseId, LineId};
use crate::inventory::rules::Availability;
use crate::search::{Filter, Order, cell_lines, facets};
use async_graphql::{ComplexObject, Context, ID, InputObject, Object, Result, SimpleObject};

/// A cell line: held by the bank, or known from a public source.
///
/// Reference data: Cellosaurus (https://www.cellosaurus.org), SIB Swiss Institute of Bioinformatics, CC BY 4.0.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct CellLine {
    #[graphql(skip)]
    line: LineId,
    /// Global id.
    pub id: ID,
    /// Whether the bank holds it or only knows of it.
    holding: Holding,
    /// The bank's accession; exactly held lines have one.
    accession: Option<String>,
    /// Name.
    name: String,
    /// Other names.
    synonyms: Vec<String>,
    /// Cellosaurus accession, citable as `RRID:CVCL_...`.
    rrid: Option<String>,
    /// Name in hPSCreg.
    hpscreg_name: Option<String>,
    /// Kind of cells; it decides which law applies.
    cell_type: CellType,
    /// Category in the source's words.
    category: Option<String>,
    /// Species.
    species: Option<String>,
    /// Sex of the donor.
    donor_sex: Option<String>,
    /// Age of the donor: of a held line a five-year band, of a reference line as published.
    donor_age: Option<String>,
    /// What the source warns of, such as a misidentified line.
    problematic: Option<String>,
    /// Treated as a living modified organism.
    living_modified_organism: bool,
    /// Grade of a held line.
    grade: Option<Grade>,
    /// How a held line stands to the public.
    publication_status: Option<PublicationStatus>,
    /// Why it is suspended or withdrawn.
    publication_reason: Option<String>,
    /// Law under which a held line is provided.
    legal_basis: Option<LegalBasis>,
    /// Number in the national registry of embryonic lines.
    registry_number: Option<String>,
    /// Made up for a demonstration.
    made_up: bool,
    #[graphql(skip)]
    parent_rrid: Option<String>,
    #[graphql(skip)]
    holding_basis: Option<(String, String)>,
}

impl From<cell_line::Model> for CellLine {
    fn from(row: cell_line::Model) -> Self {
        let held = row.holding == Holding::Held;
        Self {
            line: row.id,
            id: ID(row.id.global()),
            holding: row.holding,
            living_modified_organism: row.is_lmo(),
            accession: row.accession,
            name: row.name,
            synonyms: row.synonyms.0,
            rrid: row.rrid,
            hpscreg_name: row.hpscreg_name,
            cell_type: row.cell_type,
            category: row.category,
            species: row.species,
            donor_sex: row.sex,
            donor_age: row.donor_age.map(|age| if held { age_band(&age) } else { age }),
            problematic: row.problematic,
            grade: row.grade,
            publication_status: row.publication_status,
            publication_reason: row.publication_reason,
            legal_basis: row.legal_basis,
            registry_number: row.registry_number,
            made_up: row.made_up,
            parent_rrid: row.parent_rrid,
            holding_basis: row.holding_basis_en.zip(row.holding_basis_ko),
        }
    }
}

/// A disease of a line.
#[derive(SimpleObject)]
pub struct LineDisease {
    /// The disease, if the record's words could be mapped to one.
    disease: Option<Disease>,
    /// The record's own words.
    label: String,
    /// The record's own code.
    code: Option<String>,
}

/// An engineered change of a line.
#[derive(SimpleObject)]
pub struct GeneticModification {
    /// What kind of change.
    kind: genetic_modification::Kind,
    /// Gene symbol (HGNC).
    gene: String,
    /// What it makes, e.g. a fluorophore.
    product: Option<String>,
}

#[ComplexObject]
impl CellLine {
    /// Diseases that the line stands for, in the order of its record.
    async fn diseases(&self, ctx: &Context<'_>) -> Result<Vec<LineDisease>> {
        let rows = follow(ctx, loaders::DiseasesOf(self.line)).await?;
        let show = |row: queries::LineDisease| LineDisease {
            disease: row.disease.map(Disease::from),
            label: row.label,
            code: row.code,
        };
        Ok(rows.into_iter().map(show).collect())
    }

    /// What was changed in its genome.
    async fn modifications(&self, ctx: &Context<'_>) -> Result<Vec<GeneticModification>> {
        let rows = follow(ctx, loaders::ModificationsOf(self.line)).await?;
        let show = |row: genetic_modification::Model| GeneticModification {
            kind: row.kind,
            gene: row.gene,
            product: row.product,
        };
        Ok(rows.into_iter().map(show).collect())
    }

    /// The line it was derived from, if the catalogue has it.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<CellLine>> {
        match &self.parent_rrid {
            Some(rrid) => Ok(look(ctx, LineByRrid(rrid.clone())).await?.map(CellLine::from)),
            None => Ok(None),
        }
    }

    /// Whether vials can be had, from the stock as it is now; null for a reference line.
    async fn availability(&self, ctx: &Context<'_>) -> Result<Option<Availability>> {
        if self.holding == Holding::Reference {
            return Ok(None);
        }
        let free = look(ctx, loaders::StockOf(self.line)).await?.map_or(0, |stock| stock.1);
        Ok(Some(Availability::of(free)))
    }

    /// Vials that could be given out now; for people signed in, null for others and for a reference line.
    async fn available_vials(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        if self.holding == Holding::Reference || !caller(ctx).actor.can(Permission::ReadStock) {
            return Ok(None);
        }
        Ok(Some(look(ctx, loaders::StockOf(self.line)).await?.map_or(0, |stock| stock.1)))
    }

    /// Lots of a held line that the caller may see: the public sees those that were released.
    async fn lots(&self, ctx: &Context<'_>) -> Result<Vec<Lot>> {
        Ok(follow(ctx, loaders::LotsOf(self.line)).await?.into_iter().map(Lot::from).collect())
    }

    /// Why the bank holds it, where that needs saying, in the caller's language.
    async fn holding_basis(&self, ctx: &Context<'_>) -> Option<&str> {
        let (en, ko) = self.holding_basis.as_ref()?;
        Some(caller(ctx).actor.lang.pick(en, ko))
    }

    /// Identifiers in other databases, as `database; identifier`.
    async fn cross_references(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        self.source(ctx, "DR").await
    }

    /// What the source remarks: origin, population, cautions.
    async fn comments(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        self.source(ctx, "CC").await
    }

    /// Publications, as the source writes them (DOI, PubMed).
    async fn references(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        self.source(ctx, "RX").await
    }

    /// Web pages that the source names.
    async fn web_pages(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        self.source(ctx, "WW").await
    }
}

impl CellLine {
    /// The lines of a code in the source's record.
    async fn source(&self, ctx: &Context<'_>, code: &str) -> Result<Vec<String>> {
        let Some((_, record)) = look(ctx, loaders::RecordOf(self.line)).await? else { return Ok(vec![]) };
        Ok(Texts::of_code(&record, code))
    }
}

/// A disease of MONDO (https://mondo.monarchinitiative.org, CC BY 4.0).
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Disease {
    #[graphql(skip)]
    disease: DiseaseId,
    /// Global id.
    pub id: ID,
    /// `MONDO:0010726`.
    mondo_id: Option<String>,
    /// English name.
    name: String,
    /// Korean name; null where none is in common use, readers then see the English one.
    name_ko: Option<String>,
    /// English synonyms.
    synonyms: Vec<String>,
    /// Korean synonyms.
    synonyms_ko: Vec<String>,
    /// What it is, in English.
    description: String,
}

impl From<disease::Model> for Disease {
    fn from(row: disease::Model) -> Self {
        Self {
            disease: row.id,
            id: ID(row.id.global()),
            mondo_id: row.mondo_id,
            name: row.name,
            name_ko: row.name_ko,
            synonyms: row.synonyms.0,
            synonyms_ko: row.synonyms_ko.0,
            description: row.description,
        }
    }
}

#[ComplexObject]
impl Disease {
    /// The name in the caller's language; the English one where there is no Korean one.
    async fn label(&self, ctx: &Context<'_>) -> &str {
        caller(ctx).actor.lang.pick(Some(self.name.as_str()), self.name_ko.as_deref()).unwrap_or(&self.name)
    }

    /// Codes in MONDO, Orphanet, OMIM, DOID, NCIt, MeSH and ICD, as `PREFIX:NUMBER`.
    async fn codes(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        codes(ctx, self.disease).await
    }
}

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
        let found = found.map_err(|fault| refuse(&fault, caller.actor.lang))?;
        let value = |v: facets::Value| FacetValue { value: v.value, label: v.label, count: v.count };
        let show =
            |f: facets::Facet| Facet { field: f.field.into(), values: f.values.into_iter().map(value).collect() };
        Ok(found.into_iter().map(show).collect())
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
        Ok(found.map_err(|fault| refuse(&fault, caller.actor.lang))?.map(CellLine::from))
    }

    /// Lines, held ones first. A search finds names, synonyms, accessions, RRIDs, diseases in Korean and English with the
    /// diseases below them, and genes; typed in any form; exact matches first.
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
        let page = page.map_err(|fault| refuse(&fault, caller.actor.lang))?;
        Ok(connection(page, CellLineTotals(filter)))
    }

    /// Diseases by name; a search finds words of their names and synonyms in both languages, and codes.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay list")]
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
        let page = page.map_err(|fault| refuse(&fault, caller.actor.lang))?;
        Ok(connection(page, DiseaseTotals(search)))
    }
}
