//! Lists as the Relay specification has them.

use super::error::refuse;
use super::loaders::Caller;
use crate::page::{Page, Window};
use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{ObjectType, OutputType};

/// A list whose connection also tells what `F` tells.
pub type List<T, F> = Connection<String, T, F, EmptyFields>;

/// Turns a page of rows into a connection.
pub fn connection<R, T: OutputType + ObjectType + From<R>, F: ObjectType>(page: Page<R>, fields: F) -> List<T, F> {
    let mut list = Connection::with_additional_fields(page.has_previous, page.has_next, fields);
    list.edges.extend(page.rows.into_iter().map(|(cursor, row)| Edge::new(cursor.encode(), T::from(row))));
    list
}

/// The window of a list's arguments.
pub fn window(first: Option<i32>, after: Option<String>, last: Option<i32>, before: Option<String>) -> Window {
    Window { first, after, last, before }
}

/// What a list costs: its size times what each row costs.
pub fn cost(first: Option<i32>, last: Option<i32>, row: usize) -> usize {
    let rows = first.or(last).and_then(|n| usize::try_from(n).ok()).unwrap_or(20);
    rows.min(usize::try_from(crate::page::MAX_ROWS).unwrap_or(100)).saturating_mul(row).saturating_add(1)
}

/// The number of rows of a list, asked for only when wanted.
pub fn counted<E: crate::error::DomainError>(count: Result<i64, E>, caller: &Caller) -> async_graphql::Result<i64> {
    count.map_err(|error| refuse(&error, caller.actor.lang))
}
