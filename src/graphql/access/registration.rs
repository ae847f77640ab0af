//! Registering, verifying an e-mail, choosing a password, one's own profile.

use super::attempt;
use crate::accounts::commands::{
    ForgottenPassword, PasswordChange, PasswordReset, Registration, UnverifiedEmail, UpdateProfile, Verification,
};
use crate::accounts::passwords::Password;
use crate::graphql::accounts::Viewer;
use crate::graphql::error::UserError;
use crate::graphql::loaders::caller;
use crate::graphql::protocol::{id, payload};
use crate::language::Lang;
use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

/// A language of letters and pages.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "Locale")]
pub enum Locale {
    /// Korean.
    Ko,
    /// English.
    En,
}

impl From<Locale> for Lang {
    fn from(locale: Locale) -> Self {
        match locale {
            Locale::Ko => Self::Ko,
            Locale::En => Self::En,
        }
    }
}

/// Who registers.
#[derive(InputObject)]
pub struct RegisterAccountInput {
    /// E-mail; a letter with a link is sent to it.
    email: String,
    /// Name as it will be printed under agreements, 1 to 200 characters.
    name: String,
    /// Language of letters.
    locale: Locale,
    /// Where the person works; can follow later.
    institution: Option<ID>,
}

/// A first password by the link of a letter.
#[derive(InputObject)]
pub struct VerifyEmailInput {
    /// What the link carries.
    token: String,
    /// The password, 12 to 256 characters.
    password: String,
}

/// Whose link to send again.
#[derive(InputObject)]
pub struct ResendVerificationInput {
    /// E-mail.
    email: String,
}

/// Whose password to reset.
#[derive(InputObject)]
pub struct RequestPasswordResetInput {
    /// E-mail.
    email: String,
}

/// A new password by the link of a letter.
#[derive(InputObject)]
pub struct ResetPasswordInput {
    /// What the link carries.
    token: String,
    /// The new password, 12 to 256 characters.
    password: String,
}

/// A new password by the old one.
#[derive(InputObject)]
pub struct ChangePasswordInput {
    /// The password until now.
    current: String,
    /// The new one, 12 to 256 characters.
    new: String,
}

/// What of one's own profile changes; what is missing stays.
#[derive(InputObject)]
pub struct UpdateProfileInput {
    /// Name as printed under agreements from now on, 1 to 200 characters.
    name: Option<String>,
    /// Language of letters.
    locale: Option<Locale>,
}

payload! {
    /// What came of registering: the same whether the e-mail has an account or not. What to do next stands in a letter.
    RegisterAccountPayload { accepted: bool }
    /// What came of following the link of a letter.
    VerifyEmailPayload { verified: bool }
    /// What came of asking for the link again: always the same.
    ResendVerificationPayload { accepted: bool }
    /// What came of asking for a link to choose a new password: always the same.
    RequestPasswordResetPayload { accepted: bool }
    /// What came of choosing a new password. All sessions and tokens of the account ended.
    ResetPasswordPayload { reset: bool }
    /// What came of changing the password. All other sessions of the account ended.
    ChangePasswordPayload { changed: bool }
    /// What came of changing one's profile.
    UpdateProfilePayload { viewer: Viewer }
}

/// Registering and passwords.
#[derive(Default)]
pub struct RegistrationMutation;

#[Object]
impl RegistrationMutation {
    /// Registers a person, who can sign in after following the link of a letter. The answer does not tell whether the
    /// e-mail has an account already; its owner gets a letter that does.
    async fn register_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who registers.")] input: RegisterAccountInput,
    ) -> Result<RegisterAccountPayload> {
        let caller = caller(ctx);
        let register = || {
            attempt(ctx, Some(&input.email))?;
            let institution = match &input.institution {
                Some(institution) => Some(id!(caller, institution, InstitutionId, "institution")),
                None => None,
            };
            Ok(Registration { email: input.email, name: input.name, lang: input.locale.into(), institution })
        };
        let (done, errors) = caller.run_prepared(register).await?;
        Ok(RegisterAccountPayload { accepted: done.map(|()| true), errors })
    }

    /// Confirms an e-mail by the link of a letter and sets the first password; the person is a researcher from then on.
    async fn verify_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link and a password.")] input: VerifyEmailInput,
    ) -> Result<VerifyEmailPayload> {
        let caller = caller(ctx);
        let verify = || {
            attempt(ctx, None)?;
            Ok(Verification { secret: input.token, password: Password(input.password) })
        };
        let (done, errors) = caller.run_prepared(verify).await?;
        Ok(VerifyEmailPayload { verified: done.map(|()| true), errors })
    }

    /// Sends the link again to whoever registered and has not followed it, at most once in five minutes.
    async fn resend_verification(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: ResendVerificationInput,
    ) -> Result<ResendVerificationPayload> {
        let caller = caller(ctx);
        let resend = || {
            attempt(ctx, Some(&input.email))?;
            Ok(UnverifiedEmail { email: input.email })
        };
        let (done, errors) = caller.run_prepared(resend).await?;
        Ok(ResendVerificationPayload { accepted: done.map(|()| true), errors })
    }

    /// Sends a link for choosing a new password to whoever has an account with this e-mail, at most once in five
    /// minutes.
    async fn request_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: RequestPasswordResetInput,
    ) -> Result<RequestPasswordResetPayload> {
        let caller = caller(ctx);
        let request = || {
            attempt(ctx, Some(&input.email))?;
            Ok(ForgottenPassword { email: input.email })
        };
        let (done, errors) = caller.run_prepared(request).await?;
        Ok(RequestPasswordResetPayload { accepted: done.map(|()| true), errors })
    }

    /// Chooses a new password by the link of a letter. Sessions and tokens of the account end; the second factor stays.
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link and the password.")] input: ResetPasswordInput,
    ) -> Result<ResetPasswordPayload> {
        let caller = caller(ctx);
        let reset = || {
            attempt(ctx, None)?;
            Ok(PasswordReset { secret: input.token, password: Password(input.password) })
        };
        let (done, errors) = caller.run_prepared(reset).await?;
        Ok(ResetPasswordPayload { reset: done.map(|_| true), errors })
    }

    /// Changes one's own password. Needs a session; the other sessions end.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Both passwords.")] input: ChangePasswordInput,
    ) -> Result<ChangePasswordPayload> {
        let caller = caller(ctx);
        let change = || {
            attempt(ctx, None)?;
            Ok(PasswordChange { current: Password(input.current), new: Password(input.new) })
        };
        let (done, errors) = caller.run_prepared(change).await?;
        Ok(ChangePasswordPayload { changed: done.map(|()| true), errors })
    }

    /// Changes one's own name and language of letters. Needs a session.
    async fn update_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateProfileInput,
    ) -> Result<UpdateProfilePayload> {
        let caller = caller(ctx);
        let update = || Ok(UpdateProfile { name: input.name, lang: input.locale.map(Lang::from) });
        let (done, errors) = caller.run(update).await?;
        Ok(UpdateProfilePayload { viewer: done.and_then(|_| Viewer::of(caller.clone())), errors })
    }
}
