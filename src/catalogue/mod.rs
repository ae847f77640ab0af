//! The catalogue: every line the bank holds or knows of, and the diseases they stand for.
//!
//! Held and reference lines share one table. A line is *held* exactly when it has the bank's accession; only then it
//! has a grade, a publication status, a legal basis and lots. What a source says of a line comes by import and is
//! replaced by the next import; the bank's own columns are the duty of its staff.

pub mod commands;
mod error;
pub mod events;
pub mod import;
pub mod index;
pub mod model;
pub mod publication;
pub mod queries;
pub mod record;
pub mod rules;
mod sql;
pub mod steps;
mod views;

pub use error::Error;
pub use model::cell_line::{CellType, Grade, Holding, LegalBasis, ProvisionConsent, PublicationStatus};
pub use model::genetic_modification::Kind as ModificationKind;
pub use queries::{directory, overview, pages};
pub use views::{DiseaseView, LineView, ModificationView};
