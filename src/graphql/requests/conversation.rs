//! What both sides wrote about a request, what the bank noted, and what a return asked for and found.

use super::inputs::PostRequestMessageInput;
use crate::graphql::accounts::{Person, person};
use crate::graphql::error::UserError;
use crate::graphql::loaders::{self, Caller, caller, follow, load_all, load_one};
use crate::graphql::protocol::{id, payload};
use crate::id::{PersonId, RequestId};
use crate::requests::commands::{PostMessage, PostNote};
use crate::requests::fields::{self, Field};
use crate::requests::{Application, MessageView, RequestView, Side, queries};
use async_graphql::{ComplexObject, Context, ID, InputType, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

/// Something that was written about a request.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct RequestMessage {
    #[graphql(skip)]
    author: PersonId,
    /// Global id.
    id: ID,
    /// When.
    at: DateTime<Utc>,
    /// For whom its author spoke.
    side: Side,
    /// What it says.
    text: String,
}

#[ComplexObject]
impl RequestMessage {
    /// Who wrote it.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        person(ctx, self.author).await
    }
}

impl From<MessageView> for RequestMessage {
    fn from(row: MessageView) -> Self {
        Self { author: row.author_id, id: ID(row.id.global()), at: row.at, side: row.side, text: row.text }
    }
}

impl From<queries::Message> for RequestMessage {
    fn from(row: queries::Message) -> Self {
        row.message.into()
    }
}

/// What the bank wants changed in one field.
#[derive(SimpleObject)]
pub struct ReturnComment {
    /// Name of the field in the draft's input, such as `usePlan`.
    field: String,
    /// The label a person reads, in the caller's language.
    label: String,
    /// What is to be completed.
    comment: String,
}

impl ReturnComment {
    /// The comments of the last return.
    pub(super) fn of(row: &RequestView, caller: &Caller) -> Vec<Self> {
        let comments = row.return_comments.iter().flat_map(|comments| &comments.0);
        comments
            .map(|on| Self { field: on.field.clone(), label: label(&on.field, caller), comment: on.comment.clone() })
            .collect()
    }
}

fn label(field: &str, caller: &Caller) -> String {
    Field::from_name(field).map_or(field, |field| field.label(caller.actor.lang)).to_owned()
}

/// A field that the applicant changed since the last return.
#[derive(SimpleObject)]
pub struct FieldChange {
    /// Name of the field in the draft's input, such as `usePlan`.
    field: String,
    /// The label a person reads, in the caller's language.
    label: String,
    /// What a reader saw in it at the return; null if it was empty.
    before: Option<String>,
    /// What a reader sees in it now; null if it is empty.
    after: Option<String>,
}

/// What changed since the last return, by the loaders.
pub(super) async fn changes(ctx: &Context<'_>, id: RequestId) -> Result<Vec<FieldChange>> {
    let Some(row) = load_one(ctx, loaders::Request(id)).await? else { return Ok(vec![]) };
    let lines = follow(ctx, loaders::LinesOf(id)).await?;
    let approvals = follow(ctx, loaders::ApprovalsOf(id)).await?;
    let after = fields::snapshot(Application { request: &row, approvals: &approvals }, &lines);
    let mentioned = fields::mentioned(&row, &lines);
    let (cell_lines, people) = tokio::try_join!(
        load_all(ctx, mentioned.cell_lines.into_iter().map(loaders::RequestedLine)),
        load_all(ctx, mentioned.people.into_iter().map(loaders::Person)),
    )?;
    let lang = caller(ctx).actor.lang;
    let show = |change: fields::FieldChange| FieldChange {
        field: change.field.name.into(),
        label: change.field.label(lang).into(),
        before: change.before,
        after: change.after,
    };
    Ok(fields::changes(&row, &after, &cell_lines, &people, lang).into_iter().map(show).collect())
}

payload! {
    /// What came of writing to the other side.
    PostRequestMessagePayload { message: RequestMessage }
    /// What came of noting something for the bank.
    PostRequestNotePayload { note: RequestMessage }
}

/// Writing about requests.
#[derive(Default)]
pub struct ConversationMutation;

#[Object]
impl ConversationMutation {
    /// Writes to the other side about a request that was handed in; a letter tells them. For applicant and principal
    /// investigator, and for staff whom it does not concern.
    async fn post_request_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request and what to write.")] input: PostRequestMessageInput,
    ) -> Result<PostRequestMessagePayload> {
        let caller = caller(ctx);
        let post = || {
            let request = id!(caller, input.request, RequestId, "request");
            Ok(PostMessage { request, text: input.text.clone() })
        };
        let (row, errors) = caller.run_once(input.idempotency_key.as_deref(), &input.to_value(), post).await?;
        Ok(PostRequestMessagePayload { message: row.map(Into::into), errors })
    }

    /// Notes something about a request that only the bank sees; nobody is told. For staff whom it does not concern.
    async fn post_request_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request and what to note.")] input: PostRequestMessageInput,
    ) -> Result<PostRequestNotePayload> {
        let caller = caller(ctx);
        let post = || {
            let request = id!(caller, input.request, RequestId, "request");
            Ok(PostNote { request, text: input.text.clone() })
        };
        let (row, errors) = caller.run_once(input.idempotency_key.as_deref(), &input.to_value(), post).await?;
        Ok(PostRequestNotePayload { note: row.map(Into::into), errors })
    }
}
