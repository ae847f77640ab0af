//! GraphQL over HTTP: media types, status codes, limits, tokens, persisted queries, languages, health.

use crate::cast::{PASSWORD, Person};
use crate::instance::{Instance, Reply, bearer};
use crate::journey::complete;
use crate::support::on_a_bank;
use axum::http::{Method, StatusCode};
use chrono::Duration;
use serde_json::{Value, json};
use stembank::accounts::commands::{DisableAccount, IssueApiToken, WithdrawApiToken};
use stembank::actor::Actor;

const GRAPHQL: (&str, &str) = ("accept", "application/graphql-response+json");
const JSON: (&str, &str) = ("accept", "application/json");
const ENGLISH: (&str, &str) = ("accept-language", "en");
const KOREAN: (&str, &str) = ("accept-language", "ko-KR,ko;q=0.9,en;q=0.8");

fn is_korean(text: &str) -> bool {
    text.chars().any(|c| ('가'..='힣').contains(&c))
}

#[tokio::test]
async fn the_answer_has_the_media_type_that_the_client_accepts() {
    on_a_bank(async |bank| {
        let instance = Instance::of(bank);
        let (graphql, json) = ("application/graphql-response+json; charset=utf-8", "application/json; charset=utf-8");
        for (accept, status, media) in [
            ("application/graphql-response+json", 200, graphql),
            ("application/json", 200, json),
            ("application/graphql-response+json, application/json;q=0.9", 200, graphql),
            ("*/*", 200, json),
            ("text/html", 406, json),
        ] {
            let reply = instance.post(&[("accept", accept)], json!({ "query": "{ __typename }" })).await;
            assert_eq!((reply.status.as_u16(), reply.header("content-type")), (status, media), "{accept}");
        }
        let reply = instance.post(&[], json!({ "query": "{ __typename }" })).await;
        assert_eq!(reply.header("content-type"), json);
        assert_eq!(reply.json(), json!({ "data": { "__typename": "Query" } }));
    })
    .await;
}

#[tokio::test]
async fn the_status_tells_what_was_wrong_with_a_request() {
    on_a_bank(async |bank| {
        let instance = Instance::of(bank);
        for (body, by_graphql, by_json) in [
            (json!({ "query": "{" }).to_string(), 400, 200),
            (json!({ "query": "{ noSuchField }" }).to_string(), 400, 200),
            (json!({ "query": "query A { __typename }", "operationName": "B" }).to_string(), 400, 200),
            (json!({ "query": "query($id: ID!) { node(id: $id) { id } }" }).to_string(), 400, 200),
            (json!({ "query": "{ node { id } }" }).to_string(), 400, 200),
            (json!({ "variables": {} }).to_string(), 400, 400),
            (json!({ "query": 5 }).to_string(), 400, 400),
            (json!({ "query": "{ __typename }", "variables": "x" }).to_string(), 400, 400),
            (json!({ "query": "{ __typename }", "extensions": [] }).to_string(), 400, 400),
            ("{ no JSON".into(), 400, 400),
            (String::new(), 400, 400),
            ("[]".into(), 400, 400),
            (json!({ "query": "{ cellLines(first: 101) { totalCount } }" }).to_string(), 200, 200),
        ] {
            for (accept, status) in [(GRAPHQL, by_graphql), (JSON, by_json)] {
                let reply = instance.post(&[accept], &body).await;
                assert_eq!(reply.status.as_u16(), status, "{body} as {}: {}", accept.1, reply.text);
                assert!(!reply.code().is_empty(), "an error without a code: {}", reply.text);
                assert_eq!(reply.header("cache-control"), "no-store", "{body}");
            }
        }
        let parsed = instance.post(&[GRAPHQL], json!({ "query": "{" })).await.json();
        assert!(parsed.get("data").is_none_or(Value::is_null), "{parsed}");
    })
    .await;
}

#[tokio::test]
async fn only_json_of_a_bounded_size_is_read() {
    on_a_bank(async |bank| {
        let instance = Instance::of(bank);
        let body = json!({ "query": "{ __typename }" }).to_string();
        for kind in ["text/plain", "application/graphql", "application/x-www-form-urlencoded", "multipart/form-data"] {
            let reply = instance.send(Method::POST, "/graphql", &[("content-type", kind)], body.clone()).await;
            assert_eq!((reply.status.as_u16(), reply.code().as_str()), (415, "BAD_USER_INPUT"), "{kind}");
        }
        let reply = instance.send(Method::POST, "/graphql", &[], body.clone()).await;
        assert_eq!(reply.status.as_u16(), 415, "without a content type");
        let kind = [("content-type", "Application/JSON; charset=UTF-8")];
        assert_eq!(instance.send(Method::POST, "/graphql", &kind, body).await.status, StatusCode::OK);

        let of_size = |size: usize| {
            let frame = json!({ "query": "{ __typename }", "operationName": null, "extensions": { "pad": "" } });
            let pad = size - frame.to_string().len();
            frame.to_string().replace(r#""pad":"""#, &format!(r#""pad":"{}""#, "x".repeat(pad)))
        };
        let limit = bank.app.config.max_body_bytes;
        assert_eq!(instance.post(&[], of_size(limit)).await.status, StatusCode::OK);
        let reply = instance.post(&[ENGLISH], of_size(limit + 1)).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (413, "BAD_USER_INPUT"));
        assert!(reply.message().contains(&limit.to_string()), "{}", reply.message());
    })
    .await;
}

