//! Reads of requests.

use super::DistributionRequest;
use crate::actor::Permission;
use crate::graphql::connection::{List, connection, cost, counted, window};
use crate::graphql::error::refuse;
use crate::graphql::loaders::caller;
use crate::requests::{RequestState as State, queries};
use async_graphql::{Context, InputObject, Object, Result};

/// States of requests to list.
#[derive(Clone, Default, InputObject)]
pub struct RequestStateFilter {
    /// Exactly this one.
    eq: Option<State>,
    /// Any of these.
    r#in: Option<Vec<State>>,
}

/// What of the requests to list.
#[derive(Clone, Default, InputObject)]
pub struct DistributionRequestFilter {
    /// By state.
    state: Option<RequestStateFilter>,
    /// Only those that the caller took.
    #[graphql(default)]
    mine: bool,
    /// Only those that nobody took.
    #[graphql(default)]
    unassigned: bool,
}

/// What a list of requests tells besides its rows.
pub struct RequestTotals(queries::Filter);

#[Object]
impl RequestTotals {
    /// How many requests the whole list has.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let caller = caller(ctx);
        counted(queries::count(&caller.app, &caller.actor, &self.0).await, caller)
    }
}

/// Reads of requests.
#[derive(Default)]
pub struct RequestsQuery;

#[Object]
impl RequestsQuery {
    /// The request with this number; null if there is none or the caller may not see it.
    async fn distribution_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its number, such as REQ-2026-00042.")] number: String,
    ) -> Result<Option<DistributionRequest>> {
        let caller = caller(ctx);
        caller.allowed(Permission::ReadStock)?;
        let found = queries::by_number(&caller.app, &caller.actor, &number).await;
        Ok(found.map_err(|error| refuse(&error, caller.actor.lang))?.map(DistributionRequest::from))
    }

    /// Requests that the caller may see, newest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn distribution_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where", desc = "What to list.")] filter: Option<DistributionRequestFilter>,
        #[graphql(desc = "The first so many, at most 100; 20 unless told.")] first: Option<i32>,
        #[graphql(desc = "Begin after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<List<DistributionRequest, RequestTotals>> {
        let caller = caller(ctx);
        let filter = filter.unwrap_or_default();
        let states = filter.state.unwrap_or_default();
        let filter = queries::Filter {
            states: states.r#in.unwrap_or_default().into_iter().chain(states.eq).collect(),
            handler: filter.mine.then(|| caller.actor.person_id()).flatten(),
            unassigned: filter.unassigned,
        };
        let page = queries::list(&caller.app, &caller.actor, &filter, &window(first, after, last, before)).await;
        let page = page.map_err(|error| refuse(&error, caller.actor.lang))?;
        Ok(connection(page, RequestTotals(filter)))
    }
}
