//! What can go wrong with approvals.

use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::idempotency::Reused;
use crate::language::Lang;
use sea_orm::DbErr;

/// Why a command on approvals was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller may not.
    Denied(#[from] Denied),
    /// There is no such approval, or the caller may not see it.
    NoSuchApproval,
    /// There is no such institution.
    NoSuchInstitution,
    /// The caller belongs to no institution, or names another.
    NotYourInstitution,
    /// It has no number.
    NoNumber,
    /// A text is too long.
    TooLong {
        /// The input field.
        field: &'static str,
        /// Characters allowed.
        most: usize,
    },
    /// It ends before it begins.
    EndsBeforeItBegins,
    /// Without a last day it would count for nothing.
    NoLastDay,
    /// Somebody saw it already.
    AlreadyVerified,
    /// The caller entered it, or it is their institution's.
    NotByYou,
    /// The same idempotency key with another input.
    Reused(#[from] Reused),
    /// The database failed.
    Db(#[from] DbErr),
}

crate::shown_in_english!(Error);

impl DomainError for Error {
    fn describe(&self) -> Description {
        let new = Description::new;
        match self {
            Self::Denied(e) => e.describe(),
            Self::NoSuchApproval => new(Kind::NotFound, Code::NotFound).at("approval"),
            Self::NoSuchInstitution => new(Kind::NotFound, Code::NotFound).at("institution"),
            Self::NotYourInstitution => new(Kind::Conflict, Code::BadValue).at("institution"),
            Self::NoNumber => new(Kind::Invalid, Code::Required).at("number"),
            Self::TooLong { field, .. } => new(Kind::Invalid, Code::TooLong).at(*field),
            Self::EndsBeforeItBegins => new(Kind::Invalid, Code::BadValue).at("validUntil"),
            Self::NoLastDay => new(Kind::Invalid, Code::Required).at("validUntil"),
            Self::AlreadyVerified => new(Kind::Conflict, Code::WrongState),
            Self::NotByYou => new(Kind::Conflict, Code::ConflictOfInterest),
            Self::Reused(e) => e.describe(),
            Self::Db(e) => describe_database(e),
        }
    }

    fn say(&self, lang: Lang) -> String {
        let sentence = match self {
            Self::Denied(e) => return e.say(lang),
            Self::Reused(e) => return e.say(lang),
            Self::Db(e) => return say_database(e, lang),
            Self::TooLong { most, .. } => {
                return lang.pick(
                    format!("This text is longer than {most} characters; shorten it."),
                    format!("{most}자 이하로 줄여 주십시오."),
                );
            }
            Self::NoSuchApproval => lang.pick("There is no such approval.", "해당 승인 서류를 찾을 수 없습니다."),
            Self::NoSuchInstitution => lang.pick("There is no such institution.", "해당 기관을 찾을 수 없습니다."),
            Self::NotYourInstitution => lang.pick(
                "Enter approvals of your own institution; ask the bank about any other.",
                "소속 기관의 승인 서류만 등록할 수 있습니다. 다른 기관의 서류는 은행에 문의해 주십시오.",
            ),
            Self::NoNumber => lang.pick("Give the approval's number.", "승인 번호를 적어 주십시오."),
            Self::EndsBeforeItBegins => lang.pick(
                "The last day is before the first; check both.",
                "만료일이 시작일보다 빠릅니다. 두 날짜를 확인해 주십시오.",
            ),
            Self::NoLastDay => lang.pick(
                "Give the last day; without it this approval counts for nothing.",
                "만료일을 적어 주십시오. 만료일이 없으면 유효한 승인으로 인정되지 않습니다.",
            ),
            Self::AlreadyVerified => {
                lang.pick("Somebody has verified this approval already.", "이미 확인된 승인 서류입니다.")
            }
            Self::NotByYou => lang.pick(
                "You entered this approval, or it is your institution's; somebody else has to verify it.",
                "본인이 등록했거나 소속 기관의 승인 서류이므로 다른 담당자가 확인해야 합니다.",
            ),
        };
        sentence.into()
    }
}
