//! Lines and diseases.

mod disease;
mod mutation;
mod overview;
mod query;

pub use disease::Disease;
pub use mutation::CatalogueMutation;
pub use overview::OverviewQuery;
pub use query::{CatalogueQuery, CellLineTotals, DiseaseTotals};

use super::inventory::Lot;
use super::loaders::{self, LineByRrid, caller, follow, load_one};
use crate::catalogue::queries::{self, ListedLine};
use crate::catalogue::record::RecordView;
use crate::catalogue::{
    CellType, Grade, Holding, LegalBasis, LineView, ModificationKind, ModificationView, PublicationStatus,
};
use crate::id::CellLineId;
use crate::inventory::StockView;
use crate::inventory::rules::Availability;
use async_graphql::{ComplexObject, Context, ID, Result, SimpleObject};
use chrono::{DateTime, Utc};

/// A cell line: held by the bank, or known from a public source.
///
/// Reference data: Cellosaurus (https://www.cellosaurus.org), SIB Swiss Institute of Bioinformatics, CC BY 4.0.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct CellLine {
    #[graphql(skip)]
    line: CellLineId,
    /// All of its row; a list does not read that much, [`CellLine::whole`] then does.
    #[graphql(skip)]
    row: Option<Box<LineView>>,
    /// Global id.
    pub id: ID,
    /// Whether the bank holds it or only knows of it.
    holding: Holding,
    /// The bank's accession; exactly held lines have one.
    accession: Option<String>,
    /// Name.
    name: String,
    /// Cellosaurus accession, citable as `RRID:CVCL_...`.
    rrid: Option<String>,
    /// Kind of cells; it decides which law applies.
    cell_type: CellType,
    /// Grade of a held line.
    grade: Option<Grade>,
    /// How a held line stands to the public.
    publication_status: Option<PublicationStatus>,
    /// Made up for a demonstration.
    made_up: bool,
}

impl From<ListedLine> for CellLine {
    fn from(row: ListedLine) -> Self {
        Self {
            line: row.id,
            row: None,
            id: ID(row.id.global()),
            holding: row.holding,
            accession: row.accession,
            name: row.name,
            rrid: row.rrid,
            cell_type: row.cell_type,
            grade: row.grade,
            publication_status: row.publication_status,
            made_up: row.made_up,
        }
    }
}

impl From<LineView> for CellLine {
    fn from(row: LineView) -> Self {
        Self { row: Some(Box::new(row.clone())), ..Self::from(ListedLine::from(row)) }
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
    kind: ModificationKind,
    /// Gene symbol (HGNC).
    gene: String,
    /// What it makes, e.g. a fluorophore.
    product: Option<String>,
}

#[ComplexObject]
impl CellLine {
    /// Other names.
    async fn synonyms(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        self.whole(ctx, |row| row.synonyms.clone()).await
    }

    /// Name in hPSCreg.
    async fn hpscreg_name(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.whole(ctx, |row| row.hpscreg_name.clone()).await
    }

    /// Category in the source's words.
    async fn category(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.whole(ctx, |row| row.category.clone()).await
    }

    /// Species.
    async fn species(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.whole(ctx, |row| row.species.clone()).await
    }

    /// Sex of the donor.
    async fn donor_sex(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.whole(ctx, |row| row.sex.clone()).await
    }

    /// Age of the donor: of a held line a five-year band, of a reference line as published.
    async fn donor_age(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.whole(ctx, |row| row.donor_age.clone()).await
    }

    /// What the source warns of, such as a misidentified line.
    async fn problematic(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.whole(ctx, |row| row.problematic.clone()).await
    }

    /// Treated as a living modified organism.
    async fn living_modified_organism(&self, ctx: &Context<'_>) -> Result<bool> {
        self.whole(ctx, |row| row.is_lmo()).await
    }

    /// Why it is suspended or withdrawn, in the caller's language.
    async fn publication_reason(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let lang = caller(ctx).actor.lang;
        self.whole(ctx, |row| row.publication_reason(lang).map(Into::into)).await
    }

    /// Since when a held line stands to the public as it does; null where that is not recorded.
    async fn publication_since(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        self.whole(ctx, |row| row.publication_since).await
    }

    /// Law under which a held line is provided.
    async fn legal_basis(&self, ctx: &Context<'_>) -> Result<Option<LegalBasis>> {
        self.whole(ctx, |row| row.legal_basis).await
    }

    /// Number in the national registry of embryonic lines.
    async fn registry_number(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.whole(ctx, |row| row.registry_number.clone()).await
    }

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
        let show = |row: ModificationView| GeneticModification { kind: row.kind, gene: row.gene, product: row.product };
        Ok(rows.into_iter().map(show).collect())
    }

    /// The line it was derived from, if the catalogue has it.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<CellLine>> {
        match self.whole(ctx, |row| row.parent_rrid.clone()).await? {
            Some(rrid) => Ok(load_one(ctx, LineByRrid(rrid)).await?.map(CellLine::from)),
            None => Ok(None),
        }
    }

    /// Whether vials can be had, from the stock as it is now; null for a reference line.
    async fn availability(&self, ctx: &Context<'_>) -> Result<Option<Availability>> {
        Ok(self.stock(ctx).await?.map(|stock| stock.availability))
    }

    /// Vials that could be given out now; for people signed in, null for others and for a reference line.
    async fn available_vials(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        Ok(self.stock(ctx).await?.and_then(|stock| stock.free))
    }

    /// Lots of a held line that the caller may see: the public sees those that were released.
    async fn lots(&self, ctx: &Context<'_>) -> Result<Vec<Lot>> {
        Ok(follow(ctx, loaders::LotsOf(self.line)).await?.into_iter().map(Lot::from).collect())
    }

    /// Why the bank holds it, where that needs saying, in the caller's language.
    async fn holding_basis(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let lang = caller(ctx).actor.lang;
        self.whole(ctx, |row| row.holding_basis(lang).map(Into::into)).await
    }

    /// Identifiers in other databases, as `database; identifier`.
    async fn cross_references(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        self.record(ctx, |record| record.cross_references).await
    }

    /// What the source remarks: origin, population, cautions. A held line does not show alleles of its donor.
    async fn comments(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        self.record(ctx, |record| record.comments).await
    }

    /// Publications, as the source writes them (DOI, PubMed).
    async fn references(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        self.record(ctx, |record| record.references).await
    }

    /// Web pages that the source names.
    async fn web_pages(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        self.record(ctx, |record| record.web_pages).await
    }
}

impl CellLine {
    /// What can be had of a held line.
    async fn stock(&self, ctx: &Context<'_>) -> Result<Option<StockView>> {
        if self.holding == Holding::Reference {
            return Ok(None);
        }
        Ok(load_one(ctx, loaders::StockOf(self.line)).await?.map(|(_, stock)| stock))
    }

    /// Reads from the whole row, fetched with those of the other lines of a list.
    async fn whole<T: Default>(&self, ctx: &Context<'_>, read: impl FnOnce(&LineView) -> T) -> Result<T> {
        match &self.row {
            Some(row) => Ok(read(row)),
            None => Ok(load_one(ctx, loaders::Line(self.line)).await?.as_ref().map(read).unwrap_or_default()),
        }
    }

    /// Reads from what its source says.
    async fn record(&self, ctx: &Context<'_>, read: fn(RecordView) -> Vec<String>) -> Result<Vec<String>> {
        Ok(load_one(ctx, loaders::RecordOf(self.line)).await?.map(|(_, record)| read(record)).unwrap_or_default())
    }
}
