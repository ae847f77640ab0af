//! Proving once more who one is, at one's provider, for one signature: both components at every signature (21 CFR
//! 11.200(a)(1)) also of somebody without a password.
//!
//! The way: begin in a session, authenticate again at the provider, come back with a proof, sign by e-mail and proof.
//! The proof is the person's, of that session, for one agreement, party and text; it works once and for five minutes.

use super::authentication::Authenticated;
use super::callback::FinishSignIn;
use super::openid::{AuthorizationRedirect, PendingAuthorization};
use crate::accounts;
use crate::accounts::events::AccountEvent;
use crate::accounts::model::{external_identity, session, signing_proof};
use crate::accounts::openid::provider::{Claims, Freshness};
use crate::accounts::openid::{Error, Flaw};
use crate::accounts::passwords::{Password, new_secret, token_hash};
use crate::accounts::queries;
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::audit;
use crate::command::{Command, Prepare, Work};
use crate::db::has_any;
use crate::id::{AgreementId, PersonId, SessionId};
use crate::telemetry::refused;
use chrono::{DateTime, Duration, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

/// Minutes for which a proof works.
const MINUTES: i64 = 5;
/// Days after which the bank forgets that there was a proof.
const REMEMBERED_DAYS: i64 = 1;
/// Providers tell whole seconds, so that a difference of two instants may be one too much.
const ROUNDING: Duration = Duration::seconds(1);

/// What a signature is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningContext {
    /// The agreement.
    pub agreement: AgreementId,
    /// For whom, as the database names the party.
    pub party: String,
    /// Hash of the text that the signer saw.
    pub document_hash: String,
}

/// What an authentication for a signature has to come back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PendingSignature {
    pub(super) session: SessionId,
    pub(super) begun_at: DateTime<Utc>,
    pub(super) context: SigningContext,
}

/// Where somebody authenticates for one signature. Whether they may give it is asked before.
///
/// Refused: an account with a password, no such provider, or one that does not answer.
#[derive(Clone, Debug)]
pub struct SigningAtProvider {
    /// The provider's name in the settings.
    pub provider: String,
    /// What the signature is for.
    pub context: SigningContext,
    /// The bank's own page to come back to.
    pub return_to: Option<String>,
}

impl Prepare for SigningAtProvider {
    type Command = BeginSigning;

    async fn prepare(self, app: &App, actor: &Actor) -> Result<BeginSigning, Error> {
        let (person, session) = actor.person_in_session()?;
        let account = queries::accounts_of(app.db.read(), &[person]).await?.pop();
        // Whoever took over a session could link an identity of their own and sign by it; a password they do not know.
        if account.is_none_or(|account| account.password_hash.is_some()) {
            return Err(Error::HasPassword);
        }
        let begun_at = app.clock.now();
        let mut pending =
            PendingAuthorization::to(app, self.provider, Freshness::Fresh, self.return_to.as_deref()).await?;
        pending.person = Some(person);
        pending.signature = Some(PendingSignature { session, begun_at, context: self.context });
        Ok(BeginSigning { pending })
    }
}

/// Remembers for which signature a browser was sent to a provider, until it is back.
#[derive(Clone)]
pub struct BeginSigning {
    pending: PendingAuthorization,
}

impl Command for BeginSigning {
    const VERB: Verb = Verb::BeginSigning;
    type Output = AuthorizationRedirect;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<AuthorizationRedirect, Error> {
        self.pending.remember(work).await
    }
}

/// A step, the end of the way: a proof, if it is the same session, the identity is the person's, and they proved it
/// just now.
pub(super) async fn prove(work: &Work<'_>, back: &FinishSignIn, pending: &PendingSignature) -> Result<Password, Error> {
    let PendingSignature { session, begun_at, context } = pending;
    let (actor, provider) = (work.actor, back.provider.as_str());
    let person = actor.person_id().filter(|one| Some(*one) == back.begun.person && actor.session() == Some(*session));
    let person = person.ok_or(Error::OtherSession)?;
    let authenticated_at = fresh_authentication(&back.claims, back.back_at - *begun_at).ok_or(Error::Stale)?;
    if !was_theirs(work, *session, provider, &back.claims.subject).await? {
        return Err(Error::OtherIdentity);
    }
    let now = work.now();
    let forgotten = now - Duration::days(REMEMBERED_DAYS);
    let forgotten = signing_proof::Entity::delete_many().filter(signing_proof::Column::ExpiresAt.lte(forgotten));
    forgotten.exec(work).await?;
    let secret = new_secret();
    let row = signing_proof::ActiveModel {
        proof_hash: Set(token_hash(&secret)),
        person_id: Set(person),
        session_id: Set(*session),
        provider: Set(provider.into()),
        agreement_id: Set(context.agreement),
        party: Set(context.party.clone()),
        document_hash: Set(context.document_hash.clone()),
        authenticated_at: Set(authenticated_at),
        created_at: Set(now),
        expires_at: Set(now + Duration::minutes(MINUTES)),
        ..Default::default()
    };
    signing_proof::Entity::insert(row).exec_without_returning(work).await?;
    let event = AccountEvent::AuthenticatedToSign {
        provider: provider.into(),
        agreement: context.agreement,
        party: context.party.clone(),
    };
    audit::record_as(work, actor, person, &event).await?;
    Ok(Password(secret))
}

