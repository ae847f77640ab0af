//! The agreement on a request: offered by the bank, signed by investigator, recipient and bank in that order.

use super::super::error::Error;
use super::super::model::request;
use super::super::policy;
use super::super::queries;
use super::super::steps::{bank_side, fingerprint, lock, notify, record, signers};
use super::super::wording::wording;
use crate::accounts::commands::signing::{self, SigningAtProvider, SigningContext};
use crate::accounts::commands::{Authenticated, authenticate};
use crate::accounts::passwords::Password;
use crate::actor::{Actor, Verb};
use crate::agreements::model::agreement::{self, State};
use crate::agreements::model::signature::{self, Party};
use crate::agreements::{queries as agreement_queries, rules, steps};
use crate::app::{App, seoul_year};
use crate::audit;
use crate::db::Transaction;
use crate::id::{AgreementId, RequestId};
use crate::idempotency::{self, Claim, Key};
use crate::mail::Letter;
use sea_orm::{ActiveEnum, ActiveModelTrait, ConnectionTrait, EntityTrait, Set};
use serde_json::json;

/// Offers the agreement on an approved request; the principal investigator signs first.
///
/// # Errors
/// Not allowed, no such request, not in this state, or an agreement that is open or in force already.
pub async fn offer_agreement(
    app: &App,
    actor: &Actor,
    id: RequestId,
    key: Option<&Key>,
) -> Result<agreement::Model, Error> {
    let person = actor.person_who_may_do(Verb::OfferAgreement)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let ticket = match idempotency::claim(&tx, now, person, "agreement.offer", key).await?? {
        Claim::First(ticket) => ticket,
        Claim::Again(id) => {
            return agreement::Entity::find_by_id(AgreementId(id)).one(&*tx).await?.ok_or(Error::NoSuchAgreement);
        }
    };
    let request = lock(&tx, actor, id).await?;
    policy::offer(&request, &agreement_queries::of_requests(&*tx, &[id]).await?, actor)?;
    let offer = steps::Offer {
        request: id,
        wording: wording(&*tx, &request).await?,
        by: person,
        at: now,
        today: app.clock.today(),
        year: seoul_year(now),
    };
    let agreement = steps::offer(&tx, &offer).await?;
    let detail = json!({ "agreement": agreement.number });
    let event_detail = audit::with_changes(detail.clone(), &json!({}), &snapshot(&agreement, &[]));
    record(&tx, now, actor, "agreement.offer", id, event_detail).await?;
    notify(&tx, now, [request.principal_investigator_id], Letter::AgreementToSign, &request, detail).await?;
    ticket.keep(&tx, agreement.id.0).await?;
    tx.commit().await?;
    Ok(agreement)
}

/// A signature to give.
#[derive(Clone, Debug)]
pub struct Signing {
    /// The agreement.
    pub agreement: AgreementId,
    /// For whom.
    pub party: Party,
    /// What the signature means, 1 to 200 characters.
    pub meaning: String,
    /// Hash of the text that the signer saw.
    pub document_hash: String,
    /// The signer's e-mail: both components at every signature (21 CFR 11.200(a)(1)).
    pub email: String,
    /// The signer's password; either this or a proof.
    pub password: Option<Password>,
    /// The proof of an authentication at the signer's provider, from [`authenticate_to_sign`].
    pub proof: Option<Password>,
}

/// Signs an agreement for one party. The last signature puts it in force.
///
/// # Errors
/// Not allowed, no such agreement, a wrong password (which is counted even though nothing else happens), somebody else's
/// password, a proof that does not hold, neither or both of them, a text that is not the one the signer saw, another
/// party's turn, signed already, or a conflict of interest.
pub async fn sign_agreement(app: &App, actor: &Actor, signing: Signing) -> Result<agreement::Model, Error> {
    let person = actor.person_who_may(policy::permission_to_sign(signing.party))?;
    let meaning = signing.meaning.trim();
    if meaning.is_empty() {
        return Err(Error::Required { field: "meaning".into() });
    }
    if meaning.chars().count() > 200 {
        return Err(Error::TooLong { field: "meaning", most: 200 });
    }
    let by_password = match (&signing.password, &signing.proof) {
        (Some(password), None) => Some(authenticate(app, actor, &signing.email, password.clone()).await?),
        (None, Some(_)) => None,
        (None, None) => return Err(Error::NothingProved),
        (Some(_), Some(_)) => return Err(Error::TwiceProved),
    };
    let tx = app.db.begin().await?;
    let signer = match by_password {
        Some(signer) => signer,
        None => by_proof(&tx, app, actor, &signing).await?,
    };
    if signer.person() != person {
        return Err(Error::SignerMismatch);
    }
    let (request, agreement) = lock_agreement(&tx, actor, signing.agreement).await?;
    may_be_signed(&*tx, actor, &request, &agreement, signing.party, &signing.document_hash).await?;
    let agreement = put_signature(app, actor, &tx, &request, agreement, signing.party, &signer, meaning).await?;
    tx.commit().await?;
    Ok(agreement)
}

