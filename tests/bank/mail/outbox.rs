//! The outbox as its administrator sees it.

use super::server::{Act, Server, Stage};
use super::{key, post, post_many, rows, states, wait, worker};
use crate::support::{Bank, on_a_bank};
use chrono::Duration;
use serde_json::{Value, json};
use stembank::mail::LetterKind;

const FIELDS: &str =
    "id state event label subject attempts nextAttemptAt lastError createdAt sentAt recipient { name }";

/// Two letters to staff: the first is dead, the second is sent.
async fn stage(bank: &Bank, server: &Server) -> crate::cast::Cast {
    let cast = bank.cast().await;
    post_many(bank, &cast.staff, 1).await;
    server.script([Act::Answer(Stage::Rcpt, "550 5.1.1 staff@example.org is unknown")]);
    worker(bank, server).round().await.unwrap();
    post_many(bank, &cast.staff, 1).await;
    worker(bank, server).round().await.unwrap();
    server.received();
    cast
}

async fn outbox(bank: &Bank, cast: &crate::cast::Cast, arguments: &str) -> Value {
    let query = format!("{{ outbox{arguments} {{ totalCount counts {{ state count }} nodes {{ {FIELDS} }} }} }}");
    bank.data(&cast.administrator, &query, json!({})).await["outbox"].clone()
}

