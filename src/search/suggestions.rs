//! What to try when a list is empty: names and diseases that begin like what was typed, and which single filter stands
//! in the way.

use super::cell_lines;
use super::filter::{Field, Filter};
use super::sql;
use crate::actor::Actor;
use crate::app::App;
use crate::catalogue::Error;
use crate::catalogue::queries::checked_terms;
use crate::search_words;
use sea_orm::DbErr;

/// Names that are suggested at most.
const MOST: usize = 5;
/// Beginnings that are tried of one word, the longest first.
const TRIES: usize = 4;
/// Words of the search that are compared with diseases.
const TERMS: usize = 3;
/// A name that begins like what was typed; searching for it finds something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// The name, as a search takes it.
    pub search: String,
    /// It is a disease's; else a line's.
    pub is_disease: bool,
}

/// A filter that alone stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Without {
    /// Which.
    pub field: Field,
    /// Lines that the list has without it.
    pub count: i64,
}

/// What to try instead of an empty list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suggestions {
    /// Names, at most five; none if what was typed finds something by itself.
    pub near: Vec<Near>,
    /// Filters each of which could be dropped, that with the most lines first.
    pub without: Vec<Without>,
}

/// What to try instead of an empty list; nothing if the list is not empty.
///
/// # Errors
/// A wrong filter, or those of the database.
pub async fn suggestions(app: &App, actor: &Actor, filter: Filter) -> Result<Suggestions, Error> {
    if cell_lines::count(app, actor, filter.clone()).await? > 0 {
        return Ok(Suggestions::default());
    }
    let chosen: Vec<Field> = Field::ALL.into_iter().filter(|field| filter.has(*field)).collect();
    let mut without = vec![];
    if chosen.len() > 1 {
        for field in &chosen {
            let count = cell_lines::count(app, actor, filter.clone().without(*field)).await?;
            without.push(Without { field: *field, count });
        }
    }
    without.retain(|one| one.count > 0);
    without.sort_by_key(|one| std::cmp::Reverse(one.count));
    let typed = Filter { search: filter.search.clone(), ..Filter::default() };
    let stands_alone = chosen.len() == 1 || cell_lines::count(app, actor, typed).await? == 0;
    let near = match &filter.search {
        Some(text) if stands_alone => near(app, actor, text).await?,
        _ => vec![],
    };
    Ok(Suggestions { near, without })
}

async fn near(app: &App, actor: &Actor, text: &str) -> Result<Vec<Near>, Error> {
    let mut lines = vec![];
    for beginning in beginnings(&search_words::compact(text)) {
        lines = lines_beginning(app, actor, &beginning).await?;
        if !lines.is_empty() {
            break;
        }
    }
    let mut diseases: Vec<String> = vec![];
    for term in checked_terms(Some(text))?.into_iter().take(TERMS) {
        for beginning in std::iter::once(term.clone()).chain(beginnings(&term)) {
            let found = diseases_beginning(app, actor, &beginning).await?;
            if !found.is_empty() {
                diseases.extend(found.into_iter().filter(|name| !diseases.contains(name)).collect::<Vec<_>>());
                break;
            }
        }
    }
    // Room for both kinds, and for more of one where the other has few.
    let of_lines = lines.len().min(MOST - diseases.len().min(2));
    let line = |search| Near { search, is_disease: false };
    let disease = |search| Near { search, is_disease: true };
    Ok(lines.into_iter().take(of_lines).map(line).chain(diseases.into_iter().map(disease)).take(MOST).collect())
}

/// Beginnings of a word, the longest first: without its last characters, then two thirds and half of it, but never one
/// character alone, by which everything begins.
fn beginnings(word: &str) -> Vec<String> {
    let characters: Vec<char> = search_words::cut(word.into()).chars().collect();
    let length = characters.len();
    let mut lengths: Vec<usize> =
        [length.saturating_sub(1), length.saturating_sub(2), length * 2 / 3, length / 2].into_iter().collect();
    lengths.sort_unstable_by(|a, b| b.cmp(a));
    lengths.dedup();
    let some = lengths.into_iter().filter(|n| *n >= 2 && *n < length).take(TRIES);
    some.map(|n| characters[..n].iter().collect()).collect()
}

async fn lines_beginning(app: &App, actor: &Actor, beginning: &str) -> Result<Vec<String>, DbErr> {
    let lines = sql::lines_beginning(app.db.read(), actor, beginning, MOST).await?;
    let mut names: Vec<_> = lines.into_iter().map(|line| line.name).collect();
    names.dedup();
    Ok(names)
}

/// Only diseases of which the actor sees a line.
async fn diseases_beginning(app: &App, actor: &Actor, beginning: &str) -> Result<Vec<String>, DbErr> {
    if beginning.chars().count() < 2 {
        return Ok(vec![]);
    }
    let diseases = sql::diseases_beginning(app.db.read(), actor, beginning, MOST).await?;
    Ok(diseases.into_iter().map(|disease| disease.name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_shortened_from_its_end_and_never_to_one_character() {
        assert_eq!(beginnings("kscbi009"), ["kscbi00", "kscbi0", "kscbi", "kscb"]);
        assert_eq!(beginnings("레트증"), ["레트"]);
        assert!(beginnings("레").is_empty() && beginnings("ab").is_empty() && beginnings("").is_empty());
    }
}
