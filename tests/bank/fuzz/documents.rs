//! GraphQL documents: fields of the schema with arguments right and wrong, and what grows out of brackets, fragments,
//! directives and odd characters.

use super::{Fuzz, NASTY};
use crate::instance::Instance;
use crate::support::on_a_bank;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, Type, TypeKind, TypeSystemDefinition};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Instant;

/// Codes of a refusal that a caller can do something about.
const REFUSALS: &[&str] = &["", "BAD_USER_INPUT", "TOO_COMPLEX", "UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND", "BUSY"];

/// Of each type with fields: the fields, their types, and their arguments with the types of these.
struct Schema(BTreeMap<String, Vec<Field>>);

struct Field {
    name: String,
    of: String,
    arguments: Vec<(String, String)>,
}

fn base(of: &Type) -> String {
    match &of.base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(inner) => base(inner),
    }
}

impl Schema {
    fn read() -> Self {
        let document = parse_schema(stembank::graphql::sdl()).expect("the schema is read");
        let mut types = BTreeMap::new();
        for definition in document.definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let fields = match definition.node.kind {
                TypeKind::Object(object) => object.fields,
                TypeKind::Interface(interface) => interface.fields,
                _ => continue,
            };
            let fields = fields.into_iter().map(|field| Field {
                name: field.node.name.to_string(),
                of: base(&field.node.ty.node),
                arguments: (field.node.arguments.into_iter())
                    .map(|argument| (argument.node.name.to_string(), argument.node.ty.node.to_string()))
                    .collect(),
            });
            types.insert(definition.node.name.to_string(), fields.collect());
        }
        Self(types)
    }

    fn selections(&self, fuzz: &mut Fuzz, of: &str, depth: usize) -> String {
        let Some(fields) = self.0.get(of) else { return String::new() };
        let mut all = vec!["__typename".to_owned()];
        for _ in 0..=fuzz.below(4) {
            let field = fuzz.one_of(fields);
            let given = field.arguments.iter().filter(|(_, of)| of.ends_with('!') || of.len() % 3 == depth % 3);
            let arguments: Vec<String> = given.map(|(name, of)| format!("{name}: {}", value(fuzz, of))).collect();
            let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
            let alias = if fuzz.one_in(4) { format!("a{}: ", fuzz.below(9)) } else { String::new() };
            let directive = if fuzz.one_in(9) { directive(fuzz) } else { String::new() };
            let inner = if depth < 7 { self.selections(fuzz, &field.of, depth + 1) } else { String::new() };
            all.push(format!("{alias}{}{arguments} {directive} {inner}", field.name));
        }
        format!("{{ {} }}", all.join(" "))
    }

    /// A document of the schema, or nearly.
    fn document(&self, fuzz: &mut Fuzz) -> String {
        let root = if fuzz.one_in(5) { "Mutation" } else { "Query" };
        let kind = root.to_lowercase();
        format!("{kind}($t: String, $n: Int, $l: [String!]) {}", self.selections(fuzz, root, 0))
    }
}

fn directive(fuzz: &mut Fuzz) -> String {
    let all = ["@skip(if: true)", "@include(if: false)", "@skip(if: $n)", "@unknown", "@skip", "@include(if: true)"];
    (*fuzz.one_of(&all)).to_owned()
}

/// A value that may be of a type.
fn value(fuzz: &mut Fuzz, of: &str) -> String {
    let text = |fuzz: &mut Fuzz| serde_json::to_string(&fuzz.text()).expect("a text is JSON");
    match fuzz.below(10) {
        0 => "null".into(),
        1 => ["$t", "$n", "$l"][fuzz.below(3)].into(),
        2 => format!("[{}]", vec![text(fuzz); fuzz.below(150)].join(", ")),
        3 => format!("{{ id: {} }}", text(fuzz)),
        _ if of.contains("Int") => (fuzz.below(200) as i64 - 20).to_string(),
        _ if of.contains("Boolean") => "true".into(),
        _ if of.contains("Input") => format!("{{ text: {}, name: {} }}", text(fuzz), text(fuzz)),
        _ => text(fuzz),
    }
}

