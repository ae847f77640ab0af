//! Documents that are made to hurt: deep, doubling, circling, wide. Each is refused or answered at once, and those at
//! the limits are answered.

use crate::instance::Instance;
use crate::support::on_a_bank;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use stembank::accounts::passwords::sha256_hex;

const GRAPHQL: (&str, &str) = ("accept", "application/graphql-response+json");
const ENGLISH: (&str, &str) = ("accept-language", "en");
/// Far more than the work takes on a slow machine without optimisation; what multiplied took minutes or the memory.
const AT_ONCE: Duration = Duration::from_secs(5);

async fn ask(instance: &Instance, query: &str) -> (u16, Value) {
    let begun = Instant::now();
    let reply = instance.post(&[GRAPHQL, ENGLISH], json!({ "query": query })).await;
    assert!(begun.elapsed() < AT_ONCE, "{:?}: {:.200}", begun.elapsed(), query);
    (reply.status.as_u16(), reply.json())
}

async fn refused(instance: &Instance, query: &str) -> String {
    let (status, answer) = ask(instance, query).await;
    assert_eq!(status, 400, "{query:.300}: {answer:.300}");
    assert!(answer.get("data").is_none(), "{answer:.300}");
    let error = &answer["errors"][0];
    assert!(["TOO_COMPLEX", "BAD_USER_INPUT"].contains(&error["extensions"]["code"].as_str().unwrap()), "{error:.300}");
    error["message"].as_str().unwrap().to_owned()
}

/// Each construct of the language that can stand in itself, so many times.
fn nested(levels: usize) -> Vec<String> {
    let (open, close) = ("[".repeat(levels), "]".repeat(levels));
    let objects = format!("{}1{}", "{a:".repeat(levels), "}".repeat(levels));
    vec![
        format!("{{ nodes(ids: {open}{close}) {{ id }} }}"),
        format!("{{ nodes(ids: {objects}) {{ id }} }}"),
        format!("{{ nodes(ids: {}1) {{ id }} }}", "[{a: ".repeat(levels)),
        format!("query($a: {open}Int{close}) {{ __typename }}"),
        format!("query($a: Int = {open}{close}) {{ __typename }}"),
        format!("{{ __typename @skip(if: {open}{close}) }}"),
        format!("query @a(b: {objects}) {{ __typename }}"),
        format!("{{ {} }}", "a { ".repeat(levels)),
        format!("{{ {}a{} }}", "... { ".repeat(levels), "}".repeat(levels)),
        format!("{{ {}a{} }}", "... on Query { ".repeat(levels), "}".repeat(levels)),
        format!("{{ a(b: {}) }}", "(".repeat(levels)),
        format!("fragment f on Query {{ a(b: {open}{close}) }} {{ ...f }}"),
        // Brackets that a lexer with another idea of comments and strings would not see.
        format!("{{ nodes(ids: #\r{open}{close}) {{ id }} }}"),
        format!("{{ nodes(ids: \"\"\"\\\"\"\"\"\"\" {open}{close}) {{ id }} }}"),
        format!("{{ nodes(ids: \"\\\\\" {open}{close}) {{ id }} }}"),
    ]
}

#[tokio::test]
async fn whatever_nests_too_deep_is_refused_before_anything_recurses() {
    on_a_bank(async |bank| {
        let instance = Instance::of(bank);
        for levels in [55, 61, 2_500, 20_000] {
            for query in nested(levels) {
                let said = refused(&instance, &query).await;
                let is_limit = said.contains("60 deep")
                    || said.contains("30 deep")
                    || said.contains("bytes")
                    || said.contains("tokens");
                assert!(levels < 60 || is_limit || said.contains("cannot be read"), "{query:.80}: {said:.200}");
                // Longer addresses no client can send.
                if query.len() < 16_000 {
                    let reply = instance.get(&[ENGLISH], &[("query", query.as_str())]).await;
                    assert!(reply.json()["errors"].is_array(), "{:.300}", reply.text);
                }
            }
        }
        let variable = format!("{{\"query\":\"{{__typename}}\",\"variables\":{{\"a\":{}", "[".repeat(100_000));
        assert_eq!(instance.post(&[ENGLISH], variable).await.status, StatusCode::BAD_REQUEST);
        let chain = |n: usize| {
            let link = |i| format!("fragment F{i} on Query {{ ... {{ ... {{ ... {{ ...F{} }} }} }} }}", i + 1);
            let links: String = (0..n).map(link).collect();
            format!("{{ ...F0 }} {links} fragment F{n} on Query {{ __typename }}")
        };
        assert!(refused(&instance, &chain(70)).await.contains("30 deep"), "levels through fragments");
        assert_eq!(ask(&instance, &chain(6)).await, (200, json!({ "data": { "__typename": "Query" } })));
    })
    .await;
}

