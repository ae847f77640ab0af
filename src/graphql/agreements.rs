//! Agreements and their signatures.

use super::accounts::{Person, person};
use super::error::{UserError, settle};
use super::loaders::{self, caller, follow, load_one};
use super::protocol::{id, payload};
use super::requests::DistributionRequest;
use super::scalars::Date;
use crate::accounts::passwords::Password;
use crate::agreements::rules::{self, Kind};
use crate::agreements::{AgreementState as State, AgreementView, Authentication, Party, SignatureView};
use crate::id::{AgreementId, RequestId, TemplateId};
use crate::requests::commands::{DeclineAgreement, OfferAgreement, Signing};
use crate::requests::policy::permission_to_sign;
use async_graphql::{ComplexObject, Context, ID, InputObject, InputType, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

/// A material transfer agreement on one request.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Agreement {
    #[graphql(skip)]
    agreement: AgreementId,
    #[graphql(skip)]
    request: RequestId,
    #[graphql(skip)]
    template: TemplateId,
    #[graphql(skip)]
    texts: (String, String),
    /// Global id.
    pub id: ID,
    /// `MTA-2026-00007`.
    number: String,
    /// Where it stands.
    state: State,
    /// SHA-256 over the frozen texts in both languages: what a signature names.
    document_hash: String,
    /// Offered when.
    offered_at: DateTime<Utc>,
    /// Since when every signature is there.
    in_force_at: Option<DateTime<Utc>>,
    /// Last day of its term.
    expires_on: Date,
    /// Why it was declined or ended.
    ended_reason: Option<String>,
}

impl From<AgreementView> for Agreement {
    fn from(row: AgreementView) -> Self {
        Self {
            agreement: row.id,
            request: row.request_id,
            template: row.template_id,
            texts: (row.text_en, row.text_ko),
            id: ID(row.id.global()),
            number: row.number,
            state: row.state,
            document_hash: row.document_hash,
            offered_at: row.offered_at,
            in_force_at: row.in_force_at,
            expires_on: Date(row.expires_on),
            ended_reason: row.ended_reason,
        }
    }
}

#[ComplexObject]
impl Agreement {
    /// The text as it is signed, in the caller's language. Both languages are part of the hash.
    async fn text(&self, ctx: &Context<'_>) -> &str {
        caller(ctx).actor.lang.pick(&self.texts.0, &self.texts.1)
    }

    /// The English text.
    async fn text_en(&self) -> &str {
        &self.texts.0
    }

    /// The Korean text.
    async fn text_ko(&self) -> &str {
        &self.texts.1
    }

    /// Academic or commercial.
    async fn kind(&self, ctx: &Context<'_>) -> Result<Option<Kind>> {
        Ok(load_one(ctx, loaders::Template(self.template)).await?.map(|template| template.1))
    }

    /// Version of the template that it was made from.
    async fn template_version(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        Ok(load_one(ctx, loaders::Template(self.template)).await?.map(|template| template.2))
    }

    /// Who has to sign, in this order.
    async fn required_parties(&self, ctx: &Context<'_>) -> Result<Vec<Party>> {
        Ok(follow(ctx, loaders::RequiredOf(self.agreement)).await?.iter().map(|required| required.party).collect())
    }

    /// Whose signature is next; null if it collects none.
    async fn next_party(&self, ctx: &Context<'_>) -> Result<Option<Party>> {
        if !rules::is_open(self.state) {
            return Ok(None);
        }
        let required = follow(ctx, loaders::RequiredOf(self.agreement)).await?;
        Ok(rules::next_party(&required, &follow(ctx, loaders::SignaturesOf(self.agreement)).await?))
    }

    /// Signatures given, in their order.
    async fn signatures(&self, ctx: &Context<'_>) -> Result<Vec<Signature>> {
        let rows = follow(ctx, loaders::SignaturesOf(self.agreement)).await?;
        Ok(rows.into_iter().map(Signature::from).collect())
    }

    /// The request.
    async fn distribution_request(&self, ctx: &Context<'_>) -> Result<Option<DistributionRequest>> {
        Ok(load_one(ctx, loaders::Request(self.request)).await?.map(DistributionRequest::from))
    }
}

/// A signature: printed name, time and meaning stay as they were (21 CFR 11.50).
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Signature {
    #[graphql(skip)]
    row: SignatureView,
    /// For whom.
    party: Party,
    /// The signer's name at that time.
    printed_name: String,
    /// What the signature means, in the signer's words.
    meaning: String,
    /// When, by the bank's clock.
    signed_at: DateTime<Utc>,
    /// By what the signer proved who they are, beside their e-mail.
    authentication: Authentication,
    /// Hash of the text that the signer saw.
    document_hash: String,
    /// Version of the template behind it.
    template_version: i32,
}

