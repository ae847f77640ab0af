//! What of the lines to list. One place for lists, counts and facets, so that they agree.

use crate::actor::Actor;
use crate::app::App;
use crate::catalogue::queries::{checked_terms, is_visible_to, unknown_code};
use crate::catalogue::{CellType, Error, Grade, Holding, ModificationKind as Kind, PublicationStatus};
use crate::id::DiseaseId;
use crate::inventory::rules::Availability;
use crate::language::Lang;
use crate::search_words;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Condition;

/// Filters; those of one kind widen (OR), different kinds narrow (AND).
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// What the reader typed.
    pub search: Option<String>,
    /// Held or reference.
    pub holding: Vec<Holding>,
    /// Kinds of cells.
    pub cell_type: Vec<CellType>,
    /// Grades; only held lines have one.
    pub grade: Vec<Grade>,
    /// Diseases by id or code; each with the diseases below it.
    pub disease: Vec<String>,
    /// Only lines of which a vial could be given out now, or only the others.
    pub in_stock: Option<bool>,
    /// Bands of stock; only held lines have one.
    pub availability: Vec<Availability>,
    /// Kinds of engineered change.
    pub modification: Vec<Change>,
    /// Treated as living modified organisms, or not.
    pub lmo: Option<bool>,
    /// Sexes of donors, in the source's words.
    pub sex: Vec<String>,
    /// How lines stand to the public; only held lines have a status.
    pub status: Vec<PublicationStatus>,
}

/// A kind of engineered change, or none. A line that its source calls engineered without a kind that the bank recorded
/// has neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(name = "EngineeredChange")]
pub enum Change {
    /// Neither source nor bank knows of an engineered change.
    None,
    /// A sequence was put into its own place.
    KnockIn,
    /// A gene was switched off.
    KnockOut,
    /// A gene was added somewhere.
    Transgene,
    /// A disease variant was mended.
    VariantCorrection,
}

impl Change {
    /// The recorded kind; none of no change.
    pub fn kind(self) -> Option<Kind> {
        match self {
            Self::None => None,
            Self::KnockIn => Some(Kind::KnockIn),
            Self::KnockOut => Some(Kind::KnockOut),
            Self::Transgene => Some(Kind::Transgene),
            Self::VariantCorrection => Some(Kind::VariantCorrection),
        }
    }

    /// The label a person reads.
    pub fn label(self, lang: Lang) -> &'static str {
        self.kind().map_or_else(|| lang.pick("No engineered change", "유전자 변형 없음"), |kind| kind.label(lang))
    }
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "CellLineOrder")]
pub enum Order {
    /// Exact matches first, held lines before reference lines, then by name. Without a search: held lines, then by
    /// name.
    Relevance,
    /// Held lines first, then by name.
    Name,
    /// The newest in the catalogue first.
    Newest,
}

impl Order {
    /// The label a person reads.
    pub fn label(self, lang: crate::language::Lang) -> &'static str {
        match self {
            Self::Relevance => lang.pick("by relevance", "관련도순"),
            Self::Name => lang.pick("by name", "이름순"),
            Self::Newest => lang.pick("newest first", "최신순"),
        }
    }
}

/// A filter whose names were looked up, ready to be put into SQL.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// What the reader may see of lines called `l`.
    pub(super) visible: Condition,
    pub(super) filter: Filter,
    pub(super) diseases: Vec<DiseaseId>,
    /// Diseases named by code, each code once.
    pub(super) codes: Vec<String>,
    /// The whole search without spaces and hyphens.
    pub(super) whole: Option<String>,
    pub(super) terms: Vec<String>,
    pub(super) now: DateTime<Utc>,
}

/// A kind of filter, as facets leave one out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "CellLineFilterField")]
pub enum Field {
    /// What was typed.
    Search,
    /// Held or reference.
    Holding,
    /// Kind of cells.
    CellType,
    /// Grade.
    Grade,
    /// Disease.
    Disease,
    /// Whether a vial could be given out now.
    InStock,
    /// Band of stock.
    Availability,
    /// Kind of engineered change.
    Modification,
    /// Treated as a living modified organism.
    LivingModifiedOrganism,
    /// Sex of the donor.
    DonorSex,
    /// How it stands to the public.
    PublicationStatus,
}

