//! What a document of a caller may be. Everything here is asked before the document is executed, kept or multiplied:
//! first token by token ([`scan`]), then of the parsed tree with each fragment once ([`weight`]), then by the rules of
//! the specification ([`validate`]).

mod empty;
mod inputs;
mod introspection;
mod scan;
mod validate;
mod weight;

pub use empty::fill;
pub use introspection::{Answered, CountValues, introspects};
pub use scan::Limit;

use async_graphql::parser::{parse_query, types::ExecutableDocument};
use async_graphql::{Pos, ServerError, Variables};
use scan::Fault;
use serde_json::{Map, Value as Json};
use validate::{Mistyped, ValidDocument};
use weight::TooHeavy;

/// The longest document, in bytes; also the longest that is kept under its hash.
pub const MAX_BYTES: usize = 64 * 1024;

/// Why a document is refused.
#[derive(Debug)]
pub enum Refused {
    /// It, or a list of its variables, has too many of something.
    Over(Limit),
    /// A text has a character that no text has.
    Character,
    /// A fragment of this name never ends.
    Cycle(String),
    /// It cannot be parsed.
    Unparsed(Box<ServerError>),
    /// A variable is not of its type.
    Mistyped(Box<Mistyped>),
    /// It is no document of this schema.
    Invalid(Vec<ServerError>),
}

impl From<Limit> for Refused {
    fn from(limit: Limit) -> Self {
        Self::Over(limit)
    }
}

/// A document that may be executed.
#[derive(Debug)]
pub struct Document {
    /// As the schema executes it.
    pub parsed: ExecutableDocument,
    valid: ValidDocument,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// Why it is not executed.
    pub fn read(text: &str) -> Result<Self, Refused> {
        scan::scan(text).map_err(|fault| match fault {
            Fault::Over(limit) => Refused::Over(limit),
            Fault::Unreadable(what, at) => Refused::Unparsed(Box::new(ServerError::new(what, Some(place(text, at))))),
        })?;
        let mut parsed = parse_query(text).map_err(|error| Refused::Unparsed(Box::new(error.into())))?;
        weight::weigh(&parsed).map_err(|heavy| match heavy {
            TooHeavy::Over(limit) => Refused::Over(limit),
            TooHeavy::Cycle(name) => Refused::Cycle(name),
        })?;
        inputs::take_document(&mut parsed)?;
        let valid = validate::validate(text).map_err(Refused::Invalid)?;
        Ok(Self { parsed, valid })
    }

    /// The variables of an operation, with its defaults.
    ///
    /// # Errors
    /// A list with too many values, a text that none may be, or a value of another type.
    pub fn variables(&self, operation: Option<&str>, given: Map<String, Json>) -> Result<Variables, Refused> {
        given.values().try_for_each(inputs::check_variable)?;
        let given = serde_json::from_value(Json::Object(given)).unwrap_or_default();
        let mut coerced = validate::coerce(&self.valid, operation, given).map_err(Refused::Mistyped)?;
        coerced.values_mut().for_each(inputs::compose);
        Ok(Variables::from_json(Json::Object(coerced)))
    }
}

/// Line and column of a byte.
fn place(text: &str, byte: usize) -> Pos {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    Pos { line: before.matches('\n').count() + 1, column: line.chars().count() + 1 }
}
