//! What can go wrong with institutions, and with who belongs to them.

use super::super::membership::model::State;
use crate::actor::Denied;
use crate::app::seoul_date;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::idempotency::Reused;
use crate::language::Lang;
use crate::page;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::DbErr;

/// Why something about an institution or a membership was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller may not.
    Denied(#[from] Denied),
    /// There is no such institution, or not for this caller.
    NoSuchInstitution {
        /// Path of the input field that named it.
        field: &'static str,
    },
    /// There is no such membership, or not for this caller.
    NoSuchMembership,
    /// Only an administrator of the institution or the bank's staff does this.
    NotInCharge,
    /// Nobody decides their own membership or makes themself a signatory.
    OwnMatter,
    /// Nobody verifies what they proposed.
    OwnProposal,
    /// The last administrator of an institution is removed by the bank's staff only.
    LastAdministrator,
    /// The membership is not in a state in which this is possible.
    WrongState(State),
    /// The institution is closed.
    Closed,
    /// Nobody verified the institution yet.
    Unverified,
    /// The institution was merged into another one already, or is the one to merge.
    Merged {
        /// Path of the input field that named it.
        field: &'static str,
    },
    /// An institution cannot be merged into itself.
    IntoItself,
    /// The caller has too many proposals that nobody verified yet.
    TooManyProposals,
    /// The caller asked to join this institution in vain too often.
    TooManyRequests {
        /// From then on they may ask again.
        again: DateTime<Utc>,
    },
    /// A text is missing.
    Required(&'static str),
    /// A text is too long.
    TooLong {
        /// Path of the input field.
        field: &'static str,
        /// Characters it may have.
        most: usize,
    },
    /// It is no ROR id, or its check digits are wrong.
    BadRorId(String),
    /// It is no address of a home page.
    BadWebsite(String),
    /// It is no domain, or one that anybody may have.
    BadDomain(String),
    /// Another institution has this ROR id.
    RorIdTaken,
    /// Another person proved that this ORCID iD is theirs.
    OrcidTaken,
    /// The same idempotency key with another input.
    Reused(#[from] Reused),
    /// The window of a list is wrong.
    Page(#[from] page::Error),
    /// The database failed.
    Db(#[from] DbErr),
}

crate::shown_in_english!(Error);

impl DomainError for Error {
    fn describe(&self) -> Description {
        let conflict = |code| Description::new(Kind::Conflict, code);
        let invalid = |code, field: &str| Description::new(Kind::Invalid, code).at(field);
        match self {
            Self::Denied(e) => e.describe(),
            Self::NoSuchInstitution { field } => Description::new(Kind::NotFound, Code::NotFound).at(*field),
            Self::NoSuchMembership => Description::new(Kind::NotFound, Code::NotFound).at("membership"),
            Self::NotInCharge => Description::new(Kind::Forbidden, Code::Forbidden),
            Self::OwnMatter => conflict(Code::ConflictOfInterest).at("membership"),
            Self::OwnProposal => conflict(Code::ConflictOfInterest).at("institution"),
            Self::LastAdministrator | Self::WrongState(_) => conflict(Code::WrongState).at("membership"),
            Self::Closed | Self::Unverified => conflict(Code::WrongState).at("institution"),
            Self::Merged { field } => conflict(Code::WrongState).at(*field),
            Self::IntoItself => invalid(Code::BadValue, "into"),
            Self::TooManyProposals => conflict(Code::WrongState),
            Self::TooManyRequests { .. } => conflict(Code::RateLimited).at("institution"),
            Self::Required(field) => invalid(Code::Required, field),
            Self::TooLong { field, .. } => invalid(Code::TooLong, field),
            Self::BadRorId(_) => invalid(Code::BadValue, "rorId"),
            Self::BadWebsite(_) => invalid(Code::BadValue, "website"),
            Self::BadDomain(_) => invalid(Code::BadValue, "domains"),
            Self::RorIdTaken => conflict(Code::AlreadyExists).at("rorId"),
            Self::OrcidTaken => conflict(Code::AlreadyExists).at("orcid"),
            Self::Reused(e) => e.describe(),
            Self::Page(e) => e.describe(),
            Self::Db(e) => describe_database(e),
        }
    }

    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Denied(e) => e.say(lang),
            Self::WrongState(state) => lang.pick(
                format!("The membership is {}; this is not possible then.", state.label(Lang::En)),
                format!("기관 소속이 '{}' 상태이므로 이 작업을 할 수 없습니다.", state.label(Lang::Ko)),
            ),
            Self::TooManyRequests { again } => {
                // The whole day after: whoever comes in its morning is not sent away once more.
                let day = seoul_date(*again).succ_opt().unwrap_or(NaiveDate::MAX);
                lang.pick(
                    format!(
                        "You asked to join this institution three times within 30 days; you can ask again from {day}."
                    ),
                    format!("이 기관에 30일 동안 세 번 소속을 신청하셨습니다. {day}부터 다시 신청하실 수 있습니다."),
                )
            }
            Self::Required(field) => lang.pick(format!("'{field}' is missing."), format!("{field} 값이 필요합니다.")),
            Self::TooLong { field, most } => lang.pick(
                format!("'{field}' has at most {most} characters."),
                format!("{field} 값은 {most}자를 넘을 수 없습니다."),
            ),
            Self::BadRorId(text) => lang.pick(
                format!("'{text}' is no ROR id, or its check digits are wrong; copy it from https://ror.org."),
                format!(
                    "'{text}' 값은 ROR id가 아니거나 검사 숫자가 맞지 않습니다. https://ror.org에서 복사해 주십시오."
                ),
            ),
            Self::BadWebsite(text) => lang.pick(
                format!("'{text}' is no address of a home page; write it as https://example.org."),
                format!("'{text}' 값은 홈페이지 주소가 아닙니다. https://example.org 형식으로 적어 주십시오."),
            ),
            Self::BadDomain(text) => lang.pick(
                format!("'{text}' is no domain of one institution; write it as example.ac.kr."),
                format!("'{text}' 값은 한 기관의 도메인이 아닙니다. example.ac.kr 형식으로 적어 주십시오."),
            ),
            Self::Reused(e) => e.say(lang),
            Self::Page(e) => e.say(lang),
            Self::Db(e) => say_database(e, lang),
            plain => plain.sentence(lang).into(),
        }
    }
}

impl Error {
    /// Sentences without a value in them.
    fn sentence(&self, lang: Lang) -> &'static str {
        let (en, ko) = match self {
            Self::NoSuchInstitution { .. } => ("There is no such institution.", "해당 기관을 찾을 수 없습니다."),
            Self::NoSuchMembership => ("There is no such membership.", "해당 소속 정보를 찾을 수 없습니다."),
            Self::NotInCharge => (
                "Only an administrator of the institution or the bank's staff does this.",
                "기관 관리자 또는 은행 담당자만 할 수 있습니다.",
            ),
            Self::OwnMatter => (
                "This is about yourself; somebody else has to decide it.",
                "본인에 관한 사항이므로 다른 사람이 결정해야 합니다.",
            ),
            Self::OwnProposal => (
                "You proposed this institution; somebody else has to verify it.",
                "본인이 제안한 기관이므로 다른 담당자가 확인해야 합니다.",
            ),
            Self::LastAdministrator => (
                "This is the institution's last administrator; only the bank's staff can remove them.",
                "기관의 마지막 관리자이므로 은행 담당자만 해제할 수 있습니다.",
            ),
            Self::Closed => ("The institution is closed.", "폐쇄된 기관입니다."),
            Self::Unverified => {
                ("The bank has not verified this institution yet.", "은행이 아직 확인하지 않은 기관입니다.")
            }
            Self::Merged { .. } => (
                "This institution was merged into another one; use that one.",
                "다른 기관과 통합된 기관입니다. 통합된 기관을 사용해 주십시오.",
            ),
            Self::IntoItself => {
                ("An institution cannot be merged into itself.", "기관을 자기 자신과 통합할 수 없습니다.")
            }
            Self::TooManyProposals => (
                "You have ten proposals that wait for the bank; wait until it decides them.",
                "은행의 확인을 기다리는 제안이 10건 있습니다. 결정될 때까지 기다려 주십시오.",
            ),
            Self::RorIdTaken => ("Another institution has this ROR id.", "이 ROR id를 가진 기관이 이미 있습니다."),
            Self::OrcidTaken => {
                ("This ORCID iD belongs to another account.", "이 ORCID iD는 다른 계정에 연결되어 있습니다.")
            }
            _ => return lang.pick("This is not possible.", "처리할 수 없습니다."),
        };
        lang.pick(en, ko)
    }
}
