//! Where records come from: a plain or gzipped file, read line by line with bounded memory.

use super::Error;
use super::encoding::{BEGINNING, Beginning, Encoding, likely};
use crate::characters::{composed, has_forbidden, without_forbidden};
use encoding_rs::EUC_KR;
use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::bufread::MultiGzDecoder;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes that a line may have; a longer one is reported and passed over. The longest of Cellosaurus have some thousand.
pub const LONGEST_LINE: usize = 1 << 16;
/// Bytes that the lines of one record may have together; a longer one is reported and passed over.
pub const LONGEST_RECORD: usize = 1 << 20;
/// Bytes that a source may have, unpacked: some kilobytes of gzip can become as many gigabytes.
const LONGEST_SOURCE: u64 = 1 << 31;
/// First bytes of a gzip file (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];
const BUFFER: usize = 1 << 16;

/// An opened source of records.
pub struct Source {
    /// What messages call it, usually the path.
    pub name: String,
    /// Size in bytes as it lies on disk, if it is known.
    pub size: Option<u64>,
    /// How it is written.
    pub beginning: Beginning,
    consumed: Arc<AtomicU64>,
    reader: Box<dyn BufRead + Send>,
    most: u64,
}

impl Source {
    /// Opens a file, plain or gzipped: told by its first bytes, not by its name.
    ///
    /// # Errors
    /// [`Error::Unreadable`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let unreadable = |cause| Error::Unreadable { source_name: name.clone(), cause };
        let file = File::open(path).map_err(unreadable)?;
        let about = file.metadata().map_err(unreadable)?;
        if about.is_dir() {
            return Err(unreadable(io::ErrorKind::IsADirectory.into()));
        }
        let mut source = Self::from_reader(&name, file)?;
        source.size = about.is_file().then_some(about.len());
        Ok(source)
    }

    /// Reads from whatever gives bytes: records inside the program, a pipe, a test.
    ///
    /// # Errors
    /// [`Error::Unreadable`] if not even the first bytes can be had.
    pub fn from_reader(name: &str, reader: impl Read + Send + 'static) -> Result<Self, Error> {
        let consumed = Arc::new(AtomicU64::new(0));
        let mut counted = Counted { inner: reader, consumed: consumed.clone() };
        let mut first = Vec::with_capacity(GZIP.len());
        let begin = (&mut counted).take(GZIP.len() as u64).read_to_end(&mut first);
        begin.map_err(|cause| Error::Unreadable { source_name: name.to_owned(), cause })?;
        let gzipped = first == GZIP;
        let whole = Cursor::new(first).chain(counted);
        let plain: Box<dyn Read + Send> = if gzipped {
            Box::new(MultiGzDecoder::new(BufReader::with_capacity(BUFFER, whole)))
        } else {
            Box::new(whole)
        };
        let (beginning, reader) = look(plain);
        Ok(Self { name: name.to_owned(), size: None, beginning, consumed, reader, most: LONGEST_SOURCE })
    }

    /// What messages, the history and progress say of it.
    pub fn about(&self) -> About {
        About { name: self.name.clone(), size: self.size, beginning: self.beginning }
    }

    /// The same source, read to so many bytes, unpacked; behind them it is broken off.
    #[must_use]
    pub fn at_most(self, most: u64) -> Self {
        Self { most, ..self }
    }

    /// Bytes of the source, as it lies on disk, that were read so far; grows while [`Lines`] goes on.
    pub fn consumed(&self) -> Arc<AtomicU64> {
        self.consumed.clone()
    }

    /// The source, line by line.
    pub fn lines(self) -> Lines {
        let Beginning { encoding, line_end, .. } = self.beginning;
        Lines { reader: self.reader, encoding, line_end, number: 0, left: self.most, bytes: Vec::new() }
    }
}

/// Reads how a source begins, and gives it whole, in UTF-8 if it is in an encoding that is known for sure.
fn look(mut plain: Box<dyn Read + Send>) -> (Beginning, Box<dyn BufRead + Send>) {
    let mut first = Vec::new();
    // A source that breaks off here has lines before; it breaks off there again.
    let broken = (&mut plain).take(BEGINNING as u64).read_to_end(&mut first).err();
    let beginning = Beginning::of(&first);
    let rest: Box<dyn Read + Send> = match broken {
        None => plain,
        Some(cause) => Box::new(Failing(Some(cause))),
    };
    let whole = BufReader::with_capacity(BUFFER, Cursor::new(first).chain(rest));
    let charset = match beginning.encoding {
        Encoding::Utf8 => return (beginning, Box::new(whole)),
        Encoding::Utf16 => None,
        Encoding::Cp949 => Some(EUC_KR),
    };
    let decoded = DecodeReaderBytesBuilder::new().encoding(charset).build(whole);
    (beginning, Box::new(BufReader::with_capacity(BUFFER, decoded)))
}

/// A source that broke off.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// What is known of a source before it is read.
#[derive(Clone, Debug)]
pub struct About {
    /// What messages call it.
    pub name: String,
    /// Size in bytes as it lies on disk, if it is known.
    pub size: Option<u64>,
    /// How it is written.
    pub beginning: Beginning,
}

