//! Responses to anonymous reads, kept as bytes: of the graph and of pages.
//!
//! The key holds the version of the public content, read before the answer was computed. Whatever changes public
//! content raises the version in its own transaction, so old data can never stand under a new version, also with
//! several instances. An answer also ends at the next instant at which rows change meaning by themselves: the next end
//! of a reservation, and midnight in Seoul, when approvals end and years turn.

use crate::app::{App, seoul_date};
use crate::db::catalogue_version;
use crate::inventory::reservations::next_ending;
use crate::language::Lang;
use axum::body::Bytes;
use chrono::{DateTime, Days, NaiveTime, TimeZone, Utc};
use chrono_tz::Asia::Seoul;
use moka::sync::Cache;
use sea_orm::DbErr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// A kept response.
#[derive(Debug)]
pub struct CachedResponse {
    /// The body.
    pub body: Bytes,
    /// Its strong validator.
    pub etag: String,
    valid_until: DateTime<Utc>,
}

/// What a response depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    version: i64,
    lang: Lang,
    /// Media type or kind of page.
    kind: &'static str,
    request: Vec<u8>,
}

/// Kept responses; the least used go first.
#[derive(Clone, Debug)]
pub struct ResponseCache {
    kept: Option<Cache<Key, Arc<CachedResponse>>>,
    versions: Arc<Versions>,
}

/// Reads of the version, shared by all who ask at the same time: a read serves whoever asked before it began, so that
/// nobody is told a version older than their question.
#[derive(Debug, Default)]
struct Versions {
    asked: AtomicU64,
    last: Mutex<Option<LastRead>>,
}

/// The last read.
#[derive(Debug)]
struct LastRead {
    /// How many had asked when it began.
    asked: u64,
    ended: Instant,
    version: Result<i64, DbErr>,
}

/// After a read failed, whoever asks within so long is told the same at once: a database that is away keeps nobody
/// waiting one behind the other.
const FAILURE_LASTS: Duration = Duration::from_secs(1);

impl Versions {
    async fn read(&self, app: &App) -> Result<i64, DbErr> {
        let mine = self.asked.fetch_add(1, Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if let Some(read) = &*last
            && (read.asked > mine || read.version.is_err() && read.ended.elapsed() < FAILURE_LASTS)
        {
            return read.version.clone();
        }
        let asked = self.asked.load(Ordering::SeqCst);
        let version = catalogue_version(app.db.read()).await;
        *last = Some(LastRead { asked, ended: Instant::now(), version: version.clone() });
        version
    }
}

impl ResponseCache {
    /// A cache of so many MiB; none for 0.
    pub fn new(mib: u64) -> Self {
        let weigh = |key: &Key, answer: &Arc<CachedResponse>| {
            u32::try_from(key.request.len() + answer.body.len() + 200).unwrap_or(u32::MAX)
        };
        let kept = (mib > 0).then(|| Cache::builder().weigher(weigh).max_capacity(mib << 20).build());
        Self { kept, versions: Arc::default() }
    }

    /// The key under which this request's answer is kept now; `None` if nothing is kept.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub async fn key(&self, app: &App, lang: Lang, kind: &'static str, request: &[u8]) -> Result<Option<Key>, DbErr> {
        if self.kept.is_none() {
            return Ok(None);
        }
        let version = self.versions.read(app).await?;
        Ok(Some(Key { version, lang, kind, request: request.to_vec() }))
    }

    /// The answer kept under a key, if it is still true.
    pub fn get(&self, key: &Key, now: DateTime<Utc>) -> Option<Arc<CachedResponse>> {
        self.kept.as_ref()?.get(key).filter(|answer| now < answer.valid_until)
    }

    /// Keeps an answer that was computed after its key was made.
    pub fn put(&self, key: Key, body: Vec<u8>, valid_until: DateTime<Utc>) -> Arc<CachedResponse> {
        let etag = etag(&body);
        let answer = Arc::new(CachedResponse { body: body.into(), etag, valid_until });
        if let Some(cache) = &self.kept {
            cache.insert(key, answer.clone());
        }
        answer
    }
}

/// A strong validator of a body.
pub fn etag(body: &[u8]) -> String {
    format!("\"{}\"", &crate::accounts::passwords::sha256_hex(body)[..32])
}

/// Until when an answer computed now stays true if nobody changes anything.
///
/// # Errors
/// A database that cannot be read.
pub async fn valid_until(app: &App) -> Result<DateTime<Utc>, DbErr> {
    let now = app.clock.now();
    let tomorrow = seoul_date(now).checked_add_days(Days::new(1)).unwrap_or_default().and_time(NaiveTime::MIN);
    let midnight = Seoul.from_local_datetime(&tomorrow).earliest().map_or(now, |midnight| midnight.to_utc());
    Ok(next_ending(app.db.read(), now).await?.map_or(midnight, |ending| ending.min(midnight)))
}
