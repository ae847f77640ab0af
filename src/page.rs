//! Paging by key: a cursor is the sort key of a row, so that a page costs the same wherever it lies and rows that come
//! or go meanwhile neither repeat nor skip others.

use crate::characters::has_forbidden;
use crate::db::Sql;
use crate::error::{Code, Description, DomainError, Kind};
use crate::language::Lang;
use crate::texts;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::DateTime;
use sea_orm::sea_query::{BinOper, Expr, ExprTrait};
use sea_orm::{Order, QueryFilter, QueryOrder, QuerySelect, Value};
use serde::{Deserialize, Serialize};

/// Rows of a page unless asked otherwise.
pub const DEFAULT_ROWS: u64 = 20;
/// The most rows of a page.
pub const MAX_ROWS: u64 = 100;

/// One part of a sort key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum KeyPart {
    /// A number, often the row's key as the last part; of an instant, its microseconds since 1970.
    Int(i64),
    /// A text that sorts byte by byte.
    Text(String),
}

impl KeyPart {
    /// As a value of a column; `None` if it does not fit there.
    fn value(&self, kind: KeyKind) -> Option<Value> {
        match (self, kind) {
            (Self::Int(n), KeyKind::Int) => Some((*n).into()),
            (Self::Int(n), KeyKind::Time) => DateTime::from_timestamp_micros(*n).map(Value::from),
            (Self::Text(s), KeyKind::Text) => Some(s.as_str().into()),
            _ => None,
        }
    }
}

/// The place of a row in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub Vec<KeyPart>);

impl Cursor {
    /// The opaque text that clients keep.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&self.0).unwrap_or_default())
    }

    /// Reads a cursor that [`Cursor::encode`] wrote.
    pub fn decode(text: &str) -> Option<Self> {
        let parts: Vec<KeyPart> = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let is_clean = |part: &KeyPart| !matches!(part, KeyPart::Text(text) if has_forbidden(text));
        parts.iter().all(is_clean).then_some(Self(parts))
    }

    fn has_shape(&self, shape: &[Column]) -> bool {
        self.0.len() == shape.len() && self.0.iter().zip(shape).all(|(part, column)| part.value(column.kind).is_some())
    }
}

/// What a caller asked for.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// The first so many after the cursor.
    pub first: Option<i32>,
    /// Cursor after which to begin.
    pub after: Option<String>,
    /// The last so many before the cursor.
    pub last: Option<i32>,
    /// Cursor before which to end.
    pub before: Option<String>,
}

/// Type of a part of the sort key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Whole number.
    Int,
    /// Text.
    Text,
    /// An instant, in the cursor as microseconds.
    Time,
}

/// A column of the sort key: an SQL expression and its type.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// SQL expression.
    pub sql: &'static str,
    /// Type of its values.
    pub kind: KeyKind,
}

/// A [`Column`] of numbers.
pub const fn int(sql: &'static str) -> Column {
    Column { sql, kind: KeyKind::Int }
}

/// A [`Column`] of texts.
pub const fn text(sql: &'static str) -> Column {
    Column { sql, kind: KeyKind::Text }
}

/// A [`Column`] of instants.
pub const fn time(sql: &'static str) -> Column {
    Column { sql, kind: KeyKind::Time }
}

/// The sort of a list: columns that together are unique, all ascending or all descending.
#[derive(Clone, Copy, Debug)]
pub struct Sort {
    /// Columns, most significant first; the last one is unique.
    pub columns: &'static [Column],
    /// Largest first.
    pub descending: bool,
}

/// A window that was checked, ready to be put into SQL.
#[derive(Clone, Debug)]
pub struct Keyset {
    sort: Sort,
    after: Option<Cursor>,
    before: Option<Cursor>,
    rows: u64,
    backward: bool,
}

/// Some rows of a list, in its order.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows with their places.
    pub rows: Vec<(Cursor, T)>,
    /// More follow.
    pub has_next: bool,
    /// More come before.
    pub has_previous: bool,
}

impl<T> Page<T> {
    /// A page without rows.
    pub fn empty() -> Self {
        Self { rows: vec![], has_next: false, has_previous: false }
    }

    /// The same page with each row turned into something else.
    pub fn map<U>(self, mut turn: impl FnMut(T) -> U) -> Page<U> {
        Page {
            rows: self.rows.into_iter().map(|(cursor, row)| (cursor, turn(row))).collect(),
            has_next: self.has_next,
            has_previous: self.has_previous,
        }
    }
}

impl Window {
    /// Checks the window against the sort of a list.
    ///
    /// # Errors
    /// Both directions at once, a size outside 0 to [`MAX_ROWS`], or a cursor of another list.
    pub fn keyset(&self, sort: Sort) -> Result<Keyset, Error> {
        if self.first.is_some() && self.last.is_some() {
            return Err(Error::BothDirections);
        }
        let backward = self.last.is_some();
        let field = if backward { "last" } else { "first" };
        let requested = self.first.or(self.last);
        let rows = match requested {
            None => DEFAULT_ROWS,
            Some(n) => u64::try_from(n).ok().filter(|n| *n <= MAX_ROWS).ok_or(Error::Size { field, requested: n })?,
        };
        let read = |field, cursor: &Option<String>| match cursor {
            None => Ok(None),
            Some(text) => {
                Cursor::decode(text).filter(|c| c.has_shape(sort.columns)).map(Some).ok_or(Error::Cursor { field })
            }
        };
        Ok(Keyset { sort, after: read("after", &self.after)?, before: read("before", &self.before)?, rows, backward })
    }
}

