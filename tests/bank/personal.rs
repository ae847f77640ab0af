//! One's own data: given out whole and with nobody else in it; erased at once but for what the law keeps, and that when
//! its term is over.

use crate::cast::{Cast, PASSWORD, Person};
use crate::journey::Journey;
use crate::support::{Bank, on_a_bank, tables};
use sea_orm::DbBackend;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use stembank::accounts::commands::NewAccount;
use stembank::actor::{Actor, Grant, Role};
use stembank::app::App;
use stembank::db::Sql;
use stembank::language::Lang;
use stembank::personal_data::commands::{BlankErasedRecords, Blanked, EraseAccountFor, Erased};
use stembank::personal_data::erasure::{PERSON, REFERENCES, request};
use stembank::personal_data::{self, export, queries};

async fn document(bank: &Bank, person: &Person, lang: Lang) -> Value {
    let mut actor = person.actor.clone();
    actor.lang = lang;
    serde_json::from_str(&export::own(&bank.app, &actor).await.unwrap()).unwrap()
}

fn erasing(person: &Person) -> Value {
    json!({ "email": person.email, "password": PASSWORD, "confirm": true })
}

const ERASED: &str = "erasedAccount { erasedAt keeps { what until legalBasis } }";

/// A request that went all the way.
async fn received(bank: &Bank, cast: &Cast, line: stembank::id::CellLineId) -> Journey {
    let (journey, shipment) = bank.shipped(cast, &[(line, 1)]).await;
    let input = json!({ "shipment": shipment });
    bank.done(&cast.researcher, "confirmReceipt", "shipment", "state", input).await;
    bank.letters().await;
    journey
}

#[tokio::test]
async fn somebody_gets_everything_about_themselves_and_nothing_about_others() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 3).await;
        let journey = received(bank, &cast, line.id).await;

        let data = bank.data(&cast.researcher, "{ viewer { personalData } }", json!({})).await;
        let text = data["viewer"]["personalData"].as_str().unwrap();
        let own: Value = serde_json::from_str(text).unwrap();
        assert!(text.lines().count() > 100, "it is for a person to read");

        let rows = |part: &str| own[part]["rows"].as_array().unwrap().clone();
        assert_eq!(rows("account")[0]["email"], cast.researcher.email.as_str());
        assert_eq!(rows("account")[0]["hasPassword"], true);
        assert_eq!(rows("roles"), [json!({ "role": "researcher", "institution": null })]);
        assert_eq!(rows("tokens")[0]["name"], "test");
        let request = &rows("requests")[0];
        assert_eq!(request["number"], journey.number.as_str());
        assert_eq!([&request["youWroteIt"], &request["commercial"]], [&json!(true), &json!(false)]);
        assert_eq!(request["address"], "1 Made-up Street");
        assert_eq!(rows("requestLines")[0]["cellLine"], "TEST-0001");
        assert_eq!(rows("agreements")[0]["state"], "in_force");
        assert_eq!(rows("signatures")[0]["printedName"], "Made-up researcher");
        assert_eq!(rows("shipments")[0]["trackingNumber"], "0001");
        assert!(rows("letters").iter().any(|letter| letter["event"] == "shipment_dispatched"));
        assert!(rows("history").iter().any(|event| event["action"] == "request.submit"));
        assert!(rows("aboutYourAccount").iter().any(|event| event["action"] == "account.open"));

        for other in [&cast.signatory, &cast.staff, &cast.second_staff, &cast.administrator] {
            let name = other.email.trim_end_matches("@example.org");
            assert!(!text.contains(&other.email) && !text.contains(&format!("Made-up {name}")), "{name} stands in it");
        }
        assert!(!text.contains(&cast.researcher.token) && !text.contains("argon2"), "secrets stay");
        let noted = "SELECT count(*) FROM audit_event WHERE action = 'account.export' AND subject_id = person_id";
        assert_eq!(bank.number(noted).await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_document_explains_itself_in_the_readers_language() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (english, korean) =
            (document(bank, &cast.staff, Lang::En).await, document(bank, &cast.staff, Lang::Ko).await);
        for (key, part) in english.as_object().unwrap() {
            let said = |document: &Value| {
                let part = &document[key];
                part.get("meaning").unwrap_or(part).as_str().unwrap().to_owned()
            };
            assert!(part.is_string() || part["rows"].is_array());
            assert!(said(&korean).chars().any(|c| ('가'..='힣').contains(&c)), "{key}");
            assert!(said(&english).is_ascii(), "{key}");
        }
        let refused = export::of(&bank.app, &cast.researcher.actor, &cast.staff.email).await.unwrap_err();
        assert_eq!(refused.to_string(), "Your role does not allow this. Ask the bank's administrator if you need it.");
        assert!(export::of(&bank.app, &cast.administrator.actor, &cast.staff.email).await.is_ok());
    })
    .await;
}