struct Counted<R> {
    inner: R,
    consumed: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.consumed.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// A line of a source.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// Its text, composed and without its end.
    Text(Cow<'a, str>),
    /// Not in the encoding of the source: the text with a mark for what cannot be read, and the encoding that it is
    /// likely in.
    Unreadable(String, &'static str),
    /// It has a character that no text has ([`crate::characters`]); the text without such.
    Unprintable(String),
    /// Longer than [`LONGEST_LINE`]; how it begins.
    TooLong(String),
}

/// The lines of a source, numbered from 1.
pub struct Lines {
    reader: Box<dyn BufRead + Send>,
    encoding: Encoding,
    line_end: u8,
    number: u64,
    /// Bytes that may still be read, unpacked.
    left: u64,
    bytes: Vec<u8>,
}

impl Lines {
    /// Number of the line read last; 0 before the first.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The next line; `None` at the end. A line that the source broke off in is not given.
    ///
    /// # Errors
    /// Those of the source, and one that has more bytes than a source may have.
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        self.bytes.clear();
        let limit = LONGEST_LINE as u64 + 1;
        if (&mut self.reader).take(limit).read_until(self.line_end, &mut self.bytes)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        self.left = self.left.checked_sub(self.bytes.len() as u64).ok_or(io::ErrorKind::FileTooLarge)?;
        if self.bytes.last() != Some(&self.line_end) && self.bytes.len() > LONGEST_LINE {
            self.pass_rest_of_line()?;
            let begin = &self.bytes[..super::LONGEST_TEXT * 4];
            return Ok(Some(Line::TooLong(String::from_utf8_lossy(begin).into_owned())));
        }
        let end = self.bytes.strip_suffix(&[self.line_end]).unwrap_or(&self.bytes);
        let end = end.strip_suffix(b"\r").unwrap_or(end);
        let text = if self.number == 1 { end.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(end) } else { end };
        Ok(Some(match str::from_utf8(text) {
            Ok(text) if self.encoding != Encoding::Utf8 && text.contains(char::REPLACEMENT_CHARACTER) => {
                Line::Unreadable(text.to_owned(), self.encoding.name())
            }
            Ok(text) if has_forbidden(text) => Line::Unprintable(without_forbidden(text.to_owned())),
            Ok(text) if text.is_ascii() => Line::Text(Cow::Borrowed(text)),
            Ok(text) => Line::Text(Cow::Owned(composed(text.to_owned()))),
            Err(_) => Line::Unreadable(String::from_utf8_lossy(text).into_owned(), likely(text)),
        }))
    }

    fn pass_rest_of_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            match buffer.iter().position(|byte| *byte == self.line_end) {
                Some(end) => {
                    self.reader.consume(end + 1);
                    return Ok(());
                }
                None => {
                    let all = buffer.len();
                    self.reader.consume(all);
                    self.left = self.left.checked_sub(all as u64).ok_or(io::ErrorKind::FileTooLarge)?;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: Vec<u8>) -> Vec<String> {
        let mut lines = Source::from_reader("made up", Cursor::new(bytes)).unwrap().lines();
        let mut all = vec![];
        while let Some(line) = lines.next_line().unwrap() {
            all.push(match line {
                Line::Text(text) => text.into_owned(),
                Line::Unreadable(text, _) => format!("unreadable: {text}"),
                Line::Unprintable(text) => format!("unprintable: {text}"),
                Line::TooLong(_) => "too long".into(),
            });
        }
        all
    }

    #[test]
    fn line_ends_and_the_byte_order_mark_are_no_part_of_a_line() {
        assert_eq!(lines("\u{FEFF}ID   a\r\n\nlast".into()), ["ID   a", "", "last"]);
        assert!(lines(vec![]).is_empty());
    }

    #[test]
    fn a_source_is_read_in_the_encoding_that_it_is_in() {
        let korean = "이름,가\n지어낸 대학교,나\n";
        let utf16: Vec<u8> =
            "\u{FEFF}".encode_utf16().chain(korean.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        for bytes in [korean.as_bytes().to_vec(), EUC_KR.encode(korean).0.into_owned(), utf16] {
            assert_eq!(lines(bytes), ["이름,가", "지어낸 대학교,나"]);
        }
        assert_eq!(lines(b"a\rb\rc".to_vec()), ["a", "b", "c"]);
        assert_eq!(lines("\u{1100}\u{1161}".into()), ["가"], "composed");
    }

    #[test]
    fn absurd_lines_are_named_and_the_next_one_is_read() {
        let mut bytes = vec![b'x'; LONGEST_LINE + 100_000];
        bytes.extend(b"\ngood\n\xff\xfe\nend");
        assert_eq!(lines(bytes), ["too long", "good", "unreadable: \u{FFFD}\u{FFFD}", "end"]);
        let exact = [vec![b'x'; LONGEST_LINE], b"\nend".to_vec()].concat();
        assert_eq!(lines(exact)[1], "end");
    }
}
