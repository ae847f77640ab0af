//! Verification: walks the whole chain, page by page, and says which event is the first that is not as it was sealed,
//! and how.

mod links;
mod verdict;

pub use verdict::{Broken, How, Report, Verdict};

use super::canonical::{Hash, Keys};
use super::sealer::SealerPosition;
use super::{Error, queries};
use crate::actor::{Actor, Permission};
use crate::app::App;
use chrono::Duration;
use links::{Found, Link, PAGE, links_after};
use sea_orm::DatabaseConnection;

/// How long an event may go unsealed, or be sealed after its own time, without being remarkable.
const GRACE: Duration = Duration::minutes(1);

/// Walks the chain. `head` is a hash that was an end of it, from a log or a letter: it has to be in the chain still.
/// For [`Permission::Administer`].
///
/// # Errors
/// Not allowed, a malformed `head`, a key that is not known here, or those of the database.
pub async fn verify(app: &App, actor: &Actor, head: Option<&str>) -> Result<Verdict, Error> {
    actor.may(Permission::Administer)?;
    let head = head.map(|text| Hash::parse(text).ok_or(Error::Head)).transpose()?;
    let db = app.db.read();
    // Before the walk: what is sealed meanwhile only makes the chain longer.
    let position = SealerPosition::read(db).await?;
    let mut known_ends: Vec<KnownEnd> =
        queries::anchors(db).await?.into_iter().map(|a| KnownEnd::new(a.sequence, &a.hash)).collect();
    known_ends.push(KnownEnd::new(position.sequence, &position.hash));
    known_ends.retain(|end| end.sequence > 0);
    known_ends.sort_by_key(|end| end.sequence);
    let mut walk = Walk::new(db, Keys::known(app).await?);
    if let Some(broken) = walk.go(&known_ends, head).await? {
        return Ok(Verdict::Broken(broken));
    }
    if let Some(end) = known_ends.iter().find(|end| end.sequence > walk.sequence) {
        return Ok(Verdict::Broken(Broken::cut(walk.sequence, Some(end.sequence))));
    }
    if head.is_some() && !walk.saw_head {
        return Ok(Verdict::Broken(Broken::cut(walk.sequence, None)));
    }
    if let Some(event) = walk.never_sealed(position.floor).await? {
        return Ok(Verdict::Broken(event));
    }
    walk.report(app, position.floor).await.map(Verdict::Intact)
}

/// A hash that was an end of the chain, as the bank kept it.
struct KnownEnd {
    sequence: i64,
    hash: Option<Hash>,
}

impl KnownEnd {
    fn new(sequence: i64, hash: &str) -> Self {
        Self { sequence, hash: Hash::parse(hash) }
    }
}

struct Walk<'a> {
    db: &'a DatabaseConnection,
    keys: Keys,
    sequence: i64,
    previous: Hash,
    rank: usize,
    saw_head: bool,
    late: i64,
    with_stored_key: i64,
}

impl<'a> Walk<'a> {
    fn new(db: &'a DatabaseConnection, keys: Keys) -> Self {
        let (sequence, previous, rank) = (0, Hash::BEFORE_ALL, usize::MAX);
        Self { db, keys, sequence, previous, rank, saw_head: false, late: 0, with_stored_key: 0 }
    }

    /// To the end, or to the first link that is broken.
    async fn go(&mut self, known_ends: &[KnownEnd], head: Option<Hash>) -> Result<Option<Broken>, Error> {
        let mut known_ends = known_ends.iter().peekable();
        let mut last = i64::MIN;
        loop {
            let links = links_after(self.db, last).await?;
            for link in &links {
                if let Some(broken) = self.step(link).await? {
                    return Ok(Some(broken));
                }
                self.saw_head |= Some(self.previous) == head;
                while let Some(end) = known_ends.next_if(|end| end.sequence == self.sequence) {
                    if end.hash != Some(self.previous) {
                        return Ok(Some(Broken::at(How::Changed, link)));
                    }
                }
                last = link.sequence;
            }
            if links.len() < PAGE {
                return Ok(None);
            }
        }
    }

