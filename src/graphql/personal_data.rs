//! One's own commands, one's own data, and erasing it.

use super::error::{UserError, refuse, settle};
use super::loaders::{Caller, caller};
use super::protocol::payload;
use super::scalars::Date;
use crate::accounts::passwords::Password;
use crate::actor::Verb;
use crate::error::DomainError;
use crate::language::Lang;
use crate::personal_data::commands::{ConfirmErasure, Erased};
use crate::personal_data::export;
use crate::personal_data::queries::{self, Kept};
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

/// A mutation, and whether the caller's account and roles allow it. Whether it can be done to one thing depends on that
/// thing; a request tells by `commandsForViewer`.
#[derive(SimpleObject)]
pub struct ViewerCommand {
    /// Name of the mutation.
    name: &'static str,
    /// True if the caller may use it.
    allowed: bool,
    /// Why not, in the caller's language; null if it is allowed.
    reason: Option<String>,
}

/// Every mutation, and whether the caller may use it.
pub fn commands(caller: &Caller) -> Vec<ViewerCommand> {
    let state = |verb: Verb| {
        let reason = caller.actor.may_do(verb).err().map(|denied| denied.say(caller.actor.lang));
        ViewerCommand { name: verb.name(), allowed: reason.is_none(), reason }
    };
    Verb::mutations().map(state).collect()
}

/// A record that is kept after its person was erased.
#[derive(SimpleObject)]
pub struct KeptRecord {
    /// What it is, in the caller's language.
    what: String,
    /// Last day on which it is kept, in Asia/Seoul; null while the request is under way.
    until: Option<Date>,
    /// The law that makes the bank keep it, in the caller's language.
    legal_basis: &'static str,
}

impl KeptRecord {
    fn new(kept: &Kept, lang: Lang) -> Self {
        Self { what: kept.what(lang), until: kept.until.map(Date), legal_basis: kept.legal_basis(lang) }
    }
}

/// What erasing the caller's account would do now.
#[derive(SimpleObject)]
pub struct Erasure {
    /// True if it can be done now.
    possible: bool,
    /// Why not and what to do first, in the caller's language; null if it is possible.
    reason: Option<String>,
    /// What the law makes the bank keep for a while; everything else about the caller goes at once.
    keeps: Vec<KeptRecord>,
}

/// What erasing the caller's account would do now.
///
/// # Errors
/// A database that failed.
pub async fn erasure(caller: &Caller) -> Result<Erasure> {
    let lang = caller.actor.lang;
    let erasure = queries::erasure(&caller.app, &caller.actor).await.map_err(|error| refuse(&error, lang))?;
    let reason = erasure.refusal.map(|refusal| refusal.say(lang));
    let keeps = erasure.keeps.iter().map(|kept| KeptRecord::new(kept, lang)).collect();
    Ok(Erasure { possible: reason.is_none(), reason, keeps })
}

/// The caller's own data.
///
/// # Errors
/// A database that failed.
pub async fn document(caller: &Caller) -> Result<String> {
    export::own(&caller.app, &caller.actor).await.map_err(|error| refuse(&error, caller.actor.lang))
}

/// The account to erase, which is the caller's own.
#[derive(Clone, InputObject)]
pub struct EraseAccountInput {
    /// The caller's e-mail.
    email: String,
    /// The caller's password.
    #[graphql(secret)]
    password: String,
    /// True: the caller read in `viewer.erasure` what goes and what is kept.
    confirm: bool,
}

/// What was erased.
#[derive(SimpleObject)]
pub struct ErasedAccount {
    /// When.
    erased_at: DateTime<Utc>,
    /// What the law makes the bank keep for a while.
    keeps: Vec<KeptRecord>,
}

impl ErasedAccount {
    fn new(erased: &Erased, lang: Lang) -> Self {
        Self { erased_at: erased.at, keeps: erased.keeps.iter().map(|kept| KeptRecord::new(kept, lang)).collect() }
    }
}

payload! {
    /// What came of erasing one's account.
    EraseAccountPayload { erased_account: ErasedAccount }
}

/// Erasing one's own account.
#[derive(Default)]
pub struct PersonalDataMutation;

#[Object]
impl PersonalDataMutation {
    /// Erases the caller's account for good: e-mail, name, password, tokens, roles, drafts, letters, and the texts of
    /// requests that led to no shipment. Records of provision stay for their term. Refused while a request is under
    /// way.
    async fn erase_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "E-mail, password and confirmation.")] input: EraseAccountInput,
    ) -> Result<EraseAccountPayload> {
        let caller = caller(ctx);
        let lang = caller.actor.lang;
        let EraseAccountInput { email, password, confirm } = input;
        let erase = ConfirmErasure { email, password: Password(password), is_confirmed: confirm };
        let (erased, errors) = settle(caller.app.run_prepared(&caller.actor, erase).await, lang)?;
        Ok(EraseAccountPayload { erased_account: erased.map(|erased| ErasedAccount::new(&erased, lang)), errors })
    }
}
