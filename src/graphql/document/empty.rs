//! Sets of which `@skip`, `@include` and fragments of other types leave nothing. The specification answers them with an
//! empty object; the library answers null. So a set that may become empty gets a field that is left out of the answer.

use async_graphql::parser::types::{Directive, DocumentOperations, ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Name, Pos, Positioned};

/// Name under which the field comes back; names with two underscores are nobody's.
const FILLER: &str = "__filler";

/// Fills all sets of a document that may become empty.
pub fn fill(document: &mut ExecutableDocument) {
    match &mut document.operations {
        DocumentOperations::Single(one) => fill_set(&mut one.node.selection_set),
        DocumentOperations::Multiple(all) => {
            all.values_mut().for_each(|one| fill_set(&mut one.node.selection_set));
        }
    }
    document.fragments.values_mut().for_each(|fragment| fill_set(&mut fragment.node.selection_set));
}

fn fill_set(set: &mut Positioned<SelectionSet>) {
    let mut has_something = false;
    for selection in &mut set.node.items {
        match &mut selection.node {
            Selection::Field(field) => {
                has_something |= !field.node.directives.iter().any(is_condition);
                if !field.node.selection_set.node.items.is_empty() {
                    fill_set(&mut field.node.selection_set);
                }
            }
            Selection::InlineFragment(fragment) => fill_set(&mut fragment.node.selection_set),
            Selection::FragmentSpread(_) => {}
        }
    }
    if !has_something {
        set.node.items.push(filler(set.pos));
    }
}

fn is_condition(directive: &Positioned<Directive>) -> bool {
    matches!(directive.node.name.node.as_str(), "skip" | "include")
}

fn filler(pos: Pos) -> Positioned<Selection> {
    let at = |name: &str| Positioned::new(Name::new(name), pos);
    let field = Field {
        alias: Some(at(FILLER)),
        name: at("__typename"),
        arguments: vec![],
        directives: vec![],
        selection_set: Positioned::new(SelectionSet { items: vec![] }, pos),
    };
    Positioned::new(Selection::Field(Positioned::new(field, pos)), pos)
}
