//! Signing in at a provider: set out, take up on the way back, unlink.

use super::return_path::own_path;
use super::signing::{PendingSignature, SigningContext};
use crate::accounts::events::AccountEvent;
use crate::accounts::openid::Error;
use crate::accounts::openid::provider::{AuthorizationRequest, Freshness, authorization_request, settings};
use crate::accounts::passwords::token_hash;
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::audit::{self, Changes};
use crate::command::{Command, Prepare, Work};
use crate::db::Sql;
use crate::id::{AgreementId, PersonId, SessionId};
use chrono::{DateTime, Duration, Utc};
use sea_orm::FromQueryResult;

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

/// Where somebody wants to sign in; for somebody who is signed in, it links one more identity.
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

    async fn prepare(self, app: &App, actor: &Actor) -> Result<BeginSignIn, Error> {
        let mut pending =
            PendingAuthorization::to(app, self.provider, Freshness::Any, self.return_to.as_deref()).await?;
        pending.person = actor.person_id();
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
        Sql::with("DELETE FROM openid_login WHERE expires_at <= $1", [now.into()]).run(work).await?;
        let sql = "INSERT INTO openid_login (state_hash, provider, nonce, pkce_verifier, person_id, return_to,
                     expires_at, begun_at, session_id, agreement_id, party, document_hash)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        let (request, signature) = (&self.request, self.signature.as_ref());
        let context = signature.map(|signature| &signature.context);
        let values = [
            token_hash(&request.state).into(),
            self.provider.as_str().into(),
            request.nonce.as_str().into(),
            request.pkce_verifier.as_str().into(),
            self.person.map(|id| id.0).into(),
            self.return_to.as_str().into(),
            (now + Duration::minutes(MINUTES)).into(),
            signature.map(|signature| signature.begun_at).into(),
            signature.map(|signature| signature.session.0).into(),
            context.map(|context| context.agreement.0).into(),
            context.map(|context| context.party.clone()).into(),
            context.map(|context| context.document_hash.clone()).into(),
        ];
        Sql::with(sql, values).run(work).await?;
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
        let sql = "DELETE FROM openid_login WHERE state_hash = $1 AND provider = $2
                   RETURNING nonce, pkce_verifier, person_id, return_to, expires_at, begun_at, session_id,
                     agreement_id, party, document_hash";
        let values = [token_hash(&self.state).into(), self.provider.as_str().into()];
        let begun: Option<Begun> = Sql::with(sql, values).all(work).await?.pop();
        begun.map(BegunSignIn::from).ok_or(Error::LoginUnknown)
    }
}

#[derive(FromQueryResult)]
struct Begun {
    nonce: String,
    pkce_verifier: String,
    person_id: Option<PersonId>,
    return_to: String,
    expires_at: DateTime<Utc>,
    begun_at: Option<DateTime<Utc>>,
    session_id: Option<SessionId>,
    agreement_id: Option<AgreementId>,
    party: Option<String>,
    document_hash: Option<String>,
}

impl From<Begun> for BegunSignIn {
    fn from(row: Begun) -> Self {
        let pending = (|| {
            let context =
                SigningContext { agreement: row.agreement_id?, party: row.party?, document_hash: row.document_hash? };
            Some(PendingSignature { session: row.session_id?, begun_at: row.begun_at?, context })
        })();
        let Begun { nonce, pkce_verifier, person_id: person, return_to, expires_at, .. } = row;
        Self { nonce, pkce_verifier, person, return_to, pending, expires_at }
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
        let sql =
            "SELECT (password_hash IS NOT NULL), (SELECT count(*) FROM external_identity e WHERE e.person_id = p.id)
             FROM person p WHERE id = $1";
        let row = Sql::with(sql, [person.0.into()]).one(work).await?.ok_or(Error::NoSuchIdentity)?;
        let (password, identities): (bool, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let sql = "DELETE FROM external_identity WHERE person_id = $1 AND provider = $2";
        if Sql::with(sql, [person.0.into(), provider.into()]).run(work).await? == 0 {
            return Err(Error::NoSuchIdentity);
        }
        if !password && identities < 2 {
            return Err(Error::LastWayIn);
        }
        if work.app.config.identity_providers.get(provider).is_some_and(|settings| settings.is_orcid) {
            let sql = "UPDATE person SET orcid_authenticated_at = NULL WHERE id = $1";
            Sql::with(sql, [person.0.into()]).run(work).await?;
        }
        let changes = Changes::of("linked", true, false);
        let event = AccountEvent::IdentityUnlinked { provider: provider.into(), changes };
        Ok(audit::record(work, person, &event).await?)
    }
}
