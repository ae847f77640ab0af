//! What of the lines to list, put into SQL. One place for lists, counts and facets, so that they agree.

use crate::actor::Actor;
use crate::app::App;
use crate::catalogue::Error;
use crate::catalogue::model::cell_line::{CellType, Grade, Holding, PublicationStatus};
use crate::catalogue::model::genetic_modification::Kind;
use crate::catalogue::queries::{checked_terms, unknown_code, visible_to};
use crate::db::Sql;
use crate::id::DiseaseId;
use crate::inventory::queries::{is_free, is_given_out};
use crate::inventory::rules::{Availability, PLENTY};
use crate::inventory::sql::push_free_vial_count;
use crate::language::Lang;
use crate::search_words;
use chrono::{DateTime, Utc};
use sea_orm::ActiveEnum;

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

/// A kind of engineered change, or none. A line that its source calls engineered without a kind that the bank recorded has
/// neither.
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
    /// Exact matches first, held lines before reference lines, then by name. Without a search: held lines, then by name.
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
    visible: &'static str,
    pub(super) filter: Filter,
    diseases: Vec<DiseaseId>,
    /// Diseases named by code, each code once.
    codes: Vec<String>,
    /// The whole search without spaces and hyphens.
    pub(super) whole: Option<String>,
    terms: Vec<String>,
    now: DateTime<Utc>,
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
        Ok(Prepared { visible: visible_to(actor), filter: self, diseases, codes, whole, terms, now: app.clock.now() })
    }
}

/// The condition that neither source nor bank knows of an engineered change of a line called `l`.
const UNCHANGED: &str = "NOT l.engineered_in_source AND l.id NOT IN (SELECT line_id FROM genetic_modification)";

impl Prepared {
    /// True if something was typed that has no letter or digit: nothing is found by it.
    pub fn finds_nothing(&self) -> bool {
        self.whole.is_none() && self.filter.search.as_ref().is_some_and(|text| !text.trim().is_empty())
    }

    /// Adds the conditions on a line called `l`, leaving some kinds out for their own facets.
    pub fn narrow(&self, sql: &mut Sql, without: &[Field]) {
        sql.push(self.visible);
        let filter = &self.filter;
        let wanted = |field| !without.contains(&field) && filter.has(field);
        if wanted(Field::Holding) {
            sql.push(" AND l.holding IN (").bind_all(filter.holding.iter().map(|v| v.to_value())).push(")");
        }
        if wanted(Field::CellType) {
            sql.push(" AND l.cell_type IN (").bind_all(filter.cell_type.iter().map(|v| v.to_value())).push(")");
        }
        if wanted(Field::Grade) {
            sql.push(" AND l.grade IN (").bind_all(filter.grade.iter().map(|v| v.to_value())).push(")");
        }
        if wanted(Field::PublicationStatus) {
            sql.push(" AND l.publication_status IN (").bind_all(filter.status.iter().map(|v| v.to_value())).push(")");
        }
        if wanted(Field::DonorSex) {
            sql.push(" AND l.sex IN (").bind_all(filter.sex.iter().cloned()).push(")");
        }
        if let Some(lmo) = filter.lmo.filter(|_| wanted(Field::LivingModifiedOrganism)) {
            sql.push(" AND coalesce(l.lmo, l.engineered_in_source) = ").bind(lmo);
        }
        if wanted(Field::Disease) {
            self.narrow_to_diseases(sql);
        }
        if wanted(Field::Modification) {
            self.narrow_to_modifications(sql);
        }
        if wanted(Field::Availability) {
            self.narrow_to_bands(sql);
        }
        if let Some(in_stock) = filter.in_stock.filter(|_| wanted(Field::InStock)) {
            sql.push(if in_stock { " AND l.id IN (" } else { " AND l.id NOT IN (" });
            sql.push("SELECT o.line_id FROM lot o JOIN vial v ON v.lot_id = o.id WHERE ").condition(is_given_out("o"));
            sql.push(" AND ").condition(is_free("v", self.now)).push(")");
        }
        if let Some(whole) = self.whole.as_ref().filter(|_| wanted(Field::Search)) {
            self.narrow_to_text(sql, whole);
        }
    }

    fn narrow_to_modifications(&self, sql: &mut Sql) {
        let kinds: Vec<_> = self.filter.modification.iter().filter_map(|change| change.kind()).collect();
        let none = self.filter.modification.contains(&Change::None);
        sql.push(" AND (");
        if none {
            sql.push("(").push(UNCHANGED).push(")");
        }
        if !kinds.is_empty() {
            sql.push(if none { " OR " } else { "" });
            sql.push("l.id IN (SELECT line_id FROM genetic_modification WHERE kind IN (");
            sql.bind_all(kinds.iter().map(|kind| kind.to_value())).push("))");
        }
        sql.push(")");
    }

