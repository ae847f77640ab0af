//! Puts an answer's fields into the order of its query, as the GraphQL specification wants it. The library puts them as
//! they come in, so that the same query could be answered with other bytes, and another validator, each time.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Value};

/// The fields of an object, in order, each with those below it.
#[derive(Debug, Default)]
pub struct Order(Vec<(Name, Order)>);

impl Order {
    /// The order that an operation wants. The document was validated: its fragments end and are not many.
    pub fn of(document: &ExecutableDocument, operation: Option<&str>) -> Self {
        let chosen = match (&document.operations, operation) {
            (DocumentOperations::Single(operation), _) => Some(operation),
            (DocumentOperations::Multiple(all), Some(name)) => all.get(name),
            (DocumentOperations::Multiple(all), None) => all.values().next(),
        };
        let mut order = Self::default();
        if let Some(chosen) = chosen {
            order.add(document, &chosen.node.selection_set.node);
        }
        order
    }

    /// What a set selects; fields that stand there twice keep their first place.
    fn add(&mut self, document: &ExecutableDocument, set: &SelectionSet) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let key = &field.node.response_key().node;
                    let place = self.0.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
                        self.0.push((key.clone(), Self::default()));
                        self.0.len() - 1
                    });
                    self.0[place].1.add(document, &field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => self.add(document, &fragment.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        self.add(document, &fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    /// Puts an answer into this order.
    pub fn put(&self, value: &mut Value) {
        match value {
            Value::List(list) => list.iter_mut().for_each(|value| self.put(value)),
            Value::Object(fields) if !self.0.is_empty() => self.put_fields(fields),
            _ => {}
        }
    }

    fn put_fields(&self, fields: &mut IndexMap<Name, Value>) {
        let wanted = self.0.iter().map(|(name, _)| name).filter(|name| fields.contains_key(*name));
        if !wanted.eq(fields.keys()) {
            let mut rest = std::mem::take(fields);
            fields.extend(self.0.iter().filter_map(|(name, _)| rest.swap_remove_entry(name)));
            // What is left was put in so that the set is not empty.
        }
        for (name, below) in self.0.iter().filter(|(_, below)| !below.0.is_empty()) {
            if let Some(value) = fields.get_mut(name) {
                below.put(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::{parser::parse_query, value};

    fn ordered(query: &str, mut answer: Value) -> String {
        Order::of(&parse_query(query).unwrap(), None).put(&mut answer);
        answer.to_string()
    }

    #[test]
    fn an_answer_gets_the_order_of_its_query() {
        let query = "{ lines { nodes { name diseases { label } id: code } pageInfo { end } } }";
        let answer = value!({ "lines": { "pageInfo": { "end": 1 }, "nodes": [
            { "diseases": [{ "label": "a" }], "name": "b", "id": 2 }, { "name": "c", "diseases": [], "id": 3 }] } });
        let wanted = value!({ "lines": { "nodes": [
            { "name": "b", "diseases": [{ "label": "a" }], "id": 2 }, { "name": "c", "diseases": [], "id": 3 }],
            "pageInfo": { "end": 1 } } });
        assert_eq!(ordered(query, answer), wanted.to_string());
    }

    #[test]
    fn fragments_stand_where_they_are_spread() {
        let query = "{ node { ...f ... on Line { b } c a } } fragment f on Node { a }";
        let answer = value!({ "node": { "c": 3, "b": 2, "a": 1, "unasked": { "y": 0, "x": 0 } } });
        let wanted = value!({ "node": { "a": 1, "b": 2, "c": 3 } });
        assert_eq!(ordered(query, answer), wanted.to_string());
    }
}
