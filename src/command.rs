//! Commands: every change of the bank's data is one typed value, run in one place.
//!
//! A command is what somebody wants ([`Command`]); [`App::run`] does it: may they? is the input well formed? then one
//! transaction, done again when it meets a passing lock. GraphQL, pages, timers and the command line build a command
//! and show its answer, nothing else. What must not happen while a transaction is open, such as hashing a password or
//! asking a sign-in provider, is prepared before ([`Prepare`]).

use crate::actor::{Actor, Denied, Verb};
use crate::app::{App, seoul_date};
use crate::db::{Transaction, retrying};
use crate::error::{Code, Description, DomainError, Kind};
use crate::id::PersonId;
use crate::idempotency::{self, Claim, Key, Reused};
use crate::language::Lang;
use crate::{shown_in_english, telemetry, texts};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use std::collections::HashSet;
use std::ops::Deref;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tracing::Instrument;

/// Something that changes the bank's data. Its row of the table of verbs says who may do it.
pub trait Command: Send + Sync {
    /// What it is. Every verb has exactly one command.
    const VERB: Verb;
    /// What comes of it.
    type Output: Send;
    /// Why it is refused.
    type Error: DomainError + From<Denied> + From<DbErr>;

    /// Whether the input is well formed, as far as it can be said without the database. `today` is the day in
    /// Asia/Seoul.
    ///
    /// # Errors
    /// What the caller has to mend.
    fn check(&self, today: NaiveDate) -> Result<(), Self::Error> {
        let _ = today;
        Ok(())
    }

    /// Does it: locks, asks the rules of the rows concerned, changes them, records the event and posts the letters. All
    /// of it happens in the transaction of `work`, or nothing. It may be called again from the beginning, so it keeps
    /// nothing.
    fn apply(&self, work: &Work<'_>) -> impl Future<Output = Result<Self::Output, Self::Error>> + Send;

    /// Tells measurements of the area's own how it ended; called once, when all is over.
    fn ended(actor: &Actor, answer: &Result<Self::Output, Self::Error>) {
        let _ = (actor, answer);
    }
}

/// A command that makes one new thing: called again with the same idempotency key, it answers what it made the first
/// time.
pub trait Create: Command<Error: From<Reused>> {
    /// Key of what was made.
    fn made(output: &Self::Output) -> i64;

    /// What was made before, by its key.
    fn find(&self, work: &Work<'_>, made: i64) -> impl Future<Output = Result<Self::Output, Self::Error>> + Send;
}

/// What comes before a command when it takes long: it is done without a transaction, and yields the command. It may run
/// commands of its own, such as counting a wrong password.
pub trait Prepare: Send + Sync {
    /// What it prepares.
    type Command: Command;
    /// The answer comes no sooner, where its time must not tell what was done.
    const LEAST_TIME: Duration = Duration::ZERO;

    /// As [`Command::check`], before anything else is done.
    ///
    /// # Errors
    /// What the caller has to mend.
    fn check(&self, today: NaiveDate) -> Result<(), <Self::Command as Command>::Error> {
        let _ = today;
        Ok(())
    }

    /// Makes the command ready.
    fn prepare(
        self,
        app: &App,
        actor: &Actor,
    ) -> impl Future<Output = Result<Self::Command, <Self::Command as Command>::Error>> + Send;
}

/// A command under way: the open transaction, who acts, and the bank.
#[derive(Debug)]
pub struct Work<'a> {
    tx: Transaction,
    /// Who acts.
    pub actor: &'a Actor,
    /// The bank.
    pub app: &'a App,
    now: OnceLock<DateTime<Utc>>,
    /// Statements that locked something, in a build for tests.
    held: Mutex<HashSet<String>>,
}

impl Work<'_> {
    /// The instant of everything that this command does. It is read once, at the first call: after all locks, so that
    /// of two commands on one thing the later one has the later time.
    pub fn now(&self) -> DateTime<Utc> {
        *self.now.get_or_init(|| self.app.clock.now())
    }

    /// The day in Asia/Seoul of [`Work::now`], on which approvals count.
    pub fn today(&self) -> NaiveDate {
        seoul_date(self.now())
    }

    /// In a build for tests, whoever asks for the time and then waits for a thing is told. What is held already is not
    /// waited for, and what only has to stay while it is pointed at is locked `FOR SHARE` or `FOR NO KEY UPDATE`, at any
    /// time.
    fn reads_no_time_before(&self, statement: &Statement) {
        let sql = &statement.sql;
        if !cfg!(debug_assertions) || !sql.contains("FOR UPDATE") || sql.contains("SKIP LOCKED") {
            return;
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let is_held = !held.insert(statement.to_string());
        assert!(is_held || self.now.get().is_none(), "the time of a command is read before this lock: {sql}");
    }

    /// The person who acts, for what only people do.
    ///
    /// # Errors
    /// [`Denied`] if a part of the system acts, or nobody known.
    pub fn person(&self) -> Result<PersonId, Denied> {
        self.actor.signed_in()
    }
}

impl Deref for Work<'_> {
    type Target = Transaction;

    fn deref(&self) -> &Transaction {
        &self.tx
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Work<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.tx.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.reads_no_time_before(&statement);
        self.tx.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.tx.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.reads_no_time_before(&statement);
        self.tx.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.reads_no_time_before(&statement);
        self.tx.query_all_raw(statement).await
    }
}

