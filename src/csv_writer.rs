//! The one writer of CSV (RFC 4180): UTF-8, with the mark by which spreadsheets know it, and no cell that a spreadsheet
//! takes for a formula.

use std::borrow::Cow;

/// The media type.
pub const MEDIA_TYPE: &str = "text/csv; charset=utf-8";
/// What a file begins with.
pub const MARK: &str = "\u{feff}";

/// Rows as lines of CSV; they need not be of one width.
pub fn lines<R, C>(rows: impl IntoIterator<Item = R>) -> String
where
    R: IntoIterator<Item = C>,
    C: AsRef<str>,
{
    let mut writer = csv::WriterBuilder::new().flexible(true).terminator(csv::Terminator::CRLF).from_writer(vec![]);
    for row in rows {
        for cell in row {
            writer.write_field(without_formula(cell.as_ref()).as_bytes()).expect("a text is written into memory");
        }
        writer.write_record(None::<&[u8]>).expect("the end of a row is written into memory");
    }
    let bytes = writer.into_inner().expect("memory takes what is written");
    String::from_utf8(bytes).expect("texts stay texts")
}

/// A whole file.
pub fn file<R, C>(rows: impl IntoIterator<Item = R>) -> String
where
    R: IntoIterator<Item = C>,
    C: AsRef<str>,
{
    [MARK, &lines(rows)].concat()
}

/// A text that no spreadsheet takes for a formula, with an apostrophe before what would be one; a number is none. Those
/// of East Asia read signs in full width, too.
fn without_formula(text: &str) -> Cow<'_, str> {
    let begins = |text: &str| text.starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
    let is_formula = text.starts_with(['\t', '\r', '\n']) || begins(text.trim_start());
    if is_formula && text.parse::<f64>().is_err() { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_is_no_formula() {
        for text in ["=1+1", "+82 2", "-x", "@SUM(1,1)", "\t=1", "\r=1", " =1", "＝1+1", "＋1", "－x", "＠x"] {
            assert_eq!(without_formula(text), format!("'{text}"));
        }
        for text in ["", "a=b", "-0.25", "+1.5", "KSCBi001-A", "김, 하나"] {
            assert_eq!(without_formula(text), text);
        }
    }

    #[test]
    fn cells_are_quoted_where_they_have_to_be() {
        assert_eq!(
            lines([vec!["a,b", "say \"c\""], vec![], vec!["=d"]]),
            "\"a,b\",\"say \"\"c\"\"\"\r\n\"\"\r\n'=d\r\n"
        );
        assert_eq!(file([["a"]]), "\u{feff}a\r\n");
    }
}
