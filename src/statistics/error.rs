//! What can go wrong with statistics.

use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::language::Lang;
use crate::page;
use sea_orm::DbErr;

/// Why figures were not given.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller may not.
    Denied(#[from] Denied),
    /// A range of years that is empty or longer than fifty years.
    Range,
    /// A year outside 1900 to 2200.
    Year,
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
            Self::Range => Description::new(Kind::Invalid, Code::BadValue).at("to"),
            Self::Year => Description::new(Kind::Invalid, Code::BadValue).at("year"),
            Self::Page(e) => e.describe(),
            Self::Db(e) => describe_database(e),
        }
    }

    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Denied(e) => e.say(lang),
            Self::Range => lang
                .pick(
                    "Ask for one to fifty years, the earlier one first.",
                    "시작 연도부터 끝 연도까지 1년 이상 50년 이하로 지정해 주십시오.",
                )
                .into(),
            Self::Year => {
                lang.pick("A year is 1900 to 2200.", "연도는 1900년부터 2200년까지 지정할 수 있습니다.").into()
            }
            Self::Page(e) => e.say(lang),
            Self::Db(e) => say_database(e, lang),
        }
    }
}
