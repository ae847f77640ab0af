//! What several pages of one area have around them: its sections, what was just done, and the pages of a list.

use super::forms::FormData;
use super::links::with;
use super::page_error::PageError;
use super::visitor::Visitor;
use crate::page::{Page, Window};

/// Rows of a page of a list.
const ROWS: i32 = 50;

/// The sections of an area and what was just done.
pub struct SectionNav {
    /// Key of the section that is shown.
    pub here: &'static str,
    /// Key, address and words of each section.
    pub sections: Vec<(&'static str, String, String)>,
    /// What was just done, in a sentence; empty if nothing was.
    pub flash: String,
}

/// What stands behind the `?` of the address.
pub fn query_params(v: &Visitor) -> FormData {
    FormData::of(serde_urlencoded::from_str::<Vec<(String, String)>>(&v.query).unwrap_or_default())
}

/// The sentence for what was just done: the message named by a known key, else nothing.
pub fn flash(v: &Visitor, known: &[(&str, &str)]) -> String {
    let params = query_params(v);
    let done = params.get("done");
    known.iter().find(|(key, _)| *key == done).map(|(_, message)| v.t.say(message)).unwrap_or_default()
}

/// The number in an address.
///
/// # Errors
/// [`PageError::NotFound`] if it is none.
pub fn number(text: &str) -> Result<i64, PageError> {
    text.parse().map_err(|_| PageError::NotFound)
}

/// The page of a list that the address asks for.
pub fn window(params: &FormData) -> Window {
    Window { first: Some(ROWS), after: params.filled("after").map(Into::into), ..Window::default() }
}

/// Addresses of the first and the next page of a list; empty where there is none.
pub struct Pages {
    /// The first, unless this is it.
    pub first: String,
    /// The next.
    pub next: String,
}

impl Pages {
    /// The same address with another place in the list.
    pub fn of<T>(v: &Visitor, page: &Page<T>) -> Self {
        let params = query_params(v);
        let others = |name: &&(String, String)| name.0 != "after" && name.0 != "done";
        let mut pairs: Vec<(&str, &str)> =
            params.fields().iter().filter(others).map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let first = if params.has("after") { with(&v.path, &pairs) } else { String::new() };
        let last = page.rows.last().filter(|_| page.has_next).map(|(cursor, _)| cursor.encode());
        let next = match &last {
            Some(cursor) => {
                pairs.push(("after", cursor));
                with(&v.path, &pairs)
            }
            None => String::new(),
        };
        Self { first, next }
    }
}