#[tokio::test]
async fn what_multiplies_is_weighed_before_it_is_multiplied() {
    on_a_bank(async |bank| {
        let instance = Instance::of(bank);
        let doubling = |n: usize, end: &str| {
            let one = |i| format!("fragment F{i} on Query {{ ...F{0} ...F{0} }} ", i + 1);
            let fragments: String = (0..n).map(one).collect();
            format!("{{ ...F0 }} {fragments} fragment F{n} on Query {{ {end} }}")
        };
        for end in ["__typename", "__schema { types { name } }", "catalogueOverview { lineCount }"] {
            for n in [13, 24, 64, 98] {
                let said = refused(&instance, &doubling(n, end)).await;
                assert!(said.contains("5000") || said.contains("30 deep"), "{n} {end}: {said}");
            }
        }
        assert_eq!(
            ask(&instance, &doubling(8, "__typename")).await,
            (200, json!({ "data": { "__typename": "Query" } }))
        );
        let many: String = (0..6_000).map(|i| format!("query Q{i} {{ ...F }} ")).collect();
        refused(&instance, &format!("{many} fragment F on Query {{ {} }}", "a ".repeat(9_000))).await;
        let many: String = (0..99).map(|i| format!("query Q{i} {{ ...F }} ")).collect();
        let wide = format!("{many} fragment F on Query {{ {} }}", "__typename ".repeat(200));
        assert!(
            refused(&instance, &wide).await.contains("5000"),
            "all operations count, not only the one that is asked for"
        );
        let unused = format!("{{ __typename }} {}", doubling(40, "a").replace("{ ...F0 } ", ""));
        refused(&instance, &unused).await;
        for cycle in
            ["fragment A on Query { ...A }", "fragment A on Query { ...B } fragment B on Query { ... { ...A } }"]
        {
            let said = refused(&instance, &format!("{{ ...A }} {cycle}")).await;
            assert!(said.starts_with("The fragment 'A' spreads itself"), "{said}");
        }
        let long = "n".repeat(60_000);
        assert!(refused(&instance, &format!("{{ {long} }}")).await.contains("100 characters"));
        assert!(refused(&instance, &format!("{{ {} }}", "name ".repeat(12_000))).await.contains("10000 tokens"));
        assert!(
            refused(&instance, &format!("{{ a{} }}", " @skip(if: true)".repeat(301))).await.contains("300 directives")
        );
        let huge = format!("{{ __typename }} # {}", "#".repeat(65_536));
        assert!(refused(&instance, &huge).await.contains("65536 bytes"));
    })
    .await;
}

#[tokio::test]
async fn introspection_does_not_go_in_circles() {
    on_a_bank(async |bank| {
        let instance = Instance::of(bank);
        let circle =
            "{ __schema { types { possibleTypes { interfaces { possibleTypes { interfaces { name } } } } } } }";
        assert!(refused(&instance, circle).await.contains("introspection depth"));
        let through = "{ __schema { types { ...T } } } fragment T on __Type { fields { type { ...U } } }
            fragment U on __Type { fields { type { fields { name } } } }";
        assert!(refused(&instance, through).await.contains("introspection depth"));
        // Within the depth, but far too much of it.
        let part = |i| {
            format!(
                "a{i}: fields {{ name type {{ name kind ofType {{ name kind fields {{ name isDeprecated }} }} }} }} "
            )
        };
        let wide = format!("{{ __schema {{ types {{ {} }} }} }}", (0..50).map(part).collect::<String>());
        assert!(refused(&instance, &wide).await.contains("larger than"));
    })
    .await;
}

