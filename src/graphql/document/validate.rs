//! Validation as the GraphQL specification has it, by the parser and validator of apollo-rs: the library that executes
//! leaves some of its rules out.

use super::Limit;
use crate::graphql::sdl;
use apollo_compiler::introspection::check_max_depth;
use apollo_compiler::parser::{LineColumn, Parser};
use apollo_compiler::request::{RequestError, coerce_variable_values};
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument, Schema};
use async_graphql::{Pos, ServerError};
use serde_json::{Map, Value as Json};
use std::sync::LazyLock;

/// The schema, as it is published.
#[expect(clippy::expect_used, reason = "a schema that the bank itself writes; a test reads it")]
static SCHEMA: LazyLock<Valid<Schema>> =
    LazyLock::new(|| Schema::parse_and_validate(sdl(), "schema.graphql").expect("the bank's schema is valid"));
/// Errors that are listed; whoever mends these is told of the next.
const MOST_ERRORS: usize = 20;

/// A document that is valid.
pub type ValidDocument = Valid<ExecutableDocument>;

/// Validates a document that was scanned and weighed.
///
/// # Errors
/// What the specification does not allow in it, with lines and columns.
pub fn validate(text: &str) -> Result<ValidDocument, Vec<ServerError>> {
    // The parser counts a level for each rule of the grammar, some for one bracket.
    let mut parser = Parser::new().recursion_limit(Limit::Nesting.most() * 4);
    let document = parser.parse_executable(&SCHEMA, text, "document").map_err(|wrong| told(&wrong.errors))?;
    let document = document.validate(&SCHEMA).map_err(|wrong| told(&wrong.errors))?;
    for operation in document.operations.iter() {
        check_max_depth(&document, operation).map_err(|wrong| vec![place(&document, &wrong)])?;
    }
    Ok(document)
}

/// Gives the variables of an operation their types and defaults.
///
/// # Errors
/// A value that is not of its variable's type.
pub fn coerce(
    document: &ValidDocument,
    operation: Option<&str>,
    given: JsonMap,
) -> Result<Map<String, Json>, Box<Mistyped>> {
    let Ok(operation) = document.operations.get(operation) else { return Ok(Map::new()) };
    let failed = |wrong: &RequestError| {
        let said = place(document, wrong);
        // What was sent is not repeated: it may be a password.
        let typed = said.message.strip_prefix("could not coerce ").and_then(|rest| {
            let (what, rest) = rest.split_once(": ")?;
            Some((what.to_owned(), rest.rsplit_once(" to type ")?.1.to_owned()))
        });
        Box::new(Mistyped { said, typed })
    };
    let coerced = coerce_variable_values(&SCHEMA, operation, &given).map_err(|wrong| failed(&wrong))?;
    match serde_json::to_value(coerced.into_inner()) {
        Ok(Json::Object(map)) => Ok(map),
        _ => Ok(Map::new()),
    }
}

/// A variable that is not of its type.
#[derive(Debug)]
pub struct Mistyped {
    /// What the validator says.
    pub said: ServerError,
    /// What it is, and of which type it has to be, where a value would have to be shown.
    pub typed: Option<(String, String)>,
}

fn place(document: &ExecutableDocument, wrong: &RequestError) -> ServerError {
    let place = wrong.location().and_then(|span| span.line_column(&document.sources));
    error(wrong.message().to_string(), place)
}

fn told(errors: &DiagnosticList) -> Vec<ServerError> {
    let listed = errors.iter().take(MOST_ERRORS);
    listed
        .map(|diagnostic| {
            let place = diagnostic.line_column_range().map(|range| range.start);
            error(diagnostic.error.to_string(), place)
        })
        .collect()
}

fn error(message: String, place: Option<LineColumn>) -> ServerError {
    ServerError::new(message, place.map(|place| Pos { line: place.line, column: place.column }))
}
