//! What the line codes of a record mean for the columns of a line.

use super::cellosaurus::Codes;
use super::codes;

/// Topics of `CC` that name an engineered change.
const ENGINEERED_TOPICS: [&str; 3] = ["Knockout cell", "Genetic integration", "Transfected with"];

/// Columns of a line that come from its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// `SY`, one name each.
    pub synonyms: Vec<String>,
    /// From `DR   hPSCreg; NAME`.
    pub hpscreg_name: Option<String>,
    /// The first line of `HI`.
    pub parent_rrid: Option<String>,
    /// Stored name of the kind of cells, from `CA`.
    pub cell_type: &'static str,
    /// `CA` as it stands.
    pub category: Option<String>,
    /// Names of `OX`, joined by `; `.
    pub species: Option<String>,
    /// `SX`.
    pub sex: Option<String>,
    /// `AG`.
    pub donor_age: Option<String>,
    /// From `CC   Problematic cell line: ...`.
    pub problematic: Option<String>,
    /// `CC` names an engineered change.
    pub engineered: bool,
}

/// A disease as a record names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// The record's own word for it.
    pub label: String,
    /// Its code in one spelling, as [`codes::key`] gives it.
    pub code: Option<String>,
}

impl Facts {
    /// Reads the columns out of a record's line codes.
    pub fn of(codes: &Codes) -> Self {
        let category = first(codes, "CA");
        Self {
            synonyms: listed(codes, "SY"),
            hpscreg_name: lines(codes, "DR").find_map(|line| {
                let (database, name) = line.split_once(';')?;
                (database.trim() == "hPSCreg").then(|| name.trim().to_owned())
            }),
            parent_rrid: lines(codes, "HI").next().and_then(|line| before_mark(line)),
            cell_type: cell_type(category.as_deref()),
            category,
            species: species(codes),
            sex: first(codes, "SX"),
            donor_age: first(codes, "AG"),
            problematic: lines(codes, "CC").find_map(|line| topic(line, "Problematic cell line")).map(str::to_owned),
            engineered: lines(codes, "CC").any(|line| is_engineered(line)),
        }
    }
}

/// Former accessions of the record, from `AS`.
pub fn former_accessions(codes: &Codes) -> Vec<String> {
    listed(codes, "AS")
}

/// Diseases of the record, from `DI   VOCABULARY; CODE; LABEL`; a line in another form is a label as it stands.
pub fn labels(codes: &Codes) -> Vec<Label> {
    let mut labels: Vec<Label> = Vec::new();
    for line in lines(codes, "DI") {
        let mut parts = line.splitn(3, ';').map(str::trim);
        let label = match (parts.next(), parts.next(), parts.next()) {
            (Some(vocabulary), Some(code), Some(label)) if !label.is_empty() => {
                Label { label: label.to_owned(), code: codes::key(vocabulary, code) }
            }
            _ => Label { label: line.clone(), code: None },
        };
        if !line.is_empty() && !labels.contains(&label) {
            labels.push(label);
        }
    }
    labels
}

fn lines<'a>(codes: &'a Codes, code: &str) -> impl Iterator<Item = &'a String> {
    codes.get(code).into_iter().flatten()
}

fn first(codes: &Codes, code: &str) -> Option<String> {
    lines(codes, code).find(|line| !line.is_empty()).cloned()
}

fn listed(codes: &Codes, code: &str) -> Vec<String> {
    let parts = lines(codes, code).flat_map(|line| line.split(';'));
    parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// `CVCL_DP59` of `CVCL_DP59 ! HDF1388`.
fn before_mark(line: &str) -> Option<String> {
    Some(line.split('!').next()?.trim().to_owned()).filter(|text| !text.is_empty())
}

/// `Homo sapiens (Human)` of `NCBI_TaxID=9606; ! Homo sapiens (Human)`.
fn species(codes: &Codes) -> Option<String> {
    let names: Vec<&str> =
        lines(codes, "OX").map(|line| line.split_once('!').map_or(line.as_str(), |(_, name)| name).trim()).collect();
    Some(names.join("; ")).filter(|names| !names.is_empty())
}

fn cell_type(category: Option<&str>) -> &'static str {
    match category.map(str::to_ascii_lowercase).as_deref() {
        None => "unknown",
        Some("embryonic stem cell") => "embryonic",
        Some("induced pluripotent stem cell") => "induced_pluripotent",
        Some("adult stem cell" | "somatic stem cell") => "somatic",
        Some(_) => "other",
    }
}

fn topic<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.strip_prefix(name)?.trim_start().strip_prefix(':').map(str::trim)
}

/// A topic of its own, or a sequence variation that the source calls edited or corrected.
fn is_engineered(line: &str) -> bool {
    ENGINEERED_TOPICS.iter().any(|name| topic(line, name).is_some())
        || topic(line, "Sequence variation")
            .is_some_and(|variation| variation.contains("_edited") || variation.contains("_corrected"))
}
