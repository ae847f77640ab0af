//! What a client sent: one operation or a batch, by body or by address.

use super::answer::{Media, Refusal};
use crate::accounts::passwords::sha256_hex;
use crate::graphql::{MAX_ALIASES, MAX_BATCH};
use crate::language::Lang;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Positioned, Request, ServerError, Value as ConstValue, Variables};
use moka::sync::Cache;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// One operation as it was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<Map<String, Value>>,
    extensions: Option<Map<String, Value>>,
}

impl Call {
    /// Reads a body: an object, or a list of them; the flag tells a list.
    pub fn from_body(body: &[u8], lang: Lang) -> Result<(Vec<Self>, bool), Refusal> {
        let value: Value = serde_json::from_slice(body).map_err(|error| Refusal::malformed(&error, lang))?;
        let is_batch = value.is_array();
        let calls: Vec<Self> = match value {
            Value::Array(list) if list.is_empty() || list.len() > MAX_BATCH => {
                return Err(Refusal::batch(list.len(), lang));
            }
            Value::Array(list) => list.into_iter().map(serde_json::from_value).collect::<Result<_, _>>(),
            one => serde_json::from_value(one).map(|call| vec![call]),
        }
        .map_err(|error| Refusal::malformed(&error, lang))?;
        Ok((calls, is_batch))
    }

    /// Reads the parameters of an address.
    pub fn from_query(query: &str, lang: Lang) -> Result<(Vec<Self>, bool), Refusal> {
        #[derive(Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Parameters {
            query: Option<String>,
            operation_name: Option<String>,
            variables: Option<String>,
            extensions: Option<String>,
        }
        let uri = format!("/?{query}").parse().map_err(|_| Refusal::address(lang))?;
        let parameters = axum::extract::Query::<Parameters>::try_from_uri(&uri).map_err(|_| Refusal::address(lang))?.0;
        let object = |text: Option<String>| match text.filter(|text| !text.is_empty()) {
            Some(text) => serde_json::from_str(&text).map_err(|error| Refusal::malformed(&error, lang)),
            None => Ok(None),
        };
        let call = Self {
            query: parameters.query,
            operation_name: parameters.operation_name.filter(|name| !name.is_empty()),
            variables: object(parameters.variables)?,
            extensions: object(parameters.extensions)?,
        };
        Ok((vec![call], false))
    }

    /// The request to execute; a persisted query is looked up, or kept under its hash.
    pub fn request(self, persisted: &Cache<String, Arc<str>>, lang: Lang, media: Media) -> Result<Request, Refusal> {
        let query = match (self.query, hash(self.extensions.as_ref())) {
            (Some(query), None) => query,
            (Some(query), Some(hash)) => {
                if sha256_hex(query.as_bytes()) != hash {
                    return Err(Refusal::wrong_hash(lang));
                }
                persisted.insert(hash, query.as_str().into());
                query
            }
            (None, Some(hash)) => persisted.get(&hash).ok_or_else(|| Refusal::not_persisted(media))?.to_string(),
            (None, None) => return Err(Refusal::no_query(lang)),
        };
        let variables = Variables::from_json(Value::Object(self.variables.unwrap_or_default()));
        let request = Request::new(query).variables(variables);
        Ok(match self.operation_name {
            Some(name) => request.operation_name(name),
            None => request,
        })
    }
}

fn hash(extensions: Option<&Map<String, Value>>) -> Option<String> {
    let persisted = extensions?.get("persistedQuery")?;
    Some(persisted.get("sha256Hash")?.as_str()?.to_owned())
}

/// Refuses a document with too many aliases: each is one more field to answer.
///
/// # Errors
/// Too many; the refusal says how many.
pub fn check_aliases(document: &ExecutableDocument, lang: Lang) -> Result<(), Refusal> {
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set);
    let aliases: usize = operations.chain(fragments).map(count).sum();
    if aliases > MAX_ALIASES { Err(Refusal::aliases(aliases, lang)) } else { Ok(()) }
}

/// The first variable that the chosen operation must be given and is not: such a request is wrong before it is
/// executed.
pub fn missing_variable(
    document: &ExecutableDocument,
    operation: Option<&str>,
    given: &Variables,
    lang: Lang,
) -> Option<ServerError> {
    let chosen =
        document.operations.iter().find(|(name, _)| operation.is_none() || name.map(|n| n.as_str()) == operation);
    let definitions = &chosen?.1.node.variable_definitions;
    let missing = definitions.iter().find(|definition| {
        let must = !definition.node.var_type.node.nullable && definition.node.default_value.is_none();
        must && given.get(&definition.node.name.node).is_none_or(|value| *value == ConstValue::Null)
    })?;
    let name = &missing.node.name.node;
    let message = lang.pick(
        format!("The variable ${name} is missing or null; it needs a value."),
        format!("변수 ${name}의 값이 없습니다. 값을 지정해 주십시오."),
    );
    Some(ServerError::new(message, Some(missing.pos)))
}

fn count(set: &Positioned<SelectionSet>) -> usize {
    let one = |selection: &Positioned<Selection>| match &selection.node {
        Selection::Field(field) => usize::from(field.node.alias.is_some()) + count(&field.node.selection_set),
        Selection::InlineFragment(fragment) => count(&fragment.node.selection_set),
        Selection::FragmentSpread(_) => 0,
    };
    set.node.items.iter().map(one).sum()
}
