//! Small parts that every mutation shares.

use super::error::{UserError, refuse, settle, unknown_id};
use super::loaders::Caller;
use crate::accounts::passwords::sha256_hex;
use crate::actor::{Denied, Permission};
use crate::command::{AnswerUnread, Command, Create, Prepare, permit};
use crate::idempotency::Key;
use crate::language::Lang;
use async_graphql::{ErrorExtensions, Value};

/// Reads a global id of a mutation's input, or answers that there is no such thing.
macro_rules! id {
    ($caller:expr, $id:expr, $kind:ident, $field:literal) => {
        $crate::id::$kind::from_global(&$id)
            .ok_or_else(|| $crate::graphql::error::unknown_id($field, $caller.actor.lang))?
    };
}
pub(super) use id;

/// Declares payloads: the changed object, null if refused, and the errors.
macro_rules! payload {
    ($($(#[$doc:meta])* $name:ident { $field:ident: $of:ty })*) => {$(
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub struct $name {
            /// The object as it is now; null if `errors` is not empty.
            $field: Option<$of>,
            /// What was refused and how to mend it; empty if it was done.
            errors: Vec<UserError>,
        }
    )*};
}
pub(super) use payload;

impl Caller {
    /// Refuses early what the operation would refuse anyway, before ids are looked at.
    ///
    /// # Errors
    /// The top-level error.
    pub fn allowed(&self, permission: Permission) -> async_graphql::Result<()> {
        self.actor.may(permission).map_err(|denied| self.denied(denied))
    }

    fn denied(&self, denied: Denied) -> async_graphql::Error {
        refuse(&denied, self.actor.lang)
    }

    /// An error of reading what to answer after a command was done.
    pub fn unread(&self, cause: impl std::error::Error + Send + Sync + 'static) -> async_graphql::Error {
        refuse(&AnswerUnread::of(cause), self.actor.lang)
    }

    /// Runs the command that `read` makes of the input, which is looked at only if the caller may give the command:
    /// what came of it, or what the caller can mend.
    ///
    /// # Errors
    /// Everything else, for the top level.
    pub async fn run<C: Command>(
        &self,
        read: impl FnOnce() -> async_graphql::Result<C>,
    ) -> async_graphql::Result<(Option<C::Output>, Vec<UserError>)> {
        permit::<C>(&self.actor).map_err(|denied| self.denied(denied))?;
        settle(self.app.run(&self.actor, read()?).await, self.actor.lang)
    }

    /// The same for a command that is prepared first.
    ///
    /// # Errors
    /// As [`Caller::run`].
    pub async fn run_prepared<P: Prepare>(
        &self,
        read: impl FnOnce() -> async_graphql::Result<P>,
    ) -> async_graphql::Result<(Option<<P::Command as Command>::Output>, Vec<UserError>)> {
        permit::<P::Command>(&self.actor).map_err(|denied| self.denied(denied))?;
        settle(self.app.run_prepared(&self.actor, read()?).await, self.actor.lang)
    }

    /// The same for a command that makes something: under the same key, with the same input, it is made once.
    ///
    /// # Errors
    /// As [`Caller::run`], and a malformed key.
    pub async fn run_once<C: Create>(
        &self,
        idempotency_key: Option<&str>,
        input: &Value,
        read: impl FnOnce() -> async_graphql::Result<C>,
    ) -> async_graphql::Result<(Option<C::Output>, Vec<UserError>)> {
        permit::<C>(&self.actor).map_err(|denied| self.denied(denied))?;
        let key = key(self, idempotency_key, input)?;
        settle(self.app.run_once(&self.actor, read()?, key.as_ref()).await, self.actor.lang)
    }
}

/// The idempotency key with the hash of its input.
///
/// # Errors
/// A key that is empty or longer than 200 characters.
pub fn key(caller: &Caller, key: Option<&str>, input: &Value) -> async_graphql::Result<Option<Key>> {
    let Some(key) = key else { return Ok(None) };
    if key.trim().is_empty() || key.chars().count() > 200 {
        let sentence = caller
            .actor
            .lang
            .pick("An idempotencyKey has 1 to 200 characters.", "idempotencyKey는 1자 이상 200자 이하여야 합니다.");
        return Err(async_graphql::Error::new(sentence).extend_with(|_, extensions| {
            extensions.set("code", "BAD_USER_INPUT");
            extensions.set("field", "idempotencyKey");
        }));
    }
    Ok(Some(Key { key: key.into(), input_hash: sha256_hex(input.to_string().as_bytes()) }))
}

/// Ids of a list; the field of a wrong one tells its place.
///
/// # Errors
/// The first that is none.
pub fn each_id<T>(
    ids: &[async_graphql::ID],
    field: &str,
    lang: Lang,
    read: impl Fn(&str) -> Option<T>,
) -> async_graphql::Result<Vec<T>> {
    let read =
        |(i, id): (usize, &async_graphql::ID)| read(id).ok_or_else(|| unknown_id(&format!("{field}[{i}]"), lang));
    ids.iter().enumerate().map(read).collect()
}
