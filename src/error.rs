//! What can go wrong, told the same way everywhere: a kind, a stable code and a sentence in the reader's language.
//!
//! Each area has one enum of errors and describes it by [`DomainError`]. The adapters (GraphQL, pages, command line)
//! map from that description alone, so they cannot disagree.

use crate::language::Lang;
use crate::texts;
use sea_orm::{DbErr, RuntimeErr, SqlErr};
use std::borrow::Cow;

/// What the database failed of when no statement failed, and yet what was written is not there.
pub const NOT_KEPT: &str = "a write that was acknowledged is not there";
/// What a COMMIT failed of whose answer was lost, and of which nothing could be learned afterwards.
pub const OUTCOME_UNKNOWN: &str = "nobody knows whether the COMMIT was done";

/// What an adapter does with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nobody is signed in, and this needs somebody.
    Unauthenticated,
    /// The caller may not do this.
    Forbidden,
    /// It does not exist, or not for this caller.
    NotFound,
    /// The caller can mend the input; the description names the field.
    Invalid,
    /// The input is well formed but does not fit the state of things.
    Conflict,
    /// Nothing is wrong with the call; trying again helps.
    Busy,
    /// It may or may not be done: trying again may do it twice.
    Unknown,
    /// Too many attempts; trying again helps later.
    Throttled,
    /// A fault of ours.
    Internal,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Stable codes of everything the bank refuses. New ones may come; none changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
        #[graphql(name = "ErrorCode")]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// All codes, for documentation and tests.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
        }
    };
}

codes! {
    /// Sign in first.
    Unauthenticated,
    /// The caller's roles do not allow this.
    Forbidden,
    /// There is no such thing, or the caller may not see it.
    NotFound,
    /// A value is missing.
    Required,
    /// A value is out of its range or form.
    BadValue,
    /// A text is longer than allowed.
    TooLong,
    /// Several lines share the name; use the RRID or accession.
    AmbiguousName,
    /// The same idempotency key came with another input.
    IdempotencyKeyReused,
    /// The thing is not in a state in which this step is possible.
    WrongState,
    /// The line is not held by the bank, or not published.
    LineNotAvailable,
    /// A legal or contractual requirement is not met.
    RequirementNotMet,
    /// The same line stands twice in one request.
    DuplicateLine,
    /// Someone concerned by the request may not decide it, and a decider may not sign for the bank.
    ConflictOfInterest,
    /// E-mail or password is wrong, or the account is locked or disabled.
    WrongCredentials,
    /// The account is locked for a while after too many wrong passwords.
    AccountLocked,
    /// Too many attempts; wait.
    RateLimited,
    /// Only somebody who signed in may do this, not a token.
    SessionRequired,
    /// The password was right; send the code of the second factor as well.
    SecondFactorRequired,
    /// The roles need a session with a second factor: set one up, or sign in with its code.
    SecondFactorMissing,
    /// The code is wrong, or was used before.
    WrongCode,
    /// The link in a letter was used before, expired or never existed.
    LinkInvalid,
    /// The bank always has an administrator, and nobody takes that role from themselves.
    LastAdministrator,
    /// The person who proved their identity is not the caller.
    SignerMismatch,
    /// The proof of an authentication at a provider is unknown, used, expired, or for something else.
    ProofInvalid,
    /// The agreement's text is not the one the signer saw.
    DocumentChanged,
    /// It is another party's turn to sign.
    NotYourTurn,
    /// This party has signed already.
    AlreadySigned,
    /// Nothing ships without an agreement in force.
    NoAgreementInForce,
    /// Too few vials are free; the line waits.
    TooFewVials,
    /// A lot's release tests are missing or failed.
    ReleaseTestsMissing,
    /// An approval ran out.
    ApprovalExpired,
    /// The number or name is taken.
    AlreadyExists,
    /// A sign-in provider did not answer as it should.
    ProviderFailed,
    /// A sign-in provider vouches for no e-mail, and no account is linked to the identity.
    NoVerifiedEmail,
    /// This letter asks something of its reader or concerns their account; everybody gets it.
    CannotBeSwitchedOff,
    /// Trying again helps.
    Busy,
    /// The disk of the database is full, failing or read-only; nothing is written until that is mended.
    StorageFailed,
    /// The answer of the database was lost: it may or may not be done. Look before you try again; a call with an
    /// idempotency key can be repeated as it is.
    OutcomeUnknown,
    /// A fault of ours.
    Internal,
}

/// What an adapter needs to know of an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// What to do with it.
    pub kind: Kind,
    /// Its stable code.
    pub code: Code,
    /// Path of the input field at fault, as the caller wrote it: `lines[0].vials`.
    pub field: Option<String>,
    /// Code of the requirement that refused, where one did.
    pub rule: Option<String>,
    /// The law or guideline behind that requirement.
    pub legal_basis: Option<String>,
}