/// When the person authenticated, if that was after they were sent to the provider, so long ago. Both instants are the
/// provider's, so that it does not matter by how much its clock and the bank's differ.
fn fresh_authentication(claims: &Claims, since_begun: Duration) -> Option<DateTime<Utc>> {
    claims.authenticated_at.filter(|at| claims.issued_at - *at <= since_begun + ROUNDING)
}

/// True if the identity was the person's when the session began: one linked in it proves nothing beyond the session.
async fn was_theirs(work: &Work<'_>, session: SessionId, provider: &str, subject: &str) -> Result<bool, Error> {
    use external_identity::{Column, Entity};
    let Some(session) = session::Entity::find_by_id(session).one(work).await? else { return Ok(false) };
    let identity = Entity::find()
        .filter(Column::PersonId.eq(session.person_id))
        .filter(Column::Provider.eq(provider))
        .filter(Column::Subject.eq(subject))
        .filter(Column::LinkedAt.lte(session.created_at));
    Ok(has_any(work, identity).await?)
}

/// Whether a proof holds for this signature of whoever signs.
fn check(
    proof: &signing_proof::Model,
    whose: (PersonId, SessionId),
    context: &SigningContext,
    now: DateTime<Utc>,
) -> Result<(), Flaw> {
    if (proof.person_id, proof.session_id) != whose {
        return Err(Flaw::OtherSession);
    }
    if proof.used_at.is_some() {
        return Err(Flaw::Used);
    }
    if proof.expires_at <= now {
        return Err(Flaw::Expired);
    }
    let own = (proof.agreement_id, proof.party.as_str(), proof.document_hash.as_str());
    if own == (context.agreement, &context.party, &context.document_hash) { Ok(()) } else { Err(Flaw::OtherMatter) }
}

/// A step: uses a proof up in the transaction of the signature. If that comes to nothing the proof was not used.
///
/// # Errors
/// No session, or a proof that does not hold: unknown, used, expired, of another session, for something else, or with
/// an e-mail that is not the person's.
pub async fn redeem(
    work: &Work<'_>,
    email: &str,
    proof: &Password,
    context: &SigningContext,
) -> Result<Authenticated, Error> {
    let redeemed = redeem_proof(work, email, proof, context).await;
    if let Some(refusal) = redeemed.as_ref().err().and_then(Error::refusal) {
        refused(refusal);
    }
    redeemed
}

async fn redeem_proof(
    work: &Work<'_>,
    email: &str,
    proof: &Password,
    context: &SigningContext,
) -> Result<Authenticated, Error> {
    use signing_proof::{ActiveModel, Column, Entity};
    let (person, session) = work.actor.person_in_session().map_err(accounts::Error::from)?;
    let given = Entity::find().filter(Column::ProofHash.eq(token_hash(&proof.0))).one(work).await?;
    let given = given.ok_or(Error::Proof(Flaw::Unknown))?;
    // The command's own instant is read later, after it locked what is signed.
    let now = work.app.clock.now();
    check(&given, (person, session), context, now).map_err(Error::Proof)?;
    let account = queries::person_by_email(work, email).await?.filter(|account| account.id == person);
    let account = account.ok_or(Error::Proof(Flaw::OtherEmail))?;
    // Of two who come with the same proof at once the second finds it used.
    let used = ActiveModel { used_at: Set(Some(now)), ..Default::default() };
    let used = Entity::update_many().set(used).filter(Column::Id.eq(given.id)).filter(Column::UsedAt.is_null());
    if used.exec(work).await?.rows_affected == 0 {
        return Err(Error::Proof(Flaw::Used));
    }
    Ok(Authenticated::at_provider(person, account.name, given.provider))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authentication_counts_if_it_came_after_the_beginning_by_the_providers_own_clock() {
        let at = |seconds: i64| DateTime::from_timestamp(1_000_000 + seconds, 0).unwrap();
        let said = |authenticated_at, issued_at| Claims {
            subject: "x".into(),
            verified_email: None,
            name: None,
            authenticated_at,
            issued_at,
        };
        let begun = Duration::seconds(40);
        for shift in [0, -3_600, 86_400] {
            let fresh = said(Some(at(shift + 10)), at(shift + 40));
            assert_eq!(
                fresh_authentication(&fresh, begun),
                Some(at(shift + 10)),
                "the clocks differ by {shift} seconds"
            );
            assert_eq!(
                fresh_authentication(&said(Some(at(shift - 1)), at(shift + 40)), begun),
                Some(at(shift - 1)),
                "rounded"
            );
            assert_eq!(
                fresh_authentication(&said(Some(at(shift - 2)), at(shift + 40)), begun),
                None,
                "before it began"
            );
        }
        assert_eq!(fresh_authentication(&said(None, at(40)), begun), None, "a provider that does not say when");
    }
}
