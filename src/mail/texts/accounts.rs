//! Letters about an account. The page behind a link shows a button and does nothing before it is pressed, because mail
//! programs open links too; the service's log names the route only, so that a secret never stands in it.

use super::{Context, Words, moment, named};
use crate::language::Lang;
use crate::mail::letter::{AccountChange, Link};
use chrono::{DateTime, Utc};

fn secret_link(context: Context<'_>, page: &str, link: &Link) -> String {
    context.link(&format!("{page}?token={}", link.secret.0))
}

/// How long a link works, if the row says so.
fn term(lang: Lang, link: &Link) -> String {
    let Some(until) = link.expires_at.map(moment) else { return String::new() };
    lang.pick(
        format!(" The link works once, until {until} (Asia/Seoul)."),
        format!(" 링크는 {until}(한국 시간)까지 한 번만 사용할 수 있습니다."),
    )
}

pub(super) fn verify(context: Context<'_>, link: &Link) -> Words {
    let (subject, changed, turn) = context.lang.pick(
        (
            "Confirm your e-mail address",
            "Somebody, probably you, asked for an account at the bank with this e-mail address.",
            "It is your turn: confirm the address by this link. If it was not you, do nothing; no account will be opened.",
        ),
        (
            "이메일 주소를 확인해 주십시오",
            "이 이메일 주소로 은행 계정을 만들어 달라는 요청이 있었습니다.",
            "수신인의 차례입니다. 아래 링크에서 주소를 확인해 주십시오. 요청하신 적이 없다면 아무것도 하지 않으셔도 되며 \
             계정은 만들어지지 않습니다.",
        ),
    );
    Words {
        subject: subject.into(),
        changed: changed.into(),
        turn: format!("{turn}{}", term(context.lang, link)),
        link: secret_link(context, "verify-email", link),
    }
}

pub(super) fn reset(context: Context<'_>, link: &Link) -> Words {
    let (subject, changed, turn) = context.lang.pick(
        (
            "Choose a new password",
            "Somebody, probably you, asked for a new password for your account at the bank.",
            "It is your turn: choose a password by this link. If it was not you, do nothing; your password stays as it is.",
        ),
        (
            "비밀번호를 다시 설정해 주십시오",
            "은행 계정의 비밀번호를 다시 설정해 달라는 요청이 있었습니다.",
            "수신인의 차례입니다. 아래 링크에서 새 비밀번호를 정해 주십시오. 요청하신 적이 없다면 아무것도 하지 않으셔도 \
             되며 비밀번호는 바뀌지 않습니다.",
        ),
    );
    Words {
        subject: subject.into(),
        changed: changed.into(),
        turn: format!("{turn}{}", term(context.lang, link)),
        link: secret_link(context, "reset-password", link),
    }
}

pub(super) fn invitation(context: Context<'_>, link: &Link) -> Words {
    let (subject, changed, turn) = context.lang.pick(
        (
            "You are invited to the bank",
            "The bank invites you to open an account with this e-mail address.",
            "It is your turn: open your account by this link. If you do not expect this, do nothing.",
        ),
        (
            "은행 이용에 초대합니다",
            "은행이 이 이메일 주소로 계정을 만드실 수 있도록 초대합니다.",
            "수신인의 차례입니다. 아래 링크에서 계정을 만들어 주십시오. 예상하지 못한 초대라면 아무것도 하지 않으셔도 됩니다.",
        ),
    );
    Words {
        subject: subject.into(),
        changed: changed.into(),
        turn: format!("{turn}{}", term(context.lang, link)),
        link: secret_link(context, "invitation", link),
    }
}

