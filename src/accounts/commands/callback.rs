//! Coming back from a provider: signed in, with one more identity, or with a proof for a signature.

use super::notice;
use super::openid::{BegunSignIn, TakeSignIn};
use super::registration::{NewPerson, insert, mark_verified};
use super::sessions::{self, Entry, Opened};
use super::sign_in::failure;
use super::signing;
use crate::accounts::events::AccountEvent;
use crate::accounts::institutions;
use crate::accounts::model::session::How;
use crate::accounts::model::{external_identity, person};
use crate::accounts::openid::Error;
use crate::accounts::openid::provider::{Claims, Exchange, exchange_code, settings};
use crate::accounts::orcid::{self, Orcid};
use crate::accounts::passwords::Password;
use crate::accounts::queries::person_by_email;
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::audit::{self, Changes};
use crate::characters::one_line;
use crate::command::{Command, Prepare, Work};
use crate::db::{has_any, unless_there};
use crate::id::PersonId;
use crate::language::Lang;
use crate::mail::AccountChange;
use crate::telemetry::{self, SignInMethod, SignInOutcome, refused};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set, TryInsertResult, Unchanged};

/// What a browser brings back. The actor is whoever is signed in in it.
#[derive(Clone)]
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

impl Prepare for Callback {
    type Command = FinishSignIn;

    async fn prepare(self, app: &App, actor: &Actor) -> Result<FinishSignIn, Error> {
        let Self { provider, state, state_of_browser, code, user_agent } = self;
        if state != state_of_browser {
            return Err(Error::LoginUnknown);
        }
        let begun = app.run(actor, TakeSignIn { provider: provider.clone(), state }).await?;
        let now = app.clock.now();
        if begun.expires_at <= now {
            return Err(Error::LoginUnknown);
        }
        let code = code.ok_or(Error::Declined)?;
        let exchange = Exchange { code, nonce: begun.nonce.clone(), pkce_verifier: begun.pkce_verifier.clone() };
        let claims = exchange_code(&app.config, now, &provider, exchange).await?;
        let back_at = app.clock.now();
        let orcid = if settings(&app.config, &provider)?.is_orcid {
            let no_orcid = || Error::Provider { id: provider.clone(), cause: "its subject is no ORCID iD".into() };
            Some(Orcid::parse(&claims.subject).ok_or_else(no_orcid)?)
        } else {
            None
        };
        Ok(FinishSignIn { provider, begun, claims, orcid, back_at, user_agent })
    }
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

/// Ends a sign-in, a linking or an authentication for a signature.
///
/// Refused: not begun in this browser, used or too old; declined; a provider that fails; an identity without account
/// and without verified e-mail; an identity that is taken; an account that is disabled. For a signature also another
/// session, another identity, or one that was not proved just now.
#[derive(Clone)]
pub struct FinishSignIn {
    pub(super) provider: String,
    pub(super) begun: BegunSignIn,
    pub(super) claims: Claims,
    /// Who they are at ORCID, if that is the provider.
    orcid: Option<Orcid>,
    pub(super) back_at: DateTime<Utc>,
    user_agent: Option<String>,
}

impl Command for FinishSignIn {
    const VERB: Verb = Verb::FinishSignIn;
    type Output = CallbackOutcome;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<CallbackOutcome, Error> {
        let return_to = self.begun.return_to.clone();
        match (&self.begun.pending, self.begun.person) {
            (Some(pending), _) => Ok(CallbackOutcome::Proved(signing::prove(work, self, pending).await?, return_to)),
            (None, Some(person)) => {
                self.link_one_more(work, person).await?;
                Ok(CallbackOutcome::Linked(return_to))
            }
            (None, None) => Ok(CallbackOutcome::SignedIn(self.sign_in(work).await?, return_to)),
        }
    }

    fn ended(actor: &Actor, answer: &Result<CallbackOutcome, Error>) {
        if let Some(refusal) = answer.as_ref().err().and_then(Error::refusal) {
            refused(refusal);
        }
        match answer {
            Ok(CallbackOutcome::SignedIn(..)) => telemetry::sign_in(SignInMethod::Provider, SignInOutcome::SignedIn),
            // Somebody who is signed in links an identity or signs.
            Err(error) if actor.is_anonymous() => telemetry::sign_in(SignInMethod::Provider, failure(error)),
            _ => {}
        }
    }
}

impl FinishSignIn {
    /// Links the identity to whoever set out.
    async fn link_one_more(&self, work: &Work<'_>, person: PersonId) -> Result<(), Error> {
        if self.link(work, person).await? {
            let provider = settings(&work.app.config, &self.provider)?;
            let change = AccountChange::IdentityLinked {
                provider: provider.name_en.clone(),
                provider_ko: Some(provider.name_ko.clone()),
            };
            notice::notify(work, person, change).await?;
        }
        Ok(())
    }

