//! The history: every event gets its place and seal once, the day's end is told, administrators search and export.

use crate::cast::Cast;
use crate::support::{Bank, on_a_bank};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use sea_orm::{ActiveModelTrait, DbBackend, Set};
use serde_json::{Value, json};
use std::process::{Command, Output};
use std::sync::Arc;
use stembank::accounts;
use stembank::accounts::history;
use stembank::actor::Actor;
use stembank::app::App;
use stembank::audit::canonical::Hash;
use stembank::audit::model::audit_event;
use stembank::audit::queries::{Filter, chain, export};
use stembank::audit::verify::{Report, Verdict, verify};
use stembank::audit::{Error, sealer};
use stembank::config::{AuditKeys, Config};
use stembank::db::{Sql, Transaction};
use stembank::error::DomainError;
use stembank::id::{PersonId, global};
use stembank::language::Lang;

/// Something about an institution happens, in a transaction that is still open.
async fn begin_event(bank: &Bank, action: &str) -> Transaction {
    let tx = bank.app.db.begin().await.unwrap();
    let detail = json!({ "before": { "z": 1.50, "a": null }, "after": { "가": [1, "x"] } });
    let about = ("Institution", 1);
    record(&tx, bank.app.clock.now(), &Actor::system("test"), (action, about, detail)).await;
    tx
}

/// Writes an event of any action and form, as a later release may.
async fn record(
    tx: &Transaction,
    at: DateTime<Utc>,
    actor: &Actor,
    (action, (kind, id), detail): (&str, (&str, i64), Value),
) {
    let row = audit_event::ActiveModel {
        at: Set(at),
        actor: Set(actor.label()),
        person_id: Set(actor.person_id()),
        action: Set(action.to_owned()),
        subject_kind: Set(kind.to_owned()),
        subject_id: Set(id),
        detail: Set(detail),
        ..Default::default()
    };
    row.insert(&**tx).await.unwrap();
}

impl Bank {
    /// So many events happen, each in a transaction of its own: `test.1`, `test.2`, ...
    pub async fn happened(&self, events: usize) {
        for n in 1..=events {
            begin_event(self, &format!("test.{n}")).await.commit().await.unwrap();
        }
    }

    /// Seals everything, and so often that the sealer knows that nothing comes any more.
    pub async fn seal(&self) -> usize {
        let mut sealed = 0;
        for _ in 0..3 {
            sealed += sealer::seal(&self.app).await.unwrap();
        }
        sealed
    }

    /// Verifies as the command line does.
    pub async fn verified(&self, head: Option<&str>) -> Verdict {
        verify(&self.app, &Actor::system("test"), head).await.unwrap()
    }

    /// The same, of a history that has to be intact.
    pub async fn intact(&self) -> Report {
        match self.verified(None).await {
            Verdict::Intact(report) => report,
            Verdict::Broken(broken) => panic!("{}", broken.say(Lang::En)),
        }
    }
}

/// The bank with other keys.
fn with_keys(bank: &Bank, keys: &str) -> App {
    let audit_key = Some(AuditKeys::try_from(keys.to_owned()).unwrap());
    App { config: Arc::new(Config { audit_key, ..(*bank.app.config).clone() }), ..bank.app.clone() }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test]
