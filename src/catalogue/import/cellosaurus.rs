//! Reading the text format of Cellosaurus: one record from `ID` to `//`, each line two letters and a content.
//!
//! Pure: nothing here knows a database. A release begins with a preamble; whatever stands before the first line that
//! begins with `ID   ` is no record and no error.

use crate::import::source::LONGEST_RECORD;
use crate::import::{Broken, Flaw, Line, Lines, Sink};
use std::collections::{BTreeMap, HashMap};

/// What a source says of a line, by line code, in the order of the source; all codes but `ID` and `AC`.
pub type Codes = BTreeMap<String, Vec<String>>;

/// The line codes that a record may have besides `ID` and `AC`.
pub const KNOWN: [&str; 15] =
    ["AS", "SY", "DR", "RX", "WW", "CC", "ST", "DI", "OX", "HI", "OI", "SX", "AG", "CA", "DT"];

/// The line codes of names and words by which lines are sorted and counted, and their most characters.
const SHORT: [&str; 6] = ["ID", "AC", "HI", "SX", "AG", "CA"];
const LONGEST_SHORT: usize = 300;

/// A good record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Line of its `ID`.
    pub line: u64,
    /// Content of `ID`.
    pub name: String,
    /// Content of `AC`.
    pub rrid: String,
    /// The rest.
    pub codes: Codes,
}

/// Reads records one after the other and remembers what must not stand twice.
#[derive(Debug, Default)]
pub struct Parser {
    open: Option<Block>,
    begun: bool,
    rrids: crate::import::pipeline::Met,
    /// RRID of the record that had a name first, by the name's fingerprint.
    names: HashMap<u64, String>,
}

/// A record of which `//` has not come yet.
#[derive(Debug, Default)]
struct Block {
    line: u64,
    first: String,
    /// Of all of its lines.
    bytes: usize,
    name: Option<String>,
    rrid: Option<(u64, String)>,
    codes: Codes,
}

impl Parser {
    /// Reads a source to its end and gives what `make` makes of each good record; `make` is also told whether an
    /// earlier record of the source has the same name.
    ///
    /// # Errors
    /// A source that broke off; the record in which it did is not given.
    pub fn read<T>(
        mut self,
        lines: &mut Lines,
        sink: &mut Sink<T>,
        make: impl Fn(Record, bool) -> T,
    ) -> Result<(), Broken> {
        while !sink.is_gone() {
            let number = lines.number() + 1;
            match lines.next_line() {
                Ok(Some(Line::Text(text))) => self.take(number, &text, sink, &make),
                Ok(Some(Line::Unreadable(text, likely))) => {
                    self.take_unreadable(number, Flaw::unreadable(likely), &text, sink);
                }
                Ok(Some(Line::Unprintable(text))) => {
                    self.take_unreadable(number, Flaw::unprintable(), &text, sink);
                }
                Ok(Some(Line::TooLong(text))) => self.take_unreadable(number, Flaw::too_long(), &text, sink),
                Ok(None) => break,
                Err(cause) => return Err(Broken { line: lines.number(), cause }),
            }
        }
        if let Some(block) = self.open.take() {
            sink.met();
            sink.skip(block.line, unended(), &block.first);
        }
        Ok(())
    }

    fn take_unreadable<T>(&mut self, number: u64, flaw: Flaw, text: &str, sink: &mut Sink<T>) {
        self.begun |= text.starts_with("ID   ");
        if self.begun {
            sink.skip(number, flaw, text);
            self.open.get_or_insert_with(|| Block::at(number, text));
        }
    }

    fn take<T>(&mut self, number: u64, text: &str, sink: &mut Sink<T>, make: &impl Fn(Record, bool) -> T) {
        if !self.begun && !text.starts_with("ID   ") {
            return;
        }
        self.begun = true;
        let text = text.trim_end();
        if text == "//" {
            match self.open.take() {
                Some(block) => self.end(block, sink, make),
                None => sink.skip(number, stray_end(), text),
            }
            return;
        }
        if text.is_empty() {
            return;
        }
        let Some((code, content)) = split(text) else {
            sink.skip(number, no_code(), text);
            self.open.get_or_insert_with(|| Block::at(number, text));
            return;
        };
        if code == "ID"
            && let Some(block) = self.open.take_if(|block| block.name.is_some())
        {
            sink.met();
            sink.skip(block.line, unended(), &block.first);
        }
        let block = self.open.get_or_insert_with(|| Block::at(number, text));
        block.bytes += text.len();
        if SHORT.contains(&code) && content.chars().count() > LONGEST_SHORT {
            sink.skip(number, Flaw::too_many_characters(code, LONGEST_SHORT), text);
            return;
        }
        match code {
            // Of a record that is too long nothing more is kept.
            _ if block.bytes > LONGEST_RECORD => {}
            "ID" => block.name = Some(content.to_owned()),
            "AC" if block.rrid.is_some() => sink.skip(number, second_accession(), text),
            "AC" => block.rrid = Some((number, content.to_owned())),
            code if KNOWN.contains(&code) => block.add(code, content),
            code => sink.skip(number, unknown_code(code), text),
        }
    }

