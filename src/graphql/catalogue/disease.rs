//! Diseases.

use crate::catalogue::queries::NamedDisease;
use crate::catalogue::{DiseaseView, pages};
use crate::graphql::loaders::{self, caller, follow, load_one};
use crate::id::DiseaseId;
use async_graphql::{ComplexObject, Context, ID, Result, SimpleObject};

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
}

impl From<NamedDisease> for Disease {
    fn from(row: NamedDisease) -> Self {
        let NamedDisease { id, mondo_id, name, name_ko } = row;
        Self { disease: id, id: ID(id.global()), mondo_id, name, name_ko }
    }
}

impl From<DiseaseView> for Disease {
    fn from(row: DiseaseView) -> Self {
        let DiseaseView { id, mondo_id, name, name_ko, .. } = row;
        Self::from(NamedDisease { id, mondo_id, name, name_ko })
    }
}

#[ComplexObject]
impl Disease {
    /// The name in the caller's language; the English one where there is no Korean one.
    async fn label(&self, ctx: &Context<'_>) -> &str {
        caller(ctx).actor.lang.pick(Some(self.name.as_str()), self.name_ko.as_deref()).unwrap_or(&self.name)
    }

    /// English synonyms.
    async fn synonyms(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        Ok(load_one(ctx, loaders::Disease(self.disease)).await?.map(|row| row.synonyms).unwrap_or_default())
    }

    /// Korean synonyms.
    async fn synonyms_ko(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        Ok(load_one(ctx, loaders::Disease(self.disease)).await?.map(|row| row.synonyms_ko).unwrap_or_default())
    }

    /// What it is, in English.
    async fn description(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(load_one(ctx, loaders::Disease(self.disease)).await?.map(|row| row.description).unwrap_or_default())
    }

    /// Codes in MONDO, Orphanet, OMIM, DOID, NCIt, MeSH and ICD, as `PREFIX:NUMBER`.
    async fn codes(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        Ok(follow(ctx, loaders::CodesOf(self.disease)).await?.into_iter().map(|code| code.1).collect())
    }
}

/// A disease with its place among the others.
#[derive(SimpleObject)]
pub struct DiseasePage {
    /// The disease.
    disease: Disease,
    /// The diseases right above it.
    parents: Vec<Disease>,
    /// The diseases right below it.
    children: Vec<Disease>,
    /// Lines of it and of the diseases below it.
    line_count: i64,
    /// Those of them that the bank holds.
    held_line_count: i64,
}

impl From<pages::DiseasePage> for DiseasePage {
    fn from(page: pages::DiseasePage) -> Self {
        let diseases = |list: Vec<NamedDisease>| list.into_iter().map(Disease::from).collect();
        Self {
            disease: page.disease.into(),
            parents: diseases(page.parents),
            children: diseases(page.children),
            line_count: page.lines,
            held_line_count: page.held,
        }
    }
}
