//! The words by which lines and diseases are found; one place, so that a line is found alike however it came in.

use super::import::cellosaurus::Codes;
use super::import::facts;
use super::model::cell_line_token::{Column, Entity};
use super::sql;
use crate::db::Transaction;
use crate::id::CellLineId;
use crate::import::rows;
use crate::search_words;
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryResult, Value};
use std::collections::BTreeMap;

/// Weight of a whole name, accession, RRID or code.
pub const WHOLE_NAME: i32 = 0;
/// Weight of a whole synonym.
pub const WHOLE_SYNONYM: i32 = 1;
/// Weight of a word of a name or synonym.
pub const WORD: i32 = 2;
/// Weight of a word of a disease's label, a gene or a product.
pub const RELATED_WORD: i32 = 3;

/// Everything of a line that has words.
#[derive(Clone, Debug, Default)]
pub struct LineTexts<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its accessions, of whatever kind: the bank's, the RRID, former ones.
    pub accessions: Vec<&'a str>,
    /// Its other names, the one in hPSCreg among them.
    pub synonyms: Vec<&'a str>,
    /// Diseases as its record calls them, genes and products.
    pub related: Vec<&'a str>,
}

/// Search words with their weights, each word once with its lowest weight, in byte order.
pub fn tokens_of_line(texts: &LineTexts<'_>) -> Vec<(String, i32)> {
    let mut tokens = Weighted::default();
    tokens.whole(texts.name, WHOLE_NAME);
    texts.accessions.iter().for_each(|accession| tokens.whole(accession, WHOLE_NAME));
    texts.synonyms.iter().for_each(|synonym| tokens.whole(synonym, WHOLE_SYNONYM));
    tokens.words(texts.name, WORD);
    texts.synonyms.iter().for_each(|synonym| tokens.words(synonym, WORD));
    texts.related.iter().for_each(|related| tokens.words(related, RELATED_WORD));
    tokens.done()
}

/// Search words of a disease: its names and codes whole, and the words of its names.
pub fn tokens_of_disease<'a>(
    names: impl IntoIterator<Item = &'a str>,
    codes: impl IntoIterator<Item = &'a str>,
) -> Vec<(String, i32)> {
    let mut tokens = Weighted::default();
    for name in names {
        tokens.whole(name, WHOLE_NAME);
        tokens.words(name, WORD);
    }
    codes.into_iter().for_each(|code| tokens.whole(code, WHOLE_NAME));
    tokens.done()
}

#[derive(Default)]
struct Weighted(Vec<(String, i32)>);

impl Weighted {
    fn whole(&mut self, text: &str, weight: i32) {
        let token = search_words::cut(search_words::compact(text));
        if !token.is_empty() {
            self.0.push((token, weight));
        }
    }

    fn words(&mut self, text: &str, weight: i32) {
        self.0.extend(search_words::tokens(text).into_iter().map(|token| (token, weight)));
    }

    fn done(mut self) -> Vec<(String, i32)> {
        self.0.sort_unstable();
        self.0.dedup_by(|later, earlier| later.0 == earlier.0);
        self.0
    }
}

/// A step: takes away the words by which the database says that lines are found. Comes before whatever changes them: no
/// index leads from a line to its words, since it would cost every import a fifth of its time.
///
/// # Errors
/// Those of the database.
pub async fn deindex(tx: &Transaction, lines: &[i64]) -> Result<(), DbErr> {
    for (id, stored) in stored(tx, lines).await? {
        let words = tokens_of_line(&stored.texts()).into_iter().map(|(token, _)| token);
        let own = Entity::delete_many().filter(Column::LineId.eq(CellLineId(id))).filter(Column::Token.is_in(words));
        own.exec(&**tx).await?;
    }
    Ok(())
}

/// A step: makes lines findable by what the database says of them now.
///
/// # Errors
/// Those of the database; also if they were not deindexed before they changed.
pub async fn index(tx: &Transaction, lines: &[i64]) -> Result<(), DbErr> {
    let stored = stored(tx, lines).await?;
    let tokens = stored.iter().flat_map(|(id, stored)| token_values(*id, tokens_of_line(&stored.texts())));
    insert_tokens(tx, tokens).await.map(drop)
}

