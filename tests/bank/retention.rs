//! What has had its time goes, and what is still of use stays.

use crate::cast::Cast;
use crate::journey::complete;
use crate::support::{Bank, on_a_bank};
use chrono::{DateTime, Duration, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;
use stembank::accounts::commands::{ForgottenPassword, PasswordReset};
use stembank::accounts::passwords::Password;
use stembank::actor::Actor;
use stembank::language::Lang;
use stembank::personal_data::retention::{DeleteExpiredRecords, Deleted};

fn at_day(bank: &Bank, beginning: DateTime<Utc>, days: i64, seconds: i64) {
    bank.app.clock.set(beginning + Duration::days(days) + Duration::seconds(seconds));
}

/// A round as the service does it every day.
async fn delete(bank: &Bank) -> Deleted {
    bank.app.run(&Actor::system("retention"), DeleteExpiredRecords).await.unwrap()
}

async fn count(bank: &Bank, table: &str) -> i64 {
    bank.number(&format!("SELECT count(*) FROM {table}")).await
}

async fn keyed_request(bank: &Bank, cast: &Cast) -> serde_json::Value {
    let line = stembank::id::CellLineId(bank.number("SELECT max(id) FROM cell_line").await);
    let mut input = complete(&[(line, 1)]);
    input["idempotencyKey"] = json!("key-1");
    bank.done(&cast.researcher, "createDistributionRequest", "distributionRequest", "id", input).await["id"].clone()
}

#[tokio::test]
async fn an_answer_to_a_key_is_kept_thirty_days_and_the_request_for_ever() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        bank.line("TEST-0001").await;
        let beginning = bank.app.clock.now();
        let first = keyed_request(bank, &cast).await;
        at_day(bank, beginning, 30, -1);
        assert_eq!(delete(bank).await, Deleted::default());
        assert_eq!(keyed_request(bank, &cast).await, first, "the answer still stands");
        at_day(bank, beginning, 30, 0);
        assert_eq!(delete(bank).await, Deleted { answers: 1, ..Deleted::default() });
        assert_eq!(count(bank, "idempotency_key").await, 0);
        assert_eq!(count(bank, "request").await, 1);
        assert_ne!(keyed_request(bank, &cast).await, first, "the key is free again");
        assert_eq!(delete(bank).await, Deleted::default(), "the new answer stays");
    })
    .await;
}

#[tokio::test]
async fn a_session_is_kept_ninety_days_after_it_ended_and_one_in_use_stays() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let beginning = bank.app.clock.now();
        let (ended, left) = (bank.browser_of(&cast.researcher).await, bank.browser_of(&cast.researcher).await);
        ended.done("signOut", "signedOut", json!({})).await;
        left.viewer().await;
        assert_eq!(count(bank, "session").await, 2);
        at_day(bank, beginning, 90, -1);
        assert_eq!(delete(bank).await, Deleted::default());
        at_day(bank, beginning, 90, 0);
        let used = bank.browser_of(&cast.signatory).await;
        assert_eq!(delete(bank).await, Deleted { sessions: 1, ..Deleted::default() });
        assert_eq!(bank.number("SELECT count(*) FROM session WHERE ended_at IS NOT NULL").await, 0);
        // Nobody signed out: it ended by itself after an hour.
        at_day(bank, beginning, 90, 60 * 60 - 1);
        assert_eq!(delete(bank).await, Deleted::default());
        at_day(bank, beginning, 90, 60 * 60);
        assert_eq!(delete(bank).await, Deleted { sessions: 1, ..Deleted::default() });
        assert_eq!(count(bank, "session").await, 1);
        at_day(bank, beginning, 90, 59 * 60);
        assert_eq!(used.viewer().await, cast.signatory.email.as_str(), "who is signed in stays so");
        assert_eq!(
            bank.number("SELECT count(*) FROM audit_event WHERE action = 'session.open'").await,
            3,
            "history stays"
        );
    })
    .await;
}

#[tokio::test]
async fn a_links_secret_is_kept_thirty_days_after_it_expired_and_a_fresh_one_works() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let nobody = Actor::anonymous(Lang::En);
        let forgotten = |email: &str| ForgottenPassword { email: email.into() };
        bank.app.run_prepared(&nobody, forgotten(&cast.researcher.email)).await.unwrap();
        bank.letters().await;
        assert_eq!(count(bank, "account_secret").await, 1);
        let sql = stembank::db::Sql::new("SELECT expires_at FROM account_secret");
        let expires: DateTime<Utc> = sql.one(bank.app.db.read()).await.unwrap().unwrap().try_get_by_index(0).unwrap();
        at_day(bank, expires, 30, -1);
        assert_eq!(delete(bank).await, Deleted::default());
        at_day(bank, expires, 30, 0);
        bank.app.run_prepared(&nobody, forgotten(&cast.signatory.email)).await.unwrap();
        let letter = bank.letters().await.pop().unwrap();
        assert_eq!(delete(bank).await, Deleted { secrets: 1, ..Deleted::default() });
        let secret = letter.detail["link_secret"].as_str().unwrap();
        let password = Password("four words not together".into());
        bank.app.run_prepared(&nobody, PasswordReset { secret: secret.into(), password }).await.unwrap();
        let anchors =
            "SELECT count(*) FROM audit_event WHERE action = 'retention.leftovers' AND actor = 'system:retention'";
        assert_eq!(bank.number(anchors).await, 1);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_step_is_bounded_and_the_next_one_goes_on() {
    on_a_bank(async |bank| {
        bank.cast().await;
        bank.execute(
            "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 1200)
             INSERT INTO idempotency_key (person_id, operation, key, input_hash, subject_id, created_at)
             SELECT 1, 'made.up', CAST(n AS TEXT), 'x', 1, '2025-03-02 03:00:00+00:00' FROM s",
        )
        .await
        .unwrap();
        let mut steps = vec![];
        loop {
            match delete(bank).await {
                deleted if deleted.is_nothing() => break,
                deleted => steps.push(deleted.answers),
            }
        }
        assert_eq!(steps, [500, 500, 200]);
    })
    .await;
}

