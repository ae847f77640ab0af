//! Diseases.

use crate::catalogue::model::disease;
use crate::graphql::loaders::{self, caller, follow};
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
        Ok(follow(ctx, loaders::CodesOf(self.disease)).await?.into_iter().map(|code| code.1).collect())
    }
}
