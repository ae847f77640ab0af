//! The worker that empties the outbox. Several instances of the bank each have one.

use super::backoff;
use super::compose::{SenderIdentity, Unwritable, compose};
use super::error::Error;
use super::outbox::{ClaimMail, Claimed, PostponeMail, RecordDeadMail, RecordSentMail, RenewMail, ReturnMail};
use super::smtp::{DeliveryError, Line, Server, SmtpError, close};
use super::sql::{self, Reader};
use crate::actor::Actor;
use crate::app::App;
use crate::config::Smtp;
use crate::id::PersonId;
use crate::telemetry::{self, LetterOutcome, Rounds};
use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use lettre::message::Message;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Letters that a worker takes at once: few enough that a crash does not hold many of them back.
const BATCH: usize = 20;
/// How often an idle worker looks.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long it rests after the database failed.
const AFTER_FAILURE: Duration = Duration::from_secs(10);
/// How long a worker holds letters without a sign of life. Whoever is killed delays his letters by that much.
const LEASE: Duration = Duration::from_secs(60);
/// How often a worker gives a sign of life.
const RENEW_EVERY: Duration = Duration::from_secs(15);
/// With less than this left of its lease, a worker begins no letter.
const TO_BEGIN: Duration = Duration::from_secs(10);

/// Empties the outbox until it is told to stop, then finishes the letters under way. Without `[smtp]`, or with settings
/// that cannot work, nothing is sent: the letters wait, and the log says so once.
pub async fn work(app: App, rounds: Rounds, mut stop: watch::Receiver<bool>) {
    let worker = app.config.smtp.clone().map(|settings| Worker::new(app, &settings));
    match worker {
        Some(Ok(worker)) => return worker.run(&rounds, stop).await,
        Some(Err(error)) => tracing::error!(%error, "letters stay in the outbox"),
        None => tracing::warn!("no mail server is configured ([smtp]); letters stay in the outbox"),
    }
    drop(stop.wait_for(|stop| *stop).await);
}

/// What came of the letters that a worker took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliveryCounts {
    /// The mail server has them.
    pub sent: usize,
    /// They are tried again later.
    pub put_off: usize,
    /// They are dead.
    pub dead: usize,
    /// They went back as they were, for the mail server cannot be used or the worker stops.
    pub given_back: usize,
}

/// One worker.
pub struct Worker {
    app: App,
    actor: Actor,
    server: Server,
    sender: SenderIdentity,
    name: String,
    /// Open connections without a letter.
    lines: Mutex<Vec<Line>>,
    /// Rounds in a row in which the mail server could not be used.
    outages: AtomicU32,
    stop: Option<watch::Receiver<bool>>,
}

/// What the connections of a round share.
struct RoundWork<'a> {
    queue: &'a Mutex<VecDeque<Claimed>>,
    readers: &'a HashMap<PersonId, Reader>,
    /// The end of the lease, which moves on with every sign of life.
    lease: watch::Receiver<Instant>,
}

impl RoundWork<'_> {
    fn has_time(&self) -> bool {
        *self.lease.borrow() > Instant::now() + TO_BEGIN
    }

    /// Ends when the lease does.
    async fn lease_lost(&self) {
        loop {
            let end = *self.lease.borrow();
            if end <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(end.into()).await;
        }
    }
}

/// What a connection did in a round, and what made it give up.
type Shift = (DeliveryCounts, Option<String>);

impl Worker {
    /// A worker; it connects when there is something to send.
    ///
    /// # Errors
    /// Settings that cannot work.
    pub fn new(app: App, settings: &Smtp) -> Result<Self, SmtpError> {
        let server = Server::new(settings)?;
        let sender = SenderIdentity { from: server.from.clone(), public_url: app.config.public_url.clone() };
        let name = format!("{:016x}", rand::random::<u64>());
        Ok(Self {
            app,
            actor: Actor::system("mail"),
            server,
            sender,
            name,
            lines: Mutex::default(),
            outages: AtomicU32::new(0),
            stop: None,
        })
    }

