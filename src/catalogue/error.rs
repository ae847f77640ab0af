//! What can go wrong in the catalogue.

use super::model::cell_line::PublicationStatus;
use super::publication::LONGEST_REASON;
use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::language::{Lang, particle};
use crate::page;
use sea_orm::DbErr;

/// Why a question to the catalogue or a change of it was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller may not.
    Denied(#[from] Denied),
    /// There is no such line, or the caller may not see it.
    NoSuchLine,
    /// Not exactly one of accession, RRID and name was given.
    OneKey,
    /// Several lines share the name.
    Ambiguous {
        /// The name asked for.
        name: String,
        /// RRIDs (or accessions) of those lines, at most ten.
        candidates: Vec<String>,
    },
    /// The line is held already.
    AlreadyHeld(String),
    /// Another line has the accession.
    AccessionTaken(String),
    /// There is no such line among the bank's own.
    NoSuchHeldLine,
    /// It cannot go from how it stands to the public to that.
    WrongStatus {
        /// How it stands.
        from: PublicationStatus,
        /// What was asked for.
        to: PublicationStatus,
    },
    /// A reason without words, in one of the languages.
    NoReason {
        /// The input field.
        field: &'static str,
    },
    /// A reason that is longer than [`LONGEST_REASON`] characters.
    ReasonTooLong {
        /// The input field.
        field: &'static str,
    },
    /// A filter names a disease that is not there.
    NoSuchDisease(String),
    /// What was typed is longer than 200 characters.
    SearchTooLong,
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
            Self::NoSuchLine => Description::new(Kind::NotFound, Code::NotFound),
            Self::OneKey => Description::new(Kind::Invalid, Code::Required),
            Self::Ambiguous { .. } => Description::new(Kind::Invalid, Code::AmbiguousName).at("name"),
            Self::AlreadyHeld(_) => Description::new(Kind::Conflict, Code::WrongState),
            Self::AccessionTaken(_) => Description::new(Kind::Conflict, Code::AlreadyExists).at("accession"),
            Self::NoSuchHeldLine => Description::new(Kind::NotFound, Code::NotFound),
            Self::WrongStatus { .. } => Description::new(Kind::Conflict, Code::WrongState),
            Self::NoReason { field } => Description::new(Kind::Invalid, Code::Required).at(*field),
            Self::ReasonTooLong { field } => Description::new(Kind::Invalid, Code::TooLong).at(*field),
            Self::NoSuchDisease(_) => Description::new(Kind::Invalid, Code::BadValue).at("where.disease"),
            Self::SearchTooLong => Description::new(Kind::Invalid, Code::TooLong).at("search"),
            Self::Page(e) => e.describe(),
            Self::Db(e) => describe_database(e),
        }
    }

    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Denied(e) => e.say(lang),
            Self::Ambiguous { name, candidates } => {
                let list = candidates.join(", ");
                lang.pick(
                    format!("Several lines are called '{name}'; ask by RRID or accession: {list}."),
                    format!(
                        "이름이 '{name}'인 세포주가 여러 개 있습니다. RRID 또는 등록번호로 조회해 주십시오: {list}."
                    ),
                )
            }
            Self::AlreadyHeld(accession) => lang.pick(
                format!("The bank holds this line already, as {accession}."),
                format!("은행이 이미 보유하고 있는 세포주입니다(등록번호 {accession})."),
            ),
            Self::AccessionTaken(accession) => lang.pick(
                format!("Another line has the accession {accession}."),
                format!("등록번호 {} 다른 세포주가 사용하고 있습니다.", particle(accession, "을", "를")),
            ),
            Self::WrongStatus { from, to } if *from != PublicationStatus::Withdrawn => lang.pick(
                format!(
                    "This line is {}; it cannot become {}.",
                    from.label(lang).to_lowercase(),
                    to.label(lang).to_lowercase()
                ),
                format!(
                    "이 세포주는 현재 '{}' 상태이므로 '{}' 상태로 바꿀 수 없습니다.",
                    from.label(lang),
                    to.label(lang)
                ),
            ),
            Self::ReasonTooLong { .. } => lang.pick(
                format!("Write the reason in at most {LONGEST_REASON} characters."),
                format!("사유는 {LONGEST_REASON}자 이하로 적어 주십시오."),
            ),
            Self::NoSuchDisease(id) => lang.pick(
                format!("There is no disease '{id}'; take an id or MONDO code that the list of diseases gave."),
                format!("질환을 찾을 수 없습니다: '{id}'. 질환 목록의 id 또는 MONDO 코드를 사용해 주십시오."),
            ),
            Self::Page(e) => e.say(lang),
            Self::Db(e) => say_database(e, lang),
            fixed => fixed.sentence(lang).into(),
        }
    }
}

impl Error {
    /// Sentences without a value in them.
    fn sentence(&self, lang: Lang) -> &'static str {
        match self {
            Self::NoSuchLine => lang.pick("There is no such cell line.", "해당 세포주를 찾을 수 없습니다."),
            Self::OneKey => lang.pick(
                "Give exactly one of accession, rrid and name.",
                "accession, rrid, name 중 하나만 지정해 주십시오.",
            ),
            Self::NoSuchHeldLine => lang
                .pick("There is no such line in the bank's holdings.", "은행이 보유한 세포주 중에서 찾을 수 없습니다."),
            Self::WrongStatus { .. } => lang.pick(
                "This line is withdrawn and stays so; take it in anew under another accession.",
                "분양이 종료된 세포주의 상태는 바꿀 수 없습니다. 다른 등록번호로 새로 등록해 주십시오.",
            ),
            Self::NoReason { .. } => lang.pick(
                "Say why, in Korean and in English: everybody reads it on the line's page.",
                "사유를 한국어와 영어로 모두 적어 주십시오. 세포주 페이지에서 누구나 볼 수 있습니다.",
            ),
            Self::SearchTooLong => {
                lang.pick("Search for at most 200 characters.", "검색어는 200자 이하로 입력해 주십시오.")
            }
            // Told with their particulars.
            Self::Denied(_)
            | Self::Ambiguous { .. }
            | Self::AlreadyHeld(_)
            | Self::AccessionTaken(_)
            | Self::ReasonTooLong { .. }
            | Self::NoSuchDisease(_)
            | Self::Page(_)
            | Self::Db(_) => "",
        }
    }
}
