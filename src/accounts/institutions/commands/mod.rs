//! Commands on institutions: propose, verify, change, close, open again.

mod keep;
mod propose;
mod update;

pub use keep::{CloseInstitution, ReopenInstitution, VerifyInstitution};
pub use propose::ProposeInstitution;
pub use update::{Change, UpdateInstitution};
