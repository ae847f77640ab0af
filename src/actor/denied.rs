//! Why somebody may not, in their language.

use crate::error::{Code, Description, DomainError, Kind};
use crate::language::Lang;

/// What stands against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    NobodySignedIn,
    Role,
    Scope,
    SecondFactor,
    NoSession,
}

/// The actor may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Denied(pub(super) Reason);

crate::shown_in_english!(Denied);

impl DomainError for Denied {
    fn describe(&self) -> Description {
        match self.0 {
            Reason::NobodySignedIn => Description::new(Kind::Unauthenticated, Code::Unauthenticated),
            Reason::Role | Reason::Scope => Description::new(Kind::Forbidden, Code::Forbidden),
            Reason::SecondFactor => Description::new(Kind::Forbidden, Code::SecondFactorMissing),
            Reason::NoSession => Description::new(Kind::Forbidden, Code::SessionRequired),
        }
    }

    fn say(&self, lang: Lang) -> String {
        match self.0 {
            Reason::NobodySignedIn => lang.pick(
                "Sign in first, or send a valid token as 'Authorization: Bearer TOKEN'.",
                "먼저 로그인하거나 유효한 토큰을 'Authorization: Bearer TOKEN' 헤더로 보내 주십시오.",
            ),
            Reason::Role => lang.pick(
                "Your role does not allow this. Ask the bank's administrator if you need it.",
                "이 작업을 할 권한이 없습니다. 필요하면 은행 관리자에게 문의해 주십시오.",
            ),
            Reason::Scope => lang.pick(
                "This token's scopes do not allow this; create a token with the scope it needs.",
                "이 토큰의 범위로는 할 수 없는 작업입니다. 필요한 범위를 가진 토큰을 발급해 주십시오.",
            ),
            Reason::SecondFactor => lang.pick(
                "Your role acts only with a second factor. Set one up, or sign in with its code.",
                "이 역할은 2단계 인증을 거쳐야 합니다. 2단계 인증을 등록하거나 인증 코드로 로그인해 주십시오.",
            ),
            Reason::NoSession => lang.pick(
                "A token may not do this; sign in with your password.",
                "토큰으로는 할 수 없는 작업입니다. 비밀번호로 로그인해 주십시오.",
            ),
        }
        .into()
    }
}
