//! The outbox for administrators, and what people want to be told.

use super::accounts::{Person, person};
use super::connection::{List, connection, cost, counted, window};
use super::error::{UserError, refuse, refuse_database};
use super::loaders::{Caller, caller};
use super::protocol::{id, payload};
use crate::actor::Permission;
use crate::id::{PersonId, global};
use crate::mail::commands::{RetryMail, SetMailPreference};
use crate::mail::preferences::{self, Preference};
use crate::mail::queries::{self, Filter};
use crate::mail::{LetterKind, MailState, Message};
use async_graphql::{ComplexObject, Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

/// A letter in the outbox. What it says is not kept: names and words are put in when it leaves.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct MailMessage {
    /// Global id.
    id: ID,
    /// Where it stands.
    state: MailState,
    /// Which letter; null for one that only a newer version of the bank knows.
    event: Option<LetterKind>,
    /// Global id of what it is about.
    subject: ID,
    /// Times that it was handed to the mail server, since it was posted or put back.
    attempts: i32,
    /// Not tried before; null unless it waits.
    next_attempt_at: Option<DateTime<Utc>>,
    /// What stood against it last time: the mail server's answer, shortened and without addresses; null once it is
    /// sent.
    last_error: Option<String>,
    /// Posted when.
    created_at: DateTime<Utc>,
    /// Taken by the mail server when.
    sent_at: Option<DateTime<Utc>>,
    #[graphql(skip)]
    recipient: PersonId,
}

impl From<Message> for MailMessage {
    fn from(row: Message) -> Self {
        Self {
            id: ID(row.id.global()),
            state: row.state,
            event: LetterKind::from_name(&row.event),
            subject: ID(global(&row.subject_kind, row.subject_id)),
            attempts: row.attempts,
            next_attempt_at: (row.state == MailState::Queued).then(|| row.due_at.unwrap_or(row.created_at)),
            last_error: row.last_error,
            created_at: row.created_at,
            sent_at: row.sent_at,
            recipient: row.recipient_id,
        }
    }
}

#[ComplexObject]
impl MailMessage {
    /// To whom.
    async fn recipient(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        person(ctx, self.recipient).await
    }

    /// Which letter, in the caller's language.
    async fn label(&self, ctx: &Context<'_>) -> Option<&'static str> {
        self.event.map(|letter| letter.label(caller(ctx).actor.lang))
    }
}

/// How many letters are in a state.
#[derive(SimpleObject)]
pub struct MailCount {
    /// The state.
    state: MailState,
    /// Letters of the whole outbox.
    count: i64,
}

/// What the list of the outbox tells besides its rows.
pub struct MailTotals(Filter);

#[Object]
impl MailTotals {
    /// How many letters the whole list has.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let caller = caller(ctx);
        counted(queries::count(&caller.app, &caller.actor, &self.0).await, caller)
    }

    /// Letters of the whole outbox by state, whatever the list shows.
    async fn counts(&self, ctx: &Context<'_>) -> Result<Vec<MailCount>> {
        let caller = caller(ctx);
        let counts = queries::counts(&caller.app, &caller.actor).await;
        let counts = counts.map_err(|error| refuse(&error, caller.actor.lang))?;
        Ok(counts.into_iter().map(|(state, count)| MailCount { state, count }).collect())
    }
}

/// States of letters to list.
#[derive(Clone, Default, InputObject)]
pub struct MailStateFilter {
    /// Exactly this one.
    eq: Option<MailState>,
    /// Any of these.
    r#in: Option<Vec<MailState>>,
}

/// What of the outbox to list.
#[derive(Clone, Default, InputObject)]
pub struct MailMessageWhere {
    /// By state.
    state: Option<MailStateFilter>,
    /// To this person, by global id.
    recipient: Option<ID>,
}

/// Reads of the outbox.
#[derive(Default)]
pub struct MailQuery;

#[Object]
impl MailQuery {
    /// Letters, newest first. For administrators.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn outbox(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where", desc = "What to list.")] filter: Option<MailMessageWhere>,
        #[graphql(desc = "The first so many, at most 100; 20 unless told.")] first: Option<i32>,
        #[graphql(desc = "Begin after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<List<MailMessage, MailTotals>> {
        let caller = caller(ctx);
        caller.allowed(Permission::Administer)?;
        let filter = filter.unwrap_or_default();
        let states = filter.state.unwrap_or_default();
        let states = states.r#in.unwrap_or_default().into_iter().chain(states.eq).collect();
        let recipient = match filter.recipient {
            Some(recipient) => Some(id!(caller, recipient, PersonId, "where.recipient")),
            None => None,
        };
        let filter = Filter { states, recipient };
        let page = queries::outbox(&caller.app, &caller.actor, &filter, &window(first, after, last, before)).await;
        let page = page.map_err(|error| refuse(&error, caller.actor.lang))?;
        Ok(connection(page, MailTotals(filter)))
    }
}

/// Whether somebody gets a letter.
#[derive(SimpleObject)]
pub struct MailPreference {
    /// Which letter.
    event: LetterKind,
    /// The same in the caller's language.
    label: &'static str,
    /// It cannot be switched off: it asks something of its reader, is a decision, or concerns their account.
    is_duty: bool,
    /// They get it; always true of a duty.
    wanted: bool,
}

impl MailPreference {
    fn new(preference: Preference, caller: &Caller) -> Self {
        let Preference { letter, wanted } = preference;
        Self { event: letter, label: letter.label(caller.actor.lang), is_duty: letter.is_duty(), wanted }
    }

    /// What one person gets, letter by letter.
    pub async fn of(caller: &Caller, person: PersonId) -> Result<Vec<Self>> {
        let preferences = preferences::of(caller.app.db.read(), person).await;
        let preferences = preferences.map_err(|error| refuse_database(&error, caller.actor.lang))?;
        Ok(preferences.into_iter().map(|preference| Self::new(preference, caller)).collect())
    }
}

payload! {
    /// What came of putting a letter back.
    RetryMailPayload { mail_message: MailMessage }
    /// What came of choosing a letter.
    SetMailPreferencePayload { mail_preference: MailPreference }
}

/// A letter to put back.
#[derive(InputObject)]
pub struct RetryMailInput {
    /// Global id of the letter.
    mail: ID,
}

/// A letter that the caller wants or does not want.
#[derive(InputObject)]
pub struct SetMailPreferenceInput {
    /// Which letter.
    event: LetterKind,
    /// Whether they want it.
    wanted: bool,
}

/// Changes of the outbox and of what people want to be told.
#[derive(Default)]
pub struct MailMutation;

#[Object]
impl MailMutation {
    /// Puts a dead letter back into the outbox; it is tried again at once. For administrators.
    async fn retry_mail(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The letter.")] input: RetryMailInput,
    ) -> Result<RetryMailPayload> {
        let caller = caller(ctx);
        let retry = || Ok(RetryMail { mail: id!(caller, input.mail, MailMessageId, "mail") });
        let (row, errors) = caller.run(retry).await?;
        Ok(RetryMailPayload { mail_message: row.map(Into::into), errors })
    }

    /// Says whether the caller wants a letter, from now on. Duties cannot be switched off.
    async fn set_mail_preference(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The letter and the wish.")] input: SetMailPreferenceInput,
    ) -> Result<SetMailPreferencePayload> {
        let caller = caller(ctx);
        let set = || Ok(SetMailPreference { letter: input.event, is_wanted: input.wanted });
        let (row, errors) = caller.run(set).await?;
        Ok(SetMailPreferencePayload { mail_preference: row.map(|row| MailPreference::new(row, caller)), errors })
    }
}
