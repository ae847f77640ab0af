//! What all imports share: opening and reading a source, chunks, the summary, progress, writing many rows at once.
//!
//! An import reads a source of any size with bounded memory on a thread of its own ([`pipeline`]) and writes it in
//! chunks, each one transaction. A record that is not right is reported with its line and never stops the others.
//! Repeating an import changes nothing; one that was killed and is repeated ends where an undisturbed one ends.

mod cleared;
mod commands;
mod encoding;
pub mod error;
pub mod events;
pub mod pipeline;
pub mod rows;
pub mod run;
pub mod source;
pub mod table;

pub use cleared::Cleared;
pub use encoding::{Beginning, Encoding, Looks};
pub use error::Error;
pub use pipeline::{Broken, Chunk, Sink, spawn_parser};
pub use run::Run;
pub use source::{About, Line, Lines, Source};
pub use table::{Row, Table};

use crate::language::Lang;
use serde::Serialize;

/// The most records of one transaction.
pub const MOST_PER_CHUNK: usize = 2_000;
/// Skipped records that a summary keeps in full.
pub const MOST_SKIPPED: usize = 1_000;
/// Notes that a summary keeps in full.
pub const MOST_NOTES: usize = 100;
/// Characters that are kept of a skipped record's text.
pub const LONGEST_TEXT: usize = 200;

/// How an import runs.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Say what would happen and write nothing.
    pub dry_run: bool,
    /// Records of one transaction, 1 to [`MOST_PER_CHUNK`].
    pub chunk: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { dry_run: false, chunk: MOST_PER_CHUNK }
    }
}

/// Told how far an import is.
pub trait Progress: Send + Sync {
    /// `bytes` of the source, as it lies on disk, were read, of `size` where that is known.
    fn reached(&self, bytes: u64, size: Option<u64>);

    /// Whether to stop; what was read until then stays.
    fn is_told_to_stop(&self) -> bool {
        false
    }
}

/// Nobody watches.
impl Progress for () {
    fn reached(&self, _: u64, _: Option<u64>) {}
}

/// A record, or a line of one, that was not imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Line of the source, counted from 1.
    pub line: u64,
    /// Why, in the caller's language.
    pub reason: String,
    /// How it begins, at most [`LONGEST_TEXT`] characters.
    pub text: String,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Records met in the source, those that were skipped included.
    pub read: u64,
    /// Things that were not there before.
    pub created: u64,
    /// Things of which something changed.
    pub updated: u64,
    /// Things of which the source said nothing new.
    pub unchanged: u64,
    /// What was not imported, at most [`MOST_SKIPPED`]; `notes` says if there was more.
    pub skipped: Vec<Skipped>,
    /// What a person should know besides.
    pub notes: Vec<String>,
    #[serde(skip)]
    skipped_besides: u64,
    #[serde(skip)]
    notes_besides: u64,
}

impl Summary {
    /// How many were skipped, those not kept included.
    pub fn skipped_count(&self) -> u64 {
        self.skipped.len() as u64 + self.skipped_besides
    }

    /// Adds a skipped record; beyond [`MOST_SKIPPED`] it is only counted.
    pub fn skip(&mut self, skipped: Skipped) {
        if self.skipped.len() < MOST_SKIPPED {
            self.skipped.push(skipped);
        } else {
            self.skipped_besides += 1;
        }
    }

    /// Adds a note; beyond [`MOST_NOTES`] it is only counted.
    pub fn note(&mut self, note: String) {
        if self.notes.len() < MOST_NOTES {
            self.notes.push(note);
        } else {
            self.notes_besides += 1;
        }
    }

    /// Says in which encoding the source was read, unless it is the one that it should be in.
    pub fn note_encoding(&mut self, encoding: Encoding, lang: Lang) {
        if encoding != Encoding::Utf8 {
            let name = encoding.name();
            self.note(
                lang.pick(
                    format!("The file was read as {name}."),
                    format!("파일을 {name} 문자 인코딩으로 읽었습니다."),
                ),
            );
        }
    }

    /// Says in the notes how much was counted without being kept; called once, at the end.
    pub fn close(&mut self, lang: Lang) {
        let (skipped, notes) = (self.skipped_count(), self.notes_besides);
        if notes > 0 {
            self.notes.push(lang.pick(
                format!("{notes} more notes are not listed."),
                format!("그 밖의 알림 {notes}건은 표시하지 않았습니다."),
            ));
        }
        if self.skipped_besides > 0 {
            self.notes.push(lang.pick(
                format!("{skipped} records or lines were skipped; the first {MOST_SKIPPED} are listed."),
                format!("건너뛴 레코드나 줄은 모두 {skipped}건이며, 처음 {MOST_SKIPPED}건만 표시합니다."),
            ));
        }
    }
}

/// What is wrong with a record, in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// In English.
    pub en: String,
    /// In Korean.
    pub ko: String,
}

impl Flaw {
    /// A flaw in both wordings.
    pub fn new(en: impl Into<String>, ko: impl Into<String>) -> Self {
        Self { en: en.into(), ko: ko.into() }
    }

    /// The line is in another encoding than its file, likely in this one.
    pub fn unreadable(likely: &str) -> Self {
        Self::new(
            format!("The line cannot be read; it looks like {likely}. Save the file as UTF-8."),
            format!("읽을 수 없는 줄입니다(추정 문자 인코딩: {likely}). 파일을 UTF-8로 저장해 주십시오."),
        )
    }

    /// The line has a character that no text has.
    pub fn unprintable() -> Self {
        Self::new("The line has a control character, such as U+0000.", "줄에 U+0000과 같은 제어 문자가 있습니다.")
    }

    /// The line is longer than [`source::LONGEST_LINE`].
    pub fn too_long() -> Self {
        Self::new("The line is longer than 64 KiB.", "64 KiB보다 긴 줄입니다.")
    }

    /// The record is longer than [`source::LONGEST_RECORD`].
    pub fn record_too_long() -> Self {
        Self::new(
            "The record is longer than 1 MiB; it was not imported.",
            "1 MiB보다 긴 레코드여서 가져오지 않았습니다.",
        )
    }

    /// A field has more characters than it may have.
    pub fn too_many_characters(column: &str, most: usize) -> Self {
        Self::new(format!("'{column}' has more than {most} characters."), format!("{column} 값이 {most}자보다 깁니다."))
    }

    /// The same key stands twice in one source.
    pub fn repeated(key: &str) -> Self {
        Self::new(
            format!("{key} stood earlier in this file; the first one counts."),
            format!("{key}: 이 파일에 이미 나왔습니다. 처음 것만 가져옵니다."),
        )
    }

    /// The thing it speaks of is not there.
    pub fn unknown_disease(key: &str) -> Self {
        Self::new(
            format!("The disease {key} is unknown; import the diseases first."),
            format!("{key}: 등록되지 않은 질환입니다. 질환 목록을 먼저 가져와 주십시오."),
        )
    }

    /// A field has a value that it cannot have.
    pub fn bad_field(column: &str, value: &str) -> Self {
        Self::new(
            format!("'{column}' cannot be \"{}\".", shorten(value)),
            format!("{column} 값이 올바르지 않습니다: \"{}\".", shorten(value)),
        )
    }

    /// The sentence.
    pub fn say(self, lang: Lang) -> String {
        lang.pick(self.en, self.ko)
    }
}

/// A text cut to [`LONGEST_TEXT`] characters.
pub fn shorten(text: &str) -> &str {
    text.char_indices().nth(LONGEST_TEXT).map_or(text, |(end, _)| &text[..end])
}
