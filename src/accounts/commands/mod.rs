//! Verbs on accounts, one file a group.

mod administration;
mod authentication;
mod letters;
mod notice;
pub mod openid;
mod opening;
mod password;
mod registration;
mod return_path;
mod second_factor;
pub mod sessions;
mod sign_in;
pub mod signing;
mod tokens;

pub(crate) use administration::hold_administrators;
pub use administration::{
    Invitation, accept_invitation, disable_account, enable_account, grant_role, invite, revoke_role, update_profile,
};
pub use authentication::{Authenticated, authenticate};
pub use opening::{NewAccount, open};
pub use password::{change_password, request_password_reset, reset_password};
pub use registration::{Registration, register, resend_verification, verify_email};
pub use second_factor::{
    Enrolment, confirm_second_factor, enrol_second_factor, prove_second_factor, regenerate_recovery_codes,
    remove_second_factor, reset_second_factor,
};
pub use sign_in::{SignIn, sign_in};
pub use tokens::{
    ForAccount, IssuedToken, NewToken, create_token, issue_token, issue_token_with, revoke_own_token, revoke_token,
};