/// What no client would send.
fn monstrous(fuzz: &mut Fuzz) -> String {
    let many = fuzz.below(3_000);
    let few = fuzz.below(60);
    match fuzz.below(12) {
        0 => format!("{{ nodes(ids: {}{}) {{ id }} }}", "[".repeat(many), "]".repeat(many)),
        1 => "{ a ".repeat(many),
        2 => format!("{{ {} }}", "... { ".repeat(many) + "a" + &" }".repeat(many)),
        3 => format!("{{ {} }}", "__typename ".repeat(many * 3)),
        4 => {
            let next = |at: usize| format!("fragment f{at} on Query {{ ...f{0} ...f{0} }}", at + 1);
            let all: String = (0..few).map(next).collect();
            format!("{{ ...f0 }} {all} fragment f{few} on Query {{ __typename }}")
        }
        5 => "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }".into(),
        6 => format!(
            "{{ __schema {{ types {{ {} name {} }} }} }}",
            "possibleTypes { interfaces { ".repeat(few),
            "} }".repeat(few)
        ),
        7 => format!("{{ cellLine(name: \"{}\") {{ name }} }}", fuzz.text().replace('"', "")),
        8 => (0..many).map(|at| format!("query q{at} {{ __typename }} ")).collect(),
        9 => format!("{{ {} }}", (0..many).map(|at| format!("a{at}: __typename ")).collect::<String>()),
        10 => format!(
            "query({}) {{ __typename }}",
            (0..few).map(|at| format!("$v{at}: [[Int!]!] = [[{at}]] ")).collect::<String>()
        ),
        _ => format!("{{ {}: __typename {} }}", "n".repeat(many * 20), "@skip(if: true) ".repeat(many)),
    }
}

/// Cuts, doubles and changes a document somewhere.
fn mangled(fuzz: &mut Fuzz, document: &str) -> String {
    let mut letters: Vec<char> = document.chars().collect();
    for _ in 0..=fuzz.below(6) {
        let at = fuzz.below(letters.len());
        match fuzz.below(4) {
            0 => letters.truncate(at),
            1 if at < letters.len() => drop(letters.remove(at)),
            2 => letters.splice(at..at, fuzz.one_of(NASTY).chars()).for_each(drop),
            _ => letters
                .insert(at, *fuzz.one_of(&['{', '}', '(', ')', '[', ']', '"', '#', '$', '@', '&', '!', '\u{0}', '\r'])),
        }
    }
    letters.into_iter().collect()
}

fn check(fuzz: &Fuzz, body: &Value, status: u16, answer: &Value) {
    let seed = fuzz.seed;
    assert!(status < 500, "{status}, seed {seed}: {body:.2000}\n{answer:.2000}");
    let answers = answer.as_array().map_or(vec![answer], |all| all.iter().collect());
    for error in answers.iter().flat_map(|answer| answer["errors"].as_array().into_iter().flatten()) {
        let code = error["extensions"]["code"].as_str().unwrap_or_default();
        let known = REFUSALS.contains(&code) || code == "RATE_LIMITED";
        assert!(known, "{code}, seed {seed}: {body:.2000}\n{error:.2000}");
        let reason = error["extensions"]["reason"].as_str().unwrap_or_default();
        assert_ne!(reason, "INTERNAL", "seed {seed}: {body:.2000}\n{error:.2000}");
    }
}

#[tokio::test]
async fn documents_made_at_random_are_answered_or_refused_at_once() {
    let variable = "STEMBANK_FUZZ_DOCUMENTS";
    on_a_bank(async |bank| {
        bank.line("TEST-0001").await;
        let cast = bank.cast().await;
        let (schema, instance, mut fuzz) = (Schema::read(), Instance::of(bank), Fuzz::new(variable, 600));
        let people = [&cast.researcher, &cast.staff, &cast.administrator];
        let tokens: Vec<String> = people.iter().map(|person| crate::instance::bearer(&person.token)).collect();
        for at in 0..fuzz.amount {
            let document = match fuzz.below(4) {
                0 => monstrous(&mut fuzz),
                1 => {
                    let document = schema.document(&mut fuzz);
                    mangled(&mut fuzz, &document)
                }
                _ => schema.document(&mut fuzz),
            };
            let variables = json!({ "t": fuzz.text(), "n": fuzz.below(9), "l": vec![fuzz.text(); fuzz.below(120)] });
            let body = json!({ "query": document, "variables": variables });
            let mut headers = vec![("accept", "application/graphql-response+json"), ("accept-language", "en")];
            if at % 2 == 0 {
                headers.push(("authorization", fuzz.one_of::<String>(&tokens)));
            }
            let begun = Instant::now();
            let reply = instance.post(&headers, &body).await;
            fuzz.took(begun, || body.to_string());
            check(&fuzz, &body, reply.status.as_u16(), &serde_json::from_str(&reply.text).unwrap_or_default());
        }
        fuzz.ended(variable);
        let alive = instance.post(&[], json!({ "query": "{ __typename }" })).await;
        assert_eq!(alive.json()["data"]["__typename"], "Query");
        bank.letters().await;
    })
    .await;
}