impl Field {
    /// Every kind of filter.
    pub const ALL: [Self; 11] = [
        Self::Search,
        Self::Holding,
        Self::CellType,
        Self::Grade,
        Self::Disease,
        Self::InStock,
        Self::Availability,
        Self::Modification,
        Self::LivingModifiedOrganism,
        Self::DonorSex,
        Self::PublicationStatus,
    ];
}

impl Filter {
    /// True if something was chosen of this kind.
    pub fn has(&self, field: Field) -> bool {
        match field {
            Field::Search => self.search.as_ref().is_some_and(|text| !text.trim().is_empty()),
            Field::Holding => !self.holding.is_empty(),
            Field::CellType => !self.cell_type.is_empty(),
            Field::Grade => !self.grade.is_empty(),
            Field::Disease => !self.disease.is_empty(),
            Field::InStock => self.in_stock.is_some(),
            Field::Availability => !self.availability.is_empty(),
            Field::Modification => !self.modification.is_empty(),
            Field::LivingModifiedOrganism => self.lmo.is_some(),
            Field::DonorSex => !self.sex.is_empty(),
            Field::PublicationStatus => !self.status.is_empty(),
        }
    }

    /// The same without what was chosen of this kind.
    #[must_use]
    pub fn without(mut self, field: Field) -> Self {
        match field {
            Field::Search => self.search = None,
            Field::Holding => self.holding.clear(),
            Field::CellType => self.cell_type.clear(),
            Field::Grade => self.grade.clear(),
            Field::Disease => self.disease.clear(),
            Field::InStock => self.in_stock = None,
            Field::Availability => self.availability.clear(),
            Field::Modification => self.modification.clear(),
            Field::LivingModifiedOrganism => self.lmo = None,
            Field::DonorSex => self.sex.clear(),
            Field::PublicationStatus => self.status.clear(),
        }
        self
    }

    /// Reads the names in the filter; whether there are such diseases tells [`Prepared::check_codes`].
    ///
    /// # Errors
    /// An overlong search.
    pub fn prepare(self, app: &App, actor: &Actor) -> Result<Prepared, Error> {
        checked_terms(self.search.as_deref())?;
        let typed = self.search.as_deref().map(cited);
        let mut terms = checked_terms(typed)?;
        if terms.len() == 2 && terms[0] == "cvcl" {
            // An accession in pieces is found as a whole; its first piece alone begins a word of every line.
            terms.clear();
        }
        let (mut diseases, mut codes) = (vec![], vec![]);
        for name in &self.disease {
            match (DiseaseId::from_global(name), name.trim().to_uppercase()) {
                (Some(id), _) => diseases.push(id),
                (None, code) if !codes.contains(&code) => codes.push(code),
                _ => {}
            }
        }
        let whole = typed.map(search_words::compact).filter(|whole| !whole.is_empty());
        let visible = is_visible_to(actor, "l");
        Ok(Prepared { visible, filter: self, diseases, codes, whole, terms, now: app.clock.now() })
    }
}

impl Prepared {
    /// True if something was typed that has no letter or digit: nothing is found by it.
    pub fn finds_nothing(&self) -> bool {
        self.whole.is_none() && self.filter.search.as_ref().is_some_and(|text| !text.trim().is_empty())
    }

    /// True if so many codes are all.
    pub(super) fn has_codes(&self, known: i64) -> bool {
        usize::try_from(known) == Ok(self.codes.len())
    }

    /// Refuses a code that no disease has.
    ///
    /// # Errors
    /// [`Error::NoSuchDisease`], or those of the database.
    pub async fn check_codes(&self, app: &App) -> Result<(), Error> {
        let Some(unknown) = unknown_code(app.db.read(), &self.codes).await? else { return Ok(()) };
        let typed = self.filter.disease.iter().find(|name| name.trim().to_uppercase() == unknown);
        Err(Error::NoSuchDisease(typed.cloned().unwrap_or(unknown)))
    }
}

/// What was typed without the `RRID:` that citations put before an accession.
fn cited(search: &str) -> &str {
    let search = search.trim();
    match search.split_at_checked(5) {
        Some((mark, rest)) if mark.eq_ignore_ascii_case("rrid:") => rest,
        _ => search,
    }
}
