//! The tour in README.md, walked on a fresh demonstration: each query is sent as it is printed and has to give the answer
//! printed below it. `…` stands for anything, `{NAME}` for a value kept from an earlier answer.

use crate::support::{Bank, on_a_bank};
use serde_json::{Value, json};
use std::collections::HashMap;

const README: &str = include_str!("../../README.md");

/// A query with who sends it, what is kept of its answer, and the answer.
struct Stop {
    role: Option<String>,
    keep: Vec<(String, String)>,
    query: String,
    answer: Value,
}

fn tour() -> Vec<Stop> {
    let begin = README.find("## Five minutes").expect("the tour has a heading");
    let end = README.find("## Architecture").expect("the tour ends");
    let mut blocks = README[begin..end].split("```").skip(1).step_by(2);
    let mut stops = vec![];
    while let (Some(query), Some(answer)) = (blocks.next(), blocks.next()) {
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
async fn the_readmes_tour_gives_the_answers_printed_there() {
    on_a_bank(async |bank| {
        stembank::demo::fill(&bank.app).await.unwrap();
        let stops = tour();
        assert!(stops.len() > 10, "the tour was found");
        let mut kept = HashMap::new();
        for stop in &stops {
            walk(bank, stop, &mut kept).await;
        }
        bank.letters().await;
    })
    .await;
}
