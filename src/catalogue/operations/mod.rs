//! Verbs on lines: taking them into the holdings, and how they stand to the public. Withdrawing one also ends what was
//! requested of it and is therefore a verb of [`crate::requests`].

mod holdings;
mod publication;

pub use holdings::{Holdings, NewLine, hold, register};
pub use publication::{publish_line, suspend_line};
