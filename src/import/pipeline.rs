//! Reading a source on a thread of its own, so that reading and writing go on at the same time.

use super::{Flaw, Skipped, shorten};
use crate::language::Lang;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;

/// Chunks that may wait to be written: enough to keep the writer busy, few enough to bound memory.
const WAITING: usize = 2;

/// Bytes of text after which a chunk is full, however few records it has.
const FULL: usize = 4 << 20;

/// Records read together, with what was met between them.
#[derive(Debug)]
pub struct Chunk<T> {
    /// The records.
    pub records: Vec<T>,
    /// What cannot be imported.
    pub skipped: Vec<Skipped>,
    /// What a person should know besides.
    pub notes: Vec<String>,
    /// Records met, skipped ones included.
    pub read: u64,
    /// Bytes of the source read so far.
    pub bytes: u64,
}

impl<T> Default for Chunk<T> {
    fn default() -> Self {
        Self { records: vec![], skipped: vec![], notes: vec![], read: 0, bytes: 0 }
    }
}

/// What the reading thread sends: chunks, and last how it ended.
#[derive(Debug)]
pub enum Message<T> {
    /// Records to write.
    Chunk(Chunk<T>),
    /// The source broke off.
    Broken(Broken),
    /// The source was read to its end.
    End,
}

/// Where a parser puts what it reads.
pub struct Sink<T> {
    chunk: Chunk<T>,
    size: usize,
    /// Bytes of text behind the records of this chunk.
    weight: usize,
    sender: mpsc::Sender<Message<T>>,
    consumed: Arc<AtomicU64>,
    lang: Lang,
    gone: bool,
}

impl<T> Sink<T> {
    /// Language of what the parser says.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// Counts a record that was met.
    pub fn met(&mut self) {
        self.chunk.read += 1;
    }

    /// A good record, and how many bytes of text it was.
    pub fn give(&mut self, record: T, bytes: usize) {
        self.chunk.records.push(record);
        self.weight += bytes;
        if self.chunk.records.len() >= self.size || self.weight >= FULL {
            self.send();
        }
    }

    /// A record or line that cannot be imported.
    pub fn skip(&mut self, line: u64, flaw: Flaw, text: &str) {
        let reason = flaw.say(self.lang);
        self.chunk.skipped.push(Skipped { line, reason, text: shorten(text).to_owned() });
        if self.chunk.skipped.len() >= self.size {
            self.send();
        }
    }

    /// Something a person should know besides.
    pub fn note(&mut self, note: String) {
        self.chunk.notes.push(note);
    }

    /// True once nobody takes records any more: the import ended early.
    pub fn is_gone(&self) -> bool {
        self.gone
    }

    fn send(&mut self) {
        let mut chunk = std::mem::take(&mut self.chunk);
        self.weight = 0;
        chunk.bytes = self.consumed.load(Ordering::Relaxed);
        self.gone = self.gone || self.sender.blocking_send(Message::Chunk(chunk)).is_err();
    }
}

/// A source that broke off.
#[derive(Debug)]
pub struct Broken {
    /// Last line that could be read, counted from 1; 0 if none could.
    pub line: u64,
    /// What the system said.
    pub cause: io::Error,
}

/// Starts to read. The parser runs on a blocking thread until it ends; it should end when [`Sink::is_gone`].
///
/// `consumed` is what [`super::Source::consumed`] gave, `size` the records of a chunk.
pub fn spawn_parser<T: Send + 'static>(
    consumed: Arc<AtomicU64>,
    lang: Lang,
    size: usize,
    parse: impl FnOnce(&mut Sink<T>) -> Result<(), Broken> + Send + 'static,
) -> mpsc::Receiver<Message<T>> {
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::task::spawn_blocking(move || {
        let mut sink = Sink { chunk: Chunk::default(), size, weight: 0, sender, consumed, lang, gone: false };
        let ended = parse(&mut sink);
        sink.send();
        let last = match ended {
            Ok(()) => Message::End,
            Err(broken) => Message::Broken(broken),
        };
        // Nobody listens any more: the import failed on its own side and says so there.
        let _ = sink.sender.blocking_send(last);
    });
    receiver
}

/// Keys met in one source, so that the second of two is reported; eight bytes a key.
#[derive(Debug, Default)]
pub struct Met(std::collections::HashSet<u64>);

impl Met {
    /// True the first time a key is met.
    pub fn first(&mut self, key: &(impl std::hash::Hash + ?Sized)) -> bool {
        self.0.insert(fingerprint(key))
    }
}

/// 64 bits of a key; two of a million differing keys agree with a chance below one in ten million.
pub fn fingerprint(key: &(impl std::hash::Hash + ?Sized)) -> u64 {
    use std::hash::{DefaultHasher, Hasher};
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}
