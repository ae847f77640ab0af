//! Signing in at a provider: set out, take up on the way back, unlink.

use super::password::prove_own;
use super::return_path::own_path;
use super::signing::{PendingSignature, SigningContext};
use crate::accounts::events::AccountEvent;
use crate::accounts::model::{external_identity, openid_login, person};
use crate::accounts::openid::Error;
use crate::accounts::openid::provider::{AuthorizationRequest, Freshness, authorization_request, settings};
use crate::accounts::passwords::{Password, token_hash};
use crate::accounts::queries;
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::audit::{self, Changes};
use crate::command::{Command, Prepare, Work};
use crate::db::model::Secret;
use crate::id::PersonId;
use chrono::{DateTime, Duration, Utc};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set, Unchanged};

/// Minutes between setting out and coming back.
const MINUTES: i64 = 10;

/// A browser on its way to a provider.
#[derive(Clone, Debug)]
pub struct AuthorizationRedirect {
    /// Where to send it.
    pub address: String,
    /// What it must bring back, also in a cookie, so that nobody else's sign-in can be finished in it.
    pub state: String,
}

/// Where somebody wants to sign in.
///
/// Refused: no such provider, or one that does not answer.
#[derive(Clone, Debug)]
pub struct ProviderChoice {
    /// The provider's name in the settings.
    pub provider: String,
    /// The bank's own page to come back to.
    pub return_to: Option<String>,
}

impl Prepare for ProviderChoice {
    type Command = BeginSignIn;

    async fn prepare(self, app: &App, _: &Actor) -> Result<BeginSignIn, Error> {
        let to = PendingAuthorization::to(app, self.provider, Freshness::Any, self.return_to.as_deref());
        Ok(BeginSignIn { pending: to.await? })
    }
}

/// One more identity that somebody who is signed in wants to sign in by. Whoever has a password gives it: an identity that
/// somebody else links would let them in for good.
///
/// Refused: nobody signed in, a wrong password, no such provider, or one that does not answer.
#[derive(Clone, Debug)]
pub struct IdentityToLink {
    /// The provider's name in the settings.
    pub provider: String,
    /// The caller's password, if they have one.
    pub password: Password,
    /// The bank's own page to come back to.
    pub return_to: Option<String>,
}

impl Prepare for IdentityToLink {
    type Command = BeginSignIn;

    async fn prepare(self, app: &App, actor: &Actor) -> Result<BeginSignIn, Error> {
        let (person, _) = actor.person_in_session()?;
        let own = queries::accounts_of(app.db.read(), &[person]).await?.pop();
        if own.is_some_and(|own| own.password_hash.is_some()) {
            prove_own(app, actor, self.password).await?;
        }
        let to = PendingAuthorization::to(app, self.provider, Freshness::Any, self.return_to.as_deref());
        let mut pending = to.await?;
        pending.person = Some(person);
        Ok(BeginSignIn { pending })
    }
}

/// Remembers why a browser was sent to a provider, until it is back.
#[derive(Clone)]
pub struct BeginSignIn {
    pending: PendingAuthorization,
}

impl Command for BeginSignIn {
    const VERB: Verb = Verb::BeginSignIn;
    type Output = AuthorizationRedirect;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<AuthorizationRedirect, Error> {
        self.pending.remember(work).await
    }
}

/// A browser that is about to be sent to a provider, and why.
#[derive(Clone)]
pub(super) struct PendingAuthorization {
    request: AuthorizationRequest,
    provider: String,
    return_to: String,
    /// Who sets out, if somebody is signed in.
    pub(super) person: Option<PersonId>,
    /// The signature for which they set out.
    pub(super) signature: Option<PendingSignature>,
}

impl PendingAuthorization {
    /// Asks the provider where to send the browser.
    pub(super) async fn to(
        app: &App,
        provider: String,
        freshness: Freshness,
        return_to: Option<&str>,
    ) -> Result<Self, Error> {
        settings(&app.config, &provider)?;
        let request = authorization_request(&app.config, &provider, freshness).await?;
        Ok(Self { request, provider, return_to: own_path(return_to).into(), person: None, signature: None })
    }

