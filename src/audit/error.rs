//! What can go wrong with the history.

use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::language::Lang;
use crate::page;
use sea_orm::DbErr;

/// Why the history was not read, sealed or verified.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller may not.
    Denied(#[from] Denied),
    /// A filter that is no id of such a thing.
    Filter {
        /// Which one.
        field: &'static str,
    },
    /// The last day is before the first.
    Days,
    /// It is no hash of a seal.
    Head,
    /// An event was sealed by a key that is not known here.
    UnknownKey {
        /// Place of the event.
        sequence: i64,
        /// What the seal says of the key.
        key: String,
    },
    /// The export could not be written.
    Write(#[from] std::io::Error),
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
            Self::Filter { field } => Description::new(Kind::Invalid, Code::BadValue).at(format!("where.{field}")),
            Self::Days => Description::new(Kind::Invalid, Code::BadValue).at("where.to"),
            Self::Head => Description::new(Kind::Invalid, Code::BadValue).at("head"),
            Self::UnknownKey { .. } | Self::Write(_) => Description::new(Kind::Internal, Code::Internal),
            Self::Page(e) => e.describe(),
            Self::Db(e) => describe_database(e),
        }
    }

    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Denied(e) => e.say(lang),
            Self::Filter { field } => lang.pick(
                format!("'{field}' is no id of such a thing; use an id that the bank gave."),
                format!("{field} 값에 해당하는 대상이 없습니다. 은행이 제공한 id를 사용해 주십시오."),
            ),
            Self::Days => {
                lang.pick("The last day is before the first.", "마지막 날짜는 시작 날짜보다 앞설 수 없습니다.").into()
            }
            Self::Head => lang
                .pick(
                    "That is no hash of a seal: it has 64 hexadecimal digits.",
                    "봉인 해시가 아닙니다. 해시는 16진수 64자리입니다.",
                )
                .into(),
            Self::UnknownKey { sequence, key } => lang.pick(
                format!(
                    "The event at place {sequence} was sealed by a key ({key}) that is not known here; put that key \
                     into audit_key. If the bank never had it, the seal is forged."
                ),
                format!(
                    "{sequence}번째 기록은 여기에 없는 키({key})로 봉인되어 있습니다. 해당 키를 audit_key에 지정해 \
                     주십시오. 은행이 사용한 적 없는 키라면 위조된 봉인입니다."
                ),
            ),
            Self::Write(_) => {
                lang.pick("The export could not be written.", "내보낸 기록을 저장하지 못했습니다.").into()
            }
            Self::Page(e) => e.say(lang),
            Self::Db(e) => say_database(e, lang),
        }
    }
}
