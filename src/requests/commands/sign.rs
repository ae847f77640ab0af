//! Signing the agreement on a request: investigator, recipient and bank in that order.

use super::super::error::Error;
use super::super::events::RequestEvent;
use super::super::model::request;
use super::super::policy::{self, Signatures, permission_to_sign};
use super::super::queries;
use super::super::steps::{bank_side, notify, record, signers};
use super::agreement::{lock_agreement, snapshot};
use crate::accounts::commands::signing::{self, SigningAtProvider, SigningContext};
use crate::accounts::commands::{Authenticated, authenticate};
use crate::accounts::passwords::Password;
use crate::actor::{Actor, Verb};
use crate::agreements::model::agreement::{self, State};
use crate::agreements::model::signature::Party;
use crate::agreements::{queries as agreement_queries, rules, steps};
use crate::app::App;
use crate::audit::Changes;
use crate::command::{Command, Prepare, Work};
use crate::id::AgreementId;
use crate::mail::Letter;
use chrono::NaiveDate;
use sea_orm::{ActiveEnum, ActiveModelTrait, ConnectionTrait, EntityTrait, Set};

/// A signature to give, by somebody who proves once more who they are. It is prepared by looking at the password.
///
/// Refused: an empty or overlong meaning, not a party for which they sign, neither password nor proof or both of them,
/// or a wrong password, which is counted even though nothing else happens.
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

impl Prepare for Signing {
    type Command = SignAgreement;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        let meaning = self.meaning.trim();
        if meaning.is_empty() {
            return Err(Error::Required { field: "meaning".into() });
        }
        if meaning.chars().count() > 200 {
            return Err(Error::TooLong { field: "meaning", most: 200 });
        }
        Ok(())
    }

    async fn prepare(self, app: &App, actor: &Actor) -> Result<SignAgreement, Error> {
        let Self { agreement, party, meaning, document_hash, email, password, proof } = self;
        // Nobody's password is tried for a signature that is not theirs to give.
        actor.may(permission_to_sign(party))?;
        let signer = match (password, proof) {
            (Some(password), None) => {
                let signer = authenticate(app, actor, &email, password).await?;
                Signer::ByPassword(signer.ok_or(Error::SignerMismatch)?)
            }
            (None, Some(proof)) => Signer::ByProof { email, proof },
            (None, None) => return Err(Error::NothingProved),
            (Some(_), Some(_)) => return Err(Error::TwiceProved),
        };
        Ok(SignAgreement { agreement, party, meaning: meaning.trim().into(), document_hash, signer })
    }
}

/// By what a signer proved who they are.
#[derive(Clone, Debug)]
pub enum Signer {
    /// By their password, just now.
    ByPassword(Authenticated),
    /// By a proof from their provider; it is used up with the signature, or not at all.
    ByProof {
        /// The signer's e-mail.
        email: String,
        /// The proof.
        proof: Password,
    },
}

/// Signs an agreement for one party. The last signature puts it in force.
///
/// Refused: no such agreement, somebody else's password, a proof that does not hold, a text that is not the one the
/// signer saw, another party's turn, signed already, or a conflict of interest.
#[derive(Clone, Debug)]
pub struct SignAgreement {
    /// The agreement.
    pub agreement: AgreementId,
    /// For whom.
    pub party: Party,
    /// What the signature means.
    pub meaning: String,
    /// Hash of the text that the signer saw.
    pub document_hash: String,
    /// Who signs.
    pub signer: Signer,
}

impl Command for SignAgreement {
    const VERB: Verb = Verb::SignAgreement;
    type Output = agreement::Model;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<agreement::Model, Error> {
        let redeemed;
        let signer = match &self.signer {
            Signer::ByPassword(signer) => signer,
            Signer::ByProof { email, proof } => {
                let context = signing_context(self.agreement, self.party, &self.document_hash);
                redeemed = signing::redeem(work, email, proof, &context).await?;
                &redeemed
            }
        };
        if signer.person() != work.person()? {
            return Err(Error::SignerMismatch);
        }
        let (request, agreement) = lock_agreement(work, self.agreement).await?;
        let seen = (self.party, self.document_hash.as_str());
        may_be_signed(work, work.actor, (&request, &agreement), seen).await?;
        self.put_signature(work, &request, agreement, signer).await
    }
}

impl SignAgreement {
    async fn put_signature(
        &self,
        work: &Work<'_>,
        request: &request::Model,
        agreement: agreement::Model,
        signer: &Authenticated,
    ) -> Result<agreement::Model, Error> {
        let before = snapshot(&agreement, &agreement_queries::given(work, &[agreement.id]).await?);
        let signature = steps::NewSignature { party: self.party, signer, meaning: &self.meaning };
        steps::sign(work, &agreement, &signature).await?;
        let required = agreement_queries::required(work, &[agreement.id]).await?;
        let given = agreement_queries::given(work, &[agreement.id]).await?;
        let next = rules::next_party(&required, &given);
        let mut row: agreement::ActiveModel = agreement.into();
        row.state = Set(if next.is_some() { State::PartlySigned } else { State::InForce });
        row.in_force_at = Set(next.is_none().then_some(work.now()));
        let agreement = row.update(work).await?;
        let event = RequestEvent::AgreementSigned {
            agreement: agreement.number.clone(),
            party: self.party,
            document_hash: agreement.document_hash.clone(),
            provider: signer.provider().map(str::to_owned),
            changes: Changes::between(&before, &snapshot(&agreement, &given)),
        };
        record(work, request.id, event).await?;
        let (request_number, number) = (request.number.clone(), agreement.number.clone());
        let (to, letter) = match next {
            Some(party) => (
                signers(work, request, party).await?,
                Letter::AgreementToSign { request: request_number, agreement: number },
            ),
            None => {
                let mut all = bank_side(work, request).await?;
                all.push(request.applicant_id);
                (all, Letter::AgreementInForce { request: request_number, agreement: number })
            }
        };
        notify(work, request.id, to, letter).await?;
        Ok(agreement)
    }
}

fn signing_context(agreement: AgreementId, party: Party, document_hash: &str) -> SigningContext {
    SigningContext { agreement, party: party.to_value(), document_hash: document_hash.into() }
}

/// Who may, whose turn it is, and that the text is the one that was read.
async fn may_be_signed(
    db: &impl ConnectionTrait,
    actor: &Actor,
    (request, agreement): (&request::Model, &agreement::Model),
    (party, document_hash): (Party, &str),
) -> Result<(), Error> {
    let required = &agreement_queries::required(db, &[agreement.id]).await?;
    let given = &agreement_queries::given(db, &[agreement.id]).await?;
    policy::sign(request, &Signatures { agreement, required, given }, actor, party)?;
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

/// What a signer without a password authenticates for at their provider. Whoever could not sign anyway is told before
/// they go.
///
/// # Errors
/// No session, not allowed, no such agreement, not to be signed now by this party, or another text.
pub async fn authenticate_to_sign(app: &App, actor: &Actor, wish: AtProvider) -> Result<SigningAtProvider, Error> {
    actor.person_in_session()?;
    actor.may(permission_to_sign(wish.party))?;
    // Nothing is held while the provider is asked; signing looks at all of it again.
    let db = app.db.read();
    let (request, agreement) = visible_agreement(db, actor, wish.agreement).await?;
    may_be_signed(db, actor, (&request, &agreement), (wish.party, &wish.document_hash)).await?;
    let context = signing_context(wish.agreement, wish.party, &wish.document_hash);
    Ok(SigningAtProvider { provider: wish.provider, context, return_to: wish.return_to })
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
