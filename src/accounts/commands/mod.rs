//! Commands on accounts, one file a group.

mod administration;
mod authentication;
mod callback;
mod codes;
mod letters;
mod notice;
pub mod openid;
mod opening;
mod password;
mod profile;
mod registration;
mod return_path;
mod roles;
mod second_factor;
mod sessions;
mod sign_in;
pub mod signing;
mod tokens;
mod uses;

pub(crate) use administration::hold_administrators;
pub use administration::{DisableAccount, EnableAccount, InviteAccount};
pub use authentication::{Authenticated, CountWrongPassword, ForgetWrongPasswords, authenticate};
pub use callback::{Callback, CallbackOutcome, FinishSignIn};
pub use codes::UsableCode;
pub(crate) use opening::grant;
pub use opening::{NewAccount, OpenAccount};
pub use password::{
    AcceptInvitation, Acceptance, ChangePassword, ForgottenPassword, PasswordChange, PasswordReset,
    RequestPasswordReset, ResetPassword,
};
pub use profile::UpdateProfile;
pub use registration::{RegisterAccount, Registration, ResendVerification, UnverifiedEmail, Verification, VerifyEmail};
pub use roles::{GrantRole, RevokeRole};
pub use second_factor::{
    CodesRenewal, ConfirmSecondFactor, EnrolSecondFactor, Enrolment, EnrolmentProof, ProveSecondFactor,
    RegenerateRecoveryCodes, RemoveSecondFactor, ResetSecondFactor, SecondFactorProof, SecondFactorRemoval,
};
pub use sessions::{EndSession, Opened, SignOut};
pub use sign_in::{Credentials, Rehashed, SignIn};
pub use tokens::{CreateApiToken, IssueApiToken, IssuedToken, RevokeApiToken, WithdrawApiToken};
pub use uses::{NoteUse, Used};