    fn end<T>(&mut self, block: Block, sink: &mut Sink<T>, make: &impl Fn(Record, bool) -> T) {
        sink.met();
        let (line, first, bytes) = (block.line, block.first.clone(), block.bytes);
        match self.check(block) {
            Ok((record, twin)) => {
                if let Some(twin) = &twin {
                    let (name, rrid) = (&record.name, &record.rrid);
                    sink.note(shared_name(name, twin, rrid, sink.lang()));
                }
                sink.give(make(record, twin.is_some()), bytes);
            }
            Err((at, flaw, text)) => sink.skip(at.unwrap_or(line), flaw, text.as_deref().unwrap_or(&first)),
        }
    }

    /// A good record with the RRID of an earlier one of the same name, or what is wrong, where, in which text.
    fn check(&mut self, block: Block) -> Result<(Record, Option<String>), Bad> {
        if block.bytes > LONGEST_RECORD {
            return Err((None, Flaw::record_too_long(), None));
        }
        let Some(name) = block.name.filter(|name| !name.is_empty()) else {
            return Err((None, no_name(), None));
        };
        let Some((at, rrid)) = block.rrid else { return Err((None, no_accession(), None)) };
        if !is_rrid(&rrid) {
            return Err((Some(at), bad_accession(), Some(format!("AC   {rrid}"))));
        }
        if !self.rrids.first(&rrid) {
            return Err((Some(at), Flaw::repeated(&rrid), Some(format!("ID   {name}"))));
        }
        let fingerprint = crate::import::pipeline::fingerprint(&name);
        let twin = self.names.get(&fingerprint).cloned();
        if twin.is_none() {
            self.names.insert(fingerprint, rrid.clone());
        }
        Ok((Record { line: block.line, name, rrid, codes: block.codes }, twin))
    }
}

/// Where a record is wrong if not at its beginning, why, and the text to show if not its first line.
type Bad = (Option<u64>, Flaw, Option<String>);

impl Block {
    fn at(line: u64, first: &str) -> Self {
        Self { line, first: crate::import::shorten(first).to_owned(), ..Self::default() }
    }

    fn add(&mut self, code: &str, content: &str) {
        if let Some(lines) = self.codes.get_mut(code) {
            lines.push(content.to_owned());
        } else {
            self.codes.insert(code.to_owned(), vec![content.to_owned()]);
        }
    }
}

/// Two letters, a space or the end, a content.
fn split(text: &str) -> Option<(&str, &str)> {
    let (code, rest) = text.split_at_checked(2)?;
    let good = code.bytes().all(|byte| byte.is_ascii_uppercase()) && (rest.is_empty() || rest.starts_with(' '));
    good.then(|| (code, rest.trim()))
}

/// `CVCL_` and four characters or a few more, digits or capital letters.
pub fn is_rrid(text: &str) -> bool {
    let number = text.strip_prefix("CVCL_").unwrap_or_default();
    (4..=8).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

/// The note that two lines share a name; both are kept.
pub fn shared_name(name: &str, one: &str, other: &str, lang: crate::language::Lang) -> String {
    lang.pick(
        format!("{one} and {other} share the name {name}; both are kept."),
        format!("{one}, {other}: 두 세포주의 이름이 같습니다({name}). 둘 다 유지했습니다."),
    )
}

fn unended() -> Flaw {
    Flaw::new(
        "The record is not ended by //; it may be cut off. It was not imported.",
        "//로 끝나지 않은 레코드입니다. 잘렸을 수 있어 가져오지 않았습니다.",
    )
}

fn stray_end() -> Flaw {
    Flaw::new("// ends no record.", "//가 끝내는 레코드가 없습니다.")
}

fn no_code() -> Flaw {
    Flaw::new(
        "The line does not begin with a line code; the rest of its record was read.",
        "줄 코드로 시작하지 않는 줄입니다. 레코드의 나머지는 읽었습니다.",
    )
}

fn unknown_code(code: &str) -> Flaw {
    Flaw::new(
        format!("The line code {code} is unknown; the rest of its record was read."),
        format!("{code}: 알 수 없는 줄 코드입니다. 레코드의 나머지는 읽었습니다."),
    )
}

fn second_accession() -> Flaw {
    Flaw::new("The record has a second AC line; the first one counts.", "AC 줄이 두 번 나왔습니다. 처음 것만 읽습니다.")
}

fn no_name() -> Flaw {
    Flaw::new("The record has no ID line.", "ID 줄이 없는 레코드입니다.")
}

fn no_accession() -> Flaw {
    Flaw::new("The record has no AC line.", "AC 줄이 없는 레코드입니다.")
}

fn bad_accession() -> Flaw {
    Flaw::new(
        "The accession is not CVCL_ and four digits or capital letters.",
        "AC 값이 CVCL_와 숫자 또는 대문자 네 자리로 된 형식이 아닙니다.",
    )
}
