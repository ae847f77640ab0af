//! What can go wrong with the stock.

use super::model::quality_test::Test;
use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::idempotency::Reused;
use crate::language::Lang;
use crate::page;
use sea_orm::DbErr;

/// Why something was not done to lots or vials.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller may not.
    Denied(#[from] Denied),
    /// There is no such lot.
    NoSuchLot,
    /// There is no such held line.
    NoSuchHeldLine,
    /// The parent lot is of another line.
    ParentOfAnotherLine,
    /// A number, date or text is out of its range.
    BadValue {
        /// The input field.
        field: &'static str,
        /// What is allowed, in English.
        en: &'static str,
        /// What is allowed, in Korean.
        ko: &'static str,
    },
    /// Another lot has the number.
    NumberTaken(String),
    /// Analyst and reviewer are one person.
    NoSecondPerson,
    /// Only a quarantined lot is tested for release and released.
    NotQuarantined,
    /// Release tests are missing or failed.
    TestsOpen(Vec<Test>),
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
        match self {
            Self::Denied(e) => e.describe(),
            Self::NoSuchLot | Self::NoSuchHeldLine => Description::new(Kind::NotFound, Code::NotFound),
            Self::ParentOfAnotherLine => Description::new(Kind::Invalid, Code::BadValue).at("parentLot"),
            Self::BadValue { field, .. } => Description::new(Kind::Invalid, Code::BadValue).at(*field),
            Self::NumberTaken(_) => Description::new(Kind::Conflict, Code::AlreadyExists).at("number"),
            Self::NoSecondPerson => Description::new(Kind::Invalid, Code::BadValue).at("reviewer"),
            Self::NotQuarantined => Description::new(Kind::Conflict, Code::WrongState),
            Self::TestsOpen(_) => Description::new(Kind::Conflict, Code::ReleaseTestsMissing),
            Self::Reused(e) => e.describe(),
            Self::Page(e) => e.describe(),
            Self::Db(e) => describe_database(e),
        }
    }

    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Denied(e) => e.say(lang),
            Self::NoSuchLot => lang.pick("There is no such lot.", "해당 로트를 찾을 수 없습니다.").into(),
            Self::NoSuchHeldLine => lang
                .pick("There is no such line in the bank's holdings.", "은행이 보유한 세포주 중에서 찾을 수 없습니다.")
                .into(),
            Self::ParentOfAnotherLine => {
                lang.pick("The parent lot is of another line.", "상위 로트가 다른 세포주의 로트입니다.").into()
            }
            Self::BadValue { en, ko, .. } => lang.pick(*en, *ko).into(),
            Self::NumberTaken(number) => lang.pick(
                format!("There is a lot with the number {number} already."),
                format!("로트 번호 {number}의 로트가 이미 있습니다."),
            ),
            Self::NoSecondPerson => lang
                .pick(
                    "A second person reviews a test; name somebody else.",
                    "검토자는 시험자와 다른 사람이어야 합니다.",
                )
                .into(),
            Self::NotQuarantined => lang
                .pick("Only a quarantined lot can be released.", "격리 상태의 로트만 출고 승인할 수 있습니다.")
                .into(),
            Self::TestsOpen(tests) => {
                let list = tests.iter().map(|test| test.label(lang)).collect::<Vec<_>>().join(", ");
                lang.pick(
                    format!("These release tests have not passed: {list}. Record them first."),
                    format!("다음 출고 시험이 통과되지 않았습니다: {list}. 먼저 결과를 기록해 주십시오."),
                )
            }
            Self::Reused(e) => e.say(lang),
            Self::Page(e) => e.say(lang),
            Self::Db(e) => say_database(e, lang),
        }
    }
}