#[tokio::test]
async fn get_reads_and_never_changes() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let instance = Instance::of(bank);
        let query = "query A($a: String) { cellLine(accession: $a) { name } } query B { __typename }";
        let parameters = [("query", query), ("operationName", "A"), ("variables", r#"{"a":"TEST-0001"}"#)];
        let reply = instance.get(&[GRAPHQL], &parameters).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(reply.json()["data"]["cellLine"]["name"], "Made-up TEST-0001");
        assert_eq!(instance.get(&[GRAPHQL], &[("query", "{")]).await.status, StatusCode::BAD_REQUEST);
        assert_eq!(instance.get(&[JSON], &[]).await.status, StatusCode::BAD_REQUEST);
        let bad = [("query", "{ __typename }"), ("variables", "{")];
        assert_eq!(instance.get(&[JSON], &bad).await.status, StatusCode::BAD_REQUEST);

        let before = bank.contents().await;
        let mutation = "mutation($input: CreateDistributionRequestInput!) {
            createDistributionRequest(input: $input) { distributionRequest { id } } }";
        let variables = json!({ "input": complete(&[(line.id, 1)]) }).to_string();
        let token = bearer(&cast.researcher.token);
        for accept in [GRAPHQL, JSON] {
            let headers = [("authorization", token.as_str()), accept];
            let reply = instance.get(&headers, &[("query", mutation), ("variables", &variables)]).await;
            assert_eq!((reply.status.as_u16(), reply.header("allow")), (405, "POST"), "{}", reply.text);
        }
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            let reply = instance.send(method, "/graphql", &[], String::new()).await;
            assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
        }
        assert_eq!(bank.contents().await, before);
    })
    .await;
}

#[tokio::test]
async fn ten_operations_are_one_batch_and_eleven_are_not() {
    on_a_bank(async |bank| {
        bank.line("TEST-0001").await;
        let instance = Instance::of(bank);
        let batch = |n: usize| {
            let one =
                |i| json!({ "query": format!("{{ a{i}: __typename cellLine(accession: \"TEST-0001\") {{ name }} }}") });
            Value::Array((0..n).map(one).collect())
        };
        let reply = instance.post(&[], batch(10)).await;
        assert_eq!(reply.status, StatusCode::OK);
        let answers = reply.json();
        assert_eq!(answers.as_array().unwrap().len(), 10);
        for i in 0..10 {
            assert_eq!(answers[i]["data"][format!("a{i}")], "Query", "in the order of the batch");
        }
        let refused = instance.post(&[ENGLISH], batch(11)).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (400, "TOO_COMPLEX"));
        assert!(refused.message().contains("10") && refused.message().contains("11"), "{}", refused.message());
        let one_wrong = json!([{ "query": "{ __typename }" }, { "query": "{ noSuchField }" }]);
        let answers = instance.post(&[], one_wrong).await.json();
        assert_eq!(answers[0], json!({ "data": { "__typename": "Query" } }));
        assert!(answers[1]["errors"].is_array());
    })
    .await;
}

#[tokio::test]
async fn a_query_that_asks_for_too_much_is_told_which_limit_and_how_much() {
    on_a_bank(async |bank| {
        let instance = Instance::of(bank);
        let aliases = |n: usize| (0..n).map(|i| format!("a{i}: __typename")).collect::<Vec<_>>().join(" ");
        let levels = |n: usize| {
            format!("{{ cellLine(name: \"x\") {}name{} }}", "{ parent ".repeat(n - 2) + "{ ", "} ".repeat(n - 1))
        };
        let wide = format!("{{ cellLines(first: 100) {{ nodes {{ {} }} }} }}", "name ".repeat(201));
        for fine in [format!("{{ {} }}", aliases(50)), levels(20)] {
            let reply = instance.post(&[GRAPHQL, ENGLISH], json!({ "query": fine })).await;
            assert!(reply.json().get("errors").is_none(), "{fine}: {}", reply.text);
        }
        let (inside, fragment) = (format!("{{ node(id: \"x\") {{ ... on Lot {{ {} }} }} }}", aliases(51)), aliases(51));
        for (query, limit) in [
            (format!("{{ {} }}", aliases(51)), "50"),
            (inside, "50"),
            (format!("{{ ...f }} fragment f on Query {{ {fragment} }}"), "50"),
            (levels(21), "20"),
            (wide, "20000"),
        ] {
            let english = instance.post(&[GRAPHQL, ENGLISH], json!({ "query": query })).await;
            let korean = instance.post(&[JSON, KOREAN], json!({ "query": query })).await;
            assert_eq!((english.status.as_u16(), english.code().as_str()), (400, "TOO_COMPLEX"), "{query}");
            assert_eq!(korean.code(), "TOO_COMPLEX", "{query}");
            for sentence in [english.message(), korean.message()] {
                assert!(sentence.contains(limit), "the limit {limit} is missing in: {sentence}");
            }
            assert!(is_korean(&korean.message()) && !is_korean(&english.message()), "{}", korean.message());
        }
    })
    .await;
}

