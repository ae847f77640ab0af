//! Commands on lines: taking them into the holdings, and how they stand to the public. Withdrawing one also ends what
//! was requested of it and is therefore a command of [`crate::requests`].

mod holdings;
mod publication;

pub use holdings::{Holdings, RegisterCellLine, TakeCellLineIntoHoldings};
pub use publication::{PublishCellLine, SuspendCellLine};
