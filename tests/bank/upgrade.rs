//! Databases of earlier releases, filled, and what becomes of them in this one.

mod approvals;
mod atomic;
mod constraints;
mod keep;
mod leftovers;
mod structure;
mod verbs;

use crate::cast::Person;
use crate::instance::Instance;
use crate::support::{Bank, Place, tables};
use axum::http::{Method, StatusCode};
use migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, JsonValue};
use serde_json::json;
use std::collections::BTreeMap;
use stembank::accounts::demo_accounts::ACCESS;
use stembank::accounts::queries::actor_by_token;
use stembank::actor::Role;
use stembank::audit::model::audit_event;
use stembank::db::{Db, Sql};
use stembank::history;
use structure::{broken_rows, structure};

/// The kept demonstrations, one a release; see the README in the folder.
const RELEASES: [&str; 1] = ["r01-demo"];
/// Rows of every table at an earlier step.
const ROWS_AT_M17: &str = include_str!("upgrade/m17-rows.sql");

#[tokio::test]
async fn a_demonstration_of_every_earlier_release_goes_on_in_this_one() {
    for release in RELEASES {
        let bank = upgraded(Place::kept(release).await).await;
        its_history_is_understood(&bank).await;
        pages_answer(&bank, "/catalogue/DEMO-0039").await;
        what_was_reserved_before_reaches_its_laboratory(&bank).await;
        bank.close().await;
    }
}

#[tokio::test]
async fn rows_of_every_table_from_before_the_first_kept_release_go_on_in_this_one() {
    let place = at_step("m17_leftovers", ROWS_AT_M17).await;
    let db = Db::connect(&place.url).await.unwrap();
    let empty: Vec<_> = rows(&db).await.into_iter().filter(|(_, rows)| rows.is_empty()).map(|(name, _)| name).collect();
    assert_eq!(empty, [""; 0], "every table has rows");
    db.close().await.unwrap();

    let bank = upgraded(place).await;

    pages_answer(&bank, "/catalogue/KSCB-0001").await;
    bank.close().await;
}

/// After rows that came with their keys, PostgreSQL counts on from the highest, as SQLite does by itself.
const KEYS_GO_ON: &str = "
DO $$
DECLARE counted record;
BEGIN
  FOR counted IN
    SELECT c.oid::regclass AS name, a.attname AS key, pg_get_serial_sequence(c.oid::regclass::text, a.attname) AS counter
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
  LOOP
    IF counted.counter IS NOT NULL THEN
      EXECUTE format('SELECT setval(%L, coalesce(max(%I), 0) + 1, false) FROM %s', counted.counter, counted.key,
        counted.name);
    END IF;
  END LOOP;
END $$";

/// A database as it was after a step, with these rows.
async fn at_step(last: &str, rows: &str) -> Place {
    let place = Place::empty().await;
    let connection = place.connect().await;
    let steps = Migrator::migrations().iter().position(|step| step.name() == last).unwrap() + 1;
    Migrator::up(&connection, Some(u32::try_from(steps).unwrap())).await.unwrap();
    connection.execute_unprepared(rows).await.unwrap();
    if connection.get_database_backend() == DbBackend::Postgres {
        connection.execute_unprepared(KEYS_GO_ON).await.unwrap();
    }
    connection.close().await.unwrap();
    place
}

/// Columns that are gone, because what stood in them stands in rows of its own now.
const MOVED: [(&str, &[&str]); 1] = [("request", &approvals::COLUMNS)];

/// A bank on a database of an earlier release that was brought to this one; whatever stood in it stands there still.
async fn upgraded(place: Place) -> Bank {
    // By connections of its own: one that asked for every column of a table before must not ask so again after.
    let earlier = Db::connect(&place.url).await.unwrap();
    let before = rows(&earlier).await;
    earlier.close().await.unwrap();
    let bank = Bank::at(place).await;
    let db = &bank.app.db;

    db.migrate().await.unwrap();

    assert_eq!(db.pending_migrations().await.unwrap(), [""; 0]);
    let after = rows(db).await;
    for (table, rows) in &before {
        let moved = MOVED.iter().find(|(name, _)| name == table).map_or(&[][..], |(_, columns)| columns);
        let columns = rows.first().map(|row| row.keys().filter(|name| !moved.contains(&name.as_str())).collect());
        let columns: Vec<_> = columns.unwrap_or_default();
        let mut found: Vec<_> = after[table].iter().map(|row| only(row, &columns)).collect();
        found.sort();
        let mut expected: Vec<_> = rows.iter().map(|row| only(&verbs::renamed(table, row), &columns)).collect();
        expected.sort();
        assert_eq!(found, expected, "{table}");
    }
    approvals::stand_as_before(&before["request"], db).await;
    assert_eq!(broken_rows(db).await, [""; 0]);
    let fresh = Bank::open().await;
    assert_eq!(structure(db).await, structure(&fresh.app.db).await, "as if it had been made by this release");
    fresh.close().await;
    let events = bank.number("SELECT count(*) FROM audit_event").await;
    let report = bank.intact().await;
    assert_eq!((report.events, report.unsealed), (events, 0), "the history is whole");
    bank
}

