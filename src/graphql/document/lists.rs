//! Lists that a caller sends: each may have so many values, wherever it stands. Asked here of all of them at once, no
//! input can be forgotten.

use super::scan::Limit;
use async_graphql::parser::types::{Directive, ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Positioned, Value as ConstValue};
use async_graphql_value::Value;
use serde_json::Value as Json;

type Arguments = [(Positioned<Name>, Positioned<Value>)];

/// Looks at every value that a document writes out.
///
/// # Errors
/// [`Limit::ListValues`].
pub fn check_document(document: &ExecutableDocument) -> Result<(), Limit> {
    for (_, operation) in document.operations.iter() {
        for definition in &operation.node.variable_definitions {
            definition.node.default_value.as_ref().map_or(Ok(()), |value| default(&value.node))?;
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
/// [`Limit::ListValues`].
pub fn check_variable(value: &Json) -> Result<(), Limit> {
    match value {
        Json::Array(list) => {
            Limit::ListValues.allow(list.len())?;
            list.iter().try_for_each(check_variable)
        }
        Json::Object(fields) => fields.values().try_for_each(check_variable),
        _ => Ok(()),
    }
}

fn default(value: &ConstValue) -> Result<(), Limit> {
    match value {
        ConstValue::List(list) => {
            Limit::ListValues.allow(list.len())?;
            list.iter().try_for_each(default)
        }
        ConstValue::Object(fields) => fields.values().try_for_each(default),
        _ => Ok(()),
    }
}

fn selections(set: &SelectionSet) -> Result<(), Limit> {
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

fn directives(directives: &[Positioned<Directive>]) -> Result<(), Limit> {
    directives.iter().try_for_each(|directive| arguments(&directive.node.arguments))
}

fn arguments(arguments: &Arguments) -> Result<(), Limit> {
    arguments.iter().try_for_each(|(_, value)| written(&value.node))
}

fn written(value: &Value) -> Result<(), Limit> {
    match value {
        Value::List(list) => {
            Limit::ListValues.allow(list.len())?;
            list.iter().try_for_each(written)
        }
        Value::Object(fields) => fields.values().try_for_each(written),
        _ => Ok(()),
    }
}
