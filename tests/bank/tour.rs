//! The tours in the documentation, walked on a fresh demonstration: each query is sent as it is printed and has to give
//! the answer printed below it. `…` stands for anything, `{NAME}` for a value kept from an earlier answer.

use crate::support::{Bank, on_a_bank};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Each page with the headings between which its tour stands; the second goes on where the first one ends.
const TOURS: [(&str, &str, &str); 2] = [
    (include_str!("../../README.md"), "## Five minutes", "## Pages"),
    (include_str!("../../docs/api.md"), "## The whole job, step by step", "## Limits"),
];

/// A query with who sends it, what is kept of its answer, and the answer.
struct Stop {
    role: Option<String>,
    keep: Vec<(String, String)>,
    query: String,
    answer: Value,
}

fn tour(page: &str, begin: &str, end: &str) -> Vec<Stop> {
    let begin = page.find(&format!("\n{begin}")).expect("the tour has a heading");
    let end = page.find(&format!("\n{end}")).expect("the tour ends");
    let mut blocks = page[begin..end].split("```").skip(1).step_by(2);
    let mut stops = vec![];
    while let Some(query) = blocks.next() {
        let answer = blocks.next().expect("each query has an answer");
        let query = query.strip_prefix("graphql\n").expect("first the query");
        let answer = answer.strip_prefix("json\n").expect("then its answer");
        let said = |start: &'static str| query.lines().filter_map(move |line| line.strip_prefix(start));
        let keep = said("# keep ").filter_map(|line| line.split_once(" as "));
        stops.push(Stop {
            role: said("# as ").next().map(str::to_owned),
            keep: keep.map(|(path, name)| (path.replace('.', "/"), name.to_owned())).collect(),
            query: query.to_owned(),
            answer: serde_json::from_str(answer).unwrap_or_else(|error| panic!("{error} in {answer}")),
        });
    }
    stops
}

/// True if an answer is the printed one; `…` fits anything.
fn fits(printed: &Value, answer: &Value) -> bool {
    match (printed, answer) {
        (Value::String(text), _) if text == "…" => true,
        (Value::Object(printed), Value::Object(answer)) => {
            printed.len() == answer.len()
                && printed.iter().all(|(key, value)| answer.get(key).is_some_and(|a| fits(value, a)))
        }
        (Value::Array(printed), Value::Array(answer)) => {
            printed.len() == answer.len() && printed.iter().zip(answer).all(|(p, a)| fits(p, a))
        }
        _ => printed == answer,
    }
}

async fn walk(bank: &Bank, stop: &Stop, kept: &mut HashMap<String, String>) {
    let query =
        kept.iter().fold(stop.query.clone(), |query, (name, value)| query.replace(&format!("{{{name}}}"), value));
    let token = stop.role.as_ref().map(|role| format!("stembank_demo_{role}_token"));
    let answer = bank.ask(token.as_deref(), &query, json!({})).await;
    assert!(fits(&stop.answer, &answer), "{query}\nprinted: {:#}\nanswered: {answer:#}", stop.answer);
    for (path, name) in &stop.keep {
        let value = answer.pointer(&format!("/data/{path}")).and_then(Value::as_str);
        kept.insert(name.clone(), value.unwrap_or_else(|| panic!("nothing at {path} in {answer:#}")).to_owned());
    }
}

#[tokio::test]
async fn the_tours_give_the_answers_printed_there() {
    on_a_bank(async |bank| {
        stembank::demo::fill(&bank.app).await.unwrap();
        let mut kept = HashMap::new();
        for (page, begin, end) in TOURS {
            let stops = tour(page, begin, end);
            assert!(stops.len() >= 4, "the tour was found");
            for stop in &stops {
                walk(bank, stop, &mut kept).await;
            }
        }
        bank.letters().await;
    })
    .await;
}
