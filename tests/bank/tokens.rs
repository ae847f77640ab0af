//! API tokens and sessions, as their owner keeps them; and what the scopes of a token allow.

use crate::browser::Browser;
use crate::cast::{PASSWORD, Person};
use crate::journey::complete;
use crate::support::{Bank, on_a_bank};
use chrono::Duration;
use serde_json::{Value, json};
use stembank::actor::{Actor, Grant, Permission, Role, Scope};
use stembank::id::PersonId;
use stembank::language::Lang;

const TOKEN: &str = "apiToken { id name scopes createdAt expiresAt lastUsedAt revokedAt } secret";

async fn make(browser: &Browser, scopes: Value) -> (Value, String) {
    let input = json!({ "name": "a script", "scopes": scopes, "expiresInDays": 30 });
    let payload = browser.done("createApiToken", TOKEN, input).await;
    (payload["apiToken"].clone(), payload["secret"].as_str().unwrap().to_owned())
}

async fn code_of(bank: &Bank, token: &str, query: &str, variables: Value) -> Value {
    bank.ask(Some(token), query, variables).await["errors"][0]["extensions"]["code"].clone()
}

#[test]
fn every_permission_belongs_to_one_scope() {
    let of = |scope| Permission::ALL.into_iter().filter(|p| p.scope() == scope).collect::<Vec<_>>();
    use Permission::*;
    assert_eq!(of(Scope::Read), [BrowseCatalogue, ReadStock, ReadUnpublished, ReadAllRequests]);
    assert_eq!(of(Scope::Request), [RequestLines, SignForInstitution]);
    assert_eq!(
        of(Scope::Staff),
        [DecideRequests, OfferAgreements, SignForBank, CurateLines, KeepStock, DistributeVials, KeepInstitutions]
    );
    assert_eq!(of(Scope::Administer), [Administer]);
}

#[test]
fn a_token_may_what_its_person_and_its_scopes_both_allow() {
    let grants = Role::ALL.map(|role| Grant { role, institution: None }).to_vec();
    let everything = Actor::person(PersonId(1), None, grants, Lang::En);
    for scope in Scope::ALL {
        let token = everything.clone().by_token(vec![Scope::Read, scope]);
        for permission in Permission::ALL {
            let allowed = permission.scope() == scope || permission.scope() == Scope::Read;
            assert_eq!(token.can(permission), allowed, "{scope:?} {permission:?}");
        }
    }
    let nothing = Actor::person(PersonId(1), None, vec![], Lang::En).by_token(Scope::ALL.to_vec());
    let allowed = Permission::ALL.into_iter().filter(|p| nothing.can(*p));
    assert_eq!(allowed.collect::<Vec<_>>(), [Permission::BrowseCatalogue]);
}

#[tokio::test]
async fn a_token_is_made_shown_once_used_and_revoked() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let browser = bank.browser_of(&cast.stranger).await;
        let (token, secret) = make(&browser, json!(["REQUEST"])).await;
        assert_eq!((&token["name"], &token["scopes"]), (&json!("a script"), &json!(["READ", "REQUEST"])));
        assert_eq!(token["expiresAt"], "2026-04-01T03:00:00+00:00");
        assert_eq!((&token["lastUsedAt"], &token["revokedAt"]), (&Value::Null, &Value::Null));
        assert!(secret.starts_with("stembank_"));
        assert!(!bank.contents().await.values().flatten().any(|row| row.contains(&secret)));

        bank.app.clock.set(bank.app.clock.now() + Duration::minutes(2));
        let viewer = "{ viewer { email apiTokens { name lastUsedAt } } }";
        let answer = bank.ask(Some(&secret), viewer, json!({})).await;
        assert_eq!(answer["data"]["viewer"]["email"], cast.stranger.email);
        assert_eq!(answer["data"]["viewer"]["apiTokens"][0]["lastUsedAt"], "2026-03-02T03:02:00+00:00");

        let revoked = browser.done("revokeApiToken", "apiToken { revokedAt }", json!({ "token": token["id"] })).await;
        assert!(revoked["apiToken"]["revokedAt"].is_string());
        assert_eq!(code_of(bank, &secret, viewer, json!({})).await, "UNAUTHENTICATED");
    })
    .await;
}

