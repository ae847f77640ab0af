//! Lines as lists show them: everything of a page's rows is read at once, never row by row.

use crate::catalogue::queries::{
    LineDisease, ListedLine, NamedDisease, diseases_of, lines_by_id, modifications_of, records_of,
};
use crate::catalogue::record::{Facts, RecordView};
use crate::catalogue::{Holding, LineView, ModificationView, PublicationStatus};
use crate::id::CellLineId;
use crate::inventory::StockView;
use crate::inventory::queries::stock_of;
use crate::inventory::rules::Availability;
use crate::web::links::segment;
use crate::web::page_error::PageError;
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use std::collections::HashMap;

/// A text of the record, marked where a Korean page has it in English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The text.
    pub text: String,
    /// It has to be marked as English.
    pub english: bool,
}

impl Name {
    /// A text that is English if nothing of it is Hangul.
    pub fn of(t: Text, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { english: t.is_english(&text), text }
    }

    /// The name of a disease of a line: in the reader's language, in English, or the record's own words.
    pub fn of_line_disease(t: Text, disease: &LineDisease) -> Self {
        match &disease.disease {
            Some(known) => Self::of_disease(t, known),
            None => Self::of(t, disease.label.clone()),
        }
    }

    /// The name of a disease.
    pub fn of_disease(t: Text, disease: &NamedDisease) -> Self {
        Self::of(t, t.lang.pick(None, disease.name_ko.clone()).unwrap_or_else(|| disease.name.clone()))
    }
}

/// Korean words for tissues and cells of the records; what is not here stays in the record's English.
const BODY: [(&str, &str); 24] = [
    ("Peripheral blood", "말초혈액"),
    ("Blood", "혈액"),
    ("Skin", "피부"),
    ("Zone of skin", "피부"),
    ("Skin, dermis", "피부 진피"),
    ("Leg, skin", "다리 피부"),
    ("Chest, skin", "가슴 피부"),
    ("Foreskin, skin", "포피"),
    ("Prepuce of penis", "포피"),
    ("Blastocyst", "배반포"),
    ("Bone marrow", "골수"),
    ("Urine", "소변"),
    ("Umbilical cord blood", "제대혈"),
    ("Breast", "유방"),
    ("Adipose tissue", "지방조직"),
    ("Skin fibroblast", "피부 섬유아세포"),
    ("Fibroblast of dermis", "진피 섬유아세포"),
    ("Foreskin fibroblast", "포피 섬유아세포"),
    ("Fibroblast", "섬유아세포"),
    ("Keratinocyte", "각질세포"),
    ("Bone marrow hematopoietic cell", "골수 조혈세포"),
    ("Hematopoietic stem cell", "조혈모세포"),
    ("Mesenchymal stem cell of adipose tissue", "지방조직 중간엽줄기세포"),
    ("Erythroblast", "적아구"),
];

/// A tissue or kind of cell in the reader's language.
pub fn body_part(t: Text, source: &str) -> Name {
    let source = source.strip_prefix("In situ; ").unwrap_or(source);
    let korean = BODY.iter().find(|(english, _)| english.eq_ignore_ascii_case(source)).map(|(_, korean)| *korean);
    Name::of(t, t.lang.pick(None, korean).unwrap_or(source))
}

/// What can be had of a line: icon, colour and word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stock {
    /// `ok`, `warn` or `off`.
    pub kind: &'static str,
    /// Of the sprite.
    pub icon: &'static str,
    /// Band, or the number of vials for those who may see it.
    pub words: String,
}

impl Stock {
    /// The band of a line and, where the reader may know, its free vials.
    pub fn of(t: Text, stock: &StockView) -> Self {
        let (kind, icon) = match stock.availability {
            Availability::Available => ("ok", "circle-check"),
            Availability::Few => ("warn", "hourglass"),
            Availability::WaitingList => ("off", "circle-dashed"),
        };
        let words = match stock.free.filter(|free| *free > 0) {
            Some(free) => t.say1("catalogue-vials", "vials", free),
            None => stock.availability.label(t.lang).into(),
        };
        Self { kind, icon, words }
    }

