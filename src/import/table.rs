//! Tables in CSV (RFC 4180) with a header line: columns are found by name, in any order, and may be more than needed.
//! Fields are separated by commas, or by semicolons or tabs as Excel writes them.
//!
//! Rows are put together here and not by the CSV reader, because a quotation mark that is never closed must cost one
//! line and not the rest of the file.

use super::pipeline::{Broken, Sink};
use super::source::LONGEST_LINE;
use super::{Error, Flaw, Line, Lines, Looks, Source};
use crate::characters::one_line;
use crate::language::Lang;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// An opened table.
pub struct Table {
    lines: Lines,
    consumed: Arc<AtomicU64>,
    header: Arc<[String]>,
    separator: u8,
    ahead: VecDeque<Lookahead>,
}

/// A line read ahead.
enum Lookahead {
    Text(u64, String),
    Flawed(u64, Flaw, String),
}

/// Where a row is wrong, why, and its text.
type Bad = (u64, Flaw, String);

/// A row of a table.
#[derive(Clone, Debug)]
pub struct Row {
    /// Line on which it begins, counted from 1.
    pub line: u64,
    /// The row as it stands.
    pub text: String,
    header: Arc<[String]>,
    fields: Vec<String>,
}

impl Row {
    /// The field of a column, without spaces around it; empty if the table has no such column.
    pub fn get(&self, column: &str) -> &str {
        self.header.iter().position(|name| name == column).map_or("", |at| self.fields[at].trim())
    }

    /// The field of a column, `None` if it is empty.
    pub fn optional(&self, column: &str) -> Option<String> {
        Some(self.get(column)).filter(|field| !field.is_empty()).map(str::to_owned)
    }

    /// The field of a column on one line, `None` if it is empty.
    ///
    /// # Errors
    /// More than `most` characters.
    pub fn line(&self, column: &str, most: usize) -> Result<Option<String>, Flaw> {
        let line = one_line(self.get(column));
        if line.chars().count() > most {
            return Err(Flaw::too_many_characters(column, most));
        }
        Ok(Some(line).filter(|line| !line.is_empty()))
    }

    /// The parts of a field that holds several, separated by `|`.
    pub fn list(&self, column: &str) -> Vec<String> {
        self.get(column).split('|').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }
}