#[tokio::test]
async fn scopes_limit_what_a_token_does() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let browser = bank.browser_of(&cast.researcher).await;
        let (_, reads) = make(&browser, json!(["READ"])).await;
        let (_, requests) = make(&browser, json!(["REQUEST"])).await;
        let create = "mutation($i: CreateDistributionRequestInput!) {
            createDistributionRequest(input: $i) { errors { code } } }";
        let input = json!({ "i": complete(&[(line.id, 1)]) });
        let before = bank.contents().await;
        for (language, words) in [("en", "scopes do not allow"), ("ko", "토큰의 범위")] {
            let body = json!({ "query": create, "variables": input }).to_string();
            let (_, answer) = bank.post(Some(&reads), &[("accept-language", language)], body).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
            assert!(answer["errors"][0]["message"].as_str().unwrap().contains(words), "{answer}");
        }
        assert_eq!(bank.contents().await, before);
        let list = "{ distributionRequests { totalCount } }";
        assert_eq!(code_of(bank, &reads, list, json!({})).await, Value::Null);
        assert_eq!(code_of(bank, &requests, create, input).await, Value::Null);
        assert_eq!(bank.number("SELECT count(*) FROM request").await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_token_is_told_and_nothing_changes() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let browser = bank.browser_of(&cast.staff).await;
        let before = bank.contents().await;
        for (input, code, field) in [
            (json!({ "name": "", "scopes": ["READ"], "expiresInDays": 1 }), "BAD_VALUE", "name"),
            (json!({ "name": "n", "scopes": [], "expiresInDays": 1 }), "REQUIRED", "scopes"),
            (json!({ "name": "n", "scopes": ["READ"], "expiresInDays": 0 }), "BAD_VALUE", "expiresInDays"),
            (json!({ "name": "n", "scopes": ["READ"], "expiresInDays": 366 }), "BAD_VALUE", "expiresInDays"),
            (json!({ "name": "n", "scopes": ["STAFF"], "expiresInDays": 1 }), "SECOND_FACTOR_MISSING", "scopes"),
            (json!({ "name": "n", "scopes": ["ADMINISTER"], "expiresInDays": 1 }), "SECOND_FACTOR_MISSING", "scopes"),
        ] {
            let error = browser.refused("createApiToken", TOKEN, input).await;
            assert_eq!((&error["code"], &error["field"]), (&json!(code), &json!(field)));
        }
        let query = "mutation { createApiToken(input: { name: \"n\", scopes: [READ], expiresInDays: 1 }) { secret } }";
        let answer = bank.ask(Some(&cast.staff.token), query, json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["reason"], "SESSION_REQUIRED", "a token makes no tokens");
        let foreign: i64 = bank.number("SELECT min(id) FROM api_token").await;
        let input = json!({ "token": stembank::id::TokenId(foreign).global() });
        assert_eq!(browser.barred("revokeApiToken", "apiToken { id }", input).await, "NOT_FOUND", "somebody else's");
        assert_eq!(bank.contents().await, before);
    })
    .await;
}

#[tokio::test]
async fn the_same_key_makes_one_token_and_shows_its_secret_once() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let browser = bank.browser_of(&cast.stranger).await;
        let input = json!({ "name": "n", "scopes": ["READ"], "expiresInDays": 1, "idempotencyKey": "k" });
        let first = browser.done("createApiToken", TOKEN, input.clone()).await;
        let second = browser.done("createApiToken", TOKEN, input.clone()).await;
        assert_eq!(second["apiToken"]["id"], first["apiToken"]["id"]);
        assert!(first["secret"].is_string() && second["secret"].is_null());
        let mut other = input;
        other["name"] = json!("m");
        assert_eq!(browser.refused("createApiToken", TOKEN, other).await["code"], "IDEMPOTENCY_KEY_REUSED");
    })
    .await;
}

#[tokio::test]
async fn a_person_sees_and_ends_their_own_sessions() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (here, there) = (bank.browser_of(&cast.researcher).await, bank.browser_of(&cast.researcher).await);
        let foreign = bank.browser_of(&cast.stranger).await;
        let query = "{ viewer { sessions { id current how secondFactor userAgent } } }";
        let sessions = here.ask(query).await["viewer"]["sessions"].clone();
        let current = |of: &Value| of.as_array().unwrap().iter().map(|s| s["current"].clone()).collect::<Vec<_>>();
        assert_eq!(current(&sessions), [json!(false), json!(true)], "the newest first");
        assert_eq!(
            (&sessions[0]["how"], &sessions[0]["userAgent"]),
            (&json!("PASSWORD"), &json!("Made-up Browser 1.0"))
        );
        let theirs = foreign.ask(query).await["viewer"]["sessions"][0]["id"].clone();
        let input = json!({ "session": theirs });
        assert_eq!(here.barred("endSession", "viewer { email }", input).await, "NOT_FOUND");

        here.done("endSession", "viewer { email }", json!({ "session": sessions[0]["id"] })).await;

        assert_eq!(there.viewer().await, Value::Null);
        assert_eq!(here.viewer().await, cast.researcher.email);
        assert_eq!(foreign.viewer().await, cast.stranger.email);
        let person: &Person = &cast.researcher;
        let answer = bank.ask(Some(&person.token), query, json!({})).await;
        assert_eq!(current(&answer["data"]["viewer"]["sessions"]), [json!(false)], "by a token none is current");
        assert!(!answer.to_string().contains(PASSWORD));
    })
    .await;
}
