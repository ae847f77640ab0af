//! Lists of cell lines: filters, free text and facets, over lines, diseases and stock.

pub mod cell_lines;
pub mod facets;
mod filter;

pub use filter::{Filter, Order};
