//! What a client sent: one operation or a batch, by body or by address.

use super::answer::Refusal;
use super::media::Media;
use crate::accounts::passwords::sha256_hex;
use crate::graphql::MAX_BATCH;
use crate::language::Lang;
use async_graphql::ServerError;
use async_graphql::parser::types::ExecutableDocument;
use moka::sync::Cache;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// What the cache needs for an entry besides its key and its text, in bytes.
const ENTRY: usize = 200;

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

    /// The document, and the hash under which it is to be kept, if the client named one and it is not kept yet.
    pub fn document(&mut self, persisted: &PersistedQueries, lang: Lang, media: Media) -> Result<Sent, Refusal> {
        match (self.query.take(), hash(self.extensions.as_ref())) {
            (Some(query), None) => Ok(Sent { text: query.into(), hash: None }),
            (Some(query), Some(hash)) if sha256_hex(query.as_bytes()) == hash => {
                Ok(Sent { text: query.into(), hash: Some(hash) })
            }
            (Some(_), Some(_)) => Err(Refusal::wrong_hash(lang)),
            (None, Some(hash)) => {
                let text = persisted.get(&hash).ok_or_else(|| Refusal::not_persisted(media))?;
                Ok(Sent { text, hash: None })
            }
            (None, None) => Err(Refusal::no_query(lang)),
        }
    }

    /// The operation that is asked for, where the document has several; and its variables.
    pub fn operation(self) -> (Option<String>, Map<String, Value>) {
        (self.operation_name, self.variables.unwrap_or_default())
    }
}

/// A document that was sent, or kept before.
#[derive(Debug)]
pub struct Sent {
    /// Its text.
    pub text: Arc<str>,
    /// The hash under which it is to be kept once it proves valid.
    pub hash: Option<String>,
}

/// Documents that clients ask for by their hashes.
pub type PersistedQueries = Cache<String, Arc<str>>;

/// A place for so many bytes of them; the least used go first.
pub fn persisted_queries(bytes: u64) -> PersistedQueries {
    let weight = |hash: &String, text: &Arc<str>| u32::try_from(hash.len() + text.len() + ENTRY).unwrap_or(u32::MAX);
    Cache::builder().weigher(weight).max_capacity(bytes).build()
}

fn hash(extensions: Option<&Map<String, Value>>) -> Option<String> {
    let persisted = extensions?.get("persistedQuery")?;
    Some(persisted.get("sha256Hash")?.as_str()?.to_owned())
}

/// The first variable that the chosen operation must be given and is not: such a request is wrong before it is
/// executed.
pub fn missing_variable(
    document: &ExecutableDocument,
    operation: Option<&str>,
    given: &Map<String, Value>,
    lang: Lang,
) -> Option<ServerError> {
    let chosen =
        document.operations.iter().find(|(name, _)| operation.is_none() || name.map(|n| n.as_str()) == operation);
    let definitions = &chosen?.1.node.variable_definitions;
    let missing = definitions.iter().find(|definition| {
        let must = !definition.node.var_type.node.nullable && definition.node.default_value.is_none();
        must && given.get(definition.node.name.node.as_str()).is_none_or(Value::is_null)
    })?;
    let name = &missing.node.name.node;
    let message = lang.pick(
        format!("The variable ${name} is missing or null; it needs a value."),
        format!("변수 ${name}의 값이 없습니다. 값을 지정해 주십시오."),
    );
    Some(ServerError::new(message, Some(missing.pos)))
}
