//! Bringing real records into the catalogue: lines in the text format of Cellosaurus, diseases from MONDO.
//!
//! A line code present in a record replaces what earlier imports said for that code; an absent one leaves it. The
//! bank's own columns are never touched.

pub mod cellosaurus;
pub mod codes;
mod disease_rows;
pub mod diseases;
pub mod facts;
mod merge;
pub mod resolve;
mod sql;
mod write;

pub use diseases::import as import_diseases;
pub use write::import as import_cellosaurus;