/// What stands against erasing, by the read and by the mutation, in both languages; nothing changes.
async fn hindered(bank: &Bank, person: &Person, english: &str, korean: &str) {
    let before = bank.contents().await;
    for (lang, sentence) in [("en", english), ("ko", korean)] {
        let headers = [("accept-language", lang)];
        let body = json!({ "query": "{ viewer { erasure { possible reason } } }" }).to_string();
        let (_, answer) = bank.post(Some(&person.token), &headers, body).await;
        assert_eq!(answer["data"]["viewer"]["erasure"], json!({ "possible": false, "reason": sentence }));
        let query = "mutation($input: EraseAccountInput!) { eraseAccount(input: $input) {
            erasedAccount { erasedAt } errors { code message } } }";
        let body = json!({ "query": query, "variables": { "input": erasing(person) } }).to_string();
        let (_, answer) = bank.post(Some(&person.token), &headers, body).await;
        let errors = json!([{ "code": "WRONG_STATE", "message": sentence }]);
        assert_eq!(answer["data"]["eraseAccount"], json!({ "erasedAccount": null, "errors": errors }), "{answer}");
    }
    assert_eq!(bank.contents().await, before);
}

#[tokio::test]
async fn nobody_is_erased_while_a_request_of_theirs_is_under_way() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let journey = bank.submitted(&cast, &[(line.id, 1)]).await;
        hindered(
            bank,
            &cast.researcher,
            "Request REQ-2026-00001 is submitted; withdraw it first.",
            "신청 REQ-2026-00001이 '접수' 상태입니다. 먼저 철회해 주십시오.",
        )
        .await;
        let input = json!({ "request": journey.id });
        bank.done(&cast.staff, "claimDistributionRequest", "distributionRequest", "id", input).await;
        hindered(
            bank,
            &cast.staff,
            "You work on request REQ-2026-00001; decide it or send it back first.",
            "신청 REQ-2026-00001을 심사 중입니다. 먼저 심사를 결정하거나 보완을 요청해 주십시오.",
        )
        .await;
        let input = json!({ "request": journey.id, "lines": [{ "id": journey.lines[0], "decision": "APPROVE" }] });
        bank.done(&cast.staff, "decideDistributionRequest", "distributionRequest", "id", input).await;
        hindered(
            bank,
            &cast.researcher,
            "Request REQ-2026-00001 is approved; confirm the receipt of its vials first, or ask the bank.",
            "신청 REQ-2026-00001이 '승인' 상태입니다. 먼저 바이알의 수령을 확인하거나 은행에 문의해 주십시오.",
        )
        .await;
        hindered(
            bank,
            &cast.administrator,
            "This is the last administrator; give the role to somebody else first.",
            "마지막 관리자 계정입니다. 먼저 다른 사람에게 관리자 역할을 부여해 주십시오.",
        )
        .await;
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn erasing_asks_for_the_password_and_for_a_confirmation() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let before = bank.contents().await;
        let refused = async |change: Value| {
            let mut input = erasing(&cast.researcher);
            input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let payload = bank.act(&cast.researcher, "eraseAccount", ERASED, input).await;
            assert_eq!(payload["erasedAccount"], Value::Null);
            payload["errors"][0].clone()
        };
        let error = refused(json!({ "confirm": false })).await;
        let sentence = "Read in 'viewer.erasure' what goes and what is kept, then send 'confirm: true'.";
        assert_eq!([&error["code"], &error["field"], &error["message"]], ["REQUIRED", "confirm", sentence]);
        let error = refused(json!({ "email": cast.stranger.email })).await;
        let sentence = "This e-mail and password are not yours; everybody erases only their own account.";
        assert_eq!([&error["code"], &error["message"]], ["SIGNER_MISMATCH", sentence]);
        assert_eq!(bank.contents().await, before);
        assert_eq!(refused(json!({ "password": "a wrong password" })).await["code"], "WRONG_CREDENTIALS");
    })
    .await;
}

