//! What a reader asked of the list of lines: every state of it is an address, and every address a state.

use crate::catalogue::{CellType, Grade, Holding, PublicationStatus};
use crate::inventory::rules::Availability;
use crate::search::{Change, Field, Filter, Order};
use sea_orm::{ActiveEnum, Iterable};

/// Names in the address, in the order in which it is written.
const NAMES: [&str; 11] =
    ["q", "holding", "stock", "type", "disease", "modification", "lmo", "grade", "sex", "status", "sort"];
/// Held lines are what a reader most likely wants; this chooses all.
pub const ALL: &str = "all";
/// Values of one address that are looked at.
const MOST: usize = 100;
/// Bands as addresses name them.
const BANDS: [(&str, Availability); 3] =
    [("available", Availability::Available), ("few", Availability::Few), ("waiting_list", Availability::WaitingList)];
/// Changes as addresses name them.
const CHANGES: [(&str, Change); 5] = [
    ("none", Change::None),
    ("knock_in", Change::KnockIn),
    ("knock_out", Change::KnockOut),
    ("transgene", Change::Transgene),
    ("variant_correction", Change::VariantCorrection),
];
/// Orders as addresses name them.
pub const ORDERS: [(&str, Order); 3] =
    [("relevance", Order::Relevance), ("name", Order::Name), ("newest", Order::Newest)];

/// What was asked: names and values, only those that there are, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    pairs: Vec<(&'static str, String)>,
    /// Cursor of the page.
    pub after: Option<String>,
}

/// The name in the address of a kind of filter.
pub fn name_of(field: Field) -> &'static str {
    match field {
        Field::Search => "q",
        Field::Holding => "holding",
        Field::Availability | Field::InStock => "stock",
        Field::CellType => "type",
        Field::Disease => "disease",
        Field::Modification => "modification",
        Field::LivingModifiedOrganism => "lmo",
        Field::Grade => "grade",
        Field::DonorSex => "sex",
        Field::PublicationStatus => "status",
    }
}

fn of<E: ActiveEnum<Value = String> + Iterable>(value: &str) -> Option<E> {
    E::iter().find(|one| one.to_value() == value)
}

fn among<E: Copy>(list: &[(&str, E)], value: &str) -> Option<E> {
    list.iter().find(|(name, _)| *name == value).map(|(_, one)| *one)
}

/// True for a value that the name can have; what people typed is checked elsewhere.
fn is_value(name: &str, value: &str) -> bool {
    match name {
        "holding" => value == ALL || of::<Holding>(value).is_some(),
        "stock" => among(&BANDS, value).is_some(),
        "type" => of::<CellType>(value).is_some(),
        "modification" => among(&CHANGES, value).is_some(),
        "lmo" => matches!(value, "true" | "false"),
        "grade" => of::<Grade>(value).is_some(),
        "status" => of::<PublicationStatus>(value).is_some(),
        "sort" => among(&ORDERS, value).is_some(),
        _ => true,
    }
}

impl ListQuery {
    /// Reads the query of an address. What it does not know is left out.
    pub fn read(query: &str) -> Self {
        let given: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
        let mut params = Self::default();
        for (name, value) in given.into_iter().take(MOST) {
            let value = value.trim().to_owned();
            if name == "after" && !value.is_empty() {
                params.after = Some(value);
            } else if let Some(name) = NAMES.into_iter().find(|known| *known == name) {
                params.put(name, value);
            }
        }
        params.in_order()
    }

    fn in_order(mut self) -> Self {
        self.pairs.sort_by_key(|(name, _)| NAMES.iter().position(|known| known == name));
        self
    }

    fn put(&mut self, name: &'static str, value: String) {
        let once = matches!(name, "q" | "holding" | "sort");
        let is_there = self.pairs.iter().any(|(n, v)| *n == name && (once || *v == value));
        if !value.is_empty() && is_value(name, &value) && !is_there {
            self.pairs.push((name, value));
        }
    }

