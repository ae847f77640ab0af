//! Commands of erasing: at once what may go, the rest when its term is over.

use super::Error;
use super::erasure::{self, OnErasure, PERSON, REFERENCES};
use super::queries::{self, Kept};
use super::rules::still_kept_from;
use super::sql;
use crate::accounts::commands::{Authenticated, authenticate, hold_administrators};
use crate::accounts::model::person;
use crate::accounts::passwords::Password;
use crate::accounts::queries::person_by_email;
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::approvals::model::approval;
use crate::audit::{self, Changes, Subject};
use crate::command::{Command, Prepare, Work};
use crate::id::{PersonId, RequestId};
use crate::personal_data::events::{PersonalDataEvent, RetentionEvent};
use crate::requests::model::request::{self, State};
use crate::requests::model::{message, request_approval, request_line};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Requests, agreements or signatures that one round of blanking takes.
const ROUND: u64 = 200;

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// When.
    pub at: DateTime<Utc>,
    /// Drafts that went.
    pub drafts: u64,
    /// Requests without a provision whose texts went.
    pub blanked: u64,
    /// What is kept, and how long.
    pub keeps: Vec<Kept>,
}

/// What somebody gives to erase their own account: e-mail and password once more, and that they know what goes.
///
/// Refused: not confirmed, or a password that is wrong or somebody else's.
#[derive(Clone, Debug)]
pub struct ConfirmErasure {
    /// The caller's e-mail.
    pub email: String,
    /// The caller's password.
    pub password: Password,
    /// The caller read what goes and what is kept.
    pub is_confirmed: bool,
}

impl Prepare for ConfirmErasure {
    type Command = EraseAccount;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        if self.is_confirmed { Ok(()) } else { Err(Error::NotConfirmed) }
    }

    async fn prepare(self, app: &App, actor: &Actor) -> Result<EraseAccount, Error> {
        let who = authenticate(app, actor, &self.email, self.password).await?;
        Ok(EraseAccount { who: who.ok_or(Error::NotYou)? })
    }
}

/// Erases the account of somebody who just gave their password: [`ConfirmErasure`] makes it.
///
/// Refused: something under way that needs this person.
#[derive(Clone, Debug)]
pub struct EraseAccount {
    who: Authenticated,
}

impl Command for EraseAccount {
    const VERB: Verb = Verb::EraseAccount;
    type Output = Erased;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Erased, Error> {
        erase(work, self.who.person()).await
    }
}

/// Erases somebody's account at their wish.
///
/// Refused: no such account, or something under way that needs this person.
#[derive(Clone, Debug)]
pub struct EraseAccountFor {
    /// Their e-mail.
    pub email: String,
}

impl Command for EraseAccountFor {
    const VERB: Verb = Verb::EraseAccountFor;
    type Output = Erased;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Erased, Error> {
        let person = person_by_email(work, &self.email).await?.ok_or(Error::NoSuchAccount)?;
        erase(work, person.id).await
    }
}

async fn erase(work: &Work<'_>, person: PersonId) -> Result<Erased, Error> {
    lock(work, person).await?;
    queries::hindrance(work, person).await?;
    let drafts = delete_drafts(work, person).await?;
    let keeps = queries::keeps(work, person).await?;
    for (table, column, on_erasure) in REFERENCES {
        if *on_erasure == OnErasure::Deleted {
            sql::delete_rows(work, table, column, person).await?;
        }
    }
    let handed_back = request::Entity::update_many()
        .col_expr(request::Column::HandlerId, Expr::value(None::<PersonId>))
        .filter(request::Column::HandlerId.eq(person))
        .filter(request::Column::State.is_in([State::Submitted, State::Returned, State::Approved]));
    handed_back.exec(work).await?;
    sql::erase_columns(work, "person", PERSON, person.0).await?;
    let blanked = blank_due(work).await?.requests;
    let changes = Changes::of("erased", false, true);
    let event = PersonalDataEvent::Erased { drafts, blanked, kept: keeps.len(), changes };
    audit::record(work, person, &event).await?;
    Ok(Erased { at: work.now(), drafts, blanked, keeps })
}

async fn lock(work: &Work<'_>, person: PersonId) -> Result<(), Error> {
    hold_administrators(work).await?;
    let account = person::Entity::find_by_id(person).filter(person::Column::ErasedAt.is_null());
    account.lock_exclusive().one(work).await?.map(drop).ok_or(Error::NoSuchAccount)
}