#[tokio::test]
async fn every_list_of_every_input_has_at_most_a_hundred_values() {
    on_a_bank(async |bank| {
        let instance = Instance::of(bank);
        let query = "query($where: CellLineFilter) { cellLines(where: $where) { totalCount } }";
        let of =
            |n: usize| json!({ "query": query, "variables": { "where": { "cellType": { "in": vec!["INDUCED_PLURIPOTENT"; n] } } } });
        let fine = instance.post(&[ENGLISH], of(100)).await;
        assert!(fine.json().get("errors").is_none(), "{}", fine.text);
        let reply = instance.post(&[GRAPHQL, ENGLISH], of(101)).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (400, "TOO_COMPLEX"), "{}", reply.text);
        assert!(reply.message().contains("at most 100 values"), "{}", reply.message());
        let written = |n: usize| {
            format!("{{ cellLines(where: {{ cellType: {{ in: [{}] }} }}) {{ totalCount }} }}", "INDUCED_PLURIPOTENT, ".repeat(n))
        };
        assert!(refused(&instance, &written(101)).await.contains("at most 100 values"));
        let default = format!(
            "query($a: CellLineFilter = {{ cellType: {{ in: [{}] }} }})
            {{ cellLines(where: $a) {{ totalCount }} }}",
            "INDUCED_PLURIPOTENT, ".repeat(101)
        );
        assert!(refused(&instance, &default).await.contains("at most 100 values"));
    })
    .await;
}

