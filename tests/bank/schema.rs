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

/// First words of mutations that change what is there, or what the caller names by a key of its own: sent twice they do
/// not make two. A mutation with any other first word creates something and takes an idempotency key.
const CHANGE: [&str; 42] = [
    "accept",
    "cancel",
    "change",
    "choose",
    "claim",
    "close",
    "confirm",
    "decide",
    "decline",
    "disable",
    "dispatch",
    "enable",
    "end",
    "enrol",
    "erase",
    "grant",
    "invite",
    "join",
    "leave",
    "merge",
    "prove",
    "publish",
    "regenerate",
    "release",
    "remove",
    "reopen",
    "request",
    "resend",
    "reserve",
    "reset",
    "retry",
    "return",
    "revoke",
    "set",
    "sign",
    "submit",
    "suspend",
    "take",
    "unlink",
    "update",
    "verify",
    "withdraw",
];
/// Mutations that create something without a key, each with the reason.
const KEYLESS: [(&str, &str); 1] = [("registerAccount", "nobody is known yet, and the e-mail is its own key")];

/// Mutations of a schema that create something and take no key.
fn creating_without_key(types: &[Value]) -> Vec<String> {
    let of = |wanted: &str| types.iter().find(|kind| name(kind) == wanted).unwrap();
    let lacks_key = |mutation: &&Value| {
        let input = &list(mutation, "args")[0]["type"]["ofType"];
        !list(of(name(input)), "inputFields").iter().any(|field| name(field) == "idempotencyKey")
    };
    let creates = |mutation: &&Value| {
        let word = name(mutation).split(|c: char| c.is_ascii_uppercase()).next();
        !CHANGE.contains(&word.unwrap()) && !KEYLESS.iter().any(|one| one.0 == name(mutation))
    };
    let mutations = list(of("Mutation"), "fields").iter();
    mutations.filter(creates).filter(lacks_key).map(|mutation| name(mutation).to_owned()).collect()
}

#[tokio::test]
async fn what_creates_something_takes_an_idempotency_key() {
    on_a_bank(async |bank| {
        let types = types(bank).await;
        assert_eq!(creating_without_key(&types), [""; 0]);
        let of = |wanted: &str| types.iter().find(|kind| name(kind) == wanted).unwrap();
        let mutations: Vec<_> = list(of("Mutation"), "fields").iter().map(name).collect();
        let used = |word: &str| {
            let follows = |rest: &str| rest.starts_with(|c: char| c.is_ascii_uppercase());
            mutations.iter().any(|one| one.strip_prefix(word).is_some_and(follows))
        };
        let unused: Vec<_> = CHANGE.into_iter().filter(|word| !used(word)).collect();
        assert!(unused.is_empty(), "no mutation begins so any more: {unused:?}");
        assert!(KEYLESS.iter().all(|one| mutations.contains(&one.0)), "{KEYLESS:?}");
    })
    .await;
}

#[test]
fn a_creating_mutation_without_a_key_would_be_caught() {
    let mutation = |name: &str, input: &str| json!({ "name": name, "args": [{ "name": "input", "type": { "kind": "NON_NULL", "ofType": { "name": input } } }] });
    let schema = [
        json!({ "name": "Mutation", "fields": [
            mutation("createThing", "Bare"), mutation("thawVial", "Bare"), mutation("updateThing", "Bare"),
            mutation("createOther", "Keyed"), mutation("registerAccount", "Bare"), mutation("setting", "Bare"),
        ] }),
        json!({ "name": "Bare", "inputFields": [{ "name": "text" }] }),
        json!({ "name": "Keyed", "inputFields": [{ "name": "text" }, { "name": "idempotencyKey" }] }),
    ];
    assert_eq!(creating_without_key(&schema), ["createThing", "thawVial", "setting"]);
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