impl Description {
    /// A description with neither field nor rule.
    pub fn new(kind: Kind, code: Code) -> Self {
        Self { kind, code, field: None, rule: None, legal_basis: None }
    }

    /// The same, at a field of the input.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

/// An error that can be shown.
pub trait DomainError: std::error::Error + Send + Sync + 'static {
    /// Kind, code, and where it applies field and rule.
    fn describe(&self) -> Description;
    /// One sentence that says what is wrong and what to do.
    fn say(&self, lang: Lang) -> String;
    /// Several errors found at once; by default the one.
    fn each(&self, lang: Lang) -> Vec<(Description, String)> {
        vec![(self.describe(), self.say(lang))]
    }
}

/// Lets an error with [`DomainError::say`] be displayed: in English, as logs are.
#[macro_export]
macro_rules! shown_in_english {
    ($error:ty) => {
        impl std::fmt::Display for $error {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&$crate::error::DomainError::say(self, $crate::language::Lang::En))
            }
        }
    };
}

/// A failure of the database, seen as [`Kind::Busy`] when trying again can help, and as [`Kind::Conflict`] when
/// somebody else was faster than the check before and no operation has a better word for it.
pub fn describe_database(error: &DbErr) -> Description {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Description::new(Kind::Conflict, Code::AlreadyExists),
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => Description::new(Kind::Conflict, Code::WrongState),
        _ if is_outcome_unknown(error) => Description::new(Kind::Unknown, Code::OutcomeUnknown),
        _ if is_passing(error) || is_too_slow(error) => Description::new(Kind::Busy, Code::Busy),
        _ if is_storage_failure(error) => Description::new(Kind::Busy, Code::StorageFailed),
        _ => Description::new(Kind::Internal, Code::Internal),
    }
}

/// The sentence for a failure of the database; never its own words.
pub fn say_database(error: &DbErr, lang: Lang) -> String {
    let key = match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => "database-unique",
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => "database-reference",
        _ if is_outcome_unknown(error) => "database-outcome-unknown",
        _ if is_too_slow(error) => "database-too-slow",
        _ if is_passing(error) => "database-busy",
        _ if is_storage_failure(error) => "database-storage",
        _ => return internal(lang),
    };
    texts::sentence(lang, key, &[])
}

/// Writes into the log that the database refused what the operation's own checks had let through. The caller is told of
/// a conflict; whoever keeps the code may find a better word for it. Names of constraints say nothing of people.
pub fn log_violation(error: &(dyn std::error::Error + 'static)) {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(violation) = error.downcast_ref::<DbErr>().and_then(DbErr::sql_err) {
            tracing::warn!(%violation, "the database refused a change");
        }
        cause = error.source();
    }
}

/// True if a row is there already that there may be only one of: somebody else wrote it after the operation had looked.
pub fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// What a statement failed of: what the check before it would have said, if somebody else was faster; otherwise what
/// the database says. On PostgreSQL the transaction is over in both cases.
pub fn or_taken<E: From<DbErr>>(error: DbErr, taken: impl FnOnce() -> E) -> E {
    if is_unique_violation(&error) { taken() } else { error.into() }
}

/// The one sentence for faults of ours; the log has the rest.
pub fn internal(lang: Lang) -> String {
    texts::sentence(lang, "internal", &[])
}

/// True for a lock held too long, a deadlock, and a database that is away: what trying again can mend.
pub fn is_passing(error: &DbErr) -> bool {
    match (error, of_sqlx(error)) {
        (DbErr::ConnectionAcquire(_), _) => true,
        (_, Some(sqlx::Error::Database(e))) => e.code().is_some_and(|code| is_passing_code(&code)),
        (
            _,
            Some(
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                // What answers is no database, such as a proxy that has none behind it, or it broke off.
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed,
            ),
        ) => true,
        _ => false,
    }
}

/// True if a COMMIT may or may not have been done.
pub fn is_outcome_unknown(error: &DbErr) -> bool {
    matches!(error, DbErr::Custom(text) if text == OUTCOME_UNKNOWN)
}

/// True if a COMMIT that failed of this may have been done all the same: its answer was lost, the session was ended
/// meanwhile, or (SQLite) the disk did not confirm what it had taken. A refusal by a constraint or a lock is none.
pub fn leaves_commit_open(error: &DbErr) -> bool {
    match of_sqlx(error) {
        Some(sqlx::Error::Database(e)) => e.code().is_some_and(|code| is_open_code(&code)),
        Some(_) => true,
        None => matches!(error, DbErr::Conn(_) | DbErr::ConnectionAcquire(_)),
    }
}

