//! The demonstration: what is in it, what is marked as made up, and how one gets in.

use crate::browser::Browser;
use crate::support::{Bank, on_a_bank};
use chrono::Duration;
use serde_json::json;
use stembank::accounts::commands::authenticate;
use stembank::accounts::demo_accounts::{ACCESS, as_json};
use stembank::accounts::institutions::queries as institutions;
use stembank::accounts::passwords::Password;
use stembank::accounts::queries::actor_by_token;
use stembank::actor::{Actor, Permission, Role};
use stembank::catalogue::queries::count_diseases;
use stembank::config::{Argon2Cost, Config};
use stembank::db::{Sql, database_kind, is_demo};
use stembank::demo::{self, Error, place};
use stembank::language::Lang;
use stembank::page::Window;
use stembank::search::cell_lines;
use stembank::search::{Filter, Order};
use stembank::statistics::queries::years;

// One demonstration for everything that only reads: filling one takes seconds in a build for development.
#[tokio::test]
async fn a_demonstration_is_what_it_promises() {
    on_a_bank(async |bank| {
        demo::fill(&bank.app).await.expect("an empty bank is filled");
        // What made-up people are told during the filling is the concern of the areas that tell it.
        bank.letters().await;
        it_has_all_records_and_is_marked(bank).await;
        a_suspended_and_a_withdrawn_line_say_why(bank).await;
        published_years_stay_as_they_are_and_made_up_ones_say_so(bank).await;
        everything_made_up_carries_the_mark(bank).await;
        requests_stand_in_every_state_that_a_visitor_should_see(bank).await;
        every_documented_person_gets_in_and_has_one_role(bank).await;
        a_korean_disease_finds_real_and_made_up_lines(bank).await;
        crate::entities::every_row_can_be_read(bank).await;
        it_is_filled_once(bank).await;
    })
    .await;
}

async fn it_has_all_records_and_is_marked(bank: &Bank) {
    let kind = database_kind(bank.app.db.read()).await.unwrap();
    assert!(kind.is_demo && kind.is_filled);
    assert_eq!(bank.number("SELECT count(*) FROM cell_line").await, 253 + 6);
    assert_eq!(bank.number("SELECT count(*) FROM cell_line WHERE holding = 'held'").await, 42);
    assert_eq!(bank.number("SELECT count(*) FROM cell_line WHERE holding = 'held' AND name LIKE 'KSCBi%'").await, 36);
    assert_eq!(bank.number("SELECT count(*) FROM cell_line WHERE lmo").await, 16);
    assert_eq!(bank.number("SELECT count(*) FROM cell_line WHERE provision_consent = 'unknown'").await, 1);
    assert_eq!(count_diseases(&bank.app, None).await.unwrap(), 1_382);
    assert_eq!(bank.number("SELECT count(*) FROM disease WHERE name_ko IS NOT NULL").await, 53);
    assert!(bank.number("SELECT count(*) FROM disease_ancestor").await > 600);
    assert_eq!(bank.number("SELECT count(*) FROM institution").await, 767);
    assert_eq!(institutions::count(&bank.app, &Actor::system("test"), &Default::default()).await.unwrap(), 742);
    let named = "SELECT min(accession) || max(accession) FROM cell_line WHERE made_up";
    let row = Sql::new(named).one(bank.app.db.read()).await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<String>(0).unwrap(), "DEMO-0037DEMO-0042");
}

async fn a_suspended_and_a_withdrawn_line_say_why(bank: &Bank) {
    for (accession, status) in [("DEMO-0041", "SUSPENDED"), ("DEMO-0042", "WITHDRAWN")] {
        let query = "query($a: String) { cellLine(accession: $a) { publicationStatus publicationReason madeUp } }";
        let line = bank.ask(None, query, json!({ "a": accession })).await["data"]["cellLine"].clone();
        assert_eq!((&line["publicationStatus"], &line["madeUp"]), (&json!(status), &json!(true)), "{line}");
        assert!(line["publicationReason"].as_str().unwrap().starts_with("Made up: "), "{line}");
    }
}

