//! The caller's second factor.

use super::{attempt, set_session};
use crate::accounts::commands::{
    CodesRenewal, ConfirmSecondFactor, EnrolmentProof, SecondFactorProof, SecondFactorRemoval,
};
use crate::accounts::passwords::Password;
use crate::graphql::accounts::Viewer;
use crate::graphql::error::UserError;
use crate::graphql::loaders::caller;
use crate::graphql::protocol::payload;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

/// What an authenticator is given, once.
#[derive(SimpleObject)]
pub struct SecondFactorEnrolment {
    /// The secret in base 32, for typing.
    secret: String,
    /// `otpauth://...`, for showing as a picture.
    address: String,
}

/// Proof for setting up a second factor.
#[derive(InputObject)]
pub struct EnrolSecondFactorInput {
    /// The caller's password.
    password: String,
}

/// The first code.
#[derive(InputObject)]
pub struct ConfirmSecondFactorInput {
    /// Six digits of the authenticator.
    code: String,
}

/// A code.
#[derive(InputObject)]
pub struct ProveSecondFactorInput {
    /// Six digits of the authenticator, or a recovery code.
    code: String,
}

/// Proof for removing a second factor.
#[derive(InputObject)]
pub struct RemoveSecondFactorInput {
    /// The caller's password.
    password: String,
    /// Six digits of the authenticator, or a recovery code.
    code: String,
}

/// Proof for new recovery codes.
#[derive(InputObject)]
pub struct RegenerateRecoveryCodesInput {
    /// The caller's password.
    password: String,
    /// Six digits of the authenticator, or a recovery code.
    code: String,
}

payload! {
    /// What came of beginning a second factor; it counts once it is confirmed.
    EnrolSecondFactorPayload { enrolment: SecondFactorEnrolment }
    /// What came of confirming it: ten recovery codes, shown only now.
    ConfirmSecondFactorPayload { recovery_codes: Vec<String> }
    /// What came of proving it.
    ProveSecondFactorPayload { viewer: Viewer }
    /// What came of removing it.
    RemoveSecondFactorPayload { removed: bool }
    /// What came of asking for new recovery codes: ten, shown only now; the old ones no longer work.
    RegenerateRecoveryCodesPayload { recovery_codes: Vec<String> }
}

/// Changes of the caller's second factor. All need a session.
#[derive(Default)]
pub struct SecondFactorMutation;

#[Object]
impl SecondFactorMutation {
    /// Begins a second factor: the authenticator's secret is shown only now. Needs a session and the password again.
    async fn enrol_second_factor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Proof.")] input: EnrolSecondFactorInput,
    ) -> Result<EnrolSecondFactorPayload> {
        let caller = caller(ctx);
        let enrol = || {
            attempt(ctx, None)?;
            Ok(EnrolmentProof { password: Password(input.password) })
        };
        let (done, errors) = caller.run_prepared(enrol).await?;
        let enrolment = done.map(|e| SecondFactorEnrolment { secret: e.secret, address: e.address });
        Ok(EnrolSecondFactorPayload { enrolment, errors })
    }

    /// Confirms the second factor by its first code; this session has it from then on, under a new cookie.
    async fn confirm_second_factor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code.")] input: ConfirmSecondFactorInput,
    ) -> Result<ConfirmSecondFactorPayload> {
        let caller = caller(ctx);
        let confirm = || {
            attempt(ctx, None)?;
            Ok(ConfirmSecondFactor { code: Password(input.code) })
        };
        let (done, errors) = caller.run(confirm).await?;
        if let Some(done) = &done {
            set_session(ctx, &done.session_secret.0);
        }
        Ok(ConfirmSecondFactorPayload { recovery_codes: done.map(|done| done.recovery_codes), errors })
    }

    /// Proves the second factor in a session that began without it. What needed it can be done from the next call on, which
    /// brings the new cookie that the answer sets.
    async fn prove_second_factor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code.")] input: ProveSecondFactorInput,
    ) -> Result<ProveSecondFactorPayload> {
        let caller = caller(ctx);
        let prove = || {
            attempt(ctx, None)?;
            Ok(SecondFactorProof { code: Password(input.code) })
        };
        let (done, errors) = caller.run_prepared(prove).await?;
        if let Some(secret) = &done {
            set_session(ctx, &secret.0);
        }
        Ok(ProveSecondFactorPayload { viewer: done.and_then(|_| Viewer::of(caller.clone())), errors })
    }

    /// Removes the second factor. Needs a session, the password and a code.
    async fn remove_second_factor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Proof.")] input: RemoveSecondFactorInput,
    ) -> Result<RemoveSecondFactorPayload> {
        let caller = caller(ctx);
        let remove = || {
            attempt(ctx, None)?;
            Ok(SecondFactorRemoval { password: Password(input.password), code: Password(input.code) })
        };
        let (done, errors) = caller.run_prepared(remove).await?;
        Ok(RemoveSecondFactorPayload { removed: done.map(|()| true), errors })
    }

    /// Gives new recovery codes. Needs a session, the password and a code.
    async fn regenerate_recovery_codes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Proof.")] input: RegenerateRecoveryCodesInput,
    ) -> Result<RegenerateRecoveryCodesPayload> {
        let caller = caller(ctx);
        let renew = || {
            attempt(ctx, None)?;
            Ok(CodesRenewal { password: Password(input.password), code: Password(input.code) })
        };
        let (recovery_codes, errors) = caller.run_prepared(renew).await?;
        Ok(RegenerateRecoveryCodesPayload { recovery_codes, errors })
    }
}
