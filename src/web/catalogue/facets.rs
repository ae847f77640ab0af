//! The filters of the list as its page shows them: choices with their numbers, and what was chosen as tags to take out.

use super::list_query::{ALL, ListQuery, name_of};
use super::shown::Name;
use crate::catalogue::queries::NamedDisease;
use crate::catalogue::{CellType, Grade, Holding, PublicationStatus};
use crate::inventory::rules::Availability;
use crate::search::facets::{self, label_of_sex};
use crate::search::{Change, Field, Filter, suggestions};
use crate::web::texts::Text;

/// The filters in the order of the page: the name in the address, that of the search, and the key of its heading.
const SHOWN: [(&str, &str); 9] = [
    ("holding", "holding"),
    ("stock", "availability"),
    ("type", "cellType"),
    ("disease", "disease"),
    ("modification", "modification"),
    ("lmo", "livingModifiedOrganism"),
    ("grade", "grade"),
    ("sex", "donorSex"),
    ("status", "publicationStatus"),
];

/// Choices with an order of their own; those of the others come by number.
const ORDER: [(&str, &[&str]); 2] =
    [("holding", &["held", "reference"]), ("stock", &["available", "few", "waiting_list"])];

/// A filter with its choices.
#[derive(Clone, Debug)]
pub struct Facet {
    /// Its name in the address.
    pub name: &'static str,
    /// Its heading.
    pub legend: String,
    /// One of them is chosen, never several.
    pub single: bool,
    /// The choices.
    pub choices: Vec<Choice>,
}

/// A choice of a filter.
#[derive(Clone, Debug)]
pub struct Choice {
    /// As the address has it.
    pub value: String,
    /// What a reader calls it.
    pub label: Name,
    /// Lines that it would list.
    pub count: i64,
    /// Chosen.
    pub on: bool,
}

/// Something that was chosen, and the address without it.
#[derive(Clone, Debug)]
pub struct Tag {
    /// What.
    pub label: Name,
    /// The address without it.
    pub address: String,
}

/// A filter that stands in the way.
#[derive(Clone, Debug)]
pub struct Without {
    /// What it is called.
    pub label: String,
    /// Lines without it.
    pub count: i64,
    /// The address without it.
    pub address: String,
}

/// A value of the search as the address has it.
fn in_address(name: &str, value: String) -> String {
    if matches!(name, "disease" | "sex") { value } else { value.to_ascii_lowercase() }
}

/// The filters with their choices. A filter that offers nothing to choose between is left out unless it is set.
pub fn shown(t: Text, params: &ListQuery, counted: Vec<facets::Facet>, named: &[(String, NamedDisease)]) -> Vec<Facet> {
    let facet = |(name, field): (&'static str, &str)| {
        let found = counted.iter().find(|facet| facet.field == field)?;
        let chosen = chosen(params, name, named);
        let choice = |value: &facets::Value| {
            let in_address = in_address(name, value.value.clone());
            let on = chosen.iter().any(|(_, canonical)| *canonical == in_address);
            Choice { label: Name::of(t, value.label.clone()), count: value.count, on, value: in_address }
        };
        let mut choices: Vec<Choice> = found.values.iter().map(choice).collect();
        for (value, canonical) in &chosen {
            if !choices.iter().any(|choice| choice.value == *canonical) && value != ALL {
                let label = label(t, name, value, named);
                choices.push(Choice { label, count: 0, on: true, value: canonical.clone() });
            }
        }
        // One can always go back to what the bank holds, however few fit now.
        for value in ["held", "reference"].into_iter().filter(|_| name == "holding") {
            if !choices.iter().any(|choice| choice.value == value) {
                let on = params.holding() == value;
                choices.push(Choice { label: label(t, name, value, named), count: 0, on, value: value.into() });
            }
        }
        if let Some(order) = ORDER.iter().find(|(of, _)| *of == name).map(|(_, order)| order) {
            choices.sort_by_key(|choice| order.iter().position(|value| *value == choice.value));
        }
        if name == "holding" {
            let count = choices.iter().map(|choice| choice.count).sum();
            let label = Name::of(t, t.say("catalogue-holding-all"));
            choices.push(Choice { label, count, on: params.holding() == ALL, value: ALL.into() });
        }
        let useful = choices.len() > 1 || choices.iter().any(|choice| choice.on);
        let legend = t.say(&format!("catalogue-facet-{name}"));
        useful.then_some(Facet { name, legend, single: name == "holding", choices })
    };
    SHOWN.into_iter().filter_map(facet).collect()
}

