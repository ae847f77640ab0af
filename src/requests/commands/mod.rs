//! Commands on requests, one file a stretch of their life.

mod agreement;
mod approvals;
mod cancel;
mod copy;
mod decide;
mod draft;
mod expire;
mod handling;
mod messages;
mod remind;
mod reserve;
mod sign;
mod submit;
mod withdraw_line;

pub use agreement::{DeclineAgreement, OfferAgreement};
pub use approvals::{ChooseApprovals, MAX_APPROVALS};
pub use cancel::CancelRequestLine;
pub use copy::CopyRequest;
pub use decide::{DecideRequest, Decision, LineDecision, ReturnRequest};
pub use draft::{CreateRequest, Draft, DraftLine, TypedApproval, UpdateRequest, version};
pub use expire::{ExpireAgreements, ExpireReservations};
pub use handling::{ClaimRequest, ReleaseRequest, TakeOverRequest};
pub use messages::{MAX_MESSAGE, PostMessage, PostNote};
pub use remind::RemindOfRequest;
pub use reserve::{ReleaseReservation, ReserveVials};
pub use sign::{AtProvider, SignAgreement, Signer, Signing, authenticate_to_sign};
pub use submit::{SubmitRequest, WithdrawRequest};
pub use withdraw_line::WithdrawCellLine;
