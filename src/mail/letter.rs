//! Which letters there are, and what each tells.

use crate::language::Lang;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::fmt;

/// Declares the letters: what each tells, its name as stored, whether it may be switched off, and its label in both
/// languages.
macro_rules! letters {
    ($($(#[$doc:meta])* $letter:ident {
        $($(#[$of_field:meta])* $field:ident: $type:ty),*
    } = $name:literal, $kind:ident, $en:literal, $ko:literal;)*) => {
        /// A letter with what it tells. A row of the outbox has its name and, as JSON, its data; names, addresses and
        /// words are put in when it leaves.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "event", content = "detail")]
        #[expect(missing_docs, reason = "the fields are named as the sentences need them")]
        pub enum Letter { $($(#[$doc])* #[serde(rename = $name)] $letter { $($(#[$of_field])* $field: $type),* },)* }

        /// Which letter it is, without what it tells. Stored by its name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
        #[graphql(name = "MailEvent")]
        pub enum LetterKind { $($(#[$doc])* $letter,)* }

        impl Letter {
            /// Which letter it is.
            pub fn kind(&self) -> LetterKind {
                match self { $(Self::$letter { .. } => LetterKind::$letter,)* }
            }
        }

        impl LetterKind {
            /// Every letter.
            pub const ALL: &'static [Self] = &[$(Self::$letter,)*];

            /// The stored name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$letter => $name,)* }
            }

            /// Duties cannot be switched off: it is the reader's turn, a decision on what they asked for, or the
            /// security of their account. The rest is news.
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
    RequestSubmitted { request: String } = "request_submitted", duty, "A request came in", "분양 신청 접수";
    /// To the applicant: please complete it; with the number of fields that have a comment of their own.
    RequestReturned { request: String, comment: String, #[serde(default)] fields: usize }
        = "request_returned", duty, "A request is to be completed", "신청 보완 요청";
    /// To the applicant: somebody works on it now.
    RequestClaimed { request: String } = "request_claimed", news, "The review of a request began", "신청 심사 시작";
    /// To the applicant: decided, line by line.
    RequestDecided { request: String, state: Verdict } = "request_decided", duty, "A request is decided", "신청 심사 결과";
    /// To the bank: the applicant withdrew.
    RequestWithdrawn { request: String } = "request_withdrawn", news, "A request was withdrawn", "신청 철회";
    /// To the other side of a request: somebody wrote about it.
    RequestMessage { request: String, from: Side }
        = "request_message", duty, "A message about a request", "신청 관련 메시지";
    /// To whoever worked on a request: somebody else took it over.
    RequestTakenOver { request: String, reason: String }
        = "request_taken_over", duty, "A request was taken over", "담당자 변경";
    /// To the bank: a request is without a handler again.
    RequestReleased { request: String }
        = "request_released", news, "A request is back on the desk", "담당자 지정 해제";
    /// To the bank: the applicant cancelled a line; `closed` if none is left.
    LineCancelled { request: String, #[serde(default)] line: i64, cell_line: Option<String>, #[serde(default)] closed: bool }
        = "line_cancelled", duty, "A line was cancelled", "신청 항목 취소";
    /// To the party whose signature is next.
    AgreementToSign { request: String, agreement: String }
        = "agreement_to_sign", duty, "An agreement is to be signed", "협약서 서명 요청";
    /// To applicant and bank: every signature is there.
    AgreementInForce { request: String, agreement: String }
        = "agreement_in_force", duty, "An agreement is in force", "협약 발효";
    /// To the bank: the recipient does not want the agreement.
    AgreementDeclined { request: String, agreement: String, reason: String }
        = "agreement_declined", duty, "An agreement was declined", "협약 거절";
    /// To the applicant: vials are set aside. Letters of older releases do not name the cells.
    VialsReserved { request: String, #[serde(default)] line: i64, vials: usize, until: DateTime<Utc>, cell_line: Option<String> }
        = "vials_reserved", news, "Vials are reserved", "바이알 예약";
    /// To the applicant: too little stock, the line waits.
    LineWaits { request: String, #[serde(default)] line: i64, cell_line: Option<String> }
        = "line_waits", news, "A line is on the waiting list", "대기 명단 등록";
    /// To applicant and bank: a reservation ended before anything was shipped.
    ReservationExpired { request: String, #[serde(default)] line: i64, cell_line: Option<String> }
        = "reservation_expired", duty, "A reservation ended", "예약 만료";
    /// To applicant and principal investigator: the bank withdrew a line, their request for it is cancelled.
    LineWithdrawn { request: String, cell_line: String, reason_en: String, reason_ko: String }
        = "line_withdrawn", duty, "A line of a request was withdrawn", "신청 세포주 분양 철회";
    /// To the applicant: on its way; confirm the receipt.
    ShipmentDispatched { request: String, shipment: String }
        = "shipment_dispatched", duty, "A shipment is on its way", "발송 안내";
    /// To the bank: it arrived.
    ShipmentReceived { request: String, shipment: String }
        = "shipment_received", news, "A shipment was received", "수령 확인";
    /// To whoever's turn it is: it has been for so many days.
    Reminder { request: String, days: i64, #[serde(flatten)] waits_for: Waiting }
        = "reminder", duty, "A request waits for you", "처리 대기 알림";
    /// To a new account: prove that the address is yours.
    VerifyEmail { #[serde(flatten)] link: Link } = "verify_email", duty, "Confirm your e-mail address", "이메일 주소 확인";
    /// To an account: choose a new password.
    ResetPassword { #[serde(flatten)] link: Link } = "reset_password", duty, "Choose a new password", "비밀번호 재설정";
    /// To somebody invited: open your account.
    Invitation { #[serde(flatten)] link: Link } = "invitation", duty, "An invitation to the bank", "은행 이용 초대";
    /// To an account: too many wrong passwords.
    AccountLocked { #[serde(default)] minutes: i64 } = "account_locked", duty, "Your account is locked for a while", "계정 잠금 안내";
    /// How one signs in was changed: if it was somebody else, its owner can still act.
    AccountChanged { at: DateTime<Utc>, #[serde(flatten)] change: AccountChange }
        = "account_changed", duty, "How you sign in was changed", "로그인 방법 변경 안내";
    /// To an account: somebody tried to register its address again.
    EmailAlreadyRegistered {} = "email_already_registered", duty, "You already have an account", "이미 가입된 이메일";
    /// To the administrators of an institution, or to the bank if it has none: somebody wants to join it.
    MembershipRequested { #[serde(default)] institution: i64 }
        = "membership_requested", duty, "Somebody wants to join an institution", "기관 소속 신청";
    /// To whoever wanted to join, or was a member: what was decided.
    MembershipDecided { #[serde(default)] institution: i64, state: Membership, reason: Option<String> }
        = "membership_decided", duty, "A membership is decided", "기관 소속 결정";
    /// To a member: a role at the institution was given or taken.
    InstitutionRoleChanged {
        #[serde(default)] institution: i64, institution_name: String, institution_name_ko: Option<String>, role: Role, granted: bool
    } = "institution_role_changed", news, "A role at an institution is given or taken", "기관 역할 변경";
    /// To the members of an institution that was a duplicate: where they belong now.
    InstitutionMerged {
        #[serde(default)] institution: i64, institution_name: String, institution_name_ko: Option<String>,
        #[serde(default)] into: i64, into_name: String, into_name_ko: Option<String>
    } = "institution_merged", news, "An institution was merged into another", "소속 기관 통합";
    /// To the bank: somebody proposed an institution that is to be verified.
    InstitutionProposed {} = "institution_proposed", duty, "An institution was proposed", "기관 등록 제안";
    /// To whoever proposed it: the institution is verified and can be joined, or it was closed.
    InstitutionDecided { outcome: Proposal }
        = "institution_decided", news, "A proposed institution is decided", "제안 기관 처리 결과";
    /// To administrators: the end of the history's chain on a day, to be kept.
    AuditAnchor { day: NaiveDate, sequence: i64, hash: String }
        = "audit_anchor", duty, "The history's end on a day", "일별 기록 봉인";
}

impl Letter {
    /// A letter as its row has it.
    ///
    /// # Errors
    /// What its data lacks, if it is one of this kind.
    pub fn read(kind: LetterKind, detail: &Json) -> Result<Self, serde_json::Error> {
        serde_json::from_value(json!({ "event": kind.name(), "detail": detail }))
    }

    /// Its data, as its row has it.
    pub fn detail(&self) -> Json {
        // Numbers, texts and dates are all it has: there is nothing that JSON cannot say.
        serde_json::to_value(self).map_or(Json::Null, |mut letter| letter["detail"].take())
    }
}

impl LetterKind {
    /// The letter of a stored name; `None` for one that a newer version of the bank wrote.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|letter| letter.name() == name)
    }

    /// True for letters with a [`Link`].
    pub fn carries_secret(self) -> bool {
        matches!(self, Self::VerifyEmail | Self::ResetPassword | Self::Invitation)
    }
}

impl Letter {
    /// The letter as it leaves, so long after it was posted: a link in it works as long as if it had left at once.
    #[must_use]
    pub fn sent_after(mut self, waited: Duration) -> Self {
        if let Self::VerifyEmail { link } | Self::ResetPassword { link } | Self::Invitation { link } = &mut self {
            link.expires_at = link.expires_at.map(|at| at + Ord::max(waited, Duration::zero()));
        }
        self
    }
}

/// A link that works once and for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Its secret; it stands in the row only while the letter waits.
    #[serde(rename = "link_secret")]
    pub secret: LinkSecret,
    /// How long it works.
    pub expires_at: Option<DateTime<Utc>>,
}

/// The secret of a link. It is not printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LinkSecret(pub String);

impl fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkSecret")
    }
}

/// How a request was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// At least one of its lines is approved.
    Approved,
    /// Every line was refused.
    Rejected,
    /// Nothing is left of it: its lines were refused or cancelled.
    Closed,
}

/// The two sides of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Applicant and principal investigator.
    Applicant,
    /// The bank.
    Bank,
}

/// What a request waits for, from its reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "waits_for", rename_all = "snake_case")]
pub enum Waiting {
    /// That the bank goes on with its review.
    Review,
    /// That the applicant completes it.
    Completion,
    /// That its agreement is signed.
    Signature,
    /// That the receipt of a shipment is confirmed.
    Receipt {
        /// Number of the shipment.
        shipment: String,
    },
}

/// What changed about how one signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum AccountChange {
    /// The password.
    Password,
    /// An identity at a provider is connected.
    IdentityLinked {
        /// The provider's name.
        provider: String,
        /// Its name in Korean.
        provider_ko: Option<String>,
    },
    /// A second factor is asked for from now on.
    SecondFactorOn,
    /// The owner removed the second factor.
    SecondFactorOff,
    /// An administrator removed the second factor.
    SecondFactorReset,
    /// New recovery codes; the old ones end.
    RecoveryCodes,
}

/// What became of a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Membership {
    /// The reader belongs there.
    Active,
    /// The reader was not admitted.
    Refused,
    /// The reader belongs there no longer.
    Left,
}

/// A role at an institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Answers for research there.
    PrincipalInvestigator,
    /// Signs agreements for the institution.
    Signatory,
    /// Decides who belongs to the institution.
    Administrator,
}

/// What became of an institution that somebody proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proposal {
    /// It is verified and can be joined.
    Verified,
    /// It was closed.
    Closed,
    /// It was known already.
    Merged,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_is_found_by_its_own_name_and_has_two_labels() {
        for letter in LetterKind::ALL {
            assert_eq!(LetterKind::from_name(letter.name()), Some(*letter));
            assert_ne!(letter.label(Lang::En), letter.label(Lang::Ko));
        }
        assert_eq!(LetterKind::from_name("of a newer version"), None);
    }

    #[test]
    fn a_letter_comes_back_from_its_row_and_prints_no_secret() {
        let link = Link { secret: LinkSecret("s3cret".into()), expires_at: None };
        let waits_for = Waiting::Receipt { shipment: "SHP-1".into() };
        let letters = [
            Letter::VerifyEmail { link },
            Letter::Reminder { request: "REQ-1".into(), days: 9, waits_for },
            Letter::InstitutionProposed {},
        ];
        for letter in letters {
            assert_eq!(Letter::read(letter.kind(), &letter.detail()).unwrap(), letter);
            assert!(!format!("{letter:?}").contains("s3cret"));
        }
        let lacking = Letter::read(LetterKind::RequestReturned, &json!({ "request": "REQ-1" })).unwrap_err();
        assert_eq!(lacking.to_string(), "missing field `comment`");
    }
}