#[tokio::test]
async fn documents_are_validated_as_the_specification_says() {
    on_a_bank(async |bank| {
        bank.line("TEST-0001").await;
        let instance = Instance::of(bank);
        for wrong in [
            "{ __typename @unknown }",
            "{ __typename @skip(if: true) @skip(if: true) }",
            "{ __typename @skip }",
            "query @skip(if: true) { __typename }",
            "{ cellLines(first: 1, first: 2) { totalCount } }",
            "{ cellLines(where: { cellType: { in: [INDUCED_PLURIPOTENT] }, cellType: { in: [INDUCED_PLURIPOTENT] } }) { totalCount } }",
            "query A { __typename } query A { __typename }",
            "{ __typename } query A { __typename }",
            "{ ...F } fragment F on Query { __typename } fragment F on Query { __typename }",
            "{ __typename } fragment F on Query { __typename }",
            "query($a: Int) { __typename }",
            "{ cellLines { totalCount: pageInfo totalCount } }",
            "{ cellLine(accession: \"A\") { name: accession name } }",
            "subscription { a }",
            "type Query { a: Int }",
            "{}",
            "",
        ] {
            refused(&instance, wrong).await;
        }
        for (query, data) in [
            ("{ a: __typename @skip(if: true) }", json!({})),
            ("query($x: Boolean = true) { ... @skip(if: $x) { __typename } }", json!({})),
            ("{ ... @include(if: false) { __typename } }", json!({})),
            ("{ ...F } fragment F on Query { __typename @include(if: false) }", json!({})),
            ("{ cellLine(accession: \"TEST-0001\") { name @skip(if: true) } }", json!({ "cellLine": {} })),
            ("{ cellLine(accession: \"NONE\") { name @skip(if: true) } }", json!({ "cellLine": null })),
            ("{ cellLines { nodes { name @skip(if: true) } } }", json!({ "cellLines": { "nodes": [{}] } })),
        ] {
            assert_eq!(ask(&instance, query).await, (200, json!({ "data": data })), "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn only_valid_documents_are_kept_under_their_hashes() {
    on_a_bank(async |bank| {
        let instance = Instance::of(bank);
        let ask = async |query: Option<&str>, of: &str| {
            let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": sha256_hex(of.as_bytes()) } });
            instance.post(&[ENGLISH], json!({ "query": query, "extensions": extensions })).await
        };
        let (valid, invalid) = ("{ __typename }", "{ noSuchField }");
        ask(Some(invalid), invalid).await;
        assert_eq!(ask(None, invalid).await.code(), "PERSISTED_QUERY_NOT_FOUND");
        ask(Some(valid), valid).await;
        assert_eq!(ask(None, valid).await.json(), json!({ "data": { "__typename": "Query" } }));
        let long = format!("{{ __typename }} # {}", "#".repeat(65_536));
        assert_eq!(ask(Some(&long), &long).await.code(), "TOO_COMPLEX");
    })
    .await;
}

#[tokio::test]
async fn the_media_type_that_a_client_likes_best_is_answered() {
    on_a_bank(async |bank| {
        let instance = Instance::of(bank);
        for (accept, answered) in [
            ("application/json;q=0.5, application/graphql-response+json", "application/graphql-response+json"),
            ("application/graphql-response+json;q=0.5, application/json", "application/json"),
            ("application/graphql-response+json;q=0, */*", "application/json"),
            ("text/html, application/graphql-response+json;q=0.1", "application/graphql-response+json"),
            ("application/graphql-response+json, application/json", "application/graphql-response+json"),
            ("application/*;q=0.2, application/graphql-response+json;q=0.3", "application/graphql-response+json"),
            ("*/*", "application/json"),
        ] {
            let reply = instance.post(&[("accept", accept)], json!({ "query": "{ __typename }" })).await;
            assert!(reply.header("content-type").starts_with(answered), "{accept}: {}", reply.header("content-type"));
        }
        for accept in ["application/json;q=0", "text/html", "*/*;q=0"] {
            let reply = instance.post(&[("accept", accept)], json!({ "query": "{ __typename }" })).await;
            assert_eq!(reply.status, StatusCode::NOT_ACCEPTABLE, "{accept}");
        }
    })
    .await;
}

#[tokio::test]
async fn characters_that_no_text_has_are_refused_at_every_door() {
    on_a_bank(async |bank| {
        bank.line("TEST-0001").await;
        let cast = bank.cast().await;
        let instance = Instance::of(bank);
        let before = bank.contents().await;
        for text in ["a\0b", "a\u{202e}b", "a\u{1b}b"] {
            let escaped = serde_json::to_string(text).unwrap();
            let written = format!("{{ cellLine(name: {escaped}) {{ name }} }}");
            let variable = "query($n: String) { cellLine(name: $n) { name } }";
            let cursor = URL_SAFE_NO_PAD.encode(serde_json::to_string(&json!([text, 1])).unwrap());
            let after = "query($n: String) { cellLines(after: $n) { totalCount } }";
            for body in [
                json!({ "query": written }),
                json!({ "query": variable, "variables": { "n": text } }),
                json!({ "query": after, "variables": { "n": cursor } }),
            ] {
                let reply = instance.post(&[GRAPHQL, ENGLISH], &body).await;
                assert_eq!(reply.code(), "BAD_USER_INPUT", "{body}: {}", reply.text);
            }
            let pages = crate::pages::Pages::of(bank, "en");
            let percent: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            for address in ["/lines/", "/diseases/", "/institutions/", "/catalogue?q=", "/track?number=", "/lots/"] {
                let reply = pages.get(&format!("{address}{percent}")).await;
                assert_eq!(reply.status, StatusCode::NOT_FOUND, "{address} {}", reply.text);
            }
        }
        assert_eq!(bank.contents().await, before);
        // What a form brings is kept as it is seen.
        let pages = crate::pages::Pages::signed_in(bank, &cast.researcher, "en").await;
        pages.done("/account/profile", &[("name", "Made\0-up \u{202e}Name"), ("lang", "en")]).await;
        assert_eq!(bank.number("SELECT count(*) FROM person WHERE name = 'Made-up Name'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_a_batch_did_is_told_also_if_another_part_of_it_is_refused() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let instance = Instance::of(bank);
        let token = crate::instance::bearer(&cast.researcher.token);
        let draft = "mutation { createDistributionRequest(input: { projectTitle: \"Batch\" }) {
            distributionRequest { number } errors { code } } }";
        let wide = format!("{{ {} }}", "__typename ".repeat(5_001));
        let batch = json!([{ "query": draft }, { "query": wide }]);
        let answers = instance.post(&[ENGLISH, ("authorization", &token)], batch).await.json();
        assert!(answers[0]["data"]["createDistributionRequest"]["distributionRequest"]["number"].is_string());
        assert_eq!(answers[1]["errors"][0]["extensions"]["code"], "TOO_COMPLEX", "{answers:.500}");
        assert_eq!(bank.number("SELECT count(*) FROM request").await, 1);
    })
    .await;
}
