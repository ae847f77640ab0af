//! Whether what is written is kept.
//!
//! On a full or failing disk SQLite ends a transaction by itself; a connection that did not notice says "done" of
//! everything after it and keeps nothing. So such a connection is thrown away, and after such a failure nothing is
//! written until one write was kept and seen through another connection.

use super::model::number_series;
use super::{Db, next_of_series};
use crate::error::{NOT_KEPT, is_passing, is_violation};
use sea_orm::{DbErr, EntityTrait};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// So long a proof counts for everybody; asking more often writes nothing.
const PROOF_LASTS: Duration = Duration::from_secs(5);
/// A proof that takes longer, because a writer is at work, says nothing.
const PROOF_TAKES: Duration = Duration::from_secs(2);
/// The series whose numbers are the proofs.
const SERIES: &str = "PROOF";

/// What is known of the storage.
#[derive(Debug, Default)]
pub(super) struct Storage {
    in_doubt: AtomicBool,
    throw_away: AtomicBool,
    last_proof: Mutex<Option<(Instant, Result<(), DbErr>)>>,
}

impl Storage {
    /// A transaction that did not begin or end as it should: its connection is thrown away, and the storage is in
    /// doubt. A lock or a rule of the database's own is no such failure.
    pub(super) fn failed(&self, error: &DbErr) {
        if !is_passing(error) && !is_violation(error) {
            self.throw_away.store(true, Ordering::Relaxed);
            self.doubt();
        }
    }

    fn doubt(&self) {
        if !self.in_doubt.swap(true, Ordering::Relaxed) {
            tracing::error!("the storage failed; nothing is written until one write is proven to be kept");
        }
    }

    /// True once after a failure, of the connection that is asked for next.
    pub(super) fn throws_away(&self) -> bool {
        self.throw_away.swap(false, Ordering::Relaxed)
    }

    fn is_in_doubt(&self) -> bool {
        self.in_doubt.load(Ordering::Relaxed)
    }

    fn proven(&self) {
        if self.in_doubt.swap(false, Ordering::Relaxed) {
            tracing::warn!("a write was kept; the bank writes again");
        }
    }
}

impl Db {
    /// A statement failed of the storage: nothing more is written until one write is proven to be kept.
    pub fn doubt_storage(&self) {
        self.storage.doubt();
    }

    /// Proves that a write is kept and that another connection sees it. One caller proves for all of them, at most once
    /// in five seconds.
    ///
    /// # Errors
    /// Why it is not kept; a passing one if a writer is at work for so long that nothing can be said.
    pub async fn prove_storage(&self) -> Result<(), DbErr> {
        let mut last = self.storage.last_proof.lock().await;
        if let Some((at, outcome)) = &*last
            && at.elapsed() < PROOF_LASTS
            && (outcome.is_err() || !self.storage.is_in_doubt())
        {
            return outcome.clone();
        }
        let outcome = match tokio::time::timeout(PROOF_TAKES, self.write_and_see()).await {
            Ok(outcome) => outcome,
            Err(_) => return Err(DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::Timeout)),
        };
        match &outcome {
            Ok(()) => self.storage.proven(),
            Err(error) if is_passing(error) => return outcome,
            Err(error) => tracing::error!(%error, "a write is not kept"),
        }
        *last = Some((Instant::now(), outcome.clone()));
        outcome
    }

    async fn write_and_see(&self) -> Result<(), DbErr> {
        let tx = self.open().await?;
        let written = next_of_series(&tx, SERIES, 0).await?;
        tx.commit().await?;
        let seen = number_series::Entity::find_by_id((SERIES.to_owned(), 0)).one(self.read()).await?;
        if seen.is_some_and(|row| row.last >= written) { Ok(()) } else { Err(DbErr::Custom(NOT_KEPT.to_owned())) }
    }

    /// Before something is written after a failure.
    pub(super) async fn in_no_doubt(&self) -> Result<(), DbErr> {
        if self.storage.is_in_doubt() { self.prove_storage().await } else { Ok(()) }
    }
}