/// The proof is used up with the signature, or not at all.
async fn by_proof(tx: &Transaction, app: &App, actor: &Actor, signing: &Signing) -> Result<Authenticated, Error> {
    let proof = signing.proof.as_ref().ok_or(Error::NothingProved)?;
    let context = signing_context(signing.agreement, signing.party, &signing.document_hash);
    Ok(signing::redeem(tx, app.clock.now(), actor, &signing.email, proof, &context).await?)
}

fn signing_context(agreement: AgreementId, party: Party, document_hash: &str) -> SigningContext {
    SigningContext { agreement, party: party.to_value(), document_hash: document_hash.into() }
}

/// Who may, whose turn it is, and that the text is the one that was read.
async fn may_be_signed(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &request::Model,
    agreement: &agreement::Model,
    party: Party,
    document_hash: &str,
) -> Result<(), Error> {
    let required = agreement_queries::required(db, &[agreement.id]).await?;
    let given = agreement_queries::given(db, &[agreement.id]).await?;
    policy::sign(request, agreement, &required, &given, actor, party)?;
    let intact = rules::document_hash(&agreement.text_en, &agreement.text_ko) == agreement.document_hash;
    if intact && document_hash == agreement.document_hash { Ok(()) } else { Err(Error::DocumentChanged) }
}

/// A signature for which somebody authenticates at their provider.
#[derive(Clone, Debug)]
pub struct AtProvider {
    /// The provider's name in the settings.
    pub provider: String,
    /// The agreement.
    pub agreement: AgreementId,
    /// For whom.
    pub party: Party,
    /// Hash of the text that the signer saw.
    pub document_hash: String,
    /// The bank's own page to come back to.
    pub return_to: Option<String>,
}

/// What a signer without a password authenticates for at their provider. Whoever could not sign anyway is told before they
/// go.
///
/// # Errors
/// No session, not allowed, no such agreement, not to be signed now by this party, or another text.
pub async fn authenticate_to_sign(app: &App, actor: &Actor, wish: AtProvider) -> Result<SigningAtProvider, Error> {
    actor.person_in_session()?;
    actor.may(policy::permission_to_sign(wish.party))?;
    // Nothing is held while the provider is asked; signing looks at all of it again.
    let db = app.db.read();
    let (request, agreement) = visible_agreement(db, actor, wish.agreement).await?;
    may_be_signed(db, actor, &request, &agreement, wish.party, &wish.document_hash).await?;
    let context = signing_context(wish.agreement, wish.party, &wish.document_hash);
    Ok(SigningAtProvider { provider: wish.provider, context, return_to: wish.return_to })
}

/// What of an agreement its moves change. A reason is somebody's own words: the history keeps its fingerprint.
fn snapshot(agreement: &agreement::Model, given: &[signature::Model]) -> serde_json::Value {
    json!({
        "state": agreement.state.to_value(),
        "signed_by": given.iter().map(|signature| signature.party.to_value()).collect::<Vec<_>>(),
        "in_force_at": agreement.in_force_at,
        "ended_reason": agreement.ended_reason.as_deref().and_then(fingerprint),
    })
}