/// Texts of the bank that contain a piece of personal data, by table.
async fn traces(bank: &Bank, pieces: &[&str]) -> Vec<String> {
    let contents = bank.contents().await;
    let found = contents.iter().filter(|(_, rows)| rows.iter().any(|row| pieces.iter().any(|p| row.contains(p))));
    found.map(|(table, _)| table.clone()).collect()
}

#[tokio::test]
async fn a_person_goes_at_once_but_for_records_of_provision_and_those_after_five_years() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 3).await;
        let kept = received(bank, &cast, line.id).await;
        let withdrawn = bank.submitted(&cast, &[(line.id, 1)]).await;
        let input = json!({ "request": withdrawn.id });
        bank.done(&cast.researcher, "withdrawDistributionRequest", "distributionRequest", "id", input).await;
        bank.draft(&cast.researcher, &[(line.id, 1)]).await;
        bank.letters().await;
        let history = bank.contents().await["audit_event"].len();

        let what = format!("Record of provision {}: the request, its agreements and signatures, its shipments", kept.number);
        let law = "Bioethics and Safety Act art. 38; Enforcement Rule arts 31(2) and 35(5): ledgers of provision, kept 5 years";
        let keeps = json!([{ "what": what, "until": "2031-03-02", "legalBasis": law }]);
        let query = "{ viewer { erasure { possible reason keeps { what until legalBasis } } } }";
        let preview = bank.data(&cast.researcher, query, json!({})).await;
        assert_eq!(preview["viewer"]["erasure"], json!({ "possible": true, "reason": null, "keeps": keeps }));
        let erased = bank.act(&cast.researcher, "eraseAccount", ERASED, erasing(&cast.researcher)).await;
        let expected = json!({ "erasedAt": "2026-03-02T03:00:00+00:00", "keeps": keeps });
        assert_eq!(erased, json!({ "erasedAccount": expected, "errors": [] }));

        let gone = ["researcher@example.org", "argon2id$v=19$m=8,t=1,p=1$gone"];
        assert_eq!(traces(bank, &gone).await, [""; 0]);
        assert_eq!(traces(bank, &["Made-up researcher"]).await, ["agreement", "signature"]);
        assert_eq!(traces(bank, &["1 Made-up Street"]).await, ["request"]);
        assert_eq!(bank.number("SELECT count(*) FROM request WHERE address <> ''").await, 1);
        assert_eq!(bank.number("SELECT count(*) FROM request").await, 2, "the draft is gone");
        let row = Sql::new("SELECT count(*) FROM api_token WHERE person_id IN (SELECT id FROM person WHERE erased_at IS NOT NULL)");
        assert_eq!(row.number(bank.app.db.read()).await.unwrap(), 0);
        let answer = bank.ask(Some(&cast.researcher.token), "{ viewer { email } }", json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{answer}");
        let contents = bank.contents().await;
        let events = &contents["audit_event"];
        assert_eq!(events.len(), history + 1, "the history stays, with one event more");
        assert!(events.iter().any(|event| event.contains("account.erase")));
        fresh_demonstration(bank, &cast).await;

        on_the_last_day_it_is_kept_and_a_day_later_it_is_gone(bank).await;
    })
    .await;
}