    /// The values of a name.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |pair| pair.0 == name).map(|pair| pair.1.as_str())
    }

    /// What was typed.
    pub fn typed(&self) -> &str {
        self.values("q").next().unwrap_or_default()
    }

    /// `held` unless something else was chosen.
    pub fn holding(&self) -> &str {
        self.values("holding").next().unwrap_or("held")
    }

    /// The order; by relevance unless another was chosen.
    pub fn order(&self) -> Order {
        self.values("sort").next().and_then(|value| among(&ORDERS, value)).unwrap_or(Order::Relevance)
    }

    /// All diseases that were chosen, by key or code.
    pub fn diseases(&self) -> Vec<String> {
        self.values("disease").map(str::to_owned).collect()
    }

    /// What the search takes.
    pub fn filter(&self) -> Filter {
        let lmo: Vec<bool> = self.values("lmo").map(|value| value == "true").collect();
        Filter {
            search: Some(self.typed().to_owned()).filter(|text| !text.is_empty()),
            holding: of(self.holding()).into_iter().collect(),
            cell_type: self.values("type").filter_map(of).collect(),
            grade: self.values("grade").filter_map(of).collect(),
            disease: self.diseases(),
            in_stock: None,
            availability: self.values("stock").filter_map(|value| among(&BANDS, value)).collect(),
            modification: self.values("modification").filter_map(|value| among(&CHANGES, value)).collect(),
            // Both together leave nothing out.
            lmo: lmo.first().copied().filter(|_| lmo.len() == 1),
            sex: self.values("sex").map(str::to_owned).collect(),
            status: self.values("status").filter_map(of).collect(),
        }
    }

    /// The same without one value; without held lines only means all lines.
    #[must_use]
    pub fn without(&self, name: &str, value: &str) -> Self {
        let mut other = Self { after: None, ..self.clone() };
        other.pairs.retain(|(n, v)| *n != name || v != value);
        if name == "holding" {
            other.pairs.retain(|(n, _)| *n != "holding");
            other.pairs.push(("holding", ALL.into()));
        }
        other.in_order()
    }

    /// The same without all values of a name.
    #[must_use]
    pub fn without_any(&self, name: &str) -> Self {
        if name == "holding" {
            return self.without("holding", self.holding());
        }
        let mut other = Self { after: None, ..self.clone() };
        other.pairs.retain(|(n, _)| *n != name);
        other
    }

    /// The same with nothing but what was typed and the order.
    #[must_use]
    pub fn cleared(&self) -> Self {
        let mut other = Self { after: None, ..self.clone() };
        other.pairs.retain(|(name, _)| matches!(*name, "q" | "sort"));
        other
    }

    /// The same with something else typed.
    #[must_use]
    pub fn searching(&self, text: &str) -> Self {
        let mut other = self.without_any("q");
        other.pairs.push(("q", text.into()));
        other.in_order()
    }

    /// Its address below a path, at its first page.
    pub fn address(&self, path: &str) -> String {
        let pairs: Vec<(&str, &str)> = self.pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        crate::web::links::with(path, &pairs)
    }

    /// Its address at the page after a cursor.
    pub fn page_after(&self, cursor: &str) -> String {
        let address = self.address("/catalogue");
        let between = if address.contains('?') { '&' } else { '?' };
        format!("{address}{between}after={cursor}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_written_again() {
        let params = ListQuery::read(
            "sort=newest&q=%EB%A0%88%ED%8A%B8&grade=research&grade=nonsense&x=1&stock=few&after=abc&q=2",
        );
        assert_eq!(
            params.address("/catalogue"),
            "/catalogue?q=%EB%A0%88%ED%8A%B8&stock=few&grade=research&sort=newest"
        );
        assert_eq!(params.after.as_deref(), Some("abc"));
        assert_eq!((params.order(), params.holding()), (Order::Newest, "held"));
        let filter = params.filter();
        assert_eq!((filter.holding, filter.grade), (vec![Holding::Held], vec![Grade::Research]));
        assert_eq!(ListQuery::read("").address("/catalogue"), "/catalogue");
    }

    #[test]
    fn a_filter_is_taken_out_and_held_lines_only_becomes_all_lines() {
        let params = ListQuery::read("grade=research&grade=clinical&lmo=true&lmo=false");
        assert_eq!(params.without("grade", "clinical").address("/c"), "/c?lmo=true&lmo=false&grade=research");
        assert_eq!(params.without_any("lmo").without_any("grade").address("/c"), "/c");
        let all = params.without("holding", "held");
        assert_eq!((all.holding(), all.filter().holding, all.filter().lmo), ("all", vec![], None));
    }
}
