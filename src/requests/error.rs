//! What can go wrong with requests, agreements and reservations.

use super::model::request::State;
use super::model::request_line;
use super::requirements::Code as Rule;
use super::rules::{MAX_LINES, MAX_VIALS, Move};
use crate::accounts::openid;
use crate::actor::Denied;
use crate::agreements::model::signature::Party;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::idempotency::Reused;
use crate::language::Lang;
use crate::texts;
use crate::{accounts, catalogue, page};
use sea_orm::DbErr;

/// Who alone may do something with a request that others see as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Whose {
    /// Applicant and principal investigator.
    Applicant,
    /// The principal investigator.
    Investigator,
    /// A signatory of the recipient institution.
    Recipient,
    /// The principal investigator or a signatory of the recipient institution.
    Decliner,
}

/// What somebody has to do with a request that they would handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Conflict {
    /// It is theirs, or their institution's.
    Concerned,
    /// They decided it.
    Decided,
}

/// Why a step of a request was refused.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Error {
    /// The caller may not.
    Denied(#[from] Denied),
    /// There is no such request, or the caller may not see it.
    NoSuchRequest,
    /// The caller sees the request, but this is for others to do.
    NotYours(Whose),
    /// There is no such line in the request.
    NoSuchRequestLine,
    /// There is no such cell line.
    NoSuchLine {
        /// The input field.
        field: String,
    },
    /// There is no such agreement, or the caller may not see it.
    NoSuchAgreement,
    /// The named principal investigator has no account at the institution.
    NoSuchInvestigator,
    /// The applicant belongs to no institution.
    NoInstitution,
    /// Somebody changed the request after the caller read it.
    ChangedMeanwhile,
    /// Not possible in this state.
    WrongState {
        /// What was tried.
        wanted: Move,
        /// Where the request stands.
        state: State,
    },
    /// Not possible in this state of the line.
    WrongLineState {
        /// What was tried.
        wanted: Move,
        /// Where the line stands.
        state: request_line::State,
    },
    /// Someone else took the request.
    ClaimedByAnother,
    /// The caller has it already.
    HandledByYou,
    /// Nothing was written.
    EmptyText,
    /// It is a draft that only its applicant knows.
    NotHandedIn,
    /// No field of a request, or one that was named before.
    NoSuchField {
        /// The input field.
        field: String,
    },
    /// A number of vials outside the range.
    Vials {
        /// The input field.
        field: String,
        /// What was asked.
        requested: i32,
        /// The largest number allowed.
        most: i32,
    },
    /// The same cell line twice.
    DuplicateLine {
        /// The input field.
        field: String,
    },
    /// More lines than allowed.
    TooManyLines,
    /// A value is missing.
    Required {
        /// The input field.
        field: String,
    },
    /// A text is too long.
    TooLong {
        /// The input field.
        field: &'static str,
        /// Characters allowed.
        most: usize,
    },
    /// No code of a country.
    BadCountry,
    /// No province or metropolitan city of Korea.
    BadRegion,
    /// Nothing that could be dialled.
    BadTelephone {
        /// The input field.
        field: &'static str,
    },
    /// There is no such approval of the request's institution.
    NoSuchApproval {
        /// The input field.
        field: String,
    },
    /// Nobody at the bank has seen the approval.
    NotVerified {
        /// The input field.
        field: String,
    },
    /// Neither reviewed nor approved.
    NotUnderWay,
    /// More approvals than allowed.
    TooManyApprovals,
    /// Several things at once, each at its field.
    Several(Vec<Error>),
    /// A requirement stops it.
    Requirement {
        /// Which.
        rule: Rule,
        /// The cell line, by its accession or name.
        line: String,
    },
    /// A conflict of interest.
    ConflictOfInterest(Conflict),
    /// No agreement was offered yet.
    NoAgreementYet,
    /// An agreement is open or in force already.
    AgreementExists,
    /// The agreement collects no signatures.
    AgreementClosed,
    /// The text is not the one the signer saw.
    DocumentChanged,
    /// Another party is next.
    NotYourTurn(Party),
    /// This party signed already.
    AlreadySigned(Party),
    /// The password was somebody else's.
    SignerMismatch,
    /// Nothing ships without an agreement in force.
    NoAgreementInForce,
    /// Vials of the line are packed in these shipments.
    Packed(Vec<String>),
    /// What the catalogue says of the line.
    Catalogue(#[from] catalogue::Error),
    /// Neither password nor proof.
    NothingProved,
    /// Both password and proof.
    TwiceProved,
    /// E-mail or password.
    Account(accounts::Error),
    /// An authentication at a provider.
    Provider(#[from] openid::Error),
    /// The same idempotency key with another input.
    Reused(#[from] Reused),
    /// The window of a list is wrong.
    Page(#[from] page::Error),
    /// The database failed.
    Db(#[from] DbErr),
}

crate::shown_in_english!(Error);

impl From<accounts::Error> for Error {
    fn from(error: accounts::Error) -> Self {
        Self::Account(error)
    }
}

impl DomainError for Error {
    fn describe(&self) -> Description {
        let new = Description::new;
        match self {
            Self::Denied(e) => e.describe(),
            Self::NoSuchRequest | Self::NoSuchRequestLine | Self::NoSuchAgreement => {
                new(Kind::NotFound, Code::NotFound)
            }
            Self::NotYours(_) => new(Kind::Forbidden, Code::Forbidden),
            Self::NoSuchLine { field } => new(Kind::NotFound, Code::NotFound).at(field),
            Self::NoSuchInvestigator => new(Kind::Invalid, Code::BadValue).at("principalInvestigator"),
            Self::NoSuchApproval { field } => new(Kind::NotFound, Code::NotFound).at(field),
            Self::NotVerified { field } => new(Kind::Conflict, Code::WrongState).at(field),
            Self::TooManyApprovals => new(Kind::Invalid, Code::TooLong).at("approvals"),
            Self::NoInstitution => new(Kind::Conflict, Code::Required),
            Self::WrongState { .. } | Self::WrongLineState { .. } => new(Kind::Conflict, Code::WrongState),
            Self::HandledByYou | Self::NotHandedIn | Self::NotUnderWay | Self::ChangedMeanwhile => {
                new(Kind::Conflict, Code::WrongState)
            }
            Self::EmptyText => new(Kind::Invalid, Code::Required).at("text"),
            Self::NoSuchField { field } => new(Kind::Invalid, Code::BadValue).at(field),
            Self::ClaimedByAnother | Self::NoAgreementYet | Self::AgreementExists | Self::AgreementClosed => {
                new(Kind::Conflict, Code::WrongState)
            }
            Self::Vials { field, .. } => new(Kind::Invalid, Code::BadValue).at(field),
            Self::DuplicateLine { field } => new(Kind::Invalid, Code::DuplicateLine).at(field),
            Self::TooManyLines => new(Kind::Invalid, Code::TooLong).at("lines"),
            Self::Required { field } => new(Kind::Invalid, Code::Required).at(field),
            Self::TooLong { field, .. } => new(Kind::Invalid, Code::TooLong).at(*field),
            Self::BadCountry => new(Kind::Invalid, Code::BadValue).at("country"),
            Self::BadRegion => new(Kind::Invalid, Code::BadValue).at("region"),
            Self::BadTelephone { field } => new(Kind::Invalid, Code::BadValue).at(*field),
            Self::Several(errors) => errors.first().map_or(new(Kind::Invalid, Code::BadValue), DomainError::describe),
            Self::Requirement { rule, .. } => {
                let mut description = new(Kind::Conflict, Code::RequirementNotMet);
                description.field = rule.field().map(Into::into);
                description.rule = Some(rule.name());
                description
            }
            Self::ConflictOfInterest(_) => new(Kind::Conflict, Code::ConflictOfInterest),
            Self::DocumentChanged => new(Kind::Conflict, Code::DocumentChanged).at("documentHash"),
            Self::NotYourTurn(_) => new(Kind::Conflict, Code::NotYourTurn).at("party"),
            Self::AlreadySigned(_) => new(Kind::Conflict, Code::AlreadySigned).at("party"),
            Self::SignerMismatch => new(Kind::Invalid, Code::SignerMismatch).at("email"),
            Self::NoAgreementInForce => new(Kind::Conflict, Code::NoAgreementInForce),
            Self::Packed(_) => new(Kind::Conflict, Code::WrongState),
            Self::Catalogue(e) => e.describe(),
            Self::NothingProved => new(Kind::Invalid, Code::Required).at("password"),
            Self::TwiceProved => new(Kind::Invalid, Code::BadValue).at("proof"),
            Self::Account(e) => e.describe(),
            Self::Provider(e) => e.describe(),
            Self::Reused(e) => e.describe(),
            Self::Page(e) => e.describe(),
            Self::Db(e) => describe_database(e),
        }
    }

    fn say(&self, lang: Lang) -> String {
        let say = |arguments: &[(&'static str, &str)]| texts::error(lang, "requests", self.into(), arguments);
        match self {
            Self::Denied(e) => e.say(lang),
            Self::Catalogue(e) => e.say(lang),
            Self::Account(e) => e.say(lang),
            Self::Provider(e) => e.say(lang),
            Self::Reused(e) => e.say(lang),
            Self::Page(e) => e.say(lang),
            Self::Db(e) => say_database(e, lang),
            Self::NotYours(whose) => texts::error(lang, "requests-whose", whose.into(), &[]),
            Self::WrongState { wanted, state } => say(&[("state", state.label(lang)), ("wanted", wanted.label(lang))]),
            Self::WrongLineState { wanted, state } => {
                say(&[("state", state.label(lang)), ("wanted", wanted.label(lang))])
            }
            Self::Vials { requested, most, .. } => {
                say(&[("requested", &requested.to_string()), ("most", &most.to_string())])
            }
            Self::TooManyLines => say(&[("most", &MAX_LINES.to_string())]),
            Self::TooLong { most, .. } => say(&[("most", &most.to_string())]),
            Self::Several(errors) => errors.iter().map(|e| e.say(lang)).collect::<Vec<_>>().join(" "),
            Self::Requirement { rule, line } => format!("{line}: {}", rule.rule(lang)),
            Self::ConflictOfInterest(conflict) => texts::error(lang, "requests-conflict", conflict.into(), &[]),
            Self::NotYourTurn(party) | Self::AlreadySigned(party) => say(&[("party", party.label(lang))]),
            Self::Packed(shipments) => say(&[("list", &shipments.join(", "))]),
            _ => say(&[]),
        }
    }

    fn each(&self, lang: Lang) -> Vec<(Description, String)> {
        match self {
            Self::Several(errors) => errors.iter().flat_map(|e| e.each(lang)).collect(),
            Self::Requirement { rule, .. } => {
                let mut description = self.describe();
                description.legal_basis = Some(rule.legal_basis(lang).into());
                vec![(description, self.say(lang))]
            }
            one => vec![(one.describe(), one.say(lang))],
        }
    }
}

/// A number of vials, checked.
///
/// # Errors
/// [`Error::Vials`] outside 1 to `most`.
pub(super) fn checked_vials(field: String, requested: i32, most: i32) -> Result<i32, Error> {
    if (1..=most.min(MAX_VIALS)).contains(&requested) {
        Ok(requested)
    } else {
        Err(Error::Vials { field, requested, most })
    }
}
