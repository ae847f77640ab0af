//! What the history tells of accounts, sessions and tokens. Names, addresses and secrets stand in none of it.

use super::model::session::How;
use crate::actor::Role;
use crate::audit::{Changes, Subject};
use crate::id::{AgreementId, InstitutionId, PersonId, SessionId, TokenId};
use chrono::{DateTime, Utc};

crate::area_events! {
    /// What happened to an account.
    AccountEvent, AccountAction, about PersonId:

    /// Somebody asked for it: `again` if it waited for its confirmation already, with the provider if it came by one.
    Registered {
        #[serde(default, skip_serializing_if = "Option::is_none")] again: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")] provider: Option<String>,
        #[serde(flatten)] changes: Option<Changes>,
    } = "account.register", "Account registered", "계정 가입";

    /// Its e-mail address is proved.
    EmailVerified { #[serde(flatten)] changes: Changes } = "account.verify_email", "E-mail confirmed", "이메일 확인";

    /// The bank opened it by the command line.
    Opened { #[serde(flatten)] changes: Changes } = "account.open", "Account opened by the bank", "은행의 계정 개설";

    /// Somebody was invited.
    Invited { #[serde(flatten)] changes: Changes } = "account.invite", "Invited", "초대";

    /// The invitation was accepted; so many sessions and tokens ended by it.
    InvitationAccepted { sessions: u64, tokens: u64, #[serde(flatten)] changes: Changes }
        = "account.accept_invitation", "Invitation accepted", "초대 수락";

    /// A link for a new password was asked for.
    PasswordResetRequested {} = "account.request_password_reset", "New password asked for", "비밀번호 재설정 요청";

    /// A new password was chosen by such a link.
    PasswordReset { sessions: u64, tokens: u64, #[serde(flatten)] changes: Changes }
        = "account.reset_password", "Password reset", "비밀번호 재설정";

    /// The password was changed by its owner.
    PasswordChanged { sessions: u64, #[serde(flatten)] changes: Changes }
        = "account.change_password", "Password changed", "비밀번호 변경";

    /// A password was wrong, the so-manyth in a row.
    PasswordWrong { failed_passwords: i32, locked: bool }
        = "account.wrong_password", "Wrong password", "비밀번호 오류";

    /// It was closed.
    Disabled { reason: String, sessions: u64, #[serde(flatten)] changes: Changes }
        = "account.disable", "Account closed", "계정 폐쇄";

    /// It was opened again.
    Enabled { reason: String, #[serde(flatten)] changes: Changes }
        = "account.enable", "Account opened again", "계정 재개설";

    /// Its owner changed these fields.
    ProfileUpdated { changed: Vec<String>, #[serde(flatten)] changes: Changes }
        = "account.update_profile", "Profile changed", "프로필 수정";

    /// An identity at a provider is connected.
    IdentityLinked { provider: String, #[serde(flatten)] changes: Changes }
        = "account.link_identity", "Identity linked", "외부 계정 연결";

    /// It is connected no more.
    IdentityUnlinked { provider: String, #[serde(flatten)] changes: Changes }
        = "account.unlink_identity", "Identity unlinked", "외부 계정 연결 해제";

    /// Its owner proved at a provider who they are, to sign an agreement for a party.
    AuthenticatedToSign { provider: String, agreement: AgreementId, party: String }
        = "account.authenticate_to_sign", "Proved who they are, to sign", "서명을 위한 본인 확인";

    /// A role was given.
    RoleGranted {
        #[serde(with = "crate::audit::word")] role: Role,
        institution: Option<InstitutionId>,
        #[serde(flatten)] changes: Changes,
    } = "role.grant", "Role given", "역할 부여";

    /// A role was taken.
    RoleRevoked {
        #[serde(with = "crate::audit::word")] role: Role,
        institution: Option<InstitutionId>,
        #[serde(flatten)] changes: Changes,
    } = "role.revoke", "Role taken", "역할 해제";

    /// A second factor was begun.
    SecondFactorEnrolled { #[serde(flatten)] changes: Changes }
        = "second_factor.enrol", "Two-step sign-in begun", "2단계 인증 등록 시작";

    /// It was confirmed by its first code.
    SecondFactorConfirmed { #[serde(flatten)] changes: Changes }
        = "second_factor.confirm", "Two-step sign-in switched on", "2단계 인증 등록";

    /// Its owner removed it.
    SecondFactorRemoved { #[serde(flatten)] changes: Changes }
        = "second_factor.remove", "Two-step sign-in switched off", "2단계 인증 해제";

    /// New recovery codes were made.
    RecoveryCodesRegenerated { #[serde(flatten)] changes: Changes }
        = "second_factor.new_codes", "New recovery codes", "복구 코드 재발급";

    /// An administrator removed it.
    SecondFactorReset { reason: String, #[serde(flatten)] changes: Changes }
        = "second_factor.reset", "Two-step sign-in removed by the bank", "2단계 인증 초기화";

    /// Every other session was ended.
    SessionsEnded { #[serde(flatten)] changes: Changes } = "session.end_all", "All sessions ended", "모든 로그인 종료";
}

crate::area_events! {
    /// What happened to a session.
    SessionEvent, SessionAction, about SessionId:

    /// It was opened.
    Opened {
        person: PersonId,
        #[serde(with = "crate::audit::word")] how: How,
        second_factor: bool,
        #[serde(flatten)] changes: Changes,
    } = "session.open", "Signed in", "로그인";

    /// The second factor was proved in it.
    SecondFactorProved { #[serde(flatten)] changes: Changes }
        = "second_factor.prove", "Second step of the sign-in proved", "2단계 인증 확인";

    /// It ended.
    Ended { #[serde(flatten)] changes: Changes } = "session.end", "Signed out", "로그아웃";
}

crate::area_events! {
    /// What happened to an API token.
    TokenEvent, TokenAction, about TokenId:

    /// It was issued.
    Issued {
        person: PersonId,
        expires_at: Option<DateTime<Utc>>,
        scopes: Vec<String>,
        #[serde(flatten)] changes: Changes,
    } = "token.issue", "API token issued", "API 토큰 발급";

    /// It was revoked.
    Revoked { #[serde(flatten)] changes: Changes } = "token.revoke", "API token revoked", "API 토큰 폐기";
}

crate::area_events! {
    /// Who read what of all accounts.
    AccountListEvent, AccountListAction, about Subject:

    /// The list was taken along as a table, narrowed so.
    Exported { search: Option<String>, role: Option<String>, disabled: Option<bool> }
        = "account.list_export", "List of accounts exported", "계정 목록 내려받기";
}