#[tokio::test]
async fn the_standard_introspection_is_within_the_limits() {
    on_a_bank(async |bank| {
        let of = "kind name ofType { ".repeat(9) + "kind name" + &" }".repeat(9);
        let types = format!(
            "{{ __schema {{ queryType {{ name }} types {{ kind name fields(includeDeprecated: true) {{ name args {{ name
              type {{ {of} }} defaultValue }} type {{ {of} }} }} inputFields {{ name type {{ {of} }} }} }} }} }}"
        );
        let reply = Instance::of(bank).post(&[GRAPHQL], json!({ "query": types })).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    })
    .await;
}

async fn asks_who_it_is(instance: &Instance, header: &str) -> Reply {
    let query = json!({ "query": "{ viewer { person { name } } }" });
    instance.post(&[("authorization", header), GRAPHQL, ENGLISH], query).await
}

#[tokio::test]
async fn a_token_that_is_nobodys_is_refused_and_never_taken_for_the_public() {
    on_a_bank(async |bank| {
        let system = Actor::system("test");
        let instance = Instance::of(bank);
        let Person { email, token, actor } = bank.person("researcher", None, vec![]).await;
        let issue = async |expires_at| {
            let issue = IssueApiToken { expires_at, ..IssueApiToken::with_every_scope(&email, "more") };
            bank.app.run(&system, issue).await.unwrap()
        };
        let revoked = issue(None).await;
        let end = bank.app.clock.now() + Duration::hours(1);
        let short = issue(Some(end)).await;
        for works in [&token, &revoked.secret, &short.secret] {
            let reply = asks_who_it_is(&instance, &bearer(works)).await;
            assert_eq!(reply.json()["data"]["viewer"]["person"]["name"], "Made-up researcher");
        }
        let refused = async |header: &str| {
            let reply = asks_who_it_is(&instance, header).await;
            assert_eq!((reply.status.as_u16(), reply.code().as_str()), (401, "UNAUTHENTICATED"), "{header}");
            assert!(!reply.text.contains("data"), "{}", reply.text);
        };
        bank.app.run(&system, WithdrawApiToken { token: revoked.id }).await.unwrap();
        bank.app.clock.set(end);
        for header in [
            bearer("nobody"),
            bearer(&revoked.secret),
            bearer(&short.secret),
            bearer(""),
            token.clone(),
            format!("Basic {token}"),
            bearer(&format!("{token}x")),
        ] {
            refused(&header).await;
        }
        let person = actor.person_id().unwrap();
        bank.app.run(&system, DisableAccount { person, reason: "made up".into() }).await.unwrap();
        refused(&bearer(&token)).await;
        let reply = instance.get(&[("authorization", "Bearer nobody")], &[("query", "{ __typename }")]).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "by GET as well");
    })
    .await;
}

#[tokio::test]
async fn a_persisted_query_is_sent_once_and_then_named_by_its_hash() {
    on_a_bank(async |bank| {
        let instance = Instance::of(bank);
        let query = "{ __typename }";
        let hash = stembank::accounts::passwords::sha256_hex(query.as_bytes());
        let named = |hash: &str| json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });

        let missing = instance.post(&[JSON], json!({ "extensions": named(&hash) })).await;
        assert_eq!(
            (missing.message().as_str(), missing.code().as_str()),
            ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
        );
        let wrong = json!({ "query": query, "extensions": named(&hash.replace(['a', '1'], "0")) });
        let wrong = instance.post(&[GRAPHQL], wrong).await;
        assert_eq!((wrong.status.as_u16(), wrong.code().as_str()), (400, "BAD_USER_INPUT"));
        let first = instance.post(&[GRAPHQL], json!({ "query": query, "extensions": named(&hash) })).await;
        assert_eq!(first.status, StatusCode::OK);

        let by_hash = instance.post(&[GRAPHQL], json!({ "extensions": named(&hash) })).await;
        assert_eq!(by_hash.json(), json!({ "data": { "__typename": "Query" } }));
        let by_get = instance.get(&[GRAPHQL], &[("extensions", &named(&hash).to_string())]).await;
        assert_eq!(by_get.json(), json!({ "data": { "__typename": "Query" } }));
    })
    .await;
}