/// The texts of lines, by their keys.
async fn stored(tx: &Transaction, lines: &[i64]) -> Result<BTreeMap<i64, Stored>, DbErr> {
    let mut found = BTreeMap::new();
    for row in rows::among(&**tx, sql::TEXTS_OF_LINES, lines.iter().copied()).await? {
        found.insert(row.try_get_by_index::<i64>(0)?, Stored::read(&row)?);
    }
    for (sql, columns) in [(sql::LABELS_OF_LINES, 1), (sql::CHANGES_OF_LINES, 2)] {
        for row in rows::among(&**tx, sql, lines.iter().copied()).await? {
            let Some(stored) = found.get_mut(&row.try_get_by_index::<i64>(0)?) else { continue };
            for column in 1..=columns {
                stored.related.extend(row.try_get_by_index::<Option<String>>(column)?);
            }
        }
    }
    Ok(found)
}

/// Bound values of a line's rows in `cell_line_token`.
fn token_values(line: i64, tokens: Vec<(String, i32)>) -> impl Iterator<Item = Value> {
    tokens.into_iter().flat_map(move |(token, weight)| [token.into(), line.into(), weight.into()])
}

/// A step: writes rows of `cell_line_token`.
pub(super) fn insert_tokens<'a>(
    tx: &'a Transaction,
    values: impl Iterator<Item = Value> + Send + 'a,
) -> BoxFuture<'a, Result<Vec<QueryResult>, DbErr>> {
    rows::insert(&**tx, sql::INTO_TOKENS, 3, values, "")
}

/// What the database has of a line's texts.
struct Stored {
    name: String,
    accessions: Vec<String>,
    synonyms: Vec<String>,
    related: Vec<String>,
}

impl Stored {
    fn read(row: &QueryResult) -> Result<Self, DbErr> {
        let codes: Option<String> = row.try_get_by_index(6)?;
        let codes: Codes = codes.and_then(|codes| serde_json::from_str(&codes).ok()).unwrap_or_default();
        let texts: serde_json::Value = row.try_get_by_index(5)?;
        let mut synonyms: Vec<String> = serde_json::from_value(texts).unwrap_or_default();
        synonyms.extend(row.try_get_by_index::<Option<String>>(4)?);
        let mut accessions = facts::former_accessions(&codes);
        for column in [2, 3] {
            accessions.extend(row.try_get_by_index::<Option<String>>(column)?);
        }
        let related = facts::labels(&codes).into_iter().map(|label| label.label).collect();
        Ok(Self { name: row.try_get_by_index(1)?, accessions, synonyms, related })
    }

    fn texts(&self) -> LineTexts<'_> {
        LineTexts {
            name: &self.name,
            accessions: self.accessions.iter().map(String::as_str).collect(),
            synonyms: self.synonyms.iter().map(String::as_str).collect(),
            related: self.related.iter().map(String::as_str).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_its_lowest_weight() {
        let texts = LineTexts {
            name: "KSCBi002-A-1",
            accessions: vec!["CVCL_YN10"],
            synonyms: vec!["GLA-KO hiPS"],
            related: vec!["Fabry disease", "GLA"],
        };
        let tokens = tokens_of_line(&texts);
        let weight = |token: &str| tokens.iter().find(|t| t.0 == token).map(|t| t.1);
        assert_eq!(weight("kscbi002a1"), Some(WHOLE_NAME));
        assert_eq!(weight("cvclyn10"), Some(WHOLE_NAME));
        assert_eq!(weight("glakohips"), Some(WHOLE_SYNONYM));
        assert_eq!(weight("kscbi002"), Some(WORD));
        assert_eq!(weight("gla"), Some(WORD));
        assert_eq!(weight("fabry"), Some(RELATED_WORD));
        assert!(tokens.is_sorted() && tokens.windows(2).all(|pair| pair[0].0 != pair[1].0));
    }
}
