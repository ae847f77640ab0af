//! Tables to take along: CSV in UTF-8 with the mark by which spreadsheets know it.

use super::frame::{PageResult, attachment};
use super::page_error::PageError;

/// Their media type.
pub const CSV: &str = "text/csv; charset=utf-8";
/// The mark at the beginning.
pub const MARK: &str = "\u{feff}";

/// A text that no spreadsheet takes for a formula.
pub fn plain(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

/// Rows as lines of CSV.
///
/// # Errors
/// [`PageError::Internal`] if they cannot be written.
pub fn lines<const N: usize>(rows: impl IntoIterator<Item = [String; N]>) -> Result<Vec<u8>, PageError> {
    let mut table = csv::Writer::from_writer(vec![]);
    for row in rows {
        table.write_record(row.map(|cell| plain(&cell))).map_err(|_| PageError::Internal)?;
    }
    table.into_inner().map_err(|_| PageError::Internal)
}

/// A whole table as a file.
///
/// # Errors
/// [`PageError::Internal`] if it cannot be written.
pub fn file<const N: usize>(name: &str, rows: impl IntoIterator<Item = [String; N]>) -> PageResult {
    Ok(attachment(CSV, name, "no-store", [MARK.as_bytes(), &lines(rows)?].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_called_themself_is_no_formula() {
        let table = lines([["=1+1".to_owned(), "김, 하나".to_owned()]]).unwrap();
        assert_eq!(String::from_utf8(table).unwrap(), "'=1+1,\"김, 하나\"\n");
    }
}
