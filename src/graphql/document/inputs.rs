//! Values that a caller sends: a list may have so many, a text is so long at most, has no character that nobody sees, and
//! is composed. Seen to here, of all of them at once and wherever they stand, no input can be forgotten.

use super::Refused;
use super::scan::Limit;
use crate::characters::{LONGEST_TEXT, composed, has_forbidden};
use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value;
use serde_json::Value as Json;

type Arguments = [(Positioned<Name>, Positioned<Value>)];

/// Looks at every value that a document writes out, and composes its texts.
///
/// # Errors
/// [`Limit::ListValues`], [`Limit::TextCharacters`], or [`Refused::Character`].
pub fn take_document(document: &mut ExecutableDocument) -> Result<(), Refused> {
    match &mut document.operations {
        DocumentOperations::Single(one) => operation(&mut one.node)?,
        DocumentOperations::Multiple(all) => all.values_mut().try_for_each(|one| operation(&mut one.node))?,
    }
    document.fragments.values_mut().try_for_each(|fragment| {
        directives(&mut fragment.node.directives)?;
        selections(&mut fragment.node.selection_set.node)
    })
}

fn operation(operation: &mut OperationDefinition) -> Result<(), Refused> {
    for definition in &mut operation.variable_definitions {
        if let Some(default) = &definition.node.default_value {
            // Looked at only: what a variable is in the end is composed with the variables.
            written(&mut default.node.clone().into_value())?;
        }
        directives(&mut definition.node.directives)?;
    }
    directives(&mut operation.directives)?;
    selections(&mut operation.selection_set.node)
}

/// Looks at the value of a variable, before it is given its type.
///
/// # Errors
/// [`Limit::ListValues`], [`Limit::TextCharacters`], or [`Refused::Character`].
pub fn check_variable(value: &Json) -> Result<(), Refused> {
    match value {
        Json::Array(list) => {
            Limit::ListValues.allow(list.len())?;
            list.iter().try_for_each(check_variable)
        }
        Json::Object(fields) => fields.iter().try_for_each(|(name, value)| {
            text(name)?;
            check_variable(value)
        }),
        Json::String(value) => text(value),
        _ => Ok(()),
    }
}

/// Composes the texts of a variable that has its type.
pub fn compose(value: &mut Json) {
    match value {
        Json::Array(list) => list.iter_mut().for_each(compose),
        Json::Object(fields) => fields.values_mut().for_each(compose),
        Json::String(text) => *text = composed(std::mem::take(text)),
        _ => {}
    }
}

fn selections(set: &mut SelectionSet) -> Result<(), Refused> {
    set.items.iter_mut().try_for_each(|selection| match &mut selection.node {
        Selection::Field(field) => {
            arguments(&mut field.node.arguments)?;
            directives(&mut field.node.directives)?;
            selections(&mut field.node.selection_set.node)
        }
        Selection::InlineFragment(fragment) => {
            directives(&mut fragment.node.directives)?;
            selections(&mut fragment.node.selection_set.node)
        }
        Selection::FragmentSpread(spread) => directives(&mut spread.node.directives),
    })
}

fn directives(directives: &mut [Positioned<Directive>]) -> Result<(), Refused> {
    directives.iter_mut().try_for_each(|directive| arguments(&mut directive.node.arguments))
}

fn arguments(arguments: &mut Arguments) -> Result<(), Refused> {
    arguments.iter_mut().try_for_each(|(_, value)| written(&mut value.node))
}

fn written(value: &mut Value) -> Result<(), Refused> {
    match value {
        Value::List(list) => {
            Limit::ListValues.allow(list.len())?;
            list.iter_mut().try_for_each(written)
        }
        Value::Object(fields) => fields.values_mut().try_for_each(written),
        Value::String(value) => {
            text(value)?;
            *value = composed(std::mem::take(value));
            Ok(())
        }
        _ => Ok(()),
    }
}

fn text(text: &str) -> Result<(), Refused> {
    // A text has no more characters than bytes.
    if text.len() > LONGEST_TEXT {
        Limit::TextCharacters.allow(text.chars().count())?;
    }
    if has_forbidden(text) { Err(Refused::Character) } else { Ok(()) }
}