impl From<SignatureView> for Signature {
    fn from(row: SignatureView) -> Self {
        Self {
            party: row.party,
            printed_name: row.printed_name.clone(),
            meaning: row.meaning.clone(),
            signed_at: row.signed_at,
            authentication: row.authentication,
            document_hash: row.document_hash.clone(),
            template_version: row.template_version,
            row,
        }
    }
}

#[ComplexObject]
impl Signature {
    /// Who signed.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        person(ctx, self.row.person_id).await
    }

    /// The signature in words, as it stands under the agreement: printed name, for whom, when, what it means, and how
    /// the signer proved who they are. In the caller's language.
    async fn manifestation(&self, ctx: &Context<'_>) -> String {
        rules::manifestation(&self.row, caller(ctx).actor.lang)
    }
}

/// A request on which to offer an agreement.
#[derive(Clone, InputObject)]
pub struct OfferAgreementInput {
    /// The approved request.
    request: ID,
    /// A key of your choice, 1 to 200 characters: the same key with the same input again answers as the first time.
    idempotency_key: Option<String>,
}

/// A signature to give. Two things are asked at every signature, also of callers with a token: the e-mail, and the
/// password or, of people without one, the proof of a fresh authentication at their identity provider.
#[derive(Clone, InputObject)]
pub struct SignAgreementInput {
    /// The agreement.
    agreement: ID,
    /// For whom.
    party: Party,
    /// What the signature means, 1 to 200 characters, such as "I accept these terms for my institution".
    meaning: String,
    /// `documentHash` of the text that was read.
    document_hash: String,
    /// The signer's e-mail.
    email: String,
    /// The signer's password. It is never stored, logged or cached.
    #[graphql(secret)]
    password: Option<String>,
    /// Instead of the password, for people without one: what
    /// `/sign-in/NAME/signature?agreement=ID&party=PARTY&documentHash=HASH` (and `&return_to=PATH`) brings back after
    /// `#proof=`. It works once, for five minutes, in the same session, for this agreement, party and text.
    #[graphql(secret)]
    proof: Option<String>,
}

/// An agreement that the recipient does not want.
#[derive(Clone, InputObject)]
pub struct DeclineAgreementInput {
    /// The agreement.
    agreement: ID,
    /// Why, 1 to 2,000 characters.
    reason: String,
}

payload! {
    /// What came of offering an agreement.
    OfferAgreementPayload { agreement: Agreement }
    /// What came of signing an agreement.
    SignAgreementPayload { agreement: Agreement }
    /// What came of declining an agreement.
    DeclineAgreementPayload { agreement: Agreement }
}

/// Changes of agreements.
#[derive(Default)]
pub struct AgreementsMutation;

#[Object]
impl AgreementsMutation {
    /// Offers the agreement on an approved request. For staff.
    async fn offer_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request.")] input: OfferAgreementInput,
    ) -> Result<OfferAgreementPayload> {
        let caller = caller(ctx);
        let offer = || Ok(OfferAgreement { request: id!(caller, input.request, RequestId, "request") });
        let (row, errors) = caller.run_once(input.idempotency_key.as_deref(), &input.to_value(), offer).await?;
        Ok(OfferAgreementPayload { agreement: row.map(Into::into), errors })
    }

    /// Signs an agreement: first the principal investigator, then the recipient's signatory, then the bank, there by
    /// somebody who did not decide the request. The last signature puts it in force.
    async fn sign_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The signature.")] input: SignAgreementInput,
    ) -> Result<SignAgreementPayload> {
        let caller = caller(ctx);
        // Of those that the verb takes, the one for this party.
        caller.allowed(permission_to_sign(input.party))?;
        let signing = Signing {
            agreement: id!(caller, input.agreement, AgreementId, "agreement"),
            party: input.party,
            meaning: input.meaning,
            document_hash: input.document_hash,
            email: input.email,
            password: input.password.map(Password),
            proof: input.proof.map(Password),
        };
        let (row, errors) = settle(caller.app.run_prepared(&caller.actor, signing).await, caller.actor.lang)?;
        Ok(SignAgreementPayload { agreement: row.map(Into::into), errors })
    }

    /// Declines an agreement that is not signed by all; the bank may offer another. For the recipient's side.
    async fn decline_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The agreement and why.")] input: DeclineAgreementInput,
    ) -> Result<DeclineAgreementPayload> {
        let caller = caller(ctx);
        let decline = || {
            let agreement = id!(caller, input.agreement, AgreementId, "agreement");
            Ok(DeclineAgreement { agreement, reason: input.reason })
        };
        let (row, errors) = caller.run(decline).await?;
        Ok(DeclineAgreementPayload { agreement: row.map(Into::into), errors })
    }
}