    /// Rounds without end, until told to stop.
    pub async fn run(mut self, rounds: &Rounds, mut stop: watch::Receiver<bool>) {
        self.stop = Some(stop.clone());
        while !self.stops() {
            let pause = match rounds.observe(self.round()).await {
                Ok(round) if round == DeliveryCounts::default() => {
                    self.hang_up().await;
                    LOOK_EVERY
                }
                Ok(round) if round.given_back > 0 => {
                    let outages = self.outages.load(Ordering::Relaxed);
                    backoff::after_outages(outages, rand::random()).to_std().unwrap_or(AFTER_FAILURE)
                }
                Ok(_) => continue,
                Err(error) => {
                    tracing::warn!(%error, "the outbox cannot be worked off; trying again");
                    AFTER_FAILURE
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                changed = stop.changed() => if changed.is_err() { break },
            }
        }
        self.hang_up().await;
    }

    fn stops(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| *stop.borrow())
    }

    async fn hang_up(&self) {
        let lines = std::mem::take(&mut *self.lines.lock().unwrap_or_else(PoisonError::into_inner));
        join_all(lines.into_iter().map(close)).await;
    }

    /// Takes some letters that are due and sends each. A round without any did nothing at all.
    ///
    /// # Errors
    /// Those of the database; letters that were taken are due again when the lease ends.
    pub async fn round(&self) -> Result<DeliveryCounts, Error> {
        let domain = self.sender.from.email.domain();
        if !sql::is_anything_due(self.app.db.read(), self.app.clock.now()).await? {
            return Ok(DeliveryCounts::default());
        }
        let (renewed, lease) = watch::channel(Instant::now() + LEASE);
        let claim = ClaimMail { worker: &self.name, until: self.lease_end(), most: BATCH, domain };
        let letters = self.app.run(&self.actor, claim).await?;
        if letters.is_empty() {
            return Ok(DeliveryCounts::default());
        }
        let readers = sql::readers(self.app.db.read(), &letters).await?;
        let ids: Vec<i64> = letters.iter().map(|letter| letter.id).collect();
        let queue = Mutex::new(VecDeque::from(letters));
        let work = RoundWork { queue: &queue, readers: &readers, lease };
        let shifts = join_all((0..self.server.lines()).map(|_| self.shift(&work)));
        let shifts = tokio::select! {
            shifts = shifts => shifts,
            () = self.renew(&ids, &renewed) => vec![],
        };
        let mut round = DeliveryCounts::default();
        let mut problem = None;
        for shift in shifts {
            let (done, why) = shift?;
            round.sent += done.sent;
            round.put_off += done.put_off;
            round.dead += done.dead;
            problem = problem.or(why);
        }
        let left: Vec<i64> = queue.into_inner().unwrap_or_else(PoisonError::into_inner).iter().map(|l| l.id).collect();
        round.given_back = left.len();
        self.give_back(&left, problem.as_deref()).await?;
        telemetry::letters(LetterOutcome::GivenBack, left.len());
        tracing::info!(
            sent = round.sent,
            put_off = round.put_off,
            dead = round.dead,
            given_back = round.given_back,
            "letters"
        );
        Ok(round)
    }

    fn lease_end(&self) -> DateTime<Utc> {
        self.app.clock.now() + chrono::Duration::from_std(LEASE).unwrap_or(chrono::Duration::MAX)
    }