    /// What stands there of a line that is not given out.
    pub fn of_status(t: Text, status: PublicationStatus) -> Self {
        let (kind, icon) = match status {
            PublicationStatus::Suspended => ("warn", "pause"),
            _ => ("off", "ban"),
        };
        Self { kind, icon, words: status.label(t.lang).into() }
    }
}

/// A line in a list.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its page.
    pub address: String,
    /// Name.
    pub name: String,
    /// Other name, accession and RRID in one line.
    pub identifiers: String,
    /// Its diseases.
    pub diseases: Vec<Name>,
    /// What was changed in it: kind and gene.
    pub changes: Vec<String>,
    /// Kind of cells.
    pub cells: String,
    /// Where the cells came from.
    pub tissue: Option<Name>,
    /// Grade; none of a reference line.
    pub grade: Option<&'static str>,
    /// Treated as a living modified organism.
    pub lmo: bool,
    /// Made up for a demonstration.
    pub made_up: bool,
    /// What can be had; none of a reference line.
    pub stock: Option<Stock>,
}

/// The address of a line's page.
pub fn line_address(name: &str) -> String {
    format!("/catalogue/{}", segment(name))
}

/// The name by which addresses know a listed line.
pub fn identifier(line: &ListedLine) -> &str {
    line.accession.as_deref().or(line.rrid.as_deref()).unwrap_or(&line.name)
}

/// A change of a genome in words: `유전자 넉아웃 GLA`.
pub fn change(t: Text, change: &ModificationView) -> String {
    let product = change.product.as_ref().map(|product| format!(" ({product})")).unwrap_or_default();
    format!("{} {}{product}", change.kind.label(t.lang), change.gene)
}

fn by_line<T>(rows: Vec<T>, line: impl Fn(&T) -> CellLineId) -> HashMap<CellLineId, Vec<T>> {
    let mut map: HashMap<CellLineId, Vec<T>> = HashMap::new();
    for row in rows {
        map.entry(line(&row)).or_default().push(row);
    }
    map
}

/// Rows for listed lines, in their order.
///
/// # Errors
/// Those of the database.
pub async fn rows(v: &Visitor, listed: &[ListedLine]) -> Result<Vec<Row>, PageError> {
    let (t, app) = (v.t, &v.web.app);
    let ids: Vec<CellLineId> = listed.iter().map(|line| line.id).collect();
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let db = app.db.read();
    let whole: HashMap<CellLineId, LineView> =
        lines_by_id(db, &v.actor, &ids).await?.into_iter().map(|line| (line.id, line)).collect();
    let diseases = by_line(diseases_of(db, &ids).await?, |one| one.line_id);
    let changes = by_line(modifications_of(db, &ids).await?, |one| one.line_id);
    let records: HashMap<CellLineId, RecordView> = records_of(db, &ids).await?.into_iter().collect();
    let stock = stock_of(db, &v.actor, &ids, app.clock.now()).await?;
    let row = |line: &ListedLine| {
        let whole = whole.get(&line.id)?;
        let stock = stock.get(&line.id)?;
        let tissue = records.get(&line.id).and_then(|record| Facts::of(record).tissue);
        let named = diseases.get(&line.id).into_iter().flatten();
        Some(Row {
            address: line_address(identifier(line)),
            name: line.name.clone(),
            identifiers: identifiers(whole),
            diseases: named.map(|disease| Name::of_line_disease(t, disease)).collect(),
            changes: changes.get(&line.id).into_iter().flatten().map(|one| change(t, one)).collect(),
            cells: line.cell_type.label(t.lang).into(),
            tissue: tissue.map(|tissue| body_part(t, &tissue)),
            grade: line.grade.map(|grade| grade.label(t.lang)),
            lmo: whole.is_lmo(),
            made_up: line.made_up,
            stock: (line.holding == Holding::Held).then(|| match line.publication_status {
                Some(PublicationStatus::Published) | None => Stock::of(t, stock),
                Some(status) => Stock::of_status(t, status),
            }),
        })
    };
    Ok(listed.iter().filter_map(row).collect())
}

/// Other name, accession and RRID of a line in one line, whatever there is.
fn identifiers(line: &LineView) -> String {
    let other = line.synonyms.first().map(String::as_str);
    [other, line.accession.as_deref(), line.rrid.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
