//! How a source is written: its encoding, its line ends, and what it is if it is no text at all. Known by how it begins,
//! never by its name.

use crate::language::Lang;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{EUC_KR, Encoding as Charset, UTF_16BE, UTF_16LE};

/// Bytes by which a source is known.
pub const BEGINNING: usize = 1 << 16;
/// Marks at the beginning of a file, and what it is then.
const SIGNATURES: &[(&[u8], Looks)] = &[
    (b"PK\x03\x04", Looks::Zip),
    (b"\xd0\xcf\x11\xe0", Looks::OldOffice),
    (b"%PDF", Looks::Pdf),
    (b"{", Looks::Json),
    (b"[", Looks::Json),
    (b"<", Looks::Markup),
];

/// How the characters of a source are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark; ASCII is.
    Utf8,
    /// UTF-16 with a byte order mark, which Excel calls Unicode text.
    Utf16,
    /// CP949 (Windows-949, Unified Hangul Code), which Korean Excel writes CSV in.
    Cp949,
}

impl Encoding {
    /// Its usual name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16 => "UTF-16",
            Self::Cp949 => "CP949",
        }
    }
}

/// What a file is, as far as its beginning tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looks {
    /// Text, whatever it says.
    Text,
    /// Nothing is in it.
    Empty,
    /// JSON.
    Json,
    /// XML or HTML.
    Markup,
    /// An archive, which Excel's and Word's files are, too.
    Zip,
    /// A file of an Office before 2007.
    OldOffice,
    /// PDF.
    Pdf,
    /// Bytes that are no text.
    Binary,
}

impl Looks {
    /// What it is called.
    pub fn say(self, lang: Lang) -> &'static str {
        match self {
            Self::Text => lang.pick("a text of another kind", "다른 형식의 텍스트 파일"),
            Self::Empty => lang.pick("an empty file", "빈 파일"),
            Self::Json => lang.pick("JSON", "JSON 파일"),
            Self::Markup => lang.pick("XML or a web page", "XML 또는 웹 페이지 파일"),
            Self::Zip => lang.pick("an Excel workbook or another archive", "Excel 통합 문서 또는 압축 파일"),
            Self::OldOffice => lang.pick("an Excel workbook of the old kind", "이전 형식의 Excel 통합 문서"),
            Self::Pdf => lang.pick("PDF", "PDF 파일"),
            Self::Binary => lang.pick("no text", "텍스트가 아닌 파일"),
        }
    }
}

/// What the beginning of a source tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// How its characters are written.
    pub encoding: Encoding,
    /// The last byte of a line: a line feed, or a carriage return where there is no line feed at all.
    pub line_end: u8,
    /// What it is.
    pub looks: Looks,
}

impl Beginning {
    /// Reads the first [`BEGINNING`] bytes, or all there are.
    pub fn of(bytes: &[u8]) -> Self {
        let encoding = encoding(bytes);
        let has = |byte: u8| bytes.contains(&byte);
        let line_end = if encoding != Encoding::Utf16 && has(b'\r') && !has(b'\n') { b'\r' } else { b'\n' };
        Self { encoding, line_end, looks: looks(bytes, encoding) }
    }
}

fn looks(bytes: &[u8], encoding: Encoding) -> Looks {
    let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace());
    let Some(start) = start else { return Looks::Empty };
    let found = SIGNATURES.iter().find(|(mark, _)| bytes[start..].starts_with(mark));
    match found {
        Some((_, looks)) => *looks,
        None if encoding != Encoding::Utf16 && bytes.contains(&0) => Looks::Binary,
        None => Looks::Text,
    }
}

fn encoding(bytes: &[u8]) -> Encoding {
    if matches!(Charset::for_bom(bytes), Some((charset, _)) if charset == UTF_16LE || charset == UTF_16BE) {
        return Encoding::Utf16;
    }
    let whole = if bytes.len() < BEGINNING { bytes } else { without_last_line(bytes) };
    let mut foreign = whole.split(|byte| matches!(byte, b'\n' | b'\r')).filter(|line| !line.is_ascii()).peekable();
    // One line in UTF-8 is enough: the others are broken then, and each is reported.
    let is_cp949 = foreign.peek().is_some()
        && foreign.all(|line| str::from_utf8(line).is_err() && decoded(EUC_KR, line).is_some())
        && guess(whole) == EUC_KR;
    if is_cp949 { Encoding::Cp949 } else { Encoding::Utf8 }
}

fn without_last_line(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| matches!(byte, b'\n' | b'\r'));
    end.map_or(bytes, |end| &bytes[..end])
}

fn decoded(charset: &'static Charset, bytes: &[u8]) -> Option<String> {
    charset.decode_without_bom_handling_and_without_replacement(bytes).map(std::borrow::Cow::into_owned)
}

fn guess(bytes: &[u8]) -> &'static Charset {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(Some(b"kr"), Utf8Detection::Allow)
}

/// The encoding that a line which is not UTF-8 is likely in, by its usual name.
pub fn likely(line: &[u8]) -> &'static str {
    let guessed = guess(line);
    if guessed == EUC_KR { Encoding::Cp949.name() } else { guessed.name() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cp949(text: &str) -> Vec<u8> {
        EUC_KR.encode(text).0.into_owned()
    }

    #[test]
    fn the_encoding_is_known_by_what_stands_there() {
        let korean = "ror_id,name\nhttps://ror.org/04h9pn542,지어낸 대학교\n";
        assert_eq!(encoding(korean.as_bytes()), Encoding::Utf8);
        assert_eq!(encoding(&cp949(korean)), Encoding::Cp949);
        assert_eq!(encoding(&cp949("ID   세포주\nAC   CVCL_9Z05\n")), Encoding::Cp949);
        assert_eq!(encoding(b"\xff\xfea\0"), Encoding::Utf16);
        assert_eq!(encoding(b"\xfe\xff\0a"), Encoding::Utf16);
        assert_eq!(encoding(b"plain"), Encoding::Utf8);
    }

    #[test]
    fn a_line_in_another_encoding_makes_no_other_file_of_it() {
        let mixed = ["지어낸 대학교\n".as_bytes(), &cp949("지어낸 대학교\n")].concat();
        assert_eq!(encoding(&mixed), Encoding::Utf8);
        assert_eq!(encoding(b"M\xfcller, caf\xe9\n"), Encoding::Utf8, "Latin-1 is named, not read");
        assert_eq!(likely(b"M\xfcller, Universit\xe9 Ren\xe9 Descartes"), "windows-1252");
        assert_eq!(likely(&cp949("세포주 하나")), "CP949");
    }

    #[test]
    fn what_is_no_text_is_named() {
        for (bytes, what) in [
            (&b"PK\x03\x04xl"[..], Looks::Zip),
            (b" \n{\"Cellosaurus\": []}", Looks::Json),
            (b"<?xml", Looks::Markup),
            (b"%PDF-1.7", Looks::Pdf),
            (b" \r\n", Looks::Empty),
            (b"", Looks::Empty),
            (b"a\0b", Looks::Binary),
            (b"ID   x", Looks::Text),
        ] {
            assert_eq!(Beginning::of(bytes).looks, what, "{bytes:?}");
        }
    }

    #[test]
    fn lines_of_an_old_mac_end_with_a_carriage_return() {
        assert_eq!(Beginning::of(b"a,b\r1,2\r").line_end, b'\r');
        assert_eq!(Beginning::of(b"a,b\r\n1,2\r\n").line_end, b'\n');
    }
}