#[tokio::test]
async fn what_is_due_is_found_by_an_index() {
    on_a_bank(async |bank| {
        let fill = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 20000) INSERT INTO";
        let cast = bank.cast().await;
        let person = cast.researcher.actor.person_id().unwrap().0;
        let day = "'2026-03-02 03:00:00+00:00'";
        let time = if bank.engine() == DbBackend::Sqlite { "TEXT" } else { "TIMESTAMP WITH TIME ZONE" };
        for rows in [
            format!("{fill} idempotency_key (person_id, operation, key, input_hash, subject_id, created_at)
                     SELECT {person}, 'made.up', CAST(n AS TEXT), 'x', 1, {day} FROM s"),
            format!("{fill} account_secret (secret_hash, person_id, purpose, created_at, expires_at)
                     SELECT CAST(n AS TEXT), {person}, 'invitation', {day}, {day} FROM s"),
            format!("{fill} session (token_hash, person_id, how, second_factor, user_agent, created_at, last_seen_at, ended_at)
                     SELECT CAST(n AS TEXT), {person}, 'password', FALSE, '', {day}, {day}, CASE WHEN n % 2 = 0 THEN CAST({day} AS {time}) END FROM s"),
        ] {
            bank.execute(&rows).await.unwrap();
        }
        bank.app.db.analyze().await.unwrap();
        let old = "'2025-03-02 03:00:00+00:00'";
        for (table, due) in [
            ("session", format!("ended_at IS NOT NULL AND ended_at <= {old} ORDER BY ended_at")),
            ("session", format!("ended_at IS NULL AND last_seen_at <= {old} ORDER BY last_seen_at")),
            ("account_secret", format!("expires_at <= {old} ORDER BY expires_at")),
            ("idempotency_key", format!("created_at <= {old} ORDER BY created_at")),
        ] {
            let explain = if bank.engine() == DbBackend::Sqlite { "EXPLAIN QUERY PLAN" } else { "EXPLAIN" };
            let sql = format!("{explain} SELECT * FROM {table} WHERE {due} LIMIT 500");
            let rows = bank.app.db.read().query_all_raw(Statement::from_string(bank.engine(), sql)).await.unwrap();
            let column = if bank.engine() == DbBackend::Sqlite { 3 } else { 0 };
            let plan: Vec<String> = rows.iter().map(|row| row.try_get_by_index(column).unwrap()).collect();
            let by_index = plan.iter().any(|step| step.contains("Index Scan") || step.contains("USING INDEX"));
            assert!(by_index, "{table} {due}: {plan:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_session_goes_with_what_was_begun_in_it_for_a_signature() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let journey = bank.approved(&cast, &[(line.id, 1)]).await;
        bank.offered(&cast, &journey).await;
        bank.letters().await;
        let beginning = bank.app.clock.now();
        bank.browser_of(&cast.researcher).await.viewer().await;
        // An authentication that nobody came back from, and a proof that nobody used.
        for sql in [
            "INSERT INTO openid_login (state_hash, provider, nonce, pkce_verifier, person_id, return_to, expires_at,
               begun_at, session_id, agreement_id, party, document_hash)
             SELECT 'made up', 'local', '', '', s.person_id, '/', s.created_at, s.created_at, s.id, a.id,
               'principal_investigator', a.document_hash FROM session s CROSS JOIN agreement a",
            "INSERT INTO signing_proof (proof_hash, person_id, session_id, provider, agreement_id, party, document_hash,
               authenticated_at, created_at, expires_at)
             SELECT 'made up', s.person_id, s.id, 'local', a.id, 'principal_investigator', a.document_hash,
               s.created_at, s.created_at, s.created_at FROM session s CROSS JOIN agreement a",
        ] {
            bank.execute(sql).await.unwrap();
        }
        at_day(bank, beginning, 90, 60 * 60 - 1);
        assert_eq!(delete(bank).await, Deleted::default());
        assert_eq!((count(bank, "openid_login").await, count(bank, "signing_proof").await), (1, 1));
        at_day(bank, beginning, 90, 60 * 60);
        assert_eq!(delete(bank).await, Deleted { sessions: 1, ..Deleted::default() });
        assert_eq!((count(bank, "openid_login").await, count(bank, "signing_proof").await), (0, 0));
    })
    .await;
}
