//! How much a parsed document becomes when its fragments are put where they are spread. Each fragment is weighed once,
//! so that the answer costs no more than the document is long, whatever it multiplies to.

use super::scan::Limit;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use std::collections::HashMap;

/// Why a document is not executed.
#[derive(Debug, PartialEq, Eq)]
pub enum TooHeavy {
    /// It has too many of something.
    Over(Limit),
    /// A fragment spreads itself, directly or through others.
    Cycle(String),
}

impl From<Limit> for TooHeavy {
    fn from(limit: Limit) -> Self {
        Self::Over(limit)
    }
}

/// What a set has, without the fragments that it spreads.
#[derive(Debug, Default)]
struct Set<'a> {
    selections: usize,
    aliases: usize,
    levels: usize,
    /// Each spread, with the level at which it stands.
    spreads: Vec<(&'a str, usize)>,
}

/// What a set becomes.
#[derive(Clone, Copy, Debug, Default)]
struct Weight {
    selections: usize,
    levels: usize,
}

impl<'a> Set<'a> {
    fn of(set: &'a SelectionSet) -> Self {
        let mut found = Self::default();
        found.add(set, 1);
        found
    }

    fn add(&mut self, set: &'a SelectionSet, level: usize) {
        self.levels = self.levels.max(level);
        for selection in &set.items {
            self.selections += 1;
            match &selection.node {
                Selection::Field(field) => {
                    self.aliases += usize::from(field.node.alias.is_some());
                    if !field.node.selection_set.node.items.is_empty() {
                        self.add(&field.node.selection_set.node, level + 1);
                    }
                }
                Selection::InlineFragment(fragment) => self.add(&fragment.node.selection_set.node, level + 1),
                Selection::FragmentSpread(spread) => self.spreads.push((&spread.node.fragment_name.node, level)),
            }
        }
    }

    /// Its weight, once those of its fragments are known; a fragment that is not there weighs nothing, the validation
    /// names it.
    fn weigh(&self, known: &HashMap<&str, Weight>, fragments: &HashMap<&str, Set<'_>>) -> Option<Weight> {
        let mut weight = Weight { selections: self.selections, levels: self.levels };
        for (name, level) in &self.spreads {
            match known.get(name) {
                Some(part) => {
                    weight.selections = weight.selections.saturating_add(part.selections);
                    weight.levels = weight.levels.max(level.saturating_add(part.levels));
                }
                None if fragments.contains_key(name) => return None,
                None => {}
            }
        }
        Some(weight)
    }
}

/// Weighs a whole document: every operation, asked for or not.
///
/// # Errors
/// What it has too much of, or a fragment that never ends.
pub fn weigh(document: &ExecutableDocument) -> Result<(), TooHeavy> {
    let fragments: HashMap<&str, Set<'_>> = document
        .fragments
        .iter()
        .map(|(name, fragment)| (name.as_str(), Set::of(&fragment.node.selection_set.node)))
        .collect();
    let operations: Vec<Set<'_>> =
        document.operations.iter().map(|(_, operation)| Set::of(&operation.node.selection_set.node)).collect();
    Limit::Aliases.allow(operations.iter().chain(fragments.values()).map(|set| set.aliases).sum())?;
    let known = weights(&fragments)?;
    let mut selections = 0_usize;
    for operation in &operations {
        let weight = operation.weigh(&known, &fragments).unwrap_or_default();
        selections = selections.saturating_add(weight.selections);
        Limit::Levels.allow(weight.levels)?;
    }
    Limit::Selections.allow(selections)?;
    Ok(())
}

/// The weight of every fragment: those first that spread no other, then those that spread only these, and so on.
fn weights<'a>(fragments: &HashMap<&'a str, Set<'a>>) -> Result<HashMap<&'a str, Weight>, TooHeavy> {
    let mut known = HashMap::with_capacity(fragments.len());
    let mut waiting: Vec<&'a str> = fragments.keys().copied().collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|name| match fragments[name].weigh(&known, fragments) {
            Some(weight) => known.insert(*name, weight).is_some(),
            None => true,
        });
        if waiting.len() == before {
            return Err(TooHeavy::Cycle(waiting.iter().min().copied().unwrap_or_default().to_owned()));
        }
    }
    // Also of fragments that no operation spreads: the validation walks them, too.
    known.values().try_for_each(|weight| {
        Limit::Levels.allow(weight.levels)?;
        Limit::Selections.allow(weight.selections)
    })?;
    Ok(known)
}
