//! The words by which institutions are found.

use crate::accounts::import::SEPARATOR;
use crate::db::Transaction;
use crate::import::rows;
use crate::search_words;
use sea_orm::{DbErr, Value};
use std::collections::BTreeMap;

/// What an institution is called.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// English name.
    pub name: &'a str,
    /// Korean name.
    pub name_ko: Option<&'a str>,
    /// Acronyms, separated by [`SEPARATOR`].
    pub acronyms: &'a str,
    /// Other names, separated by [`SEPARATOR`].
    pub aliases: &'a str,
    /// ROR id in its full form.
    pub ror_id: Option<&'a str>,
}

impl Names<'_> {
    /// Words with their weights: 0 for a whole name, 2 for a word of one.
    fn weights(&self) -> BTreeMap<String, i32> {
        let mut weights: BTreeMap<String, i32> = BTreeMap::new();
        let others = || self.acronyms.split(SEPARATOR).chain(self.aliases.split(SEPARATOR));
        let names = || [Some(self.name), self.name_ko].into_iter().flatten().chain(others());
        for name in names() {
            weights.extend(search_words::tokens(name).into_iter().map(|word| (word, 2)));
        }
        let ror_id = self.ror_id.and_then(|id| id.rsplit('/').next());
        for whole in names().chain(ror_id).map(|text| search_words::cut(search_words::compact(text))) {
            weights.insert(whole, 0);
        }
        weights.remove("");
        weights
    }
}

/// A step: makes institutions findable by their names, and no more by those they had.
///
/// # Errors
/// Those of the database.
pub async fn write(tx: &Transaction, institutions: &[(i64, Names<'_>)]) -> Result<(), DbErr> {
    let ids: Vec<i64> = institutions.iter().map(|(id, _)| *id).collect();
    rows::each_among(&**tx, "DELETE FROM institution_token WHERE institution_id IN", &ids).await?;
    let values = institutions.iter().flat_map(|(id, names)| {
        names
            .weights()
            .into_iter()
            .flat_map(|(token, weight)| -> [Value; 3] { [token.into(), (*id).into(), weight.into()] })
    });
    let head = "INSERT INTO institution_token (token, institution_id, weight)";
    rows::insert(&**tx, head, 3, values.collect::<Vec<_>>(), "").await.map(drop)
}