/// What was chosen of a filter: as it stands in the address, and as the search's own values name it.
fn chosen(params: &ListQuery, name: &str, named: &[(String, NamedDisease)]) -> Vec<(String, String)> {
    if name == "holding" {
        return vec![(params.holding().to_owned(), params.holding().to_owned())];
    }
    let canonical = |value: &str| match named.iter().find(|(known, _)| name == "disease" && known == value) {
        Some((_, disease)) => disease.id.global(),
        None => value.to_owned(),
    };
    params.values(name).map(|value| (value.to_owned(), canonical(value))).collect()
}

/// What a reader calls a value of a filter.
fn label(t: Text, name: &str, value: &str, named: &[(String, NamedDisease)]) -> Name {
    if name == "disease" {
        let disease = named.iter().find(|(known, _)| known == value);
        return disease.map_or_else(|| Name::of(t, value), |(_, disease)| Name::of_disease(t, disease));
    }
    let filter: Filter = ListQuery::read(&crate::web::links::with("", &[(name, value)])[1..]).filter();
    let words = match name {
        "holding" => filter.holding.first().map(|one: &Holding| one.label(t.lang)),
        "stock" => filter.availability.first().map(|one: &Availability| one.label(t.lang)),
        "type" => filter.cell_type.first().map(|one: &CellType| one.label(t.lang)),
        "modification" => filter.modification.first().map(|one: &Change| one.label(t.lang)),
        "grade" => filter.grade.first().map(|one: &Grade| one.label(t.lang)),
        "status" => filter.status.first().map(|one: &PublicationStatus| one.label(t.lang)),
        "lmo" => filter.lmo.map(|is| if is { "LMO" } else { t.pick("Not an LMO", "LMO 아님") }),
        _ => None,
    };
    match words {
        Some(words) => Name::of(t, words),
        None if name == "sex" => Name::of(t, label_of_sex(value, t.lang)),
        None => Name::of(t, value),
    }
}

/// What was chosen, as tags; held lines only is one of them although nobody had to choose it.
pub fn tags(t: Text, params: &ListQuery, named: &[(String, NamedDisease)]) -> Vec<Tag> {
    let mut tags = vec![];
    if params.holding() != ALL {
        let label = label(t, "holding", params.holding(), named);
        tags.push(Tag { label, address: params.without("holding", params.holding()).address("/catalogue") });
    }
    for (name, _) in SHOWN.into_iter().filter(|(name, _)| *name != "holding") {
        for value in params.values(name) {
            let label = label(t, name, value, named);
            tags.push(Tag { label, address: params.without(name, value).address("/catalogue") });
        }
    }
    tags
}

/// Filters each of which alone stands in the way of an empty list.
pub fn without(t: Text, params: &ListQuery, tried: &[suggestions::Without]) -> Vec<Without> {
    let say = |field: Field| match name_of(field) {
        "q" => t.say1("catalogue-without-search", "what", params.typed().to_owned()),
        name => t.say(&format!("catalogue-facet-{name}")),
    };
    let one = |one: &suggestions::Without| Without {
        label: say(one.field),
        count: one.count,
        address: params.without_any(name_of(one.field)).address("/catalogue"),
    };
    tried.iter().map(one).collect()
}