    /// One link; goes on only if everything about it is as it has to be.
    async fn step(&mut self, link: &Link) -> Result<Option<Broken>, Error> {
        let expected = self.sequence + 1;
        if link.sequence > expected {
            return Ok(Some(Broken { sequence: Some(expected), ..Broken::at(How::Removed, link) }));
        }
        if link.sequence < expected {
            return Ok(Some(Broken::at(How::Inserted, link)));
        }
        let Found::Event(event) = &link.found else {
            let how = if matches!(link.found, Found::Missing) { How::Removed } else { How::Changed };
            return Ok(Some(Broken::at(how, link)));
        };
        let unknown = || Error::UnknownKey { sequence: link.sequence, key: link.key_id.clone() };
        let (rank, key) = self.keys.find(&link.key_id).ok_or_else(unknown)?;
        let sealed = key.seal(self.previous, &link.place());
        let is_own = key.event(event) == link.event_hash;
        // Keys follow each other: a seal by an older key after one by a newer is no seal of the sealer's.
        if sealed != link.hash || !is_own || rank > self.rank {
            return Ok(Some(Broken::at(self.how(link).await?, link)));
        }
        self.late += i64::from(link.sealed_at - event.at > GRACE);
        self.with_stored_key += i64::from(key.is_stored);
        (self.rank, self.sequence, self.previous) = (rank, link.sequence, sealed);
        Ok(None)
    }

    /// True if a link has its seal from this place, whatever place it has now.
    fn belongs_here(&self, link: &Link, previous: Hash, sequence: i64) -> bool {
        let place = super::canonical::Place { sequence, ..link.place() };
        self.keys.find(&link.key_id).is_some_and(|(_, key)| key.seal(previous, &place) == link.hash)
    }

    /// What was done to the first broken link, by what the rest of the chain says.
    async fn how(&self, link: &Link) -> Result<How, Error> {
        let Found::Event(event) = &link.found else { return Ok(How::Changed) };
        let Some((_, key)) = self.keys.find(&link.key_id) else { return Ok(How::Changed) };
        let content = key.event(event);
        let is_own = content == link.event_hash;
        if self.belongs_here(link, self.previous, link.sequence) {
            // The seal is right, the event is not what was sealed: another's, or nobody's.
            return Ok(if queries::has_seal(self.db, content).await? { How::Reordered } else { How::Changed });
        }
        let mut last = link.sequence;
        loop {
            let links = links_after(self.db, last).await?;
            if last == link.sequence && is_own {
                // The next seal follows what this one says or has to be: only this seal's own row was touched.
                let hashes = [link.hash, key.seal(self.previous, &link.place())];
                let follows = |next: &Link| hashes.iter().any(|hash| self.belongs_here(next, *hash, next.sequence));
                if links.first().is_none_or(follows) {
                    return Ok(How::Changed);
                }
            }
            if links.iter().any(|other| self.belongs_here(other, self.previous, link.sequence)) {
                return Ok(if is_own { How::Reordered } else { How::Inserted });
            }
            match links.last() {
                Some(end) if links.len() == PAGE => last = end.sequence,
                _ => break,
            }
        }
        let elsewhere = !is_own && queries::has_seal(self.db, content).await?;
        Ok(match (is_own, elsewhere) {
            (true, _) => How::Removed,
            (false, true) => How::Reordered,
            (false, false) => How::Changed,
        })
    }

    /// The first event without a seal at or below the floor: the sealer had seen everything there.
    async fn never_sealed(&self, floor: i64) -> Result<Option<Broken>, Error> {
        let event = queries::never_sealed(self.db, floor).await?;
        Ok(event.map(|event| Broken { how: How::Inserted, sequence: None, event: Some(event.0), known: None }))
    }

    async fn report(self, app: &App, floor: i64) -> Result<Report, Error> {
        let (unsealed, oldest) = queries::unsealed(self.db, floor).await?;
        Ok(Report {
            events: self.sequence,
            head: self.previous,
            unsealed,
            suspicious: oldest.filter(|at| app.clock.now() - *at > GRACE),
            late: self.late,
            with_stored_key: self.with_stored_key,
        })
    }
}