/// True if the database cannot keep what is written: its disk is full, failing or read-only, or the server is a copy
/// that only reads.
pub fn is_storage_failure(error: &DbErr) -> bool {
    match error {
        DbErr::Custom(text) => text == NOT_KEPT,
        error => database_code(error).is_some_and(|code| is_storage_code(&code)),
    }
}

/// True of a statement that was given up because it took too long: SQLite's INTERRUPT 9, PostgreSQL's 57014.
pub fn is_too_slow(error: &DbErr) -> bool {
    database_code(error).is_some_and(|code| of_sqlite(&code) == Some(9) || code == "57014")
}

/// True if the database refused the change itself, by a constraint or a rule of its own.
pub fn is_violation(error: &DbErr) -> bool {
    database_code(error).is_some_and(|code| is_violation_code(&code))
}

/// The code with which the database itself refused: SQLite's, or an SQLSTATE.
pub fn database_code(error: &DbErr) -> Option<Cow<'_, str>> {
    of_sqlx(error)?.as_database_error()?.code()
}

fn of_sqlx(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(e))
        | DbErr::Exec(RuntimeErr::SqlxError(e))
        | DbErr::Query(RuntimeErr::SqlxError(e)) => Some(e),
        _ => None,
    }
}

/// The primary code of SQLite behind an extended one; SQLSTATEs have five characters.
fn of_sqlite(code: &str) -> Option<u32> {
    code.parse::<u32>().ok().filter(|_| code.len() < 5).map(|extended| extended & 0xff)
}

/// SQLite: BUSY 5 and LOCKED 6 with their extended forms. PostgreSQL: classes 08 (connection) and 57P (shutting down),
/// 40001 serialization, 40P01 deadlock, 55P03 lock not available.
fn is_passing_code(code: &str) -> bool {
    let sqlite = matches!(of_sqlite(code), Some(5 | 6));
    sqlite || code.starts_with("08") || code.starts_with("57P") || matches!(code, "40001" | "40P01" | "55P03")
}

/// SQLite: IOERR_FSYNC 1034 and IOERR_DIR_FSYNC 1290. PostgreSQL: classes 08 (connection), 57P (shutting down), 58
/// (system) and XX (internal).
fn is_open_code(code: &str) -> bool {
    let of_server = code.len() == 5 && ["08", "57P", "58", "XX"].iter().any(|class| code.starts_with(class));
    of_server || matches!(code, "1034" | "1290")
}

/// SQLite: READONLY 8, IOERR 10, CORRUPT 11, FULL 13, CANTOPEN 14 with their extended forms. PostgreSQL: 25006 read-only
/// transaction, 53100 disk full, 58030 input or output failed, and class XX001 and XX002 (damaged).
fn is_storage_code(code: &str) -> bool {
    let sqlite = matches!(of_sqlite(code), Some(8 | 10 | 11 | 13 | 14));
    sqlite || matches!(code, "25006" | "53100" | "58030" | "XX001" | "XX002")
}

/// SQLite: CONSTRAINT 19 with its extended forms, triggers included. PostgreSQL: class 23, and P0001 of a trigger.
fn is_violation_code(code: &str) -> bool {
    of_sqlite(code) == Some(19) || code.starts_with("23") || code == "P0001"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disks_that_fail_are_told_from_locks() {
        for code in ["8", "10", "778", "13", "14", "25006", "53100", "58030"] {
            assert!(is_storage_code(code) && !is_passing_code(code), "{code}");
        }
        for code in ["1", "5", "19", "23505", "57P01"] {
            assert!(!is_storage_code(code), "{code}");
        }
    }

    #[test]
    fn a_lost_answer_leaves_a_commit_open_and_a_refusal_does_not() {
        for code in ["08006", "57P01", "58030", "XX000", "1034"] {
            assert!(is_open_code(code), "{code}");
        }
        for code in ["5", "13", "778", "19", "23505", "40001", "40P01", "55P03", "P0001", "53100"] {
            assert!(!is_open_code(code), "{code}");
        }
    }

    #[test]
    fn constraints_and_triggers_are_violations() {
        for code in ["19", "787", "1811", "23514", "23503", "P0001"] {
            assert!(is_violation_code(code) && !is_storage_code(code) && !is_passing_code(code), "{code}");
        }
        for code in ["1", "5", "13", "25006", "40001"] {
            assert!(!is_violation_code(code), "{code}");
        }
    }

    #[test]
    fn locks_pass_and_violations_do_not() {
        for code in ["5", "6", "261", "517", "08006", "57P01", "40001", "40P01", "55P03"] {
            assert!(is_passing_code(code), "{code}");
        }
        for code in ["1", "19", "2067", "23505", "23514", "42601"] {
            assert!(!is_passing_code(code), "{code}");
        }
    }
}
