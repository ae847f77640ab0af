//! What the page of a line tells as facts, for people and for machines.

use super::shown::{self, Name, body_part, line_address};
use crate::catalogue::pages::LinePage;
use crate::catalogue::queries::LineDisease;
use crate::catalogue::{CellType, Holding, LineView, ProvisionConsent};
use crate::language::Lang;
use crate::search::facets::label_of_sex;
use crate::search::line_page::StockedPage;
use crate::web::diseases;
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use serde_json::{Value, json};

/// A line of the facts.
#[derive(Clone, Debug)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// To be copied as a whole.
    pub copy: bool,
    /// What it says, and where that leads; empty if nowhere.
    pub values: Vec<(Name, String)>,
    /// What there is to say of it.
    pub meta: String,
}

/// Kind of cells and grade.
pub fn kind(t: Text, line: &LineView) -> String {
    let cells = match line.cell_type {
        CellType::Unknown => t.say("line-cells-unknown"),
        known => known.label(t.lang).into(),
    };
    let grade = line.grade.map(|grade| grade.label(t.lang).to_owned());
    [Some(cells), grade].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Some sentences: from where, of which disease, with which change.
pub fn lead(t: Text, found: &StockedPage) -> String {
    let tissue = found.page.facts.tissue.as_ref().map(|tissue| body_part(t, tissue).text);
    let cells = found.page.line.cell_type.label(t.lang);
    let made = match tissue {
        tissue if found.page.line.cell_type == CellType::Unknown => {
            tissue.map_or_else(String::new, |tissue| t.say1("line-lead-origin", "tissue", tissue))
        }
        Some(tissue) => t.say2("line-lead-from", "tissue", tissue, "cells", cells),
        None => t.say1("line-lead", "cells", cells),
    };
    let diseases: Vec<_> = found.page.diseases.iter().map(|(one, _)| Name::of_line_disease(t, one).text).collect();
    let changes: Vec<_> = found.page.modifications.iter().map(|one| shown::change(t, one)).collect();
    let mut sentences = vec![made];
    sentences.push(match diseases.is_empty() {
        true => t.say("line-lead-healthy"),
        false => t.say1("line-lead-disease", "diseases", diseases.join(", ")),
    });
    if !changes.is_empty() {
        sentences.push(t.say1("line-lead-change", "changes", changes.join(", ")));
    }
    sentences.retain(|sentence| !sentence.is_empty());
    sentences.join(" ")
}

impl Fact {
    fn of(t: Text, key: &str, values: impl IntoIterator<Item = Name>) -> Self {
        let values = values.into_iter().map(|value| (value, String::new())).collect();
        Self { label: t.say(key), copy: false, values, meta: String::new() }
    }

    fn plain(t: Text, key: &str, value: impl Into<String>) -> Self {
        Self::of(t, key, [Name { text: value.into(), english: false }])
    }
}

/// The facts in the order of the page.
pub fn identity(t: Text, found: &StockedPage) -> Vec<Fact> {
    let (line, page) = (&found.page.line, &found.page);
    let mut facts = vec![];
    if let Some(rrid) = &line.rrid {
        let fact = Fact::plain(t, "line-rrid", format!("RRID:{rrid}"));
        facts.push(Fact { copy: true, meta: t.say("line-rrid-hint"), ..fact });
    }
    if let Some(accession) = &line.accession {
        facts.push(Fact { copy: true, ..Fact::plain(t, "line-accession", accession) });
    }
    if !line.synonyms.is_empty() {
        facts.push(Fact::plain(t, "line-synonyms", line.synonyms.join(", ")));
    }
    if let Some(name) = line.hpscreg_name.as_ref().filter(|name| **name != line.name) {
        facts.push(Fact::plain(t, "line-hpscreg", name));
    }
    if !page.diseases.is_empty() {
        facts.push(of_diseases(t, page));
    }
    if !page.modifications.is_empty() {
        let changes = page.modifications.iter().map(|one| Name::of(t, shown::change(t, one)));
        facts.push(Fact::of(t, "line-changes", changes));
    }
    facts.push(donor(t, line));
    let origin: Vec<Name> = [&page.facts.tissue, &page.facts.source_cell]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .map(|part| body_part(t, part))
        .collect();
    if !origin.is_empty() {
        facts.push(Fact::of(t, "line-origin", origin));
    }
    if !page.facts.reprogramming.is_empty() {
        facts.push(Fact::of(t, "line-reprogramming", page.facts.reprogramming.iter().map(|text| Name::of(t, text))));
    }
    if let Some(species) = &line.species {
        facts.push(Fact::of(t, "line-species", [Name::of(t, species)]));
    }
    facts.extend(law(t, line));
    if let Some(problem) = &line.problematic {
        facts.push(Fact::of(t, "line-problematic", [Name::of(t, problem)]));
    }
    facts
}

fn of_diseases(t: Text, page: &LinePage) -> Fact {
    let link = |one: &LineDisease| one.disease.as_ref().map_or_else(String::new, diseases::address);
    let values = page.diseases.iter().map(|(one, _)| (Name::of_line_disease(t, one), link(one))).collect();
    let codes: Vec<_> = page.diseases.iter().flat_map(|(_, codes)| codes.iter().cloned()).collect();
    Fact { values, meta: codes.join(", "), ..Fact::of(t, "line-diseases", []) }
}

/// Sex and age; of a held line a band and never the age.
fn donor(t: Text, line: &LineView) -> Fact {
    let sex = line.sex.as_ref().map(|sex| label_of_sex(sex, t.lang));
    let age = line.donor_age.as_deref().map(|age| match age {
        "Adult" => t.say("line-age-adult"),
        "Fetus" => t.say("line-age-fetus"),
        "Blastocyst stage" => t.say("line-age-blastocyst"),
        "Age unspecified" | "unknown" => t.say("line-age-unknown"),
        band if band.starts_with(|c: char| c.is_ascii_digit()) && band.contains('-') => {
            t.say1("line-age-band", "band", band.replace('-', "–"))
        }
        other => other.into(),
    });
    let parts: Vec<String> = [sex, age].into_iter().flatten().collect();
    let value = if parts.is_empty() { t.say("line-age-unknown") } else { parts.join(", ") };
    let meta = if line.holding == Holding::Held { t.say("line-donor-hint") } else { String::new() };
    Fact { meta, ..Fact::plain(t, "line-donor", value) }
}

fn law(t: Text, line: &LineView) -> Vec<Fact> {
    let mut facts = vec![];
    if let Some(basis) = line.legal_basis {
        let fact = Fact::plain(t, "line-law", basis.label(t.lang));
        let number = line.registry_number.as_ref();
        let meta = number.map(|number| t.say1("line-registry", "number", number.clone())).unwrap_or_default();
        facts.push(Fact { meta, ..fact });
    }
    if line.holding == Holding::Held {
        let key = if line.is_lmo() { "line-lmo-yes" } else { "line-lmo-no" };
        facts.push(Fact::plain(t, "line-lmo", t.say(key)));
        if let Some(consent) = line.provision_consent {
            let key = match consent {
                ProvisionConsent::Given => "line-consent-given",
                ProvisionConsent::NotGiven => "line-consent-not",
                ProvisionConsent::Unknown => "line-consent-unknown",
            };
            facts.push(Fact::plain(t, "line-consent", t.say(key)));
        }
    }
    if let Some(basis) = line.holding_basis(t.lang) {
        facts.push(Fact::plain(t, "line-basis", basis));
    }
    facts
}

/// The line for machines: a sample as Bioschemas describes it (profile Sample 0.2).
pub fn data(v: &Visitor, found: &StockedPage) -> Value {
    let line = &found.page.line;
    let base = v.web.app.config.public_url.trim_end_matches('/');
    let address = format!("{base}{}", line_address(line.identifier()));
    let same: Vec<String> = line
        .rrid
        .iter()
        .flat_map(|rrid| [cellosaurus(rrid), format!("https://identifiers.org/rrid/RRID:{rrid}")])
        .collect();
    let identifiers: Vec<String> =
        line.accession.iter().cloned().chain(line.rrid.iter().map(|rrid| format!("RRID:{rrid}"))).collect();
    let property = |name: &str, value: &str| json!({ "@type": "PropertyValue", "name": name, "value": value });
    let lang = Lang::En;
    let mut properties = vec![property("cell type", line.cell_type.label(lang))];
    properties.extend(found.page.facts.tissue.iter().map(|tissue| property("derived from", tissue)));
    properties.extend(line.sex.iter().map(|sex| property("sex", sex)));
    properties.extend(found.page.diseases.iter().map(|(one, _)| property("disease", &one.label)));
    json!({
        "@context": { "@vocab": "https://schema.org/", "dct": "http://purl.org/dc/terms/",
                      "bioschemas": "https://bioschemas.org/types/" },
        "@type": ["bioschemas:BioSample", "BioChemEntity"],
        "@id": address,
        "dct:conformsTo": { "@id": "https://bioschemas.org/profiles/Sample/0.2-RELEASE-2018_11_10" },
        "identifier": identifiers,
        "name": line.name,
        "alternateName": line.synonyms,
        "url": address,
        "sameAs": same,
        "taxonomicRange": taxon(line.species.as_deref()),
        "additionalProperty": properties,
    })
}

fn taxon(species: Option<&str>) -> Value {
    match species {
        Some(species) if species.contains("Homo sapiens") => json!({
            "@type": "Taxon", "@id": "http://purl.obolibrary.org/obo/NCBITaxon_9606", "name": "Homo sapiens",
        }),
        Some(species) => json!({ "@type": "Taxon", "name": species }),
        None => Value::Null,
    }
}

/// Where a reference line is described.
fn cellosaurus(rrid: &str) -> String {
    format!("https://www.cellosaurus.org/{rrid}")
}
