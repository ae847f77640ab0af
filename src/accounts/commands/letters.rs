//! Secrets that travel in letters: a link that works once and for a while.

pub(super) use crate::accounts::model::account_secret::Purpose;

use crate::accounts::institutions;
use crate::accounts::model::account_secret::{self, Column};
use crate::accounts::model::person;
use crate::accounts::passwords;
use crate::command::Work;
use crate::db::has_any;
use crate::id::{InstitutionId, PersonId};
use crate::mail::model::mail_message;
use crate::mail::{self, Letter, LetterKind, Link, LinkSecret};
use crate::telemetry::{Refusal, refused};
use chrono::Duration;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Set};

/// Nobody gets more letters of one kind than one in so many minutes, however often somebody asks for them.
const BETWEEN: Duration = Duration::minutes(5);

impl Purpose {
    fn letter(self, link: Link) -> Letter {
        match self {
            Self::VerifyEmail => Letter::VerifyEmail { link },
            Self::ResetPassword => Letter::ResetPassword { link },
            Self::Invitation => Letter::Invitation { link },
        }
    }

    fn kind(self) -> LetterKind {
        match self {
            Self::VerifyEmail => LetterKind::VerifyEmail,
            Self::ResetPassword => LetterKind::ResetPassword,
            Self::Invitation => LetterKind::Invitation,
        }
    }

    fn lasts(self) -> Duration {
        match self {
            Self::VerifyEmail => Duration::days(3),
            Self::ResetPassword => Duration::hours(1),
            Self::Invitation => Duration::days(14),
        }
    }
}

/// A step: posts a letter with a new link, unless the person got one of its kind a moment ago; links before it no
/// longer work. Tells whether it was posted. The secret stands in the outbox only until the letter is sent.
pub(super) async fn send(work: &Work<'_>, person: PersonId, purpose: Purpose) -> Result<bool, DbErr> {
    if was_written_to(work, person, purpose.kind()).await? {
        return Ok(false);
    }
    void(work, person, purpose).await?;
    let (secret, now) = (passwords::new_secret(), work.now());
    let until = now + purpose.lasts();
    let row = account_secret::ActiveModel {
        secret_hash: Set(passwords::token_hash(&secret)),
        person_id: Set(person),
        purpose: Set(purpose),
        created_at: Set(now),
        expires_at: Set(until),
        ..Default::default()
    };
    account_secret::Entity::insert(row).exec_without_returning(work).await?;
    let link = Link { secret: LinkSecret(secret), expires_at: Some(until) };
    mail::post(work, [person], person, &purpose.letter(link)).await?;
    Ok(true)
}

/// True if a person got a letter of this kind a moment ago.
pub(super) async fn was_written_to(work: &Work<'_>, person: PersonId, letter: LetterKind) -> Result<bool, DbErr> {
    use mail_message::{Column, Entity};
    let lately = Entity::find()
        .filter(Column::RecipientId.eq(person))
        .filter(Column::Event.eq(letter.name()))
        .filter(Column::CreatedAt.gt(work.now() - BETWEEN));
    has_any(work, lately).await
}

/// True if a person was invited, whether they followed the link or not.
pub(super) async fn was_invited(work: &Work<'_>, person: PersonId) -> Result<bool, DbErr> {
    let invitation = account_secret::Entity::find()
        .filter(Column::PersonId.eq(person))
        .filter(Column::Purpose.eq(Purpose::Invitation));
    has_any(work, invitation).await
}

/// A step: uses a link up; whose it was, or `None` if it never existed, was used or expired, or the account is closed.
/// Other links of its kind end with it.
pub(super) async fn redeem(work: &Work<'_>, secret: &str, purpose: Purpose) -> Result<Option<PersonId>, DbErr> {
    let found = account_secret::Entity::find()
        .filter(Column::SecretHash.eq(passwords::token_hash(secret)))
        .filter(Column::Purpose.eq(purpose))
        .filter(Column::UsedAt.is_null());
    let found = found.one(work).await?;
    if let Some(row) = &found {
        hold_chosen_place(work, row.person_id).await?;
    }
    let still_works = match found {
        Some(row) if works(work, &row).await? => use_up(work, &row).await?,
        _ => None,
    };
    let Some(redeemed) = still_works else {
        refused(Refusal::WrongLink);
        return Ok(None);
    };
    void(work, redeemed.person_id, purpose).await?;
    Ok(Some(redeemed.person_id))
}

/// Whoever proves an address may join the institution of their choice: it is held before the time is read.
async fn hold_chosen_place(work: &Work<'_>, person: PersonId) -> Result<(), DbErr> {
    let place = person::Entity::find_by_id(person).select_only().column(person::Column::InstitutionId);
    let place: Option<Option<InstitutionId>> = place.into_tuple().one(work).await?;
    match place.flatten() {
        Some(place) => institutions::steps::hold(work, &[place]).await,
        None => Ok(()),
    }
}

/// Whether a link has not expired. Its time counts from when its letter left: one that waited in the outbox is not the
/// reader's fault.
async fn works(work: &Work<'_>, row: &account_secret::Model) -> Result<bool, DbErr> {
    let lasts = row.expires_at - row.created_at;
    let left = mail::sent_at(work, row.person_id, row.purpose.kind(), row.created_at).await?;
    Ok(left.map_or(row.expires_at, |at| at + lasts) > work.now())
}

/// Uses a link up, unless somebody else just did or the account is closed.
async fn use_up(work: &Work<'_>, row: &account_secret::Model) -> Result<Option<account_secret::Model>, DbErr> {
    let open = person::Entity::find().filter(person::Column::DisabledAt.is_null());
    let open = open.select_only().column(person::Column::Id).into_query();
    let used = account_secret::Entity::update_many()
        .set(account_secret::ActiveModel { used_at: Set(Some(work.now())), ..Default::default() })
        .filter(Column::Id.eq(row.id))
        .filter(Column::UsedAt.is_null())
        .filter(Column::PersonId.in_subquery(open));
    Ok(used.exec_with_returning(work).await?.pop())
}

async fn void(work: &Work<'_>, person: PersonId, purpose: Purpose) -> Result<(), DbErr> {
    let unused = account_secret::Entity::update_many()
        .set(account_secret::ActiveModel { used_at: Set(Some(work.now())), ..Default::default() })
        .filter(Column::PersonId.eq(person))
        .filter(Column::Purpose.eq(purpose))
        .filter(Column::UsedAt.is_null());
    unused.exec(work).await.map(drop)
}
