//! Which letters there are.

use crate::language::Lang;

/// Declares the letters: name as stored, whether it may be switched off, and its label in both languages.
macro_rules! letters {
    ($($(#[$doc:meta])* $letter:ident = $name:literal, $kind:ident, $en:literal, $ko:literal;)*) => {
        /// What a letter tells. Stored by its name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
        #[graphql(name = "MailEvent")]
        pub enum Letter { $($(#[$doc])* $letter,)* }

        impl Letter {
            /// Every letter.
            pub const ALL: &'static [Self] = &[$(Self::$letter,)*];

            /// The stored name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$letter => $name,)* }
            }

            /// Duties cannot be switched off: it is the reader's turn, a decision on what they asked for, or the security
            /// of their account. The rest is news.
            pub fn is_duty(self) -> bool {
                match self { $(Self::$letter => letters!(@$kind),)* }
            }

            /// What it is about, as a list of letters shows it.
            pub fn label(self, lang: Lang) -> &'static str {
                match self { $(Self::$letter => lang.pick($en, $ko),)* }
            }
        }
    };
    (@duty) => { true };
    (@news) => { false };
}

letters! {
    /// To the bank: a request came in.
    RequestSubmitted = "request_submitted", duty, "A request came in", "분양 신청 접수";
    /// To the applicant: please complete it.
    RequestReturned = "request_returned", duty, "A request is to be completed", "신청 보완 요청";
    /// To the applicant: somebody works on it now.
    RequestClaimed = "request_claimed", news, "The review of a request began", "신청 심사 시작";
    /// To the applicant: decided, line by line.
    RequestDecided = "request_decided", duty, "A request is decided", "신청 심사 결과";
    /// To the bank: the applicant withdrew.
    RequestWithdrawn = "request_withdrawn", news, "A request was withdrawn", "신청 철회";
    /// To the other side of a request: somebody wrote about it.
    RequestMessage = "request_message", duty, "A message about a request", "신청 관련 메시지";
    /// To whoever worked on a request: somebody else took it over.
    RequestTakenOver = "request_taken_over", duty, "A request was taken over", "담당자 변경";
    /// To the bank: a request is without a handler again.
    RequestReleased = "request_released", news, "A request is back on the desk", "담당자 지정 해제";
    /// To the bank: the applicant cancelled a line.
    LineCancelled = "line_cancelled", duty, "A line was cancelled", "신청 항목 취소";
    /// To the party whose signature is next.
    AgreementToSign = "agreement_to_sign", duty, "An agreement is to be signed", "협약서 서명 요청";
    /// To applicant and bank: every signature is there.
    AgreementInForce = "agreement_in_force", duty, "An agreement is in force", "협약 발효";
    /// To the bank: the recipient does not want the agreement.
    AgreementDeclined = "agreement_declined", duty, "An agreement was declined", "협약 거절";
    /// To the applicant: vials are set aside.
    VialsReserved = "vials_reserved", news, "Vials are reserved", "바이알 예약";
    /// To the applicant: too little stock, the line waits.
    LineWaits = "line_waits", news, "A line is on the waiting list", "대기 명단 등록";
    /// To applicant and bank: a promise ended before anything was shipped.
    ReservationExpired = "reservation_expired", duty, "A reservation ended", "예약 만료";
    /// To applicant and principal investigator: the bank withdrew a line, their request for it is cancelled.
    LineWithdrawn = "line_withdrawn", duty, "A line of a request was withdrawn", "신청 세포주 분양 철회";
    /// To the applicant: on its way; confirm the receipt.
    ShipmentDispatched = "shipment_dispatched", duty, "A shipment is on its way", "발송 안내";
    /// To the bank: it arrived.
    ShipmentReceived = "shipment_received", news, "A shipment was received", "수령 확인";
    /// To whoever's turn it is: it has been for a while.
    Reminder = "reminder", duty, "A request waits for you", "처리 대기 알림";
    /// To a new account: prove that the address is yours.
    VerifyEmail = "verify_email", duty, "Confirm your e-mail address", "이메일 주소 확인";
    /// To an account: choose a new password.
    ResetPassword = "reset_password", duty, "Choose a new password", "비밀번호 재설정";
    /// To somebody invited: open your account.
    Invitation = "invitation", duty, "An invitation to the bank", "은행 이용 초대";
    /// To an account: too many wrong passwords.
    AccountLocked = "account_locked", duty, "Your account is locked for a while", "계정 잠금 안내";
    /// How one signs in was changed: if it was somebody else, its owner can still act.
    AccountChanged = "account_changed", duty, "How you sign in was changed", "로그인 방법 변경 안내";
    /// To an account: somebody tried to register its address again.
    EmailAlreadyRegistered = "email_already_registered", duty, "You already have an account", "이미 가입된 이메일";
    /// To the administrators of an institution, or to the bank if it has none: somebody wants to join it.
    MembershipRequested = "membership_requested", duty, "Somebody wants to join an institution", "기관 소속 신청";
    /// To whoever wanted to join, or was a member: what was decided.
    MembershipDecided = "membership_decided", duty, "A membership is decided", "기관 소속 결정";
    /// To a member: a role at the institution was given or taken; the detail has the institution's names, the role and which.
    InstitutionRoleChanged = "institution_role_changed", news, "A role at an institution is given or taken", "기관 역할 변경";
    /// To the members of an institution that was a duplicate: where they belong now; the detail has the names of both.
    InstitutionMerged = "institution_merged", news, "An institution was merged into another", "소속 기관 통합";
    /// To the bank: somebody proposed an institution that is to be verified.
    InstitutionProposed = "institution_proposed", duty, "An institution was proposed", "기관 등록 제안";
    /// To whoever proposed it: the institution is verified and can be joined, or it was closed.
    InstitutionDecided = "institution_decided", news, "A proposed institution is decided", "제안 기관 처리 결과";
    /// To administrators: the end of the history's chain on a day, to be kept; the detail has its day, sequence and hash.
    AuditAnchor = "audit_anchor", duty, "The history's end on a day", "일별 기록 봉인";
}

impl Letter {
    /// The letter of a stored name; `None` for one that a newer version of the bank wrote.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|letter| letter.name() == name)
    }

    /// True for letters whose link carries a secret. The secret stands in the row as `link_secret` only while the letter
    /// waits.
    pub fn carries_secret(self) -> bool {
        matches!(self, Self::VerifyEmail | Self::ResetPassword | Self::Invitation)
    }
}

/// What changed about how one signs in, as the letter [`Letter::AccountChanged`] tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountChange {
    /// The password.
    Password,
    /// An identity at a provider is connected.
    IdentityLinked,
    /// A second factor is asked for from now on.
    SecondFactorOn,
    /// The owner removed the second factor.
    SecondFactorOff,
    /// An administrator removed the second factor.
    SecondFactorReset,
    /// New recovery codes; the old ones end.
    RecoveryCodes,
}

impl AccountChange {
    /// Every change.
    pub const ALL: [Self; 6] = [
        Self::Password,
        Self::IdentityLinked,
        Self::SecondFactorOn,
        Self::SecondFactorOff,
        Self::SecondFactorReset,
        Self::RecoveryCodes,
    ];

    /// As the letter's row names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::IdentityLinked => "identity_linked",
            Self::SecondFactorOn => "second_factor_on",
            Self::SecondFactorOff => "second_factor_off",
            Self::SecondFactorReset => "second_factor_reset",
            Self::RecoveryCodes => "recovery_codes",
        }
    }

    /// The change of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_is_found_by_its_own_name_and_has_two_labels() {
        for letter in Letter::ALL {
            assert_eq!(Letter::from_name(letter.name()), Some(*letter));
            assert_ne!(letter.label(Lang::En), letter.label(Lang::Ko));
        }
        assert_eq!(Letter::from_name("of a newer version"), None);
    }
}
