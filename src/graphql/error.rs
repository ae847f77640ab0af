//! How errors of the bank leave it: what the caller can mend stands in the payload, the rest at the top level.

use crate::error::{Code, Description, DomainError, Kind, log_violation};
use crate::language::Lang;
use crate::telemetry::refused_by;
use async_graphql::{ErrorExtensions, ServerError, SimpleObject};

/// Something the caller can mend.
#[derive(Clone, Debug, SimpleObject)]
pub struct UserError {
    /// Stable code.
    code: Code,
    /// What is wrong and what to do, in the caller's language.
    message: String,
    /// Path of the input field at fault; null if it is none.
    field: Option<String>,
    /// Code of the requirement that refused; null if it was none.
    rule: Option<String>,
    /// Law or term behind that requirement; null if there is none.
    legal_basis: Option<String>,
}

/// The answer of an operation, split: the object, or what the caller can mend.
///
/// # Errors
/// Everything else, for the top level.
pub fn settle<T, E: DomainError>(
    answer: Result<T, E>,
    lang: Lang,
) -> async_graphql::Result<(Option<T>, Vec<UserError>)> {
    match answer {
        Ok(object) => Ok((Some(object), vec![])),
        Err(error) if matches!(error.describe().kind, Kind::Invalid | Kind::Conflict) => {
            log_violation(&error);
            let errors = error.each(lang).into_iter().map(|(description, message)| user_error(description, message));
            Ok((None, errors.collect()))
        }
        Err(error) => Err(refuse(&error, lang)),
    }
}

fn user_error(description: Description, message: String) -> UserError {
    let Description { code, field, rule, legal_basis, .. } = description;
    UserError { code, message, field, rule, legal_basis }
}

/// An error for the top level, with its code in the extensions.
pub fn refuse(error: &dyn DomainError, lang: Lang) -> async_graphql::Error {
    let description = error.describe();
    refused_by(&description);
    let code = match description.kind {
        Kind::Unauthenticated => "UNAUTHENTICATED",
        Kind::Forbidden => "FORBIDDEN",
        Kind::NotFound => "NOT_FOUND",
        Kind::Invalid | Kind::Conflict => "BAD_USER_INPUT",
        Kind::Busy => "BUSY",
        Kind::Unknown => "OUTCOME_UNKNOWN",
        Kind::Throttled => "RATE_LIMITED",
        Kind::Internal => "INTERNAL",
    };
    if matches!(description.kind, Kind::Internal | Kind::Busy | Kind::Unknown) {
        log(error);
    }
    let error = async_graphql::Error::new(error.say(lang));
    error.extend_with(|_, extensions| {
        extensions.set("code", code);
        extensions.set("reason", async_graphql::resolver_utils::enum_value(description.code));
        if let Some(field) = &description.field {
            extensions.set("field", field.as_str());
        }
    })
}

/// A fault of ours goes into the log with everything behind it; the caller gets one sentence.
fn log(error: &dyn DomainError) {
    let mut chain = vec![];
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        chain.push(error.to_string());
        cause = error.source();
    }
    tracing::error!(causes = ?chain, "{error}");
}

/// A database that failed under a loader.
pub fn refuse_database(error: &sea_orm::DbErr, lang: Lang) -> async_graphql::Error {
    let description = crate::error::describe_database(error);
    let code = if description.kind == Kind::Busy { "BUSY" } else { "INTERNAL" };
    tracing::error!(cause = %error, "a read failed");
    let sentence = crate::error::say_database(error, lang);
    async_graphql::Error::new(sentence).extend_with(|_, extensions| extensions.set("code", code))
}

/// Below the root of a mutation what failed is the reading of its answer, after it was done: that must not be told as a
/// refusal, which says that nothing was changed and invites to try again.
pub fn tell_what_was_done(errors: &mut [ServerError], lang: Lang) {
    for error in errors.iter_mut().filter(|error| error.path.len() > 1) {
        let extensions = error.extensions.get_or_insert_default();
        let is_failure = extensions.get("code").is_some_and(|code| {
            ["BUSY", "INTERNAL"].into_iter().any(|failure| *code == async_graphql::Value::from(failure))
        });
        if is_failure {
            let unknown = async_graphql::resolver_utils::enum_value(Code::OutcomeUnknown);
            extensions.set("code", unknown.clone());
            extensions.set("reason", unknown);
            error.message = crate::texts::sentence(lang, "answer-unread", &[]);
        }
    }
}

/// A malformed id: to a mutation it is a thing that does not exist.
pub fn unknown_id(field: &str, lang: Lang) -> async_graphql::Error {
    let sentence = lang.pick(
        format!("'{field}' is no id of such a thing; use an id that the bank gave."),
        format!("{field} 값에 해당하는 대상을 찾을 수 없습니다. 은행이 제공한 id를 사용해 주십시오."),
    );
    async_graphql::Error::new(sentence).extend_with(|_, extensions| {
        extensions.set("code", "NOT_FOUND");
        extensions.set("field", field);
    })
}
