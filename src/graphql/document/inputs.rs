//! Values that a caller sends: a list may have so many, and a text no character that nobody sees. Asked here of all of
//! them at once, wherever they stand, no input can be forgotten.

use super::Refused;
use super::scan::Limit;
use crate::characters::has_forbidden;
use async_graphql::parser::types::{Directive, ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value;
use serde_json::Value as Json;

type Arguments = [(Positioned<Name>, Positioned<Value>)];

/// Looks at every value that a document writes out.
///
/// # Errors
/// [`Limit::ListValues`], or [`Refused::Character`].
pub fn check_document(document: &ExecutableDocument) -> Result<(), Refused> {
    for (_, operation) in document.operations.iter() {
        for definition in &operation.node.variable_definitions {
            if let Some(default) = &definition.node.default_value {
                written(&default.node.clone().into_value())?;
            }
        }
        directives(&operation.node.directives)?;
        selections(&operation.node.selection_set.node)?;
    }
    document.fragments.values().try_for_each(|fragment| {
        directives(&fragment.node.directives)?;
        selections(&fragment.node.selection_set.node)
    })
}

/// Looks at the value of a variable, before it is given its type.
///
/// # Errors
/// [`Limit::ListValues`], or [`Refused::Character`].
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

fn selections(set: &SelectionSet) -> Result<(), Refused> {
    set.items.iter().try_for_each(|selection| match &selection.node {
        Selection::Field(field) => {
            arguments(&field.node.arguments)?;
            directives(&field.node.directives)?;
            selections(&field.node.selection_set.node)
        }
        Selection::InlineFragment(fragment) => {
            directives(&fragment.node.directives)?;
            selections(&fragment.node.selection_set.node)
        }
        Selection::FragmentSpread(spread) => directives(&spread.node.directives),
    })
}

fn directives(directives: &[Positioned<Directive>]) -> Result<(), Refused> {
    directives.iter().try_for_each(|directive| arguments(&directive.node.arguments))
}

fn arguments(arguments: &Arguments) -> Result<(), Refused> {
    arguments.iter().try_for_each(|(_, value)| written(&value.node))
}

fn written(value: &Value) -> Result<(), Refused> {
    match value {
        Value::List(list) => {
            Limit::ListValues.allow(list.len())?;
            list.iter().try_for_each(written)
        }
        Value::Object(fields) => fields.values().try_for_each(written),
        Value::String(value) => text(value),
        _ => Ok(()),
    }
}

fn text(text: &str) -> Result<(), Refused> {
    if has_forbidden(text) { Err(Refused::Character) } else { Ok(()) }
}