    /// Signs in whoever the identity is, who has an account from now on.
    async fn sign_in(&self, work: &Work<'_>) -> Result<Opened, Error> {
        let person = match self.owner(work).await? {
            Some(person) => person,
            None => self.account(work).await?,
        };
        let used = external_identity::ActiveModel { last_used_at: Set(work.now()), ..Default::default() };
        external_identity::Entity::update_many().set(used).filter(self.is_identity()).exec(work).await?;
        let closed = person::Entity::find_by_id(person).filter(person::Column::DisabledAt.is_not_null());
        if has_any(work, closed).await? {
            return Err(Error::Closed);
        }
        let entry = Entry { person, how: How::Openid, second_factor: false, user_agent: self.user_agent.as_deref() };
        Ok(sessions::open(work, entry).await?)
    }

    /// The condition that a row is this identity.
    fn is_identity(&self) -> Expr {
        use external_identity::Column;
        Column::Provider.eq(self.provider.as_str()).and(Column::Subject.eq(self.claims.subject.as_str()))
    }

    /// Whose the identity is.
    async fn owner(&self, work: &Work<'_>) -> Result<Option<PersonId>, Error> {
        let found = external_identity::Entity::find().filter(self.is_identity()).one(work).await?;
        Ok(found.map(|identity| identity.person_id))
    }

    /// The account whose e-mail the provider vouches for, linked from now on; a new one if there is none.
    ///
    /// An account whose own e-mail was never verified is not its owner's for sure: whoever opened it may not be who
    /// proved the address at the provider. Its password goes, so that only the owner of the address gets in.
    async fn account(&self, work: &Work<'_>) -> Result<PersonId, Error> {
        let email = self.claims.verified_email.as_deref().ok_or(Error::NoVerifiedEmail)?;
        let person = match self.open(work, email).await? {
            Some(person) => person,
            None => {
                let person = person_by_email(work, email).await?.ok_or(Error::NoVerifiedEmail)?;
                if person.email_verified_at.is_none() {
                    let without = person::ActiveModel {
                        id: Unchanged(person.id),
                        password_hash: Set(None),
                        ..Default::default()
                    };
                    person::Entity::update(without).exec_without_returning(work).await?;
                }
                person.id
            }
        };
        mark_verified(work, person).await?;
        self.link(work, person).await?;
        Ok(person)
    }

    /// A new account; none if somebody has the e-mail, or was faster with it.
    async fn open(&self, work: &Work<'_>, email: &str) -> Result<Option<PersonId>, Error> {
        let name = one_line(self.claims.name.as_deref().unwrap_or_default());
        let name = if name.is_empty() { email } else { &name };
        let name: String = name.chars().take(200).collect();
        let new = NewPerson {
            email,
            name: &name,
            lang: work.actor.lang,
            institution: None,
            password_hash: None,
            verified: false,
            made_up: false,
        };
        let Some(id) = insert(work, new).await? else { return Ok(None) };
        let known = Actor::person(id, None, vec![], work.actor.lang);
        let event = AccountEvent::Registered { again: None, provider: Some(self.provider.clone()), changes: None };
        audit::record_as(work, &known, id, &event).await?;
        Ok(Some(id))
    }

    /// Links the identity to a person; false if it is theirs already, as when they were faster in another browser.
    async fn link(&self, work: &Work<'_>, person: PersonId) -> Result<bool, Error> {
        let row = external_identity::ActiveModel {
            provider: Set(self.provider.clone()),
            subject: Set(self.claims.subject.clone()),
            person_id: Set(person),
            linked_at: Set(work.now()),
            last_used_at: Set(work.now()),
            ..Default::default()
        };
        let linked = external_identity::Entity::insert(row).on_conflict(unless_there()).try_insert();
        if !matches!(linked.exec_without_returning(work).await?, TryInsertResult::Inserted(1)) {
            let is_theirs = self.owner(work).await? == Some(person);
            return if is_theirs { Ok(false) } else { Err(Error::IdentityTaken) };
        }
        if let Some(orcid) = &self.orcid {
            // An iD counts as authenticated only when its owner signed in at ORCID.
            let authenticated = orcid::authenticated(work, person, orcid, work.now()).await;
            authenticated.map_err(|error| match error {
                institutions::Error::Db(error) => Error::Db(error),
                _ => Error::IdentityTaken,
            })?;
        }
        let known = Actor::person(person, None, vec![], Lang::En);
        let changes = Changes::of("linked", false, true);
        let event = AccountEvent::IdentityLinked { provider: self.provider.clone(), changes };
        audit::record_as(work, &known, person, &event).await?;
        Ok(true)
    }
}