#[tokio::test]
async fn the_administrator_sees_what_became_of_each_letter() {
    on_a_bank(async |bank| {
        let server = Server::start();
        let cast = stage(bank, &server).await;
        post(bank, &cast.researcher, LetterKind::RequestClaimed, 9, json!({ "request": "REQ-9" })).await;
        let all = outbox(bank, &cast, "").await;
        assert_eq!(all["totalCount"], 3);
        let counts = json!([{ "state": "QUEUED", "count": 1 }, { "state": "SENT", "count": 1 }, { "state": "DEAD", "count": 1 }]);
        assert_eq!(all["counts"], counts);
        let (waits, sent, dead) = (&all["nodes"][0], &all["nodes"][1], &all["nodes"][2]);
        assert_eq!((&waits["state"], &waits["attempts"]), (&json!("QUEUED"), &json!(0)));
        assert_eq!(waits["nextAttemptAt"], "2026-03-02T03:00:00+00:00");
        assert_eq!((&sent["state"], &sent["sentAt"]), (&json!("SENT"), &json!("2026-03-02T03:00:00+00:00")));
        assert_eq!((&sent["lastError"], &sent["nextAttemptAt"]), (&Value::Null, &Value::Null));
        assert_eq!((&dead["event"], &dead["label"]), (&json!("REQUEST_SUBMITTED"), &json!("A request came in")));
        assert_eq!(dead["lastError"], "permanent error (550): 5.1.1 <...> is unknown");
        assert_eq!(dead["recipient"]["name"], "Made-up staff");
        assert_eq!(stembank::id::RequestId::from_global(dead["subject"].as_str().unwrap()).unwrap().0, 1);

        for (filter, count) in [
            ("(where: { state: { eq: DEAD } })", 1),
            ("(where: { state: { in: [QUEUED, SENT] } })", 2),
            (&format!("(where: {{ recipient: \"{}\" }})", key(&cast.staff).global()), 2),
            ("(first: 1)", 3),
        ] {
            assert_eq!(outbox(bank, &cast, filter).await["totalCount"], count, "{filter}");
        }
        assert_eq!(outbox(bank, &cast, "(first: 1)").await["nodes"].as_array().unwrap().len(), 1);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_dead_letter_is_put_back_and_arrives_under_its_own_id() {
    on_a_bank(async |bank| {
        let server = Server::start();
        let cast = stage(bank, &server).await;
        let id = rows(bank).await[0]["message_id"].clone();
        let dead = outbox(bank, &cast, "(where: { state: { eq: DEAD } })").await["nodes"][0]["id"].clone();
        let fields = "state attempts nextAttemptAt";
        let put_back =
            bank.done(&cast.administrator, "retryMail", "mailMessage", fields, json!({ "mail": dead })).await;
        assert_eq!(put_back, json!({ "state": "QUEUED", "attempts": 0, "nextAttemptAt": "2026-03-02T03:00:00+00:00" }));
        assert_eq!(bank.number("SELECT count(*) FROM audit_event WHERE action = 'mail.retry'").await, 1);

        worker(bank, &server).round().await.unwrap();
        assert_eq!(server.received()[0].header("Message-ID"), id.as_str().unwrap());
        assert_eq!(states(bank).await, ["sent", "sent"]);
    })
    .await;
}

#[tokio::test]
async fn only_a_dead_letter_that_still_has_its_words_is_put_back() {
    on_a_bank(async |bank| {
        let server = Server::start();
        let cast = stage(bank, &server).await;
        post(bank, &cast.researcher, LetterKind::ResetPassword, 1, json!({ "link_secret": "s" })).await;
        server.script([Act::Answer(Stage::Rcpt, "550 no")]);
        worker(bank, &server).round().await.unwrap();
        let all = outbox(bank, &cast, "").await;
        let before = bank.contents().await;
        for (node, en, ko) in [
            (
                1,
                "Only a letter that could not be delivered is sent again; this one is sent.",
                "발송에 실패한 메일만 다시 보낼 수 있습니다. 이 메일의 상태는 '발송 완료'입니다.",
            ),
            (
                0,
                "The secret of this letter's link is not kept; the recipient has to ask for a new letter.",
                "이 메일의 링크에 쓰인 비밀 값은 보관하지 않습니다. 수신인이 메일을 새로 요청해야 합니다.",
            ),
        ] {
            let mail = &all["nodes"][node]["id"];
            let query =
                format!("mutation {{ retryMail(input: {{ mail: {mail} }}) {{ errors {{ code message field }} }} }}");
            for (lang, sentence) in [("en", en), ("ko", ko)] {
                let body = json!({ "query": query }).to_string();
                let (_, answer) = bank.post(Some(&cast.administrator.token), &[("accept-language", lang)], body).await;
                let error = json!({ "code": "WRONG_STATE", "message": sentence, "field": "mail" });
                assert_eq!(answer["data"]["retryMail"]["errors"], json!([error]), "{answer}");
            }
        }
        assert_eq!(bank.contents().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_closed_account_gets_no_letter() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let server = Server::start();
        post_many(bank, &cast.stranger, 1).await;
        bank.execute(&format!("UPDATE person SET disabled_at = created_at WHERE id = {}", key(&cast.stranger).0))
            .await
            .unwrap();
        worker(bank, &server).round().await.unwrap();
        assert_eq!(server.connections(), 0, "nothing goes over the wire");
        let row = rows(bank).await.remove(0);
        assert_eq!((&row["state"], &row["last_error"]), (&json!("dead"), &json!("the recipient's account is closed")));
    })
    .await;
}

#[tokio::test]
async fn a_letter_of_a_newer_version_waits_for_it() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        post_many(bank, &cast.staff, 1).await;
        bank.execute("UPDATE mail_message SET event = 'of_a_newer_version'").await.unwrap();
        let server = Server::start();
        worker(bank, &server).round().await.unwrap();
        assert_eq!(states(bank).await, ["queued"]);
        let node = outbox(bank, &cast, "").await["nodes"][0].clone();
        assert_eq!((&node["event"], &node["label"]), (&Value::Null, &Value::Null));
        wait(bank, Duration::minutes(2));
        bank.execute("UPDATE mail_message SET event = 'request_submitted'").await.unwrap();
        worker(bank, &server).round().await.unwrap();
        assert_eq!(states(bank).await, ["sent"]);
    })
    .await;
}

#[tokio::test]
async fn the_outbox_keeps_neither_names_nor_addresses() {
    on_a_bank(async |bank| {
        let server = Server::start();
        stage(bank, &server).await;
        let outbox = format!("{:?}", bank.contents().await["mail_message"]);
        for word in ["example.org", "Made-up", "staff"] {
            assert!(!outbox.contains(word), "'{word}' stands in {outbox}");
        }
    })
    .await;
}