    /// Begins from the held lines, which are few, and looks at no more vials of each than a band needs.
    fn narrow_to_bands(&self, sql: &mut Sql) {
        let numbers = (0..=PLENTY).filter(|free| self.filter.availability.contains(&Availability::of(*free)));
        sql.push(" AND l.id IN (SELECT h.id FROM cell_line h WHERE h.holding = 'held' AND ");
        push_free_vial_count(sql, "h.id", self.now);
        sql.push(" IN (").bind_all(numbers).push("))");
    }

    /// Adds the number of free vials of a line called `l`, counted as far as its band needs.
    pub(super) fn push_free_vial_count(&self, sql: &mut Sql) {
        push_free_vial_count(sql, "l.id", self.now);
    }

    /// Sets of keys are united in one subquery and never joined by OR: PostgreSQL reads whole tables for an OR of them.
    fn narrow_to_diseases(&self, sql: &mut Sql) {
        sql.push(" AND l.id IN (WITH named (id) AS (SELECT disease_id FROM disease_code WHERE ");
        among(sql, "code", &self.codes);
        sql.push(" UNION SELECT id FROM disease WHERE ");
        among(sql, "id", &self.diseases.iter().map(|id| id.0).collect::<Vec<_>>());
        sql.push(") SELECT line_id FROM cell_line_disease WHERE disease_id IN (SELECT id FROM named UNION ");
        sql.push("SELECT disease_id FROM disease_ancestor WHERE ancestor_id IN (SELECT id FROM named)))");
    }

    /// Adds the number of codes that are a disease's; a list has it come along instead of asking before.
    pub(super) fn count_codes(&self, sql: &mut Sql) {
        sql.push("(SELECT count(DISTINCT code) FROM disease_code WHERE ");
        among(sql, "code", &self.codes);
        sql.push(")");
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

    /// Every word of the search stands in the line or in its diseases; or all of it together begins a name, or is a name
    /// or code of a disease. One list of lines, so that neither engine goes through all of them. The lists of two words meet
    /// by INTERSECT: of a join PostgreSQL expects many times as many lines as there are, and then compares all with all.
    fn narrow_to_text(&self, sql: &mut Sql, whole: &str) {
        sql.push(" AND l.id IN (SELECT line_id FROM cell_line_token WHERE token >= ").bind(whole);
        sql.push(" AND token < ").bind(search_words::prefix_end(whole)).push(" AND weight <= 1 UNION ");
        lines_of_diseases(sql, |sql| {
            sql.push("t.token = ").bind(whole);
        });
        for (i, term) in self.terms.iter().enumerate() {
            sql.push(if i == 0 { " UNION SELECT line_id FROM (" } else { " INTERSECT " });
            sql.push("SELECT line_id FROM (SELECT t.line_id FROM cell_line_token t WHERE ");
            begins(sql, term);
            sql.push(" UNION ");
            lines_of_diseases(sql, |sql| begins(sql, term));
            sql.push(") w");
        }
        sql.push(if self.terms.is_empty() { ")" } else { ") s)" });
    }
}

/// Adds the condition that a word called `t` begins so. One Latin letter or digit begins too many words to narrow
/// anything: it has to be the word.
fn begins(sql: &mut Sql, term: &str) {
    if term.len() == 1 {
        sql.push("t.token = ").bind(term);
        return;
    }
    sql.push("t.token >= ").bind(term).push(" AND t.token < ").bind(search_words::prefix_end(term));
}

/// Adds a list of the lines of diseases whose word `t` fulfils a condition, and of the diseases below those.
fn lines_of_diseases(sql: &mut Sql, condition: impl Fn(&mut Sql)) {
    sql.push("SELECT x.line_id FROM disease_token t JOIN cell_line_disease x ON x.disease_id = t.disease_id WHERE ");
    condition(sql);
    sql.push(
        " UNION SELECT x.line_id FROM disease_token t JOIN disease_ancestor a ON a.ancestor_id = t.disease_id
         JOIN cell_line_disease x ON x.disease_id = a.disease_id WHERE ",
    );
    condition(sql);
}

/// What was typed without the `RRID:` that citations put before an accession.
fn cited(search: &str) -> &str {
    let search = search.trim();
    match search.split_at_checked(5) {
        Some((mark, rest)) if mark.eq_ignore_ascii_case("rrid:") => rest,
        _ => search,
    }
}

/// Adds the condition that a column has one of these values.
fn among<V: Clone + Into<sea_orm::Value>>(sql: &mut Sql, column: &str, values: &[V]) {
    if values.is_empty() {
        sql.push("1 = 0");
    } else {
        sql.push(column).push(" IN (").bind_all(values.iter().cloned()).push(")");
    }
}