pub(super) fn locked(context: Context<'_>) -> Words {
    let (subject, changed, turn) = context.lang.pick(
        (
            "Your account is locked for a while",
            "Too many wrong passwords were given for your account at the bank; for a while no password is accepted.",
            "If it was you, try again later or choose a new password. If it was not you, choose a new password and tell the \
             bank's administrator.",
        ),
        (
            "계정이 잠시 잠겼습니다",
            "은행 계정에 잘못된 비밀번호가 여러 번 입력되어 당분간 로그인할 수 없습니다.",
            "본인이 입력하셨다면 나중에 다시 시도하거나 비밀번호를 다시 설정해 주십시오. 본인이 아니라면 비밀번호를 다시 \
             설정하고 은행 관리자에게 알려 주십시오.",
        ),
    );
    Words { subject: subject.into(), changed: changed.into(), turn: turn.into(), link: context.link("sign-in") }
}

pub(super) fn changed(context: Context<'_>, at: DateTime<Utc>, change: &AccountChange) -> Words {
    let (at, lang) = (moment(at), context.lang);
    let what = match change {
        AccountChange::Password => lang.pick(
            format!("The password of your account at the bank was changed on {at} (Asia/Seoul)."),
            format!("{at}(한국 시간)에 은행 계정의 비밀번호가 변경되었습니다."),
        ),
        AccountChange::IdentityLinked { provider, provider_ko } => {
            let provider = named(lang, provider, provider_ko.as_deref());
            lang.pick(
                format!("Since {at} (Asia/Seoul) one can sign in to your account at the bank by {provider} too."),
                format!("{at}(한국 시간)부터 {provider} 계정으로도 은행에 로그인할 수 있습니다."),
            )
        }
        AccountChange::SecondFactorOn => lang.pick(
            format!("Two-step sign-in was switched on for your account at the bank on {at} (Asia/Seoul)."),
            format!("{at}(한국 시간)에 은행 계정의 2단계 인증이 등록되었습니다."),
        ),
        AccountChange::SecondFactorOff => lang.pick(
            format!("Two-step sign-in was switched off for your account at the bank on {at} (Asia/Seoul)."),
            format!("{at}(한국 시간)에 은행 계정의 2단계 인증이 해제되었습니다."),
        ),
        AccountChange::SecondFactorReset => lang.pick(
            format!("The bank removed two-step sign-in from your account on {at} (Asia/Seoul)."),
            format!("{at}(한국 시간)에 은행 관리자가 계정의 2단계 인증을 초기화했습니다."),
        ),
        AccountChange::RecoveryCodes => lang.pick(
            format!(
                "New recovery codes for your account at the bank were made on {at} (Asia/Seoul); the old ones ended."
            ),
            format!("{at}(한국 시간)에 은행 계정의 복구 코드가 새로 만들어졌습니다. 이전 코드는 사용할 수 없습니다."),
        ),
    };
    let (subject, turn) = lang.pick(
        (
            "How you sign in was changed",
            "Nothing more is to be done if it was you. If it was not you, choose a new password at once and tell the bank's \
             administrator.",
        ),
        (
            "로그인 방법이 변경되었습니다",
            "본인이 하신 일이라면 더 하실 일은 없습니다. 본인이 아니라면 바로 비밀번호를 다시 설정하고 은행 \
             관리자에게 알려 주십시오.",
        ),
    );
    Words { subject: subject.into(), changed: what, turn: turn.into(), link: context.link("forgotten") }
}

pub(super) fn registered(context: Context<'_>) -> Words {
    let (subject, changed, turn) = context.lang.pick(
        (
            "You already have an account",
            "Somebody, probably you, asked for an account at the bank with this e-mail address. You already have one.",
            "Sign in with it; if you forgot the password, choose a new one there. If it was not you, do nothing.",
        ),
        (
            "이미 계정이 있습니다",
            "이 이메일 주소로 은행 계정을 만들어 달라는 요청이 있었으나 이미 계정이 있습니다.",
            "기존 계정으로 로그인해 주십시오. 비밀번호를 잊으셨다면 그곳에서 다시 설정하실 수 있습니다. 요청하신 적이 \
             없다면 아무것도 하지 않으셔도 됩니다.",
        ),
    );
    Words { subject: subject.into(), changed: changed.into(), turn: turn.into(), link: context.link("sign-in") }
}
