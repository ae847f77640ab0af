//! What can go wrong with the stock.

use super::model::quality_test::Test;
use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::idempotency::Reused;
use crate::language::Lang;
use crate::page;
use crate::texts;
use sea_orm::DbErr;

/// Why something was not done to lots or vials.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
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
        /// What is wrong there.
        value: BadValue,
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

/// A value out of its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum BadValue {
    /// Number of a lot.
    Number,
    /// Passage at freezing or of tested cells.
    Passage,
    /// Day of freezing.
    FrozenOn,
    /// Vials of a lot.
    Vials,
    /// Cells in a vial.
    CellsPerVial,
    /// A field of a test result.
    TestText,
    /// Day of a test.
    TestedOn,
}

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
        let say = |arguments: &[(&'static str, &str)]| texts::error(lang, "inventory", self.into(), arguments);
        match self {
            Self::Denied(e) => e.say(lang),
            Self::Reused(e) => e.say(lang),
            Self::Page(e) => e.say(lang),
            Self::Db(e) => say_database(e, lang),
            Self::BadValue { value, .. } => texts::error(lang, "inventory-bad-value", value.into(), &[]),
            Self::NumberTaken(number) => say(&[("number", number)]),
            Self::TestsOpen(tests) => {
                say(&[("list", &tests.iter().map(|test| test.label(lang)).collect::<Vec<_>>().join(", "))])
            }
            _ => say(&[]),
        }
    }
}
