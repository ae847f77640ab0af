//! Lists of cell lines: filters, free text and facets, over lines, diseases and stock; and a line's page with its
//! stock.

pub mod cell_lines;
pub mod export;
pub mod facets;
mod filter;
pub mod line_page;
mod sql;
pub mod suggestions;

pub use filter::{Change, Field, Filter, Order};
