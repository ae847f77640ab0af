//! What can go wrong with shipments; most of it is what can go wrong with their request.

use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind};
use crate::idempotency::Reused;
use crate::language::Lang;
use crate::requests;
use sea_orm::DbErr;

/// Why a step of a shipment was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// As with requests.
    Request(#[from] requests::Error),
    /// There is no such shipment, or the caller may not see it.
    NoSuchShipment,
    /// Nothing of the request is reserved.
    NothingReserved,
    /// Not possible in this state.
    WrongState,
    /// A condition is given for a vial that is not in the shipment.
    NotInShipment {
        /// The input field.
        field: String,
    },
    /// A text is too long.
    TooLong {
        /// The input field.
        field: &'static str,
    },
}

crate::shown_in_english!(Error);

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Request(error.into())
    }
}

impl From<Denied> for Error {
    fn from(error: Denied) -> Self {
        Self::Request(error.into())
    }
}

impl From<Reused> for Error {
    fn from(error: Reused) -> Self {
        Self::Request(error.into())
    }
}

impl DomainError for Error {
    fn describe(&self) -> Description {
        match self {
            Self::Request(e) => e.describe(),
            Self::NoSuchShipment => Description::new(Kind::NotFound, Code::NotFound),
            Self::NothingReserved => Description::new(Kind::Conflict, Code::WrongState).at("lines"),
            Self::WrongState => Description::new(Kind::Conflict, Code::WrongState),
            Self::NotInShipment { field } => Description::new(Kind::Invalid, Code::BadValue).at(field),
            Self::TooLong { field } => Description::new(Kind::Invalid, Code::TooLong).at(*field),
        }
    }

    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Request(e) => return e.say(lang),
            Self::NoSuchShipment => lang.pick("There is no such shipment.", "해당 발송 건을 찾을 수 없습니다."),
            Self::NothingReserved => lang.pick(
                "None of these lines has vials set aside; reserve them first.",
                "예약된 바이알이 없습니다. 먼저 바이알을 예약해 주십시오.",
            ),
            Self::WrongState => lang.pick(
                "The shipment is not in a state for this: a packed one is dispatched, a dispatched one is received.",
                "현재 상태에서는 처리할 수 없습니다. 포장이 끝난 건만 발송할 수 있고, 발송된 건만 수령을 확인할 수 있습니다.",
            ),
            Self::NotInShipment { .. } => {
                lang.pick("This vial is not in the shipment.", "이 발송 건에 들어 있지 않은 바이알입니다.")
            }
            Self::TooLong { .. } => lang.pick("Use at most 200 characters.", "200자 이하로 입력해 주십시오."),
        }
        .into()
    }

    fn each(&self, lang: Lang) -> Vec<(Description, String)> {
        match self {
            Self::Request(e) => e.each(lang),
            own => vec![(own.describe(), own.say(lang))],
        }
    }
}