impl Table {
    /// Reads the header line. The first list of `kinds` whose columns are all there says which kind of table it is.
    ///
    /// # Errors
    /// [`Error::Header`] if it is none of them, with what the nearest kind lacks; [`Error::NoRecords`] if it is no table
    /// at all; [`Error::Broken`].
    pub async fn open(source: Source, kinds: &'static [&'static [&'static str]]) -> Result<(Self, usize), Error> {
        let task = tokio::task::spawn_blocking(move || Self::open_now(source, kinds));
        task.await.map_err(|error| Error::Reader(error.to_string()))?
    }

    fn open_now(source: Source, kinds: &[&[&str]]) -> Result<(Self, usize), Error> {
        let (source_name, consumed) = (source.name.clone(), source.consumed());
        let looks = source.beginning.looks;
        if looks != Looks::Text {
            return Err(Error::NoRecords { source_name, looks, summary: Box::default() });
        }
        let lines = source.lines();
        let mut table = Self { lines, consumed, header: Arc::default(), separator: b',', ahead: VecDeque::new() };
        table.read_header().map_err(|cause| Error::Broken {
            source_name: source_name.clone(),
            line: 0,
            cause,
            summary: Box::default(),
        })?;
        let lacks = |kind: &&[&str]| -> Vec<String> {
            kind.iter().filter(|c| !table.header.iter().any(|h| h == *c)).map(|c| (*c).to_owned()).collect()
        };
        if let Some(kind) = kinds.iter().position(|kind| lacks(kind).is_empty()) {
            return Ok((table, kind));
        }
        let nearest = kinds.iter().map(lacks).min_by_key(Vec::len).unwrap_or_default();
        Err(Error::Header { source_name, missing: nearest.join(", ") })
    }

    /// The first line that says something. Excel may say the separator in one before it: `sep=;`.
    fn read_header(&mut self) -> io::Result<()> {
        let mut said = None;
        while let Some(line) = self.read_line()? {
            let Lookahead::Text(_, text) = line else { return Ok(()) };
            match text.trim().strip_prefix("sep=").map(str::as_bytes) {
                Some([separator]) => said = Some(*separator),
                Some([]) => said = Some(b'\t'),
                _ if text.trim().is_empty() => {}
                _ => {
                    self.separator = said.unwrap_or_else(|| separator_of(&text));
                    let names = self.split(&text);
                    self.header = names.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Those of some columns that the table does not have: what they would say stays as it is.
    pub fn lacks(&self, columns: &[&'static str]) -> Vec<&'static str> {
        columns.iter().copied().filter(|column| !self.header.iter().any(|name| name == column)).collect()
    }

    /// What stands between the fields, unless it is a comma.
    fn read_as(&self, lang: Lang) -> Option<String> {
        let separator = match self.separator {
            b',' => return None,
            b';' => lang.pick("semicolons", "세미콜론").to_owned(),
            b'\t' => lang.pick("tabs", "탭").to_owned(),
            other => format!("'{}'", char::from(other)),
        };
        Some(lang.pick(
            format!("The fields of the file were read as separated by {separator}."),
            format!("파일의 필드 구분 기호: {separator}."),
        ))
    }

    /// For [`super::pipeline::spawn_parser`].
    pub fn consumed(&self) -> Arc<AtomicU64> {
        self.consumed.clone()
    }

    /// Gives every row to `take`, which turns it into a record or says what is wrong with it.
    ///
    /// # Errors
    /// A source that broke off.
    pub fn read<T>(mut self, sink: &mut Sink<T>, mut take: impl FnMut(&Row) -> Result<T, Flaw>) -> Result<(), Broken> {
        if let Some(note) = self.read_as(sink.lang()) {
            sink.note(note);
        }
        while !sink.is_gone() {
            match self.next_row() {
                Ok(None) => break,
                Ok(Some(Ok(row))) => {
                    sink.met();
                    match take(&row) {
                        Ok(record) => sink.give(record, row.text.len()),
                        Err(flaw) => sink.skip(row.line, flaw, &row.text),
                    }
                }
                Ok(Some(Err((line, flaw, text)))) => {
                    sink.met();
                    sink.skip(line, flaw, &text);
                }
                Err(cause) => return Err(Broken { line: self.lines.number(), cause }),
            }
        }
        Ok(())
    }

    fn next_row(&mut self) -> io::Result<Option<Result<Row, Bad>>> {
        let (line, first) = loop {
            match self.read_line()? {
                None => return Ok(None),
                Some(Lookahead::Flawed(line, flaw, text)) => return Ok(Some(Err((line, flaw, text)))),
                Some(Lookahead::Text(_, text)) if text.trim().is_empty() => {}
                Some(Lookahead::Text(line, text)) => break (line, text),
            }
        };
        let mut text = first.clone();
        let mut joined = VecDeque::new();
        let mut closed = is_closed(&text);
        while !closed && text.len() < LONGEST_LINE {
            match self.read_line()? {
                Some(Lookahead::Text(number, next)) => {
                    text.push('\n');
                    text.push_str(&next);
                    closed = !is_closed(&next);
                    joined.push_back(Lookahead::Text(number, next));
                }
                Some(flawed) => {
                    joined.push_back(flawed);
                    break;
                }
                None => break,
            }
        }
        let fields = self.split(&text);
        if closed && fields.len() == self.header.len() {
            return Ok(Some(Ok(Row { line, text, header: self.header.clone(), fields })));
        }
        let flaw = if is_closed(&first) { self.wrong_width(fields.len()) } else { unclosed() };
        joined.append(&mut self.ahead);
        self.ahead = joined;
        Ok(Some(Err((line, flaw, first))))
    }

    fn split(&self, text: &str) -> Vec<String> {
        split(text, self.separator)
    }

    fn wrong_width(&self, found: usize) -> Flaw {
        let wanted = self.header.len();
        Flaw::new(
            format!("The row has {found} fields, the header {wanted}."),
            format!("필드가 {found}개입니다. 머리글에는 {wanted}개가 있습니다."),
        )
    }

    fn read_line(&mut self) -> io::Result<Option<Lookahead>> {
        if let Some(line) = self.ahead.pop_front() {
            return Ok(Some(line));
        }
        let number = self.lines.number() + 1;
        Ok(self.lines.next_line()?.map(|line| match line {
            Line::Text(text) => Lookahead::Text(number, text.into_owned()),
            Line::Unreadable(text, likely) => Lookahead::Flawed(number, Flaw::unreadable(likely), text),
            Line::Unprintable(text) => Lookahead::Flawed(number, Flaw::unprintable(), text),
            Line::TooLong(text) => Lookahead::Flawed(number, Flaw::too_long(), text),
        }))
    }
}

fn unclosed() -> Flaw {
    Flaw::new("A quotation mark is not closed.", "닫히지 않은 따옴표가 있습니다.")
}

/// Every quotation mark has its partner.
fn is_closed(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b'"').count() % 2 == 0
}

/// The separator of a header line: the one that parts it into the most fields, a comma before others.
fn separator_of(header: &str) -> u8 {
    let count = |separator: &u8| split(header, *separator).len();
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

fn split(text: &str, separator: u8) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .buffer_capacity(text.len().max(64))
        .from_reader(text.as_bytes());
    let row = reader.records().next().and_then(Result::ok);
    row.map(|row| row.iter().map(str::to_owned).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn rows(text: &'static str) -> Vec<String> {
        let source = Source::from_reader("made up", Cursor::new(text)).unwrap();
        let (mut table, kind) = Table::open_now(source, &[&["missing"], &["a", "b"]]).unwrap();
        assert_eq!(kind, 1);
        let mut all = vec![];
        while let Some(row) = table.next_row().unwrap() {
            all.push(match row {
                Ok(row) => format!("{}: {} {}", row.line, row.get("a"), row.get("b")),
                Err((line, flaw, text)) => format!("{line}! {} {text}", flaw.en),
            });
        }
        all
    }

    #[test]
    fn columns_are_found_by_name_and_fields_may_have_lines() {
        assert_eq!(rows("b,a,c\n1,2,3\n\n\"x\ny\",\"4 \"\"5\"\"\",\n"), ["2: 2 1", "4: 4 \"5\" x\ny"]);
    }

    #[test]
    fn the_separator_is_the_one_of_the_header() {
        assert_eq!(rows("a;b\n1,5;2\n"), ["2: 1,5 2"]);
        assert_eq!(rows("a\tb\n1;5\t2\n"), ["2: 1;5 2"]);
        assert_eq!(rows("sep=|\na|b\n1|2\n"), ["3: 1 2"]);
        assert_eq!(rows("\u{FEFF}\n\na,b\n1,2"), ["4: 1 2"]);
    }

    #[test]
    fn a_quotation_mark_that_is_not_closed_costs_one_line() {
        assert_eq!(
            rows("a,b\n\"1,2\n3,4\n\"5\",6\n7\n8,9"),
            [
                "2! A quotation mark is not closed. \"1,2",
                "3: 3 4",
                "4: 5 6",
                "5! The row has 1 fields, the header 2. 7",
                "6: 8 9"
            ]
        );
    }

    #[test]
    fn a_table_of_another_kind_is_named() {
        let source = Source::from_reader("made up", Cursor::new("year,value\n")).unwrap();
        let error = Table::open_now(source, &[&["year", "measure", "value"]]).err().unwrap();
        assert!(error.to_string().contains("columns missing: measure"), "{error}");
    }
}