#[tokio::test]
async fn errors_are_said_in_the_readers_language() {
    on_a_bank(async |bank| {
        let instance = Instance::of(bank);
        let person = bank.person("researcher", None, vec![]).await;
        let token = bearer(&person.token);
        for query in [
            "{ cellLines(first: 101) { totalCount } }",
            "{ cellLine { name } }",
            "{ distributionRequests { totalCount } }",
        ] {
            let body = json!({ "query": query }).to_string();
            let sentence = async |headers: &[(&str, &str)]| instance.post(headers, &body).await.message();
            assert!(is_korean(&sentence(&[KOREAN]).await), "{query}");
            assert!(!is_korean(&sentence(&[ENGLISH]).await), "{query}");
            assert!(
                is_korean(&sentence(&[ENGLISH, ("cookie", "a=b; lang=ko")]).await),
                "the cookie wins over the browser"
            );
            let asked = instance.get(&[ENGLISH, ("cookie", "lang=en")], &[("query", query), ("lang", "ko")]).await;
            assert!(is_korean(&asked.message()), "?lang= wins over all: {}", asked.text);
            let kind = [("content-type", "application/json"), KOREAN];
            let posted = instance.send(Method::POST, "/graphql?lang=en", &kind, body.clone()).await;
            assert!(!is_korean(&posted.message()), "{}", posted.text);
        }
        let query = json!({ "query": "{ cellLines(first: 101) { totalCount } }" });
        let own = instance.post(&[("authorization", &token)], query).await;
        assert!(!is_korean(&own.message()), "the account's language, if the request does not say");
    })
    .await;
}

#[tokio::test]
async fn a_password_never_comes_back() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let journey = bank.approved(&cast, &[(line.id, 1)]).await;
        let agreement = bank.offered(&cast, &journey).await;
        let instance = Instance::of(bank);
        let token = bearer(&cast.researcher.token);
        let signing = crate::journey::signing(&cast.researcher, &agreement, "PRINCIPAL_INVESTIGATOR");
        let mutation = "mutation($input: SignAgreementInput!) { signAgreement(input: $input) { agreement { id state } errors { message field } } }";
        let with = |field: &str, value: Value| {
            let mut input = signing.clone();
            input[field] = value;
            json!({ "query": mutation, "variables": { "input": input } })
        };
        let inline = format!("mutation {{ signAgreement(input: {{ agreement: \"x\", password: \"{PASSWORD}\" }}) {{ agreement {{ id }} }} }}");
        let before = bank.contents().await;
        for (what, body) in [
            ("a wrong party", with("party", json!("BANK"))),
            ("a wrong hash", with("documentHash", json!("0"))),
            ("a wrong type", with("password", json!([PASSWORD, { "again": PASSWORD }]))),
            ("no such agreement", with("agreement", json!("x"))),
            ("within the query, fields missing", json!({ "query": inline })),
            ("within the query, cut off", json!({ "query": &inline[..inline.len() - 3] })),
            ("within the query, wrong field", json!({ "query": inline.replace("password:", "passwort:") })),
        ] {
            for headers in [[("authorization", token.as_str()), GRAPHQL], [("authorization", token.as_str()), JSON]] {
                let reply = instance.post(&headers, &body).await;
                assert!(!reply.text.contains(PASSWORD), "{what}: {}", reply.text);
            }
        }
        assert_eq!(bank.contents().await, before, "refused, so nothing changed");
        let reply = instance.post(&[("authorization", &token)], with("party", json!("PRINCIPAL_INVESTIGATOR"))).await;
        assert_eq!(reply.json()["data"]["signAgreement"]["agreement"]["state"], "PARTLY_SIGNED", "{}", reply.text);
        assert!(!reply.text.contains(PASSWORD));
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn health_is_not_readiness() {
    on_a_bank(async |bank| {
        let instance = Instance::of(bank);
        let status = async |address| instance.send(Method::GET, address, &[], String::new()).await.status.as_u16();
        assert_eq!((status("/healthz").await, status("/readyz").await), (200, 200));
        bank.execute("UPDATE bank SET filled = FALSE").await.unwrap();
        assert_eq!((status("/healthz").await, status("/readyz").await), (200, 503));
        bank.execute("UPDATE bank SET filled = TRUE").await.unwrap();
        assert_eq!(status("/readyz").await, 200);
        assert_eq!(status("/graphiql").await, 404, "off unless asked for");
    })
    .await;
}
