//! Answers to anonymous catalogue reads, kept as bytes.
//!
//! The key holds the version of the public content, read before the answer was computed. Whatever changes public content
//! raises the version in its own transaction, so old data can never stand under a new version, also with several
//! instances. An answer also ends at the next instant at which rows change meaning by themselves: the next end of a
//! reservation, and midnight in Seoul, when approvals end and years turn.

use crate::app::{App, seoul_date};
use crate::db::catalogue_version;
use crate::inventory::reservations::next_ending;
use crate::language::Lang;
use chrono::{DateTime, Days, NaiveTime, TimeZone, Utc};
use chrono_tz::Asia::Seoul;
use moka::sync::Cache;
use sea_orm::DbErr;
use std::sync::Arc;

/// A kept answer.
#[derive(Debug)]
pub struct Answer {
    /// The body.
    pub body: Vec<u8>,
    /// Its strong validator.
    pub etag: String,
    valid_until: DateTime<Utc>,
}

/// What an answer depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    version: i64,
    lang: Lang,
    media: &'static str,
    request: Vec<u8>,
}

/// Kept answers, the least used go first.
#[derive(Clone, Debug)]
pub struct Answers(Option<Cache<Key, Arc<Answer>>>);

impl Answers {
    /// A cache of so many MiB; none for 0.
    pub fn new(mib: u64) -> Self {
        let weigh = |key: &Key, answer: &Arc<Answer>| {
            u32::try_from(key.request.len() + answer.body.len() + 200).unwrap_or(u32::MAX)
        };
        Self((mib > 0).then(|| Cache::builder().weigher(weigh).max_capacity(mib << 20).build()))
    }

    /// The key under which this request's answer is kept now; `None` if nothing is kept.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub async fn key(&self, app: &App, lang: Lang, media: &'static str, request: &[u8]) -> Result<Option<Key>, DbErr> {
        if self.0.is_none() {
            return Ok(None);
        }
        let version = catalogue_version(app.db.read()).await?;
        Ok(Some(Key { version, lang, media, request: request.to_vec() }))
    }

    /// The answer kept under a key, if it is still true.
    pub fn get(&self, key: &Key, now: DateTime<Utc>) -> Option<Arc<Answer>> {
        self.0.as_ref()?.get(key).filter(|answer| now < answer.valid_until)
    }

    /// Keeps an answer that was computed after its key was made.
    pub fn put(&self, key: Key, body: Vec<u8>, valid_until: DateTime<Utc>) -> Arc<Answer> {
        let etag = etag(&body);
        let answer = Arc::new(Answer { body, etag, valid_until });
        if let Some(cache) = &self.0 {
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
