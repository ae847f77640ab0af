//! Secrets that travel in letters: a link that works once and for a while.

pub(super) use crate::accounts::model::account_secret::Purpose;

use crate::accounts::passwords;
use crate::command::Work;
use crate::db::Sql;
use crate::id::PersonId;
use crate::mail::{self, Letter, LetterKind, Link, LinkSecret};
use crate::telemetry::{Refusal, refused};
use chrono::Duration;
use sea_orm::{ActiveEnum, DbErr};

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
    let sql = "INSERT INTO account_secret (secret_hash, person_id, purpose, created_at, expires_at)
               VALUES ($1, $2, $3, $4, $5)";
    let hash = passwords::token_hash(&secret);
    let values = [hash.into(), person.0.into(), purpose.to_value().into(), now.into(), until.into()];
    Sql::with(sql, values).run(work).await?;
    let link = Link { secret: LinkSecret(secret), expires_at: Some(until) };
    mail::post(work, [person], person, &purpose.letter(link)).await?;
    Ok(true)
}

/// True if a person got a letter of this kind a moment ago.
pub(super) async fn was_written_to(work: &Work<'_>, person: PersonId, letter: LetterKind) -> Result<bool, DbErr> {
    let sql = "SELECT count(*) FROM mail_message WHERE recipient_id = $1 AND event = $2 AND created_at > $3";
    let values = [person.0.into(), letter.name().into(), (work.now() - BETWEEN).into()];
    Ok(Sql::with(sql, values).number(work).await? > 0)
}

/// A step: uses a link up; whose it was, or `None` if it never existed, was used or expired, or the account is closed.
/// Other links of its kind end with it.
pub(super) async fn redeem(work: &Work<'_>, secret: &str, purpose: Purpose) -> Result<Option<PersonId>, DbErr> {
    let sql = "UPDATE account_secret SET used_at = $3
               WHERE secret_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3
                 AND person_id IN (SELECT id FROM person WHERE disabled_at IS NULL)
               RETURNING person_id";
    let values = [passwords::token_hash(secret).into(), purpose.to_value().into(), work.now().into()];
    let Some(row) = Sql::with(sql, values).one(work).await? else {
        refused(Refusal::WrongLink);
        return Ok(None);
    };
    let person: PersonId = row.try_get_by_index(0)?;
    void(work, person, purpose).await?;
    Ok(Some(person))
}

async fn void(work: &Work<'_>, person: PersonId, purpose: Purpose) -> Result<(), DbErr> {
    let sql = "UPDATE account_secret SET used_at = $3 WHERE person_id = $1 AND purpose = $2 AND used_at IS NULL";
    Sql::with(sql, [person.0.into(), purpose.to_value().into(), work.now().into()]).run(work).await.map(drop)
}
