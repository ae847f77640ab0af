//! Diseases as rows: reading what is there in bulk, writing what differs.

use super::{codes, sql};
use crate::catalogue::index;
use crate::catalogue::model::{Texts, disease};
use crate::db::Transaction;
use crate::import::rows;
use crate::search_words;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set, Value};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A disease with everything by which it is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Disease {
    pub(super) mondo_id: String,
    pub(super) name: String,
    pub(super) synonyms: Vec<String>,
    pub(super) name_ko: Option<String>,
    pub(super) synonyms_ko: Vec<String>,
    pub(super) description: String,
    pub(super) core: bool,
    /// Codes in one spelling, its MONDO id among them.
    pub(super) codes: BTreeSet<String>,
}

impl Disease {
    fn names(&self) -> impl Iterator<Item = &str> {
        let english = std::iter::once(&self.name).chain(&self.synonyms);
        english.chain(&self.name_ko).chain(&self.synonyms_ko).map(String::as_str)
    }

    fn key(&self) -> String {
        Some(search_words::compact(&self.name))
            .filter(|key| !key.is_empty())
            .unwrap_or_else(|| self.name.to_lowercase())
    }

    fn all_codes(&self) -> BTreeSet<String> {
        self.codes.iter().cloned().chain(self.names().filter_map(codes::name_key)).collect()
    }
}

/// The diseases with these MONDO ids that are there, with their keys.
pub(super) async fn stored<'a>(
    db: &impl ConnectionTrait,
    mondo_ids: impl Iterator<Item = &'a str>,
) -> Result<HashMap<String, (i64, Disease)>, DbErr> {
    let mut by_id = BTreeMap::new();
    for row in rows::among(db, sql::DISEASES_BY_MONDO_ID, mondo_ids).await? {
        let texts = |column| -> Result<Vec<String>, DbErr> {
            let json: Json = row.try_get_by_index(column)?;
            Ok(serde_json::from_value(json).unwrap_or_default())
        };
        let disease = Disease {
            mondo_id: row.try_get_by_index(1)?,
            name: row.try_get_by_index(2)?,
            synonyms: texts(3)?,
            name_ko: row.try_get_by_index(4)?,
            synonyms_ko: texts(5)?,
            description: row.try_get_by_index(6)?,
            core: row.try_get_by_index(7)?,
            codes: BTreeSet::new(),
        };
        by_id.insert(row.try_get_by_index::<i64>(0)?, disease);
    }
    for row in rows::among(db, sql::CODES_OF_DISEASES, by_id.keys().copied()).await? {
        let code: String = row.try_get_by_index(1)?;
        if let Some(disease) = by_id.get_mut(&row.try_get_by_index::<i64>(0)?)
            && !code.starts_with("NAME:")
        {
            disease.codes.insert(code);
        }
    }
    Ok(by_id.into_iter().map(|(id, disease)| (disease.mondo_id.clone(), (id, disease))).collect())
}

/// A step: adds diseases. Gives the number added; fewer than given means that another import added some meanwhile.
pub(super) async fn add(tx: &Transaction, new: &[&Disease]) -> Result<usize, DbErr> {
    let values = new.iter().flat_map(|disease| -> [Value; 8] {
        [
            disease.mondo_id.as_str().into(),
            disease.name.as_str().into(),
            disease.key().into(),
            Json::from(disease.synonyms.clone()).into(),
            disease.name_ko.clone().into(),
            Json::from(disease.synonyms_ko.clone()).into(),
            disease.description.as_str().into(),
            disease.core.into(),
        ]
    });
    let returned = rows::insert(&**tx, sql::INTO_DISEASES, 8, values, sql::UNLESS_THERE_BY_MONDO_ID).await?;
    let mut ids = HashMap::new();
    for row in &returned {
        ids.insert(row.try_get_by_index::<String>(0)?, row.try_get_by_index::<i64>(1)?);
    }
    let added: Vec<_> = new.iter().filter_map(|disease| Some((*ids.get(&disease.mondo_id)?, *disease))).collect();
    write_words(tx, &added).await?;
    Ok(added.len())
}

/// A step: writes diseases that differ from what is there.
pub(super) async fn change(tx: &Transaction, changed: &[(i64, &Disease)]) -> Result<(), DbErr> {
    for (id, disease) in changed {
        let row = disease::ActiveModel {
            name: Set(disease.name.clone()),
            name_key: Set(disease.key()),
            synonyms: Set(Texts(disease.synonyms.clone())),
            name_ko: Set(disease.name_ko.clone()),
            synonyms_ko: Set(Texts(disease.synonyms_ko.clone())),
            description: Set(disease.description.clone()),
            core: Set(disease.core),
            ..Default::default()
        };
        disease::Entity::update_many().set(row).filter(disease::Column::Id.eq(*id)).exec(&**tx).await?;
    }
    let ids: Vec<i64> = changed.iter().map(|row| row.0).collect();
    rows::each_among(&**tx, sql::DELETE_CODES, &ids).await?;
    rows::each_among(&**tx, sql::DELETE_TOKENS, &ids).await?;
    write_words(tx, changed).await
}

async fn write_words(tx: &Transaction, diseases: &[(i64, &Disease)]) -> Result<(), DbErr> {
    let mut codes: Vec<Value> = Vec::new();
    let mut tokens: Vec<Value> = Vec::new();
    for (id, disease) in diseases {
        codes.extend(disease.all_codes().into_iter().flat_map(|code| [code.into(), (*id).into()]));
        let found_by = index::tokens_of_disease(disease.names(), disease.codes.iter().map(String::as_str));
        tokens.extend(found_by.into_iter().flat_map(|(token, weight)| [token.into(), (*id).into(), weight.into()]));
    }
    rows::insert(&**tx, sql::INTO_CODES, 2, codes, "").await?;
    rows::insert(&**tx, sql::INTO_TOKENS, 3, tokens, "").await?;
    Ok(())
}
