//! Introspection answers with lists of the whole schema, inside each other where a query asks for it. So many values
//! are answered; what is beyond makes the query one that asks for too much.

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo};
use async_graphql::{ServerResult, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Values that one introspection may answer; the standard query, which tools send, is within.
const MOST_VALUES: usize = 200_000;

/// Whether a document may introspect: a plain look at its text, before anything is executed.
pub fn introspects(text: &str) -> bool {
    text.contains("__schema") || text.match_indices("__type").any(|(at, _)| !text[at..].starts_with("__typename"))
}

/// What one request has answered so far.
#[derive(Debug, Default)]
pub struct Answered(AtomicUsize);

impl Answered {
    /// Whether it was more than is answered.
    pub fn is_too_much(&self) -> bool {
        self.0.load(Ordering::Relaxed) > MOST_VALUES
    }
}

/// Counts what a schema answers of itself, for requests that bring an [`Answered`].
#[derive(Debug)]
pub struct CountValues;

impl ExtensionFactory for CountValues {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for CountValues {
    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        if let Some(answered) = ctx.data_opt::<Arc<Answered>>() {
            answered.0.fetch_add(1, Ordering::Relaxed);
            if answered.is_too_much() {
                // Nothing of it is sent, so nothing more is made of it.
                return Ok(Some(Value::Null));
            }
        }
        next.run(ctx, info).await
    }
}