    /// A step: remembers it.
    pub(super) async fn remember(&self, work: &Work<'_>) -> Result<AuthorizationRedirect, Error> {
        let now = work.now();
        let expired = openid_login::Entity::delete_many().filter(openid_login::Column::ExpiresAt.lte(now));
        expired.exec(work).await?;
        let (request, signature) = (&self.request, self.signature.as_ref());
        let context = signature.map(|signature| &signature.context);
        let row = openid_login::ActiveModel {
            state_hash: Set(token_hash(&request.state)),
            provider: Set(self.provider.clone()),
            nonce: Set(Secret(request.nonce.clone())),
            pkce_verifier: Set(Secret(request.pkce_verifier.clone())),
            person_id: Set(self.person),
            return_to: Set(self.return_to.clone()),
            expires_at: Set(now + Duration::minutes(MINUTES)),
            begun_at: Set(signature.map(|signature| signature.begun_at)),
            session_id: Set(signature.map(|signature| signature.session)),
            agreement_id: Set(context.map(|context| context.agreement)),
            party: Set(context.map(|context| context.party.clone())),
            document_hash: Set(context.map(|context| context.document_hash.clone())),
        };
        openid_login::Entity::insert(row).exec_without_returning(work).await?;
        Ok(AuthorizationRedirect { address: request.address.clone(), state: request.state.clone() })
    }
}

/// Takes a sign-in that was begun, whatever becomes of it then: each is used once.
///
/// Refused: one that was not begun, was taken already, or is another provider's.
#[derive(Clone)]
pub struct TakeSignIn {
    /// The provider's name in the settings.
    pub provider: String,
    /// What the browser brought back.
    pub state: String,
}

/// A sign-in that was begun.
#[derive(Clone)]
pub struct BegunSignIn {
    pub(super) nonce: String,
    pub(super) pkce_verifier: String,
    pub(super) person: Option<PersonId>,
    pub(super) return_to: String,
    pub(super) pending: Option<PendingSignature>,
    pub(super) expires_at: DateTime<Utc>,
}

impl Command for TakeSignIn {
    const VERB: Verb = Verb::TakeSignIn;
    type Output = BegunSignIn;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<BegunSignIn, Error> {
        let begun = openid_login::Entity::delete_many()
            .filter(openid_login::Column::StateHash.eq(token_hash(&self.state)))
            .filter(openid_login::Column::Provider.eq(self.provider.as_str()));
        let begun = begun.exec_with_returning(work).await?.pop();
        begun.map(BegunSignIn::from).ok_or(Error::LoginUnknown)
    }
}

impl From<openid_login::Model> for BegunSignIn {
    fn from(row: openid_login::Model) -> Self {
        let pending = (|| {
            let context =
                SigningContext { agreement: row.agreement_id?, party: row.party?, document_hash: row.document_hash? };
            Some(PendingSignature { session: row.session_id?, begun_at: row.begun_at?, context })
        })();
        Self {
            nonce: row.nonce.0,
            pkce_verifier: row.pkce_verifier.0,
            person: row.person_id,
            return_to: row.return_to,
            pending,
            expires_at: row.expires_at,
        }
    }
}

/// Unlinks one's own identity; signing in there leads nowhere afterwards.
///
/// Refused: no such identity, or it is the only way into the account.
#[derive(Clone, Debug)]
pub struct UnlinkIdentity {
    /// The provider's name in the settings.
    pub provider: String,
}

impl Command for UnlinkIdentity {
    const VERB: Verb = Verb::UnlinkIdentity;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let (person, provider) = (work.person()?, self.provider.as_str());
        let account = person::Entity::find_by_id(person).one(work).await?.ok_or(Error::NoSuchIdentity)?;
        let own = external_identity::Column::PersonId.eq(person);
        let identities = external_identity::Entity::find().filter(own.clone()).count(work).await?;
        let unlinked = external_identity::Entity::delete_many()
            .filter(own)
            .filter(external_identity::Column::Provider.eq(provider));
        if unlinked.exec(work).await?.rows_affected == 0 {
            return Err(Error::NoSuchIdentity);
        }
        if account.password_hash.is_none() && identities < 2 {
            return Err(Error::LastWayIn);
        }
        if work.app.config.identity_providers.get(provider).is_some_and(|settings| settings.is_orcid) {
            let unproved =
                person::ActiveModel { id: Unchanged(person), orcid_authenticated_at: Set(None), ..Default::default() };
            person::Entity::update(unproved).exec_without_returning(work).await?;
        }
        let changes = Changes::of("linked", true, false);
        let event = AccountEvent::IdentityUnlinked { provider: provider.into(), changes };
        Ok(audit::record(work, person, &event).await?)
    }
}