    /// Gives signs of life without end. One that fails is tried again in time; the lease then is as long as it was.
    async fn renew(&self, letters: &[i64], renewed: &watch::Sender<Instant>) {
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            let end = Instant::now() + LEASE;
            let renew = RenewMail { worker: &self.name, letters, until: self.lease_end() };
            match self.app.run(&self.actor, renew).await {
                Ok(()) => drop(renewed.send_replace(end)),
                Err(error) => tracing::warn!(%error, "letters under way cannot be held any longer; trying again"),
            }
        }
    }

    async fn give_back(&self, letters: &[i64], problem: Option<&str>) -> Result<(), Error> {
        if letters.is_empty() {
            self.outages.store(0, Ordering::Relaxed);
            return Ok(());
        }
        let mut due = self.app.clock.now();
        if let Some(why) = problem {
            let outages = self.outages.fetch_add(1, Ordering::Relaxed) + 1;
            due += backoff::after_outages(outages, rand::random());
            tracing::warn!(%why, letters = letters.len(), "the mail server cannot be used; letters wait");
        }
        self.app.run(&self.actor, ReturnMail { worker: &self.name, letters, due, why: problem }).await
    }

    /// One connection's work: letter after letter while there are some.
    async fn shift(&self, work: &RoundWork<'_>) -> Result<Shift, Error> {
        let mut round = DeliveryCounts::default();
        let mut line = self.lines.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut problem = None;
        while !self.stops() && work.has_time() {
            let next = work.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(letter) = next else { break };
            let reader = work.readers.get(&letter.recipient_id);
            let answer = match compose(&self.sender, &letter, reader, self.app.clock.now()) {
                Ok(message) => tokio::select! {
                    answer = self.deliver(&mut line, &message) => answer,
                    // Somebody else may have the letter by now; it has the same Message-ID.
                    () = work.lease_lost() => Err(DeliveryError::Later("the worker lost its lease".into())),
                },
                Err(Unwritable::Unknown) => {
                    Err(DeliveryError::Later("this version of the bank has no such letter".into()))
                }
                Err(Unwritable::Never(why)) => Err(DeliveryError::Never(why)),
            };
            match answer {
                Ok(()) => {
                    self.app.run(&self.actor, RecordSentMail { letter: &letter }).await?;
                    telemetry::letters(LetterOutcome::Sent, 1);
                    round.sent += 1;
                }
                Err(DeliveryError::Server(why)) => {
                    work.queue.lock().unwrap_or_else(PoisonError::into_inner).push_front(letter);
                    problem = Some(why);
                    break;
                }
                Err(DeliveryError::Later(why)) if letter.attempts < self.server.attempts() => {
                    let due = self.app.clock.now() + backoff::after_attempts(letter.attempts, rand::random());
                    let later = PostponeMail { worker: &self.name, letter: &letter, due, why: &why };
                    self.app.run(&self.actor, later).await?;
                    telemetry::letters(LetterOutcome::PutOff, 1);
                    round.put_off += 1;
                }
                Err(DeliveryError::Later(why) | DeliveryError::Never(why)) => {
                    tracing::warn!(letter = letter.id, %why, "a letter is dead");
                    let dead = RecordDeadMail { worker: &self.name, letter: &letter, why: &why };
                    self.app.run(&self.actor, dead).await?;
                    telemetry::letters(LetterOutcome::Dead, 1);
                    round.dead += 1;
                }
            }
        }
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).extend(line);
        Ok((round, problem))
    }

    /// Sends over the open connection, or over a new one if that is gone.
    async fn deliver(&self, line: &mut Option<Line>, message: &Message) -> Result<(), DeliveryError> {
        let reused = line.is_some();
        match self.attempt(line, message).await {
            Err(DeliveryError::Server(_)) if reused => self.attempt(line, message).await,
            answer => answer,
        }
    }

    async fn attempt(&self, line: &mut Option<Line>, message: &Message) -> Result<(), DeliveryError> {
        let mut open = match line.take() {
            Some(open) => open,
            None => self.server.connect().await.map_err(|error| DeliveryError::Server(error.to_string()))?,
        };
        let answer = self.server.send(&mut open, message).await;
        if answer.is_ok() {
            *line = Some(open);
        }
        answer
    }
}