#[expect(clippy::too_many_arguments, reason = "the parts of one signature")]
async fn put_signature(
    app: &App,
    actor: &Actor,
    tx: &Transaction,
    request: &request::Model,
    agreement: agreement::Model,
    party: Party,
    signer: &Authenticated,
    meaning: &str,
) -> Result<agreement::Model, Error> {
    let now = app.clock.now();
    let before = snapshot(&agreement, &agreement_queries::given(&**tx, &[agreement.id]).await?);
    steps::sign(tx, &agreement, party, signer, meaning, now).await?;
    let required = agreement_queries::required(&**tx, &[agreement.id]).await?;
    let given = agreement_queries::given(&**tx, &[agreement.id]).await?;
    let next = rules::next_party(&required, &given);
    let mut row: agreement::ActiveModel = agreement.into();
    row.state = Set(if next.is_some() { State::PartlySigned } else { State::InForce });
    row.in_force_at = Set(next.is_none().then_some(now));
    let agreement = row.update(&**tx).await?;
    let mut detail =
        json!({ "agreement": agreement.number, "party": party.to_value(), "document_hash": agreement.document_hash });
    if let Some(provider) = signer.provider() {
        detail["provider"] = provider.into();
    }
    let detail = audit::with_changes(detail, &before, &snapshot(&agreement, &given));
    record(tx, now, actor, "agreement.sign", request.id, detail).await?;
    let detail = json!({ "agreement": agreement.number });
    let (to, letter) = match next {
        Some(party) => (signers(tx, request, party).await?, Letter::AgreementToSign),
        None => {
            let mut all = bank_side(tx, request).await?;
            all.push(request.applicant_id);
            (all, Letter::AgreementInForce)
        }
    };
    notify(tx, now, to, letter, request, detail).await?;
    Ok(agreement)
}

/// An agreement with its request, if the actor may see that.
async fn visible_agreement(
    db: &impl ConnectionTrait,
    actor: &Actor,
    id: AgreementId,
) -> Result<(request::Model, agreement::Model), Error> {
    let agreement = agreement::Entity::find_by_id(id).one(db).await?.ok_or(Error::NoSuchAgreement)?;
    let request = queries::by_id(db, actor, &[agreement.request_id]).await?.pop().ok_or(Error::NoSuchAgreement)?;
    Ok((request, agreement))
}

/// Locks the request of an agreement, then reads the agreement: requests come before agreements in every operation.
async fn lock_agreement(
    tx: &Transaction,
    actor: &Actor,
    id: AgreementId,
) -> Result<(request::Model, agreement::Model), Error> {
    let found = agreement::Entity::find_by_id(id).one(&**tx).await?.ok_or(Error::NoSuchAgreement)?;
    let request = match lock(tx, actor, found.request_id).await {
        Err(Error::NoSuchRequest) => return Err(Error::NoSuchAgreement),
        answer => answer?,
    };
    let agreement = agreement::Entity::find_by_id(id).one(&**tx).await?.ok_or(Error::NoSuchAgreement)?;
    Ok((request, agreement))
}

/// The recipient does not want the agreement; the bank may offer another.
///
/// # Errors
/// Not allowed, no such agreement, not in this state, or an empty or overlong reason.
pub async fn decline_agreement(
    app: &App,
    actor: &Actor,
    id: AgreementId,
    reason: String,
) -> Result<agreement::Model, Error> {
    actor.may_do(Verb::DeclineAgreement)?;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::Required { field: "reason".into() });
    }
    if reason.chars().count() > 2_000 {
        return Err(Error::TooLong { field: "reason", most: 2_000 });
    }
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let (request, agreement) = lock_agreement(&tx, actor, id).await?;
    policy::decline(&request, &agreement, actor)?;
    let given = agreement_queries::given(&*tx, &[id]).await?;
    let before = snapshot(&agreement, &given);
    let mut row: agreement::ActiveModel = agreement.into();
    row.state = Set(State::Declined);
    row.ended_reason = Set(Some(reason.into()));
    let agreement = row.update(&*tx).await?;
    let detail = json!({ "agreement": agreement.number });
    let detail = audit::with_changes(detail, &before, &snapshot(&agreement, &given));
    record(&tx, now, actor, "agreement.decline", request.id, detail).await?;
    let bank = bank_side(&tx, &request).await?;
    let detail = json!({ "agreement": agreement.number, "reason": reason });
    notify(&tx, now, bank, Letter::AgreementDeclined, &request, detail).await?;
    tx.commit().await?;
    Ok(agreement)
}