/// The same address may register again, as somebody new.
async fn fresh_demonstration(bank: &Bank, cast: &Cast) {
    let account = NewAccount {
        email: cast.researcher.email.clone(),
        name: "Another person".into(),
        lang: Lang::Ko,
        institution: None,
        password: None,
        grants: vec![Grant { role: Role::Researcher, institution: None }],
        made_up: true,
    };
    let id = bank.app.run_prepared(&Actor::system("test"), account).await.unwrap();
    assert_ne!(Some(id), cast.researcher.actor.person_id());
    let number = "SELECT count(*) FROM request WHERE applicant_id = (SELECT max(id) FROM person)";
    assert_eq!(bank.number(number).await, 0, "they inherit nothing");
}

/// A round as the service does it every day.
async fn blank(bank: &Bank) -> Blanked {
    bank.app.run(&Actor::system("retention"), BlankErasedRecords).await.unwrap()
}

async fn erase_for(app: &App, actor: &Actor, email: &str) -> Result<Erased, personal_data::Error> {
    app.run(actor, EraseAccountFor { email: email.into() }).await
}

async fn on_the_last_day_it_is_kept_and_a_day_later_it_is_gone(bank: &Bank) {
    bank.app.clock.set("2031-03-02T14:59:59Z".parse().unwrap());
    assert_eq!(blank(bank).await, Blanked::default());
    bank.app.clock.set("2031-03-02T15:00:00Z".parse().unwrap());
    let blanked = blank(bank).await;
    assert_eq!(blanked, Blanked { requests: 1, agreements: 1, signatures: 1 });
    assert_eq!(blank(bank).await, Blanked::default());
    let pieces =
        ["Made-up researcher", "1 Made-up Street", "IRB-1 (made up)", "A made-up project", "Culture, differentiate"];
    assert_eq!(traces(bank, &pieces).await, [""; 0]);
    assert_eq!(bank.number("SELECT count(*) FROM signature WHERE printed_name <> ''").await, 2, "others' names stay");
    assert_eq!(bank.number("SELECT count(*) FROM dispatched_line").await, 1, "the statistics stay");
    assert_eq!(bank.number("SELECT count(*) FROM audit_event WHERE action = 'retention.sweep'").await, 1);
}

#[tokio::test]
async fn a_signature_can_lose_only_the_name_of_somebody_erased() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.in_force(&cast, &[(line.id, 1)]).await;
        bank.letters().await;
        let before = bank.contents().await;
        let gone = "UPDATE signature SET printed_name = '', meaning = '-'";
        for sql in [gone, "UPDATE signature SET meaning = 'something else'", "DELETE FROM signature"] {
            let refused = bank.execute(sql).await.unwrap_err();
            assert!(refused.to_string().contains("append-only"), "{refused}");
        }
        assert_eq!(bank.contents().await, before);
        bank.execute("UPDATE person SET erased_at = created_at").await.unwrap();
        for change in ["party = 'bank'", "printed_name = 'x'", "signed_at = '2020-01-01T00:00:00+00:00'"] {
            let sql = format!("UPDATE signature SET printed_name = '', meaning = '-', {change}");
            if change.starts_with("printed") {
                bank.execute("UPDATE signature SET printed_name = 'x'").await.unwrap_err();
                continue;
            }
            bank.execute(&sql).await.unwrap_err();
        }
        bank.execute(gone).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_administrator_erases_at_somebodys_wish_and_staff_leave_their_desk_to_the_others() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let journey = bank.claimed(&cast, &[(line.id, 1)]).await;
        let input = json!({ "request": journey.id, "comment": "Please complete." });
        bank.done(&cast.staff, "returnDistributionRequest", "distributionRequest", "id", input).await;
        bank.letters().await;
        let denied = erase_for(&bank.app, &cast.staff.actor, &cast.stranger.email).await.unwrap_err();
        assert!(denied.to_string().starts_with("Your role does not allow this."));
        let unknown = erase_for(&bank.app, &cast.administrator.actor, "nobody@example.org").await;
        assert_eq!(unknown.unwrap_err().to_string(), "There is no such account.");

        let preview = queries::erasure_preview(&bank.app, &cast.administrator.actor, &cast.staff.email).await.unwrap();
        assert!(preview.refusal.is_none() && preview.keeps.is_empty());
        erase_for(&bank.app, &cast.administrator.actor, &cast.staff.email).await.unwrap();
        let again = erase_for(&bank.app, &cast.administrator.actor, &cast.staff.email).await;
        assert!(again.is_err(), "there is nobody of that name any more");

        let input = json!({ "request": journey.id });
        bank.done(&cast.researcher, "submitDistributionRequest", "distributionRequest", "id", input).await;
        let notified: Vec<_> = bank.letters().await.into_iter().map(|letter| letter.recipient_id).collect();
        assert_eq!(notified, [cast.second_staff.actor.person_id().unwrap()]);
    })
    .await;
}