/// What a command does waits on the heap: adapters that give many commands would else carry the state of each of them
/// on their stack.
impl App {
    /// Runs a command: all of it happens, or nothing.
    ///
    /// # Errors
    /// Not allowed, or the command's own.
    pub async fn run<C: Command>(&self, actor: &Actor, command: C) -> Result<C::Output, C::Error> {
        let doing = async {
            permit::<C>(actor)?;
            command.check(self.clock.today())?;
            retrying(|| apply(self, actor, &command)).await
        };
        observed::<C>(self, actor, Box::pin(doing)).await
    }

    /// Runs a command that makes something. With a key it makes it once, however often it is called.
    ///
    /// # Errors
    /// Not allowed, a key that came with another input, or the command's own.
    pub async fn run_once<C: Create>(
        &self,
        actor: &Actor,
        command: C,
        key: Option<&Key>,
    ) -> Result<C::Output, C::Error> {
        let doing = async {
            permit::<C>(actor)?;
            command.check(self.clock.today())?;
            retrying(|| apply_once(self, actor, &command, key)).await
        };
        observed::<C>(self, actor, Box::pin(doing)).await
    }

    /// Prepares a command, then runs it.
    ///
    /// # Errors
    /// Not allowed, or those of the preparation and of the command.
    pub async fn run_prepared<P: Prepare>(
        &self,
        actor: &Actor,
        input: P,
    ) -> Result<<P::Command as Command>::Output, <P::Command as Command>::Error> {
        let doing = async {
            permit::<P::Command>(actor)?;
            input.check(self.clock.today())?;
            let preparing = async {
                let command = input.prepare(self, actor).await?;
                command.check(self.clock.today())?;
                retrying(|| apply(self, actor, &command)).await
            };
            no_sooner(P::LEAST_TIME, Box::pin(preparing)).await
        };
        observed::<P::Command>(self, actor, Box::pin(doing)).await
    }
}

/// The one place that asks whether somebody may give a command. Adapters ask it, too, where they must know before they
/// read the rest of an input.
///
/// # Errors
/// [`Denied`] if the verb takes what the actor does not have.
pub fn permit<C: Command>(actor: &Actor) -> Result<(), Denied> {
    actor.may_do(C::VERB)
}

async fn apply<C: Command>(app: &App, actor: &Actor, command: &C) -> Result<C::Output, C::Error> {
    let work = begin(app, actor).await?;
    let output = Box::pin(command.apply(&work)).await?;
    work.tx.commit().await?;
    Ok(output)
}

async fn apply_once<C: Create>(
    app: &App,
    actor: &Actor,
    command: &C,
    key: Option<&Key>,
) -> Result<C::Output, C::Error> {
    let Some(key) = key else { return apply(app, actor, command).await };
    let work = begin(app, actor).await?;
    let ticket = match idempotency::claim(&work, app.clock.now(), work.person()?, C::VERB.name(), Some(key)).await?? {
        Claim::First(ticket) => ticket,
        Claim::Again(made) => return command.find(&work, made).await,
    };
    let output = Box::pin(command.apply(&work)).await?;
    ticket.keep(&work, C::made(&output)).await?;
    work.tx.commit().await?;
    Ok(output)
}

async fn begin<'a>(app: &'a App, actor: &'a Actor) -> Result<Work<'a>, DbErr> {
    Ok(Work { tx: app.db.begin().await?, actor, app, now: OnceLock::new(), held: Mutex::default() })
}

/// Does something that takes at least so long.
async fn no_sooner<T>(least: Duration, doing: impl Future<Output = T>) -> T {
    if least.is_zero() {
        return doing.await;
    }
    let (done, ()) = tokio::join!(doing, tokio::time::sleep(least));
    done
}

/// One span and one measurement a command, by its verb and how it ended; never by what it was about. One that failed of
/// the storage puts it in doubt.
async fn observed<C: Command>(
    app: &App,
    actor: &Actor,
    doing: impl Future<Output = Result<C::Output, C::Error>>,
) -> Result<C::Output, C::Error> {
    let verb = C::VERB.name();
    let span = tracing::info_span!("command", verb, outcome = tracing::field::Empty);
    let begun = Instant::now();
    let answer = doing.instrument(span.clone()).await;
    let refusal = answer.as_ref().err().map(DomainError::describe);
    if refusal.as_ref().is_some_and(|refusal| refusal.code == Code::StorageFailed) {
        app.db.doubt_storage();
    }
    let outcome = refusal.map_or("done", |refusal| outcome(refusal.kind));
    span.record("outcome", outcome);
    telemetry::command(verb, outcome, begun.elapsed());
    C::ended(actor, &answer);
    answer
}

/// A command was done, but what to answer could not be read. That must not be told as a refusal, which says that nothing
/// was changed and invites to try again.
#[derive(Debug)]
pub struct AnswerUnread(Box<dyn std::error::Error + Send + Sync>);

impl AnswerUnread {
    /// Of what the reading failed of.
    pub fn of(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl std::error::Error for AnswerUnread {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}

impl DomainError for AnswerUnread {
    fn describe(&self) -> Description {
        Description::new(Kind::Unknown, Code::OutcomeUnknown)
    }

    fn say(&self, lang: Lang) -> String {
        texts::sentence(lang, "answer-unread", &[])
    }
}

shown_in_english!(AnswerUnread);

/// How a refused command ended, as metrics and logs name it.
fn outcome(kind: Kind) -> &'static str {
    match kind {
        Kind::Unauthenticated => "unauthenticated",
        Kind::Forbidden => "forbidden",
        Kind::NotFound => "not_found",
        Kind::Invalid => "invalid",
        Kind::Conflict => "conflict",
        Kind::Busy => "busy",
        Kind::Unknown => "unknown",
        Kind::Throttled => "throttled",
        Kind::Internal => "internal",
    }
}
