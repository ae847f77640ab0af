//! The stock: lots of held lines, their tests, and every single vial.
//!
//! A lot is frozen into quarantine, tested, released by a named person, and given out vial by vial. Only a released
//! distribution lot can be given out. A vial is never deleted; each change of its state is an event.

pub mod certificate;
pub mod commands;
mod error;
pub mod events;
pub mod model;
pub mod queries;
pub mod rules;
pub mod sql;
pub mod steps;
mod views;

pub use error::{BadValue, Error};
pub use model::lot::{State as LotState, Tier as LotTier};
pub use model::quality_test::{Test, Verdict};
pub use model::vial::State as VialState;
pub use queries::stock;
pub use steps::reservations;
pub use views::{LotView, StockView, TestView, VialView};
