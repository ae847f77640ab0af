//! The schema as a contract: the file, the shape of mutations, descriptions, nothing that is not there yet.

use crate::support::on_a_bank;
use serde_json::{Value, json};

async fn types(bank: &crate::support::Bank) -> Vec<Value> {
    let query = "{ __schema { mutationType { name } types { kind name description
        fields(includeDeprecated: true) { name description isDeprecated deprecationReason
          args { name description type { kind name ofType { kind name } } }
          type { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }
        inputFields { name description }
        enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } } } }";
    let answer = bank.ask(None, query, json!({})).await;
    assert!(answer.get("errors").is_none(), "{answer:#}");
    let types = answer["data"]["__schema"]["types"].as_array().unwrap().clone();
    types.into_iter().filter(|kind| !kind["name"].as_str().unwrap().starts_with("__")).collect()
}

fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of[name].as_array().map_or(&[], Vec::as_slice)
}

fn name(of: &Value) -> &str {
    of["name"].as_str().unwrap()
}

#[test]
fn the_file_is_what_the_program_says() {
    let file = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql")).unwrap();
    assert!(file == stembank::graphql::sdl(), "schema.graphql is old; write `stembank schema` into it");
}

#[tokio::test]
async fn everything_in_the_schema_says_what_it_is() {
    on_a_bank(async |bank| {
        let mut bare = vec![];
        let mut look = |path: String, of: &Value| {
            if of["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
                bare.push(path);
            }
        };
        let built_in = ["ID", "Int", "Float", "String", "Boolean"];
        for kind in types(bank).await.iter().filter(|kind| !built_in.contains(&name(kind))) {
            let kind = kind.clone();
            look(name(&kind).into(), &kind);
            for field in list(&kind, "fields") {
                let path = format!("{}.{}", name(&kind), name(field));
                list(field, "args").iter().for_each(|arg| look(format!("{path}({})", name(arg)), arg));
                look(path, field);
            }
            for part in list(&kind, "inputFields").iter().chain(list(&kind, "enumValues")) {
                look(format!("{}.{}", name(&kind), name(part)), part);
            }
        }
        assert!(bare.is_empty(), "without a description: {bare:#?}");
    })
    .await;
}

#[tokio::test]
async fn what_is_deprecated_says_what_to_use_instead() {
    on_a_bank(async |bank| {
        for kind in types(bank).await {
            for part in list(&kind, "fields").iter().chain(list(&kind, "enumValues")) {
                let reason = part["deprecationReason"].as_str().unwrap_or_default();
                assert!(part["isDeprecated"] == false || reason.len() > 10, "{}.{}", name(&kind), name(part));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_mutation_takes_one_input_and_returns_what_changed_with_errors() {
    on_a_bank(async |bank| {
        let types = types(bank).await;
        let of = |wanted: &str| types.iter().find(|kind| name(kind) == wanted).unwrap();
        let mutations = list(of("Mutation"), "fields");
        assert!(!mutations.is_empty());
        for mutation in mutations {
            let args = list(mutation, "args");
            let names: Vec<_> = args.iter().map(name).collect();
            assert_eq!(names, ["input"], "{}", name(mutation));
            assert_eq!(args[0]["type"]["kind"], "NON_NULL", "{}", name(mutation));
            let payload = of(name(&mutation["type"]["ofType"]));
            let fields = list(payload, "fields");
            let errors = fields.iter().find(|field| name(field) == "errors").expect("errors");
            let shape = &errors["type"]["ofType"]["ofType"]["ofType"];
            assert_eq!((name(shape), &errors["type"]["kind"]), ("UserError", &json!("NON_NULL")), "{}", name(mutation));
            let objects: Vec<_> = fields.iter().filter(|field| name(field) != "errors").collect();
            assert!(!objects.is_empty(), "{} shows nothing of what changed", name(mutation));
            for object in objects {
                assert_ne!(object["type"]["kind"], "NON_NULL", "{} cannot be null if refused", name(object));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_creates_something_takes_an_idempotency_key() {
    on_a_bank(async |bank| {
        let types = types(bank).await;
        for input in [
            "CreateDistributionRequestInput",
            "CreateShipmentInput",
            "RegisterLotInput",
            "RecordQualityTestInput",
            "ProposeInstitutionInput",
        ] {
            let kind = types.iter().find(|kind| name(kind) == input).unwrap_or_else(|| panic!("{input} is missing"));
            assert!(list(kind, "inputFields").iter().any(|field| name(field) == "idempotencyKey"), "{input}");
        }
    })
    .await;
}

#[tokio::test]
async fn enum_values_and_names_are_written_as_clients_expect() {
    on_a_bank(async |bank| {
        let upper = |text: &str| text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        for kind in types(bank).await {
            for value in list(&kind, "enumValues") {
                assert!(upper(name(value)), "{}.{}", name(&kind), name(value));
            }
            for field in list(&kind, "fields") {
                assert!(!name(field).contains('_'), "{}.{}", name(&kind), name(field));
            }
        }
    })
    .await;
}

#[test]
fn nothing_in_the_schema_is_a_promise() {
    let sdl = stembank::graphql::sdl().to_lowercase();
    for word in [
        "not implemented",
        "unimplemented",
        "not yet",
        "todo",
        "tbd",
        "coming soon",
        "later version",
        "placeholder",
        "reserved for",
    ] {
        assert!(!sdl.contains(word), "the schema says '{word}'");
    }
}