impl Keyset {
    /// The rows after a place of a list that is walked as a whole, at most so many; no caller chose them, so they may
    /// be more than [`MAX_ROWS`].
    pub fn after(sort: Sort, after: Option<Cursor>, rows: u64) -> Self {
        Self { sort, after, before: None, rows, backward: false }
    }

    /// Adds `AND (key) > (cursor)` for the cursors given; the statement already has a WHERE.
    pub fn narrow(&self, sql: &mut Sql) {
        let columns = self.sort.columns.iter().map(|c| c.sql).collect::<Vec<_>>().join(", ");
        let (later, earlier) = if self.sort.descending { (" < ", " > ") } else { (" > ", " < ") };
        for (cursor, sign) in [(&self.after, later), (&self.before, earlier)] {
            if let Some(cursor) = cursor {
                sql.push(" AND (").push(&columns).push(")").push(sign).push("(");
                let parts = cursor.0.iter().zip(self.sort.columns);
                sql.bind_all(parts.filter_map(|(part, column)| part.value(column.kind))).push(")");
            }
        }
    }

    /// Adds ORDER BY and LIMIT; one row more than asked tells whether there are others.
    pub fn order(&self, sql: &mut Sql) {
        let direction = if self.sort.descending != self.backward { " DESC" } else { " ASC" };
        let columns: Vec<_> = self.sort.columns.iter().map(|c| format!("{}{direction}", c.sql)).collect();
        sql.push(" ORDER BY ").push(&columns.join(", ")).push(&format!(" LIMIT {}", self.rows + 1));
    }

    /// The rows of the window out of a whole list, and one more that tells whether there are others.
    pub fn select<S: QueryFilter + QueryOrder + QuerySelect>(&self, list: S) -> S {
        let (later, earlier) = if self.sort.descending {
            (BinOper::SmallerThan, BinOper::GreaterThan)
        } else {
            (BinOper::GreaterThan, BinOper::SmallerThan)
        };
        let columns = || self.sort.columns.iter().map(|column| Expr::cust(column.sql));
        let mut list = list;
        for (cursor, sign) in [(&self.after, later), (&self.before, earlier)] {
            if let Some(cursor) = cursor {
                let parts = cursor.0.iter().zip(self.sort.columns);
                let place = Expr::tuple(parts.filter_map(|(part, column)| part.value(column.kind)).map(Expr::val));
                list = list.filter(Expr::tuple(columns()).binary(sign, place));
            }
        }
        let direction = if self.sort.descending != self.backward { Order::Desc } else { Order::Asc };
        let ordered = columns().fold(list, |list, column| list.order_by(column, direction.clone()));
        ordered.limit(self.rows + 1)
    }

    /// True if the caller asked for no rows at all.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Cuts the extra row off and turns a backward page around.
    pub fn page<T>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> Cursor) -> Page<T> {
        let more = rows.len() as u64 > self.rows;
        rows.truncate(usize::try_from(self.rows).unwrap_or(usize::MAX));
        if self.backward {
            rows.reverse();
        }
        let rows = rows.into_iter().map(|row| (key(&row), row)).collect();
        let (has_next, has_previous) =
            if self.backward { (self.before.is_some(), more) } else { (more, self.after.is_some()) };
        Page { rows, has_next, has_previous }
    }
}

/// A window that cannot be served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// `first` and `last` together.
    BothDirections,
    /// A size outside 0 to [`MAX_ROWS`].
    Size {
        /// `first` or `last`.
        field: &'static str,
        /// What was asked.
        requested: i32,
    },
    /// A cursor that this list did not give out.
    Cursor {
        /// `after` or `before`.
        field: &'static str,
    },
}

crate::shown_in_english!(Error);

impl DomainError for Error {
    fn describe(&self) -> Description {
        let description = Description::new(Kind::Invalid, Code::BadValue);
        match self {
            Self::BothDirections => description.at("last"),
            Self::Size { field, .. } | Self::Cursor { field } => description.at(*field),
        }
    }

    fn say(&self, lang: Lang) -> String {
        match self {
            Self::BothDirections => texts::sentence(lang, "page-both-directions", &[]),
            Self::Size { field, requested } => {
                let (requested, most) = (requested.to_string(), MAX_ROWS.to_string());
                texts::sentence(lang, "page-size", &[("field", field), ("requested", &requested), ("most", &most)])
            }
            Self::Cursor { field } => texts::sentence(lang, "page-cursor", &[("field", field)]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BY_NAME: Sort = Sort { columns: &[text("name_key"), int("id")], descending: false };

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        let other = Cursor(vec![KeyPart::Int(1)]).encode();
        let window = Window { after: Some(other), ..Window::default() };
        assert_eq!(window.keyset(BY_NAME).unwrap_err(), Error::Cursor { field: "after" });
    }

    #[test]
    fn a_size_has_limits() {
        for requested in [-1, 101] {
            let window = Window { first: Some(requested), ..Window::default() };
            assert_eq!(window.keyset(BY_NAME).unwrap_err(), Error::Size { field: "first", requested });
        }
    }

    #[test]
    fn a_backward_page_is_turned_around_and_tells_of_earlier_rows() {
        let window = Window { last: Some(2), ..Window::default() };
        let keyset = window.keyset(BY_NAME).unwrap();
        let page = keyset.page(vec![9, 8, 7], |n| Cursor(vec![KeyPart::Int(*n)]));
        assert_eq!(page.rows.iter().map(|r| r.1).collect::<Vec<_>>(), [8, 9]);
        assert!(page.has_previous && !page.has_next);
    }
}