/// Columns of a table.
async fn columns(bank: &Bank, table: &str) -> BTreeSet<String> {
    let sql = match bank.engine() {
        DbBackend::Sqlite => format!("SELECT name FROM pragma_table_info('{table}')"),
        _ => format!("SELECT column_name::text FROM information_schema.columns WHERE table_name = '{table}'"),
    };
    let rows = Sql::new(sql).rows(bank.app.db.read()).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect()
}

/// Columns that point at a person by a foreign key.
async fn foreign_keys(bank: &Bank, table: &str) -> BTreeSet<String> {
    let sql = match bank.engine() {
        DbBackend::Sqlite => format!("SELECT \"from\" FROM pragma_foreign_key_list('{table}') WHERE \"table\" = 'person'"),
        _ => format!(
            "SELECT a.attname::text FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
             WHERE c.contype = 'f' AND c.conrelid = '{table}'::regclass AND c.confrelid = 'person'::regclass"
        ),
    };
    let rows = Sql::new(sql).rows(bank.app.db.read()).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect()
}

#[tokio::test]
async fn every_column_that_names_or_describes_a_person_has_its_fate() {
    on_a_bank(async |bank| {
        let mut pointing = BTreeSet::new();
        for table in tables(&bank.app.db).await {
            let mut of_table = foreign_keys(bank, &table).await;
            let named = |column: &String| column.contains("person") || column == "recipient_id";
            of_table.extend(columns(bank, &table).await.into_iter().filter(named));
            pointing.extend(of_table.into_iter().map(|column| (table.clone(), column)));
        }
        let decided: BTreeSet<_> =
            REFERENCES.iter().map(|(table, column, _)| ((*table).into(), (*column).into())).collect();
        assert_eq!(pointing, decided, "decide in personal_data::erasure::REFERENCES what becomes of these rows");
        for (table, list) in [("person", PERSON), ("request", &request())] {
            let decided: BTreeSet<String> = list.iter().map(|(column, _)| (*column).into()).collect();
            assert_eq!(
                columns(bank, table).await,
                decided,
                "decide in personal_data::erasure what becomes of '{table}'"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn the_people_of_a_demonstration_can_go_and_it_starts_again() {
    use stembank::config::{Argon2Cost, Config};
    let folder = tempfile::tempdir().unwrap();
    let cheap = || Config { argon2: Argon2Cost { memory_kib: 8, passes: 1, lanes: 1 }, ..Config::default() };
    let demo = stembank::demo::place::open(folder.path(), false, cheap()).await.unwrap();
    let system = Actor::system("test");
    let mut answers = vec![];
    for access in stembank::accounts::demo_accounts::ACCESS {
        let erased = erase_for(&demo.app, &system, access.email).await;
        answers.push(erased.map(drop).map_err(|error| error.to_string()));
    }
    assert!(answers[1].is_ok() && answers[3].is_ok(), "{answers:?}");
    assert!(answers[0].as_ref().unwrap_err().starts_with("Request REQ-"), "the demonstration's request is under way");
    demo.app.db.clone().close().await.unwrap();
    drop(demo);
    let again = stembank::demo::place::open(folder.path(), false, cheap()).await.unwrap();
    let people = Sql::new("SELECT count(*) FROM person WHERE erased_at IS NOT NULL");
    assert!(people.number(again.app.db.read()).await.unwrap() >= 2);
    again.app.db.clone().close().await.unwrap();
}