async fn every_event_of_many_writers_gets_one_place_without_gaps() {
    on_a_bank(async |bank| {
        let writers = (0..12).map(|_| bank.happened(10));
        let sealers = (0..4).map(|_| async {
            for _ in 0..12 {
                sealer::seal(&bank.app).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        futures_util::join!(futures_util::future::join_all(writers), futures_util::future::join_all(sealers));
        bank.seal().await;

        let whole = "SELECT count(*) FROM audit_event e JOIN audit_seal s ON s.event_id = e.id";
        assert_eq!(bank.number(whole).await, 120);
        assert_eq!(bank.number("SELECT count(*) FROM audit_seal").await, 120);
        assert_eq!(bank.number("SELECT max(sequence) FROM audit_seal").await, 120);
        assert_eq!(
            bank.number("SELECT floor FROM audit_sealer").await,
            bank.number("SELECT max(id) FROM audit_event").await
        );
        let report = bank.intact().await;
        assert_eq!((report.events, report.unsealed, report.late, report.with_stored_key), (120, 0, 0, 120));
        assert_eq!(bank.seal().await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_commits_later_is_sealed_later_and_never_lost() {
    on_a_bank(async |bank| {
        if bank.engine() == DbBackend::Sqlite {
            // One writer follows the other: what is undone leaves nothing, not even its key.
            drop(begin_event(bank, "test.undone").await);
            bank.happened(1).await;
            assert_eq!(bank.seal().await, 1);
            assert_eq!(bank.number("SELECT event_id FROM audit_seal").await, 1);
            return;
        }
        let early = begin_event(bank, "test.early").await;
        let undone = begin_event(bank, "test.undone").await;
        bank.happened(2).await;
        assert_eq!(bank.seal().await, 2);
        drop(undone);
        bank.happened(1).await;
        for _ in 0..3 {
            bank.seal().await;
        }
        assert_eq!(bank.number("SELECT floor FROM audit_sealer").await, 0, "an open transaction may hold any key");
        early.commit().await.unwrap();
        assert_eq!(bank.seal().await, 1);

        let order = "SELECT e.action FROM audit_seal s JOIN audit_event e ON e.id = s.event_id ORDER BY s.sequence";
        let rows = Sql::new(order).rows(bank.app.db.read()).await.unwrap();
        let order: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        assert_eq!(order, ["test.1", "test.2", "test.1", "test.early"]);
        bank.seal().await;
        assert_eq!(bank.number("SELECT floor FROM audit_sealer").await, 5, "the highest key, once nobody writes");
        assert_eq!(bank.intact().await.events, 4);
    })
    .await;
}

#[tokio::test]
async fn several_sealers_at_once_seal_each_event_once() {
    on_a_bank(async |bank| {
        bank.happened(1).await;
        bank.execute(
            "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1300)
             INSERT INTO audit_event (at, actor, action, subject_kind, subject_id, detail)
             SELECT e.at, e.actor, 'test.more', e.subject_kind, c.i, e.detail FROM audit_event e CROSS JOIN c",
        )
        .await
        .unwrap();
        let sealers = (0..6).map(|_| sealer::seal(&bank.app));
        let sealed: usize = futures_util::future::join_all(sealers).await.into_iter().map(Result::unwrap).sum();
        assert_eq!(sealed + bank.seal().await, 1_301);
        assert_eq!(bank.number("SELECT count(*) FROM audit_seal").await, 1_301);
        assert_eq!(bank.intact().await.events, 1_301, "over several pages and transactions");
    })
    .await;
}

#[tokio::test]
async fn the_service_seals_within_a_second_and_tells_the_end_to_administrators() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let serving = tokio::spawn(stembank::server::serve(bank.app.clone(), listener));
        let begun = std::time::Instant::now();
        let everything =
            "SELECT count(*) FROM audit_event e LEFT JOIN audit_seal s ON s.event_id = e.id WHERE s.hash IS NULL";
        while bank.number("SELECT count(*) FROM audit_anchor").await == 0 || bank.number(everything).await > 0 {
            assert!(begun.elapsed().as_secs() < 10, "nothing was sealed");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        serving.abort();
        drop(serving.await);
        let letters = bank.letters().await;
        assert_eq!((letters.len(), letters[0].event.as_str()), (1, "audit_anchor"));
        assert_eq!(Some(letters[0].recipient_id), cast.administrator.actor.person_id());
        bank.intact().await;
    })
    .await;
}

#[tokio::test]
async fn the_end_is_anchored_once_a_day_in_seoul_and_mailed() {
    on_a_bank(async |bank| {
        assert_eq!(history::anchor(&bank.app).await.unwrap(), None, "there is nothing to anchor yet");
        let cast = bank.cast().await;
        bank.seal().await;
        let head = bank.intact().await;
        let anchors = (0..4).map(|_| history::anchor(&bank.app));
        let anchors: Vec<_> =
            futures_util::future::join_all(anchors).await.into_iter().filter_map(Result::unwrap).collect();
        assert_eq!(anchors.len(), 1, "once a day, however many instances ask");
        assert_eq!((anchors[0].sequence, anchors[0].hash.clone()), (head.events, head.head.to_string()));
        let letters = bank.letters().await;
        assert_eq!(letters.len(), 1);
        assert_eq!(Some(letters[0].recipient_id), cast.administrator.actor.person_id());
        let detail = json!({ "day": "2026-03-02", "sequence": head.events, "hash": head.head.to_string() });
        assert_eq!((letters[0].event.as_str(), &letters[0].detail), ("audit_anchor", &detail));
        assert_eq!(bank.number("SELECT count(*) FROM audit_event WHERE action = 'audit.anchor'").await, 1);

        bank.app.clock.set(at("2026-03-02T14:59:59Z"));
        assert_eq!(history::anchor(&bank.app).await.unwrap(), None);
        bank.app.clock.set(at("2026-03-02T15:00:00Z"));
        bank.seal().await;
        let next = history::anchor(&bank.app).await.unwrap().unwrap();
        assert_eq!((next.day, next.sequence), (NaiveDate::from_ymd_opt(2026, 3, 3).unwrap(), head.events + 1));
        bank.letters().await;
        bank.seal().await;
        assert_eq!(bank.intact().await.events, head.events + 2);
        for hash in [anchors[0].hash.clone(), next.hash.to_uppercase()] {
            assert!(matches!(bank.verified(Some(&hash)).await, Verdict::Intact(_)), "an earlier end is in the chain");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_not_sealed_is_counted_and_suspicious_after_a_minute() {
    on_a_bank(async |bank| {
        let report = bank.intact().await;
        assert_eq!((report.events, report.unsealed, report.head), (0, 0, Hash::BEFORE_ALL));
        bank.happened(2).await;
        let begun = bank.app.clock.now();
        bank.app.clock.set(begun + Duration::seconds(60));
        let report = bank.intact().await;
        assert_eq!((report.events, report.unsealed, report.suspicious), (0, 2, None));
        bank.app.clock.set(begun + Duration::seconds(61));
        let report = bank.intact().await;
        assert_eq!(report.suspicious, Some(begun));
        assert!(report.lines(Lang::En).iter().any(|line| line.starts_with("Suspicious: ")), "{report:?}");
        assert!(report.lines(Lang::Ko).iter().any(|line| line.starts_with("의심: ")), "{report:?}");
        bank.seal().await;
        let report = bank.intact().await;
        assert_eq!((report.unsealed, report.suspicious, report.late), (0, None, 2));
        assert_eq!(report.lines(Lang::En)[0], "2 events, chain intact");
        assert!(report.lines(Lang::Ko)[0].starts_with("2 events, chain intact"));
        assert_eq!(report.lines(Lang::En).len(), 5, "late, and sealed by the key in the database");
        assert_eq!(report.lines(Lang::Ko).len(), 5);
    })
    .await;
}

#[tokio::test]
async fn keys_follow_each_other_and_an_unknown_one_is_named() {
    on_a_bank(async |bank| {
        let (one, two) = ("11".repeat(32), "22".repeat(32));
        bank.happened(1).await;
        bank.seal().await;
        let first = with_keys(bank, &one);
        bank.happened(1).await;
        sealer::seal(&first).await.unwrap();
        let second = with_keys(bank, &format!("{two}, {one}"));
        bank.happened(1).await;
        sealer::seal(&second).await.unwrap();
        let actor = Actor::system("test");
        let Verdict::Intact(report) = verify(&second, &actor, None).await.unwrap() else { panic!("three keys fit") };
        assert_eq!((report.events, report.with_stored_key), (3, 1));

        let error = verify(&with_keys(bank, &two), &actor, None).await.unwrap_err();
        assert!(matches!(error, Error::UnknownKey { sequence: 2, .. }), "{error:?}");
        assert!(error.say(Lang::En).contains("audit_key") && error.say(Lang::Ko).contains("2번째"), "{error}");
        // Who has the database has the key in it: what it seals after another key sealed is not believed.
        bank.happened(1).await;
        bank.seal().await;
        let Verdict::Broken(broken) = verify(&second, &actor, None).await.unwrap() else { panic!("a step back") };
        assert_eq!(broken.sequence, Some(4));
        let error = verify(&second, &actor, Some("0123")).await.unwrap_err();
        assert!(error.say(Lang::En).contains("64") && error.say(Lang::Ko).contains("64"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn nobody_acts_without_a_name_and_nobody_named_is_deleted() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let event = |actor: &str, person: &str| {
            format!(
                "INSERT INTO audit_event (at, actor, person_id, action, subject_kind, subject_id, detail)
                 VALUES ('2026-03-02T03:00:00Z', {actor}, {person}, 'a.b', 'Lot', 1, '{{}}')"
            )
        };
        let before = bank.contents().await;
        for (actor, person) in
            [("NULL", "NULL"), ("''", "NULL"), ("'person:1'", "NULL"), ("'person:2'", "1"), ("'person:99999'", "99999")]
        {
            assert!(bank.execute(&event(actor, person)).await.is_err(), "{actor} {person}");
        }
        let person = cast.researcher.actor.person_id().unwrap().0;
        bank.execute(&event(&format!("'person:{person}'"), &person.to_string())).await.unwrap();
        bank.execute(&event("'anonymous'", "NULL")).await.unwrap();
        let delete = format!("DELETE FROM role_grant; DELETE FROM api_token; DELETE FROM person WHERE id = {person}");
        assert!(bank.execute(&delete).await.is_err(), "the history names this person");
        assert_eq!(bank.contents().await["person"], before["person"]);
    })
    .await;
}

async fn search(bank: &Bank, cast: &Cast, filter: Value) -> Vec<String> {
    let query = "query($w: AuditEventFilter) { auditEvents(where: $w) { nodes { action } } }";
    let data = bank.data(&cast.administrator, query, json!({ "w": filter })).await;
    let nodes = data["auditEvents"]["nodes"].as_array().unwrap().iter();
    nodes.map(|node| node["action"].as_str().unwrap().to_owned()).filter(|action| action != "audit.search").collect()
}

/// A history of three days; returns the global id of who did some of it.
async fn three_days(bank: &Bank, cast: &Cast) -> String {
    let staff = &cast.staff.actor;
    for (instant, actor, action, about) in [
        ("2026-03-09T14:59:59.999999Z", staff, "test.a", ("Lot", 7)),
        ("2026-03-09T15:00:00Z", staff, "test.b", ("Lot", 8)),
        ("2026-03-10T15:00:00.5Z", &Actor::system("test"), "test.a", ("CellLine", 7)),
    ] {
        bank.app.clock.set(at(instant));
        let tx = bank.app.db.begin().await.unwrap();
        record(&tx, at(instant), actor, (action, about, json!({ "n": 1 }))).await;
        tx.commit().await.unwrap();
    }
    staff.person_id().unwrap().global()
}

#[tokio::test]
async fn an_administrator_finds_events_by_person_thing_action_and_day() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let staff = three_days(bank, &cast).await;
        for (filter, found) in [
            (json!({ "person": staff }), vec!["test.b", "test.a"]),
            (json!({ "subject": global("Lot", 8) }), vec!["test.b"]),
            (json!({ "subject": global("CellLine", 7) }), vec!["test.a"]),
            (json!({ "action": "test.a" }), vec!["test.a", "test.a"]),
            (json!({ "action": "test.a", "person": staff }), vec!["test.a"]),
            (json!({ "from": "2026-03-10", "to": "2026-03-10" }), vec!["test.b"]),
            (json!({ "from": "2026-03-10" }), vec!["test.a", "test.b"]),
            (json!({ "from": "2026-03-09", "to": "2026-03-09" }), vec!["test.a"]),
            (json!({ "person": cast.stranger.actor.person_id().unwrap().global() }), vec![]),
        ] {
            assert_eq!(search(bank, &cast, filter.clone()).await, found, "{filter}");
        }
        let recorded = bank.number("SELECT count(*) FROM audit_event WHERE action = 'audit.search'").await;
        assert_eq!(recorded, 9, "every search is recorded");
        for (filter, code, en, ko) in [
            (json!({ "person": "nobody" }), "where.person", "no id of such a thing", "해당하는 대상이 없습니다"),
            (json!({ "subject": "?" }), "where.subject", "no id of such a thing", "해당하는 대상이 없습니다"),
            (json!({ "from": "2026-03-10", "to": "2026-03-09" }), "where.to", "before the first", "앞설 수 없습니다"),
        ] {
            let query = "query($w: AuditEventFilter) { auditEvents(where: $w) { nodes { id } } }";
            let body = json!({ "query": query, "variables": { "w": filter } }).to_string();
            for (lang, words) in [("en", en), ("ko", ko)] {
                let headers = [("accept-language", lang)];
                let (_, answer) = bank.post(Some(&cast.administrator.token), &headers, body.clone()).await;
                let error = &answer["errors"][0];
                assert_eq!(error["extensions"]["field"], code);
                assert!(error["message"].as_str().unwrap().contains(words), "{error}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_search_pages_both_ways_and_shows_who_and_the_seal() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        three_days(bank, &cast).await;
        bank.seal().await;
        let query =
            "query($f: Int, $a: String, $l: Int, $b: String) { auditEvents(first: $f, after: $a, last: $l, before: $b,
            where: { to: \"2026-03-11\" }) { pageInfo { endCursor startCursor hasNextPage hasPreviousPage }
              nodes { id at actor person { name } action subjectKind subject detail sequence hash } } }";
        let page = async |variables| bank.data(&cast.administrator, query, variables).await["auditEvents"].clone();
        let first = page(json!({ "f": 2 })).await;
        let found = &first["nodes"][1];
        assert_eq!(
            (&found["action"], &found["actor"]),
            (&json!("test.b"), &json!(format!("person:{}", cast.staff.actor.person_id().unwrap().0)))
        );
        assert_eq!(found["person"]["name"], "Made-up staff");
        assert_eq!((&found["subjectKind"], &found["subject"]), (&json!("Lot"), &json!(global("Lot", 8))));
        assert_eq!(found["detail"], "{\"n\":1}");
        assert_eq!(found["hash"].as_str().unwrap().len(), 64);
        let all = bank.number("SELECT count(*) FROM audit_seal").await;
        assert_eq!((&found["sequence"], &first["pageInfo"]["hasNextPage"]), (&json!(all - 1), &json!(true)));
        assert_eq!(first["nodes"][0]["person"], Value::Null);

        let next = page(json!({ "f": 1, "a": first["pageInfo"]["endCursor"] })).await;
        assert_eq!(next["nodes"][0]["at"], "2026-03-09T14:59:59.999999+00:00");
        let back = page(json!({ "l": 2, "b": next["pageInfo"]["startCursor"] })).await;
        assert_eq!(back["nodes"], first["nodes"]);
        let recorded = bank.number("SELECT count(*) FROM audit_event WHERE action = 'audit.search'").await;
        assert_eq!(recorded, 1, "the following pages belong to the same search");

        let state = "{ auditChain { sealed unsealed headHash lastAnchor { day sequence hash anchoredAt } } }";
        let data = bank.data(&cast.administrator, state, json!({})).await;
        assert_eq!((&data["auditChain"]["sealed"], &data["auditChain"]["unsealed"]), (&json!(all), &json!(1)));
        assert_eq!(data["auditChain"]["lastAnchor"], Value::Null);
        history::anchor(&bank.app).await.unwrap();
        bank.letters().await;
        let data = bank.data(&cast.administrator, state, json!({})).await;
        let anchor = json!({ "day": "2026-03-11", "sequence": all, "hash": data["auditChain"]["headHash"],
            "anchoredAt": "2026-03-10T15:00:00.500+00:00" });
        assert_eq!(data["auditChain"]["lastAnchor"], anchor);
    })
    .await;
}

#[tokio::test]
async fn only_administrators_see_the_history() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let before = bank.contents().await;
        for person in [&cast.researcher, &cast.signatory, &cast.staff, &cast.committee] {
            for query in ["{ auditEvents { nodes { id } } }", "{ auditChain { sealed } }"] {
                let answer = bank.ask(Some(&person.token), query, json!({})).await;
                assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{}", person.email);
            }
            assert!(matches!(verify(&bank.app, &person.actor, None).await, Err(Error::Denied(_))));
            assert!(matches!(chain(&bank.app, &person.actor).await, Err(Error::Denied(_))));
            let mut out = vec![];
            let exported = export(&bank.app, &person.actor, &Filter::default(), &mut out).await;
            assert!(matches!(exported, Err(Error::Denied(_))) && out.is_empty());
        }
        let answer = bank.ask(None, "{ auditEvents { nodes { id } } }", json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        assert_eq!(bank.contents().await, before);
    })
    .await;
}

#[tokio::test]
async fn an_export_has_every_event_of_its_days_and_is_recorded() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        three_days(bank, &cast).await;
        bank.seal().await;
        let day = NaiveDate::from_ymd_opt(2026, 3, 10);
        let exported = async |filter: Filter| {
            let mut out = vec![];
            let written = export(&bank.app, &cast.administrator.actor, &filter, &mut out).await.unwrap();
            let lines: Vec<Value> = String::from_utf8(out).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
            assert_eq!(lines.len() as u64, written);
            lines
        };
        let lines = exported(Filter { from: day, to: day, ..Filter::default() }).await;
        assert_eq!(lines.len(), 1);
        assert_eq!((&lines[0]["action"], &lines[0]["subject"]), (&json!("test.b"), &json!("Lot:8")));
        assert_eq!((&lines[0]["at"], &lines[0]["detail"]), (&json!("2026-03-09T15:00:00Z"), &json!({ "n": 1 })));
        assert_eq!(Hash::parse(lines[0]["hash"].as_str().unwrap()).unwrap().to_string(), lines[0]["hash"]);

        bank.execute(
            "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 2100)
             INSERT INTO audit_event (at, actor, action, subject_kind, subject_id, detail)
             SELECT e.at, e.actor, 'test.more', 'Lot', c.i, e.detail FROM audit_event e CROSS JOIN c WHERE e.action = 'test.a' AND e.person_id IS NULL",
        )
        .await
        .unwrap();
        let all = bank.number("SELECT count(*) FROM audit_event").await;
        let lines = exported(Filter::default()).await;
        assert_eq!(lines.len() as i64, all, "over several pages, each once");
        assert_eq!(bank.number("SELECT count(*) FROM audit_event WHERE action = 'audit.export'").await, 2);
        let times: Vec<_> = lines.iter().map(|line| at(line["at"].as_str().unwrap())).collect();
        assert!(times.is_sorted(), "oldest first");
    })
    .await;
}

fn stembank(bank: &Bank, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stembank"));
    command
        .args(arguments)
        .args(["--config", "no-such-file.toml"])
        .env("BANK_DATABASE_URL", &bank.app.config.database_url);
    command.env("LANG", "C").env("RUST_LOG", "error").output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_verifies_and_exports() {
    on_a_bank(async |bank| {
        bank.happened(3).await;
        bank.seal().await;
        let head = bank.intact().await.head.to_string();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        for arguments in [&["audit", "verify"][..], &["audit", "verify", "--head", &head]] {
            let done = stembank(bank, arguments);
            assert!(done.status.success(), "{done:?}");
            assert!(text(&done.stdout).starts_with("3 events, chain intact\n"), "{done:?}");
            assert!(text(&done.stdout).contains(&format!("head {head}\nunsealed 0\n")), "{done:?}");
        }
        let done = stembank(bank, &["audit", "verify", "--head", &"0".repeat(64)]);
        assert_eq!(done.status.code(), Some(1));
        assert!(text(&done.stderr).contains("cut off"), "{done:?}");
        let wrong = stembank(bank, &["audit", "export", "--from", "yesterday"]);
        assert_eq!(wrong.status.code(), Some(2), "{wrong:?}");

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("history.jsonl");
        let to = ["audit", "export", "--from", "2026-03-02", "--to", "2026-03-02", "-o", file.to_str().unwrap()];
        let done = stembank(bank, &to);
        assert!(done.status.success() && text(&done.stderr).contains("3 events."), "{done:?}");
        assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 3);
        bank.execute("DROP TABLE audit_sealer").await.unwrap();
        assert_eq!(stembank(bank, &["audit", "verify"]).status.code(), Some(1));
    })
    .await;
}

async fn details(bank: &Bank, action: &str) -> Vec<Value> {
    let sql = Sql::with("SELECT detail FROM audit_event WHERE action = $1 ORDER BY id", [action.into()]);
    let rows = sql.rows(bank.app.db.read()).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

#[tokio::test]
async fn the_history_tells_what_was_before_and_after_without_repeating_what_people_wrote() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 2).await;
        let journey = bank.draft(&cast.researcher, &[(line.id, 1)]).await;
        let input = json!({ "request": journey.id, "region": "부산광역시", "summary": "Dr. Somebody's secret",
            "lines": [{ "cellLine": line.id.global(), "vials": 2 }] });
        bank.done(&cast.researcher, "updateDistributionRequest", "distributionRequest", "id", input).await;
        let update = details(bank, "request.update").await.remove(0);
        assert_eq!(update["before"]["region"], "서울특별시");
        assert_eq!(update["after"]["region"], "부산광역시");
        assert_eq!((&update["before"]["lines"], &update["after"]["lines"]), (&json!([[line.id.0, 1]]), &json!([[line.id.0, 2]])));
        assert!(update["after"]["summary"].as_str().unwrap().starts_with("sha256:"), "{update}");
        assert_eq!(update["after"].as_object().unwrap().len(), 3, "what did not change is not there: {update}");

        let of_request = json!({ "request": journey.id });
        bank.done(&cast.researcher, "submitDistributionRequest", "distributionRequest", "id", of_request.clone()).await;
        bank.done(&cast.staff, "claimDistributionRequest", "distributionRequest", "id", of_request).await;
        let claim = details(bank, "request.claim").await.remove(0);
        let staff = cast.staff.actor.person_id().unwrap().0;
        let changes = json!({ "before": { "state": "submitted", "handler": null }, "after": { "state": "under_review", "handler": staff } });
        assert_eq!(claim, changes);
        assert_eq!(details(bank, "request.submit").await[0]["after"]["state"], "submitted");
        assert_eq!(details(bank, "lot.release").await[0]["before"], json!({ "state": "quarantined" }));
        let person = cast.stranger.actor.person_id().unwrap();
        let system = Actor::system("test");
        let disable = accounts::commands::DisableAccount { person, reason: "made up".into() };
        bank.app.run(&system, disable).await.unwrap();
        let disabled = details(bank, "account.disable").await.remove(0);
        assert_eq!((&disabled["before"]["disabled_at"], disabled["after"]["disabled_at"].is_string()), (&Value::Null, true));
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn who_opens_the_rows_behind_figures_is_recorded() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let rows = "{ yearlyDistribution(year: 2026) { records { nodes { requestNumber } } } }";
        bank.data(&cast.committee, rows, json!({})).await;
        bank.ask(Some(&cast.researcher.token), rows, json!({})).await;
        let sql = "SELECT person_id FROM audit_event WHERE action = 'statistics.read_rows' AND subject_id = 2026";
        let read = Sql::new(sql).rows(bank.app.db.read()).await.unwrap();
        let readers: Vec<i64> = read.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        assert_eq!(readers.into_iter().map(PersonId).collect::<Vec<_>>(), [cast.committee.actor.person_id().unwrap()]);
    })
    .await;
}