async fn published_years_stay_as_they_are_and_made_up_ones_say_so(bank: &Bank) {
    let figures = years(&bank.app, 2019, 2026).await.unwrap();
    let published: Vec<_> = figures[..6].iter().map(|year| year.distributions).collect();
    assert_eq!(published, [66, 80, 75, 81, 68, 133].map(Some));
    assert!(figures[..6].iter().all(|year| year.recorded.is_none()));
    assert_eq!(figures[5].institutions, Some(49));
    for year in &figures[6..] {
        assert!(year.historical.is_none());
        assert!(year.recorded.is_some_and(|recorded| recorded.made_up && recorded.distributions > 0), "{year:?}");
    }
    assert_eq!(figures[6].distributions, Some(4));
}

async fn everything_made_up_carries_the_mark(bank: &Bank) {
    for table in ["person", "lot", "vial", "request", "shipment", "dispatched_line"] {
        assert!(bank.number(&format!("SELECT count(*) FROM {table}")).await > 0, "{table}");
        assert_eq!(bank.number(&format!("SELECT count(*) FROM {table} WHERE NOT made_up")).await, 0, "{table}");
    }
    assert_eq!(bank.number("SELECT count(*) FROM institution WHERE made_up").await, 0);
    let unsaid =
        "SELECT count(*) FROM cell_line WHERE made_up <> (name LIKE '%(made up)') OR made_up <> (rrid IS NULL)";
    assert_eq!(bank.number(unsaid).await, 0);
    let ungrounded = "SELECT count(*) FROM cell_line WHERE holding = 'held'
                        AND (holding_basis_en IS NULL OR holding_basis_ko IS NULL)";
    assert_eq!(bank.number(ungrounded).await, 0);
}

async fn requests_stand_in_every_state_that_a_visitor_should_see(bank: &Bank) {
    for (state, count) in
        [("draft", 1), ("submitted", 1), ("returned", 1), ("under_review", 1), ("approved", 3), ("closed", 3)]
    {
        let found = bank.number(&format!("SELECT count(*) FROM request WHERE state = '{state}'")).await;
        assert_eq!(found, count, "{state}");
    }
    for (state, count) in [("waitlisted", 1), ("refused", 1), ("reserved", 2), ("received", 6)] {
        let found = bank.number(&format!("SELECT count(*) FROM request_line WHERE state = '{state}'")).await;
        assert_eq!(found, count, "{state}");
    }
    for (state, count) in [("offered", 1), ("in_force", 4)] {
        let found = bank.number(&format!("SELECT count(*) FROM agreement WHERE state = '{state}'")).await;
        assert_eq!(found, count, "{state}");
    }
    let soon = bank.app.clock.now() + Duration::days(7);
    let sql = "SELECT count(*) FROM reservation WHERE ended_at IS NULL AND expires_at <= $1";
    assert_eq!(Sql::with(sql, [soon.into()]).number(bank.app.db.read()).await.unwrap(), 0);
    assert_eq!(bank.number("SELECT count(*) FROM lot WHERE state = 'quarantined'").await, 1);
    assert_eq!(bank.number("SELECT count(*) FROM dispatched_line WHERE year < 2025").await, 0);
    let now = bank.app.clock.now();
    for (table, column) in
        [("audit_event", "at"), ("person", "created_at"), ("shipment", "received_at"), ("lot", "released_at")]
    {
        let sql = Sql::with(format!("SELECT count(*) FROM {table} WHERE {column} > $1"), [now.into()]);
        assert_eq!(sql.number(bank.app.db.read()).await.unwrap(), 0, "{table}.{column} is in the future");
    }
}

