//! Signing in at a provider: begin, come back, unlink.

use super::notice;
use super::registration::{insert, mark_verified};
use super::return_path::own_path;
use super::sessions::{self, Entry, Opened};
use super::sign_in::failure;
use super::signing::{self, SigningContext};
use crate::accounts::institutions;
use crate::accounts::model::session::How;
use crate::accounts::openid::Error;
use crate::accounts::openid::provider::{Claims, Freshness, authorization_request, exchange_code, settings};
use crate::accounts::orcid::{self, Orcid};
use crate::accounts::passwords::{Password, token_hash};
use crate::accounts::queries::person_by_email;
use crate::actor::Actor;
use crate::app::App;
use crate::db::{Sql, Transaction};
use crate::error::is_unique_violation;
use crate::id::{AgreementId, PersonId, SessionId};
use crate::language::Lang;
use crate::mail::AccountChange;
use crate::telemetry::{self, SignInMethod, SignInOutcome, refused};
use crate::{audit, subject};
use chrono::{DateTime, Duration, Utc};
use sea_orm::FromQueryResult;
use serde_json::json;

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

/// Begins a sign-in; by somebody who is signed in, the linking of one more identity.
///
/// # Errors
/// No such provider, or one that does not answer.
pub async fn begin(
    app: &App,
    actor: &Actor,
    provider: &str,
    return_to: Option<&str>,
) -> Result<AuthorizationRedirect, Error> {
    start_authorization(app, provider, Freshness::Any, actor.person_id(), None, return_to).await
}

/// What an authentication for a signature has to come back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PendingSignature {
    pub(super) session: SessionId,
    pub(super) begun_at: DateTime<Utc>,
    pub(super) context: SigningContext,
}

/// Sends a browser on its way and remembers why.
pub(super) async fn start_authorization(
    app: &App,
    provider: &str,
    freshness: Freshness,
    person: Option<PersonId>,
    pending: Option<PendingSignature>,
    return_to: Option<&str>,
) -> Result<AuthorizationRedirect, Error> {
    settings(&app.config, provider)?;
    let request = authorization_request(&app.config, provider, freshness).await?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    Sql::with("DELETE FROM openid_login WHERE expires_at <= $1", [now.into()]).run(&*tx).await?;
    let sql = "INSERT INTO openid_login (state_hash, provider, nonce, pkce_verifier, person_id, return_to, expires_at,
                 begun_at, session_id, agreement_id, party, document_hash)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let context = pending.as_ref().map(|pending| &pending.context);
    let values = [
        token_hash(&request.state).into(),
        provider.into(),
        request.nonce.into(),
        request.pkce_verifier.into(),
        person.map(|id| id.0).into(),
        own_path(return_to).into(),
        (now + Duration::minutes(MINUTES)).into(),
        pending.as_ref().map(|pending| pending.begun_at).into(),
        pending.as_ref().map(|pending| pending.session.0).into(),
        context.map(|context| context.agreement.0).into(),
        context.map(|context| context.party.clone()).into(),
        context.map(|context| context.document_hash.clone()).into(),
    ];
    Sql::with(sql, values).run(&*tx).await?;
    tx.commit().await?;
    Ok(AuthorizationRedirect { address: request.address, state: request.state })
}

/// What a browser brings back.
#[derive(Clone, Debug)]
pub struct Callback {
    /// The provider's name in the settings.
    pub provider: String,
    /// State in the address.
    pub state: String,
    /// State in the browser's cookie.
    pub state_of_browser: String,
    /// The code; none if the provider or the person said no.
    pub code: Option<String>,
    /// The browser, for the list of sessions.
    pub user_agent: Option<String>,
}

/// How a sign-in ended.
#[derive(Debug)]
pub enum CallbackOutcome {
    /// Signed in; go there.
    SignedIn(Opened, String),
    /// One more identity is linked; go there.
    Linked(String),
    /// Authenticated for one signature: the proof, to be taken there.
    Proved(Password, String),
}

/// Ends a sign-in, a linking or an authentication for a signature. The actor is whoever is signed in in the browser.
///
/// # Errors
/// Not begun in this browser, used or too old; declined; a provider that fails; an identity without account and without
/// verified e-mail; an identity that is taken; an account that is disabled. For a signature also another session, another
/// identity, or one that was not proved just now.
pub async fn finish(app: &App, actor: &Actor, callback: Callback) -> Result<CallbackOutcome, Error> {
    let answer = arrived(app, actor, callback).await;
    if let Some(refusal) = answer.as_ref().err().and_then(Error::refusal) {
        refused(refusal);
    }
    match &answer {
        Ok(CallbackOutcome::SignedIn(..)) => telemetry::sign_in(SignInMethod::Provider, SignInOutcome::SignedIn),
        // Somebody who is signed in links an identity or signs.
        Err(error) if actor.is_anonymous() => telemetry::sign_in(SignInMethod::Provider, failure(error)),
        _ => {}
    }
    answer
}