/// Drafts go; where somebody else wrote one and named this person as investigator, the writer answers for it again.
async fn delete_drafts(work: &Work<'_>, person: PersonId) -> Result<u64, DbErr> {
    use request::{Column, Entity};
    let is_draft = || Column::State.eq(State::Draft);
    let investigated = Entity::update_many()
        .col_expr(Column::PrincipalInvestigatorId, Column::ApplicantId.into_expr())
        .filter(Column::PrincipalInvestigatorId.eq(person))
        .filter(Column::ApplicantId.ne(person))
        .filter(is_draft());
    investigated.exec(work).await?;
    let drafts = Entity::find().filter(Column::ApplicantId.eq(person)).filter(is_draft());
    let drafts = drafts.order_by_asc(Column::Id).select_only().column(Column::Id).lock_exclusive();
    let drafts: Vec<RequestId> = drafts.into_tuple().all(work).await?;
    let of_drafts = request_line::Column::RequestId.is_in(drafts.iter().copied());
    request_line::Entity::delete_many().filter(of_drafts).exec(work).await?;
    delete_approvals(work, &drafts).await?;
    let deleted = Entity::delete_many().filter(Column::Id.is_in(drafts)).exec(work).await?;
    Ok(deleted.rows_affected)
}

/// What a round blanked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Blanked {
    /// Requests whose texts and address went.
    pub requests: u64,
    /// Agreements whose text, which names the investigator, went.
    pub agreements: u64,
    /// Signatures whose printed name went.
    pub signatures: u64,
}

impl Blanked {
    /// True if nothing was due.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

/// Blanks what was kept of erased people and whose term is over. The service does this every day; a round is bounded,
/// and what is left is done by the next one.
///
/// Refused: never.
#[derive(Clone, Copy, Debug)]
pub struct BlankErasedRecords;

impl Command for BlankErasedRecords {
    const VERB: Verb = Verb::BlankErasedRecords;
    type Output = Blanked;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Blanked, Error> {
        let blanked = blank_due(work).await?;
        if !blanked.is_nothing() {
            let Blanked { requests, agreements, signatures } = blanked;
            let event = RetentionEvent::Blanked { requests, agreements, signatures };
            audit::record(work, Subject::BANK, &event).await?;
        }
        Ok(blanked)
    }
}

async fn blank_due(work: &Work<'_>) -> Result<Blanked, DbErr> {
    let kept_from = still_kept_from(work.today());
    let due = sql::due(work, kept_from, ROUND).await?;
    for id in &due {
        blank(work, *id).await?;
    }
    let agreements = sql::blank_agreements(work, kept_from, ROUND).await?;
    let signatures = sql::blank_signatures(work, kept_from, ROUND).await?;
    Ok(Blanked { requests: due.len() as u64, agreements, signatures })
}

/// Approvals go with the last request on which they are chosen: their numbers lead to people.
async fn delete_approvals(work: &Work<'_>, requests: &[RequestId]) -> Result<(), DbErr> {
    let chosen = request_approval::Entity::delete_many()
        .filter(request_approval::Column::RequestId.is_in(requests.iter().copied()))
        .exec_with_returning(work)
        .await?;
    let elsewhere = Query::select().column(request_approval::Column::ApprovalId).from(request_approval::Entity).take();
    let gone = approval::Entity::delete_many()
        .filter(approval::Column::Id.is_in(chosen.iter().map(|one| one.approval_id)))
        .filter(approval::Column::Id.not_in_subquery(elsewhere));
    gone.exec(work).await.map(drop)
}

async fn blank(work: &Work<'_>, id: RequestId) -> Result<(), DbErr> {
    sql::erase_columns(work, "request", &erasure::request(), id.0).await?;
    delete_approvals(work, &[id]).await?;
    let messages = message::Entity::delete_many().filter(message::Column::RequestId.eq(id));
    messages.exec(work).await?;
    let reasons = request_line::Entity::update_many()
        .col_expr(request_line::Column::DecisionReason, Expr::value(None::<String>))
        .filter(request_line::Column::RequestId.eq(id));
    reasons.exec(work).await.map(drop)
}