async fn every_documented_person_gets_in_and_has_one_role(bank: &Bank) {
    for access in ACCESS {
        let actor = actor_by_token(&bank.app, access.token, Some(Lang::En)).await.unwrap();
        let actor = actor.unwrap_or_else(|| panic!("{} is let in", access.email));
        assert_eq!(actor.grants().iter().map(|grant| grant.role).collect::<Vec<_>>(), [access.role]);
        let password = Password(access.password.into());
        let proved = authenticate(&bank.app, &actor, access.email, password).await.unwrap();
        assert_eq!(proved.map(|proved| proved.person()), actor.person_id());
        let browser = Browser::of(bank);
        browser.sign_in(access.email, access.password, None).await;
        let roles = browser.ask("{ viewer { roles { role } } }").await["viewer"]["roles"].clone();
        assert_eq!(roles, json!([{ "role": access.role_name() }]), "by password, without a second factor");
    }
    let of = async |role: Role| {
        let access = ACCESS.iter().find(|access| access.role == role).unwrap();
        actor_by_token(&bank.app, access.token, None).await.unwrap().unwrap()
    };
    let (researcher, signatory) = (of(Role::Researcher).await, of(Role::Signatory).await);
    assert_eq!(signatory.signs_for().next(), researcher.institution());
    assert!(researcher.can(Permission::RequestLines) && !researcher.can(Permission::DecideRequests));
}

async fn a_korean_disease_finds_real_and_made_up_lines(bank: &Bank) {
    let filter = Filter { search: Some("레트".into()), ..Filter::default() };
    let anybody = Actor::anonymous(Lang::Ko);
    let found = cell_lines::list(&bank.app, &anybody, filter, Order::Relevance, &Window::default()).await.unwrap();
    let mut names: Vec<_> = found.rows.iter().map(|row| row.1.name.as_str()).collect();
    assert_eq!(names[0], "Demo Rett syndrome iPSC (made up)", "held lines come first");
    names.sort_unstable();
    assert_eq!(names, ["Demo Rett syndrome iPSC (made up)", "RS1-52M", "RS1-61P", "RS2-62P", "RS2-65M"]);
}

async fn it_is_filled_once(bank: &Bank) {
    let before = bank.contents().await;
    assert!(matches!(demo::fill(&bank.app).await, Err(Error::NotEmpty)));
    assert_eq!(bank.contents().await, before);
}

#[tokio::test]
async fn a_bank_with_something_in_it_does_not_become_a_demonstration() {
    on_a_bank(async |bank| {
        let sql = "INSERT INTO historical_total (year, measure, value, source) VALUES (2020, 'vials', 1, 'us')";
        bank.execute(sql).await.unwrap();
        assert!(matches!(demo::fill(&bank.app).await, Err(Error::NotEmpty)));
        assert!(!is_demo(bank.app.db.read()).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_folder_keeps_its_demonstration_until_it_is_reset_and_mends_an_unfilled_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("a folder");
    let cheap = || Config { argon2: Argon2Cost { memory_kib: 8, passes: 1, lanes: 1 }, ..Config::default() };
    let visitors = "SELECT count(*) FROM person WHERE name = 'a visitor'";
    let rename = "UPDATE person SET name = 'a visitor' WHERE id = 1";
    let unfill = "UPDATE bank SET filled = FALSE";

    // What is done first, whether it starts anew, and whether the visitor's change is still there then.
    for (sql, reset, kept) in
        [("", false, 0), (rename, false, 1), ("", true, 0), (rename, false, 1), (unfill, false, 0)]
    {
        if !sql.is_empty() {
            let demo = place::open(&data, false, cheap()).await.unwrap();
            let tx = demo.app.db.begin().await.unwrap();
            Sql::new(sql).run(&*tx).await.unwrap();
            tx.commit().await.unwrap();
            demo.app.db.clone().close().await.unwrap();
        }
        let demo = place::open(&data, reset, cheap()).await.unwrap();
        assert!(database_kind(demo.app.db.read()).await.unwrap().is_filled);
        assert_eq!(Sql::new(visitors).number(demo.app.db.read()).await.unwrap(), kept, "{sql} {reset}");
        demo.app.db.clone().close().await.unwrap();
    }
    let mut names: Vec<_> = std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["bank.db", "bank.lock"]);
}

#[test]
fn the_ways_in_are_a_list_with_four_keys_each() {
    let list: serde_json::Value = serde_json::from_str(&as_json()).unwrap();
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 5);
    for one in list {
        let keys: Vec<_> = one.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["email", "password", "role", "token"]);
        assert!(one["token"].as_str().unwrap().starts_with("stembank_demo_"));
        assert!(one["password"].as_str().unwrap().len() >= 12);
    }
}
