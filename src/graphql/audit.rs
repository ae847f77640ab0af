//! The history and the chain of its seals, for administrators.

use super::accounts::{Person, person};
use super::connection::{List, connection, cost, window};
use super::error::refuse;
use super::loaders::caller;
use super::scalars::Date;
use crate::audit::queries::{self, Chain, Filter, Sealed};
use crate::history;
use crate::id::{PersonId, global};
use async_graphql::connection::EmptyFields;
use async_graphql::{ComplexObject, Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

/// Something that happened.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct AuditEvent {
    #[graphql(skip)]
    person_id: Option<PersonId>,
    /// Global id.
    id: ID,
    /// When.
    at: DateTime<Utc>,
    /// Who or what did it: `person:7`, `system:import`, `anonymous`.
    actor: String,
    /// What, as `area.verb`.
    action: String,
    /// Kind of what it is about.
    subject_kind: String,
    /// Global id of what it is about.
    subject: ID,
    /// JSON: what changed, `before` and `after`, or what the event needs to be understood.
    detail: String,
    /// Its place in the chain, from 1 without gaps; null until it is sealed.
    sequence: Option<i64>,
    /// Hash of its seal, 64 hexadecimal digits; null until it is sealed.
    hash: Option<String>,
}

impl From<Sealed> for AuditEvent {
    fn from(row: Sealed) -> Self {
        let Sealed { event, sequence, hash } = row;
        Self {
            person_id: event.person_id,
            id: ID(event.id.global()),
            at: event.at,
            actor: event.actor,
            action: event.action,
            subject: ID(global(&event.subject_kind, event.subject_id)),
            subject_kind: event.subject_kind,
            detail: event.detail.to_string(),
            sequence,
            hash,
        }
    }
}

#[ComplexObject]
impl AuditEvent {
    /// The action in the caller's language; null of one that a newer version of the bank recorded.
    async fn label(&self, ctx: &Context<'_>) -> Option<&'static str> {
        history::label(&self.action, caller(ctx).actor.lang)
    }

    /// The person who did it; null if it was nobody known or a part of the system.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        match self.person_id {
            Some(id) => person(ctx, id).await,
            None => Ok(None),
        }
    }
}

/// What of the history to list. Different filters narrow.
#[derive(Clone, Default, InputObject)]
pub struct AuditEventFilter {
    /// Only by the person with this global id.
    person: Option<ID>,
    /// Only about the thing with this global id.
    subject: Option<ID>,
    /// Only of this action, as `area.verb`.
    action: Option<String>,
    /// From this day on.
    from: Option<Date>,
    /// Through this day.
    to: Option<Date>,
}

/// The end of the chain as it was told to the outside on a day: in the log and to administrators.
#[derive(SimpleObject)]
pub struct AuditAnchor {
    /// The day.
    day: Date,
    /// Place of the last seal then.
    sequence: i64,
    /// Its hash.
    hash: String,
    /// When it was told.
    anchored_at: DateTime<Utc>,
}

/// The chain of the history's seals as it stands; `stembank audit verify` proves it.
#[derive(SimpleObject)]
pub struct AuditChain {
    /// Sealed events.
    sealed: i64,
    /// Events that wait for their seal; while the service runs none waits over a second.
    unsealed: i64,
    /// Hash of the last seal; null before the first.
    head_hash: Option<String>,
    /// The newest anchor; null before the first.
    last_anchor: Option<AuditAnchor>,
}

impl From<Chain> for AuditChain {
    fn from(chain: Chain) -> Self {
        let last_anchor = chain.last_anchor.map(|anchor| AuditAnchor {
            day: Date(anchor.day),
            sequence: anchor.sequence,
            hash: anchor.hash,
            anchored_at: anchor.anchored_at,
        });
        Self { sealed: chain.sealed, unsealed: chain.unsealed, head_hash: chain.head, last_anchor }
    }
}

/// Reads of the history.
#[derive(Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// What happened, newest first. For administrators; the search itself is recorded.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn audit_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where", desc = "What to list.")] filter: Option<AuditEventFilter>,
        #[graphql(desc = "The first so many, at most 100; 20 unless told.")] first: Option<i32>,
        #[graphql(desc = "Begin after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<List<AuditEvent, EmptyFields>> {
        let caller = caller(ctx);
        let AuditEventFilter { person, subject, action, from, to } = filter.unwrap_or_default();
        let days = Filter { action, from: from.map(|day| day.0), to: to.map(|day| day.0), ..Filter::default() };
        let page = match days.named(person.as_ref().map(|id| id.as_str()), subject.as_ref().map(|id| id.as_str())) {
            Ok(filter) => queries::list(&caller.app, &caller.actor, &filter, &window(first, after, last, before)).await,
            Err(error) => Err(error),
        };
        Ok(connection(page.map_err(|error| refuse(&error, caller.actor.lang))?, EmptyFields))
    }

    /// How far the history is sealed. For administrators.
    #[graphql(complexity = "10 + child_complexity")]
    async fn audit_chain(&self, ctx: &Context<'_>) -> Result<AuditChain> {
        let caller = caller(ctx);
        let chain = queries::chain(&caller.app, &caller.actor).await;
        Ok(chain.map_err(|error| refuse(&error, caller.actor.lang))?.into())
    }
}