async fn arrived(app: &App, actor: &Actor, callback: Callback) -> Result<CallbackOutcome, Error> {
    let lang = actor.lang;
    let login = take(app, &callback).await?;
    let code = callback.code.ok_or(Error::Declined)?;
    let claims =
        exchange_code(&app.config, app.clock.now(), &callback.provider, code, login.nonce, login.pkce_verifier).await?;
    if let Some(pending) = login.pending {
        return signing::prove(app, actor, login.person, pending, &callback.provider, &claims, login.return_to).await;
    }
    let proven = ProvenIdentity {
        provider: &callback.provider,
        claims: &claims,
        user_agent: callback.user_agent.as_deref(),
        lang,
    };
    let attempt = async || match login.person {
        Some(person) => proven.link(app, person).await.map(|()| CallbackOutcome::Linked(login.return_to.clone())),
        None => proven.sign_in(app).await.map(|opened| CallbackOutcome::SignedIn(opened, login.return_to.clone())),
    };
    match attempt().await {
        // Somebody may have been faster: the same person in another browser, who has the account or the link now.
        Err(Error::IdentityTaken) => attempt().await,
        Err(Error::Db(error)) if is_unique_violation(&error) => attempt().await,
        answer => answer,
    }
}

/// What a provider's callback brought.
struct ProvenIdentity<'a> {
    provider: &'a str,
    claims: &'a Claims,
    user_agent: Option<&'a str>,
    lang: Lang,
}

impl ProvenIdentity<'_> {
    /// Links the identity to whoever set out.
    async fn link(&self, app: &App, person: PersonId) -> Result<(), Error> {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        match known(&tx, self.provider, &self.claims.subject).await? {
            Some(owner) if owner == person => return Ok(()),
            Some(_) => return Err(Error::IdentityTaken),
            None => {}
        }
        link(app, &tx, now, person, self.provider, self.claims).await?;
        let provider = settings(&app.config, self.provider)?;
        let more = json!({ "provider": provider.name_en, "provider_ko": provider.name_ko });
        notice::notify(&tx, now, person, AccountChange::IdentityLinked, more).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Signs in whoever the identity is, who has an account from now on.
    async fn sign_in(&self, app: &App) -> Result<Opened, Error> {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let person = match known(&tx, self.provider, &self.claims.subject).await? {
            Some(person) => person,
            None => account_of(app, &tx, now, self.provider, self.claims, self.lang).await?,
        };
        used(&tx, now, self.provider, &self.claims.subject).await?;
        if is_closed(&tx, person).await? {
            return Err(Error::Closed);
        }
        let actor = Actor::person(person, None, vec![], self.lang);
        let entry = Entry { person, how: How::Openid, second_factor: false, user_agent: self.user_agent };
        let opened = sessions::open(&tx, now, &actor, entry).await?;
        tx.commit().await?;
        Ok(opened)
    }
}

