//! Shipments: reserved vials packed, handed over and received.
//!
//! packed -> shipped -> received. Nothing ships without an agreement in force. At dispatch the facts that the
//! statistics count are written down and never change.

pub mod commands;
mod error;
pub mod model;
pub mod policy;
pub mod queries;
mod sql;
pub mod sweeps;

pub use error::Error;
/// Whoever may see the request of a shipment sees all of its row.
pub use model::shipment::Model as ShipmentView;
pub use model::shipment::State as ShipmentState;
pub use model::{Condition, ShippedVial};