type Row = serde_json::Map<String, JsonValue>;

/// Every row of every table, by table.
async fn rows(db: &Db) -> BTreeMap<String, Vec<Row>> {
    let mut all = BTreeMap::new();
    for table in tables(db).await {
        let rows: Vec<JsonValue> = Sql::new(format!("SELECT * FROM {table}")).all(db.read()).await.unwrap();
        let rows = rows.into_iter().map(|row| row.as_object().expect("a row has columns").clone());
        all.insert(table, rows.collect());
    }
    all
}

/// A row as text, with these columns alone.
fn only(row: &Row, columns: &[&String]) -> String {
    let kept: Row = columns.iter().filter_map(|name| Some(((*name).clone(), row.get(*name)?.clone()))).collect();
    JsonValue::from(kept).to_string()
}

/// The service shows what came from before, to everybody and to whoever is signed in.
async fn pages_answer(bank: &Bank, line: &str) {
    let service = Instance::of(bank);
    for address in ["/", "/catalogue", line, "/diseases", "/statistics", "/sign-in"] {
        let reply = service.send(Method::GET, address, &[("accept-language", "en")], String::new()).await;
        assert_eq!(reply.status, StatusCode::OK, "{address}: {}", reply.text);
    }
    let lines =
        service.data("{ cellLines(first: 50) { totalCount nodes { name availability lots { number } } } }").await;
    assert_eq!(lines["cellLines"]["totalCount"], bank.number("SELECT count(*) FROM cell_line").await);
    let years = service.data("{ yearlyDistribution(year: 2024) { distributions } }").await;
    assert!(years["yearlyDistribution"].is_object(), "{years}");
}

/// Every event is of a type of this release, which says what the row says and would write it in the same form.
async fn its_history_is_understood(bank: &Bank) {
    let events = audit_event::Entity::find().all(bank.app.db.read()).await.unwrap();
    assert!(events.len() > 500, "{} events", events.len());
    let strange = events.iter().filter(|event| !history::understands(event));
    let strange: Vec<_> = strange.map(|event| format!("{}: {}", event.action, event.detail)).collect();
    assert!(strange.is_empty(), "{}", strange.join("\n"));
}

/// Staff packs and sends what was reserved in the earlier release, and the applicant confirms the receipt.
async fn what_was_reserved_before_reaches_its_laboratory(bank: &Bank) {
    let (staff, researcher) = (demo_account(bank, Role::Staff).await, demo_account(bank, Role::Researcher).await);
    let state = "query { distributionRequest(number: \"REQ-2026-00003\") { id state lines { state } } }";
    let request = bank.data(&staff, state, json!({})).await["distributionRequest"].clone();
    assert_eq!(request["lines"], json!([{ "state": "RESERVED" }, { "state": "RESERVED" }]));

    let input = json!({ "request": request["id"] });
    let shipment = bank.done(&staff, "createShipment", "shipment", "id", input).await["id"].clone();
    let input = json!({ "shipment": shipment });
    bank.done(&staff, "dispatchShipment", "shipment", "id", input.clone()).await;
    bank.done(&researcher, "confirmReceipt", "shipment", "id", input).await;

    let request = bank.data(&staff, state, json!({})).await["distributionRequest"].clone();
    assert_eq!(request["state"], "CLOSED");
    bank.seal().await;
    bank.intact().await;
}

/// Who a documented way in of a demonstration leads in as.
async fn demo_account(bank: &Bank, role: Role) -> Person {
    let access = ACCESS.iter().find(|access| access.role == role).unwrap();
    let actor = actor_by_token(&bank.app, access.token, None).await.unwrap().unwrap();
    Person { email: access.email.into(), token: access.token.into(), actor }
}