struct Login {
    nonce: String,
    pkce_verifier: String,
    person: Option<PersonId>,
    return_to: String,
    pending: Option<PendingSignature>,
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

impl From<Begun> for Login {
    fn from(row: Begun) -> Self {
        let pending = (|| {
            let context =
                SigningContext { agreement: row.agreement_id?, party: row.party?, document_hash: row.document_hash? };
            Some(PendingSignature { session: row.session_id?, begun_at: row.begun_at?, context })
        })();
        let Begun { nonce, pkce_verifier, person_id: person, return_to, .. } = row;
        Self { nonce, pkce_verifier, person, return_to, pending }
    }
}

/// Takes the sign-in that was begun, whatever becomes of it: each is used once.
async fn take(app: &App, callback: &Callback) -> Result<Login, Error> {
    if callback.state != callback.state_of_browser {
        return Err(Error::LoginUnknown);
    }
    let tx = app.db.begin().await?;
    let sql = "DELETE FROM openid_login WHERE state_hash = $1 AND provider = $2
               RETURNING nonce, pkce_verifier, person_id, return_to, expires_at, begun_at, session_id, agreement_id,
                 party, document_hash";
    let values = [token_hash(&callback.state).into(), callback.provider.as_str().into()];
    let begun: Begun = Sql::with(sql, values).all(&*tx).await?.pop().ok_or(Error::LoginUnknown)?;
    tx.commit().await?;
    if begun.expires_at <= app.clock.now() { Err(Error::LoginUnknown) } else { Ok(begun.into()) }
}

async fn known(tx: &Transaction, provider: &str, subject: &str) -> Result<Option<PersonId>, Error> {
    let sql = "SELECT person_id FROM external_identity WHERE provider = $1 AND subject = $2";
    let row = Sql::with(sql, [provider.into(), subject.into()]).one(&**tx).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
}

async fn used(tx: &Transaction, now: DateTime<Utc>, provider: &str, subject: &str) -> Result<(), Error> {
    let sql = "UPDATE external_identity SET last_used_at = $3 WHERE provider = $1 AND subject = $2";
    Sql::with(sql, [provider.into(), subject.into(), now.into()]).run(&**tx).await?;
    Ok(())
}

/// The account whose e-mail the provider vouches for, linked from now on; a new one if there is none.
///
/// An account whose own e-mail was never verified is not its owner's for sure: whoever opened it may not be who proved
/// the address at the provider. Its password goes, so that only the owner of the address gets in.
async fn account_of(
    app: &App,
    tx: &Transaction,
    now: DateTime<Utc>,
    provider: &str,
    claims: &Claims,
    lang: Lang,
) -> Result<PersonId, Error> {
    let email = claims.verified_email.as_deref().ok_or(Error::NoVerifiedEmail)?;
    let person = match person_by_email(&**tx, email).await? {
        Some(person) => {
            if person.email_verified_at.is_none() {
                let sql = "UPDATE person SET password_hash = NULL WHERE id = $1";
                Sql::with(sql, [person.id.0.into()]).run(&**tx).await?;
            }
            person.id
        }
        None => {
            let name = claims.name.as_deref().map(str::trim).filter(|name| !name.is_empty()).unwrap_or(email);
            let name: String = name.chars().take(200).collect();
            let id = insert(tx, now, email, &name, lang, None, None).await?;
            let actor = Actor::person(id, None, vec![], lang);
            let detail = json!({ "provider": provider });
            audit::record(tx, now, &actor, "account.register", subject!(PersonId, id), detail).await?;
            id
        }
    };
    mark_verified(tx, now, person).await?;
    link(app, tx, now, person, provider, claims).await?;
    Ok(person)
}

async fn is_closed(tx: &Transaction, person: PersonId) -> Result<bool, Error> {
    let sql = "SELECT count(*) FROM person WHERE id = $1 AND disabled_at IS NOT NULL";
    Ok(Sql::with(sql, [person.0.into()]).number(&**tx).await? > 0)
}

async fn link(
    app: &App,
    tx: &Transaction,
    now: DateTime<Utc>,
    person: PersonId,
    provider: &str,
    claims: &Claims,
) -> Result<(), Error> {
    let sql = "INSERT INTO external_identity (provider, subject, person_id, linked_at, last_used_at)
               VALUES ($1, $2, $3, $4, $4) ON CONFLICT DO NOTHING";
    let values = [provider.into(), claims.subject.as_str().into(), person.0.into(), now.into()];
    if Sql::with(sql, values).run(&**tx).await? == 0 {
        return Err(Error::IdentityTaken);
    }
    if settings(&app.config, provider)?.is_orcid {
        authenticate_orcid(tx, now, person, provider, &claims.subject).await?;
    }
    let actor = Actor::person(person, None, vec![], Lang::En);
    let detail = json!({ "provider": provider });
    let detail = audit::with_changes(detail, &json!({ "linked": false }), &json!({ "linked": true }));
    Ok(audit::record(tx, now, &actor, "account.link_identity", subject!(PersonId, person), detail).await?)
}

/// An iD counts as authenticated only when its owner signed in at ORCID.
async fn authenticate_orcid(
    tx: &Transaction,
    now: DateTime<Utc>,
    person: PersonId,
    provider: &str,
    subject: &str,
) -> Result<(), Error> {
    let no_orcid = || Error::Provider { id: provider.into(), cause: "its subject is no ORCID iD".into() };
    let orcid = Orcid::parse(subject).ok_or_else(no_orcid)?;
    orcid::authenticated(tx, person, &orcid, now).await.map_err(|error| match error {
        institutions::Error::Db(error) => Error::Db(error),
        _ => Error::IdentityTaken,
    })
}

/// Unlinks one's own identity; signing in there leads nowhere afterwards.
///
/// # Errors
/// Not signed in, no such identity, or it is the only way into the account.
pub async fn unlink(app: &App, actor: &Actor, provider: &str) -> Result<(), Error> {
    let (person, _) = actor.person_in_session().map_err(crate::accounts::Error::from)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let sql = "SELECT (password_hash IS NOT NULL), (SELECT count(*) FROM external_identity e WHERE e.person_id = p.id)
               FROM person p WHERE id = $1";
    let row = Sql::with(sql, [person.0.into()]).one(&*tx).await?.ok_or(Error::NoSuchIdentity)?;
    let (password, identities): (bool, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    let sql = "DELETE FROM external_identity WHERE person_id = $1 AND provider = $2";
    if Sql::with(sql, [person.0.into(), provider.into()]).run(&*tx).await? == 0 {
        return Err(Error::NoSuchIdentity);
    }
    if !password && identities < 2 {
        return Err(Error::LastWayIn);
    }
    let sql = "UPDATE person SET orcid_authenticated_at = NULL WHERE id = $1";
    if app.config.identity_providers.get(provider).is_some_and(|settings| settings.is_orcid) {
        Sql::with(sql, [person.0.into()]).run(&*tx).await?;
    }
    let detail = json!({ "provider": provider });
    let detail = audit::with_changes(detail, &json!({ "linked": true }), &json!({ "linked": false }));
    audit::record(&tx, now, actor, "account.unlink_identity", subject!(PersonId, person), detail).await?;
    tx.commit().await?;
    Ok(())
}
