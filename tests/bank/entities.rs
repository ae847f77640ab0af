//! The entities against the migrated schema: the same tables, columns, types, nulls and keys on both engines.
//!
//! An entity is compared as it describes itself ([`described`]), a table as the engine's catalogue tells ([`found`]).

mod table;

use crate::support::{Bank, on_a_bank, tables};
use sea_orm::{DbBackend, EntityTrait};
use std::collections::BTreeSet;
use std::path::Path;
use stembank::accounts::membership::model::institution_membership;
use stembank::accounts::model as accounts;
use stembank::agreements::model as agreements;
use stembank::approvals::model as approvals;
use stembank::audit::model as audit;
use stembank::catalogue::model as catalogue;
use stembank::db::model as bank;
use stembank::idempotency::model as idempotency;
use stembank::inventory::model as inventory;
use stembank::mail::model as mail;
use stembank::maintenance::model as maintenance;
use stembank::requests::model as requests;
use stembank::shipments::model as shipments;
use stembank::statistics::model as statistics;
use table::{ForeignKey, Table, described, found};

/// Calls a macro with every entity of the bank.
macro_rules! with_all_entities {
    ($call:ident) => {
        $call![
            accounts::account_secret,
            accounts::api_token,
            accounts::external_identity,
            accounts::institution,
            accounts::institution_token,
            accounts::openid_login,
            accounts::person,
            accounts::recovery_code,
            accounts::role_grant,
            accounts::second_factor,
            accounts::session,
            accounts::signing_proof,
            agreements::agreement,
            agreements::agreement_template,
            agreements::required_signature,
            agreements::signature,
            approvals::approval,
            audit::audit_anchor,
            audit::audit_event,
            audit::audit_key,
            audit::audit_seal,
            audit::audit_sealer,
            bank::bank,
            bank::catalogue_version,
            bank::commit_key,
            bank::number_series,
            catalogue::cell_line,
            catalogue::cell_line_disease,
            catalogue::cell_line_record,
            catalogue::cell_line_token,
            catalogue::disease,
            catalogue::disease_ancestor,
            catalogue::disease_code,
            catalogue::disease_token,
            catalogue::genetic_modification,
            idempotency::idempotency_key,
            institution_membership,
            inventory::lot,
            inventory::quality_test,
            inventory::reservation,
            inventory::vial,
            inventory::vial_event,
            mail::mail_message,
            mail::mail_preference,
            maintenance::backup,
            requests::message,
            requests::reminder,
            requests::request,
            requests::request_approval,
            requests::request_line,
            shipments::dispatched_line,
            shipments::reminder,
            shipments::shipment,
            shipments::shipment_vial,
            statistics::historical_total,
        ]
    };
}

/// Foreign keys that no entity declares as its relation, because they lead to an entity of a higher layer.
const UPWARD: [(&str, &str); 14] = [
    ("agreement", "request_id = request.id"),
    ("audit_event", "person_id = person.id"),
    ("idempotency_key", "person_id = person.id"),
    ("mail_message", "recipient_id = person.id"),
    ("mail_preference", "person_id = person.id"),
    // That these belong to one request; each has its own relation besides.
    ("dispatched_line", "request_id = request_line.request_id, request_line_id = request_line.id"),
    ("dispatched_line", "request_id = shipment.request_id, shipment_id = shipment.id"),
    ("shipment", "agreement_id = agreement.id, request_id = agreement.request_id"),
    ("shipment_vial", "request_id = request_line.request_id, request_line_id = request_line.id"),
    ("shipment_vial", "request_id = shipment.request_id, shipment_id = shipment.id"),
    ("openid_login", "agreement_id = required_signature.agreement_id, party = required_signature.party"),
    ("openid_login", "agreement_id = agreement.id"),
    ("reservation", "request_line_id = request_line.id"),
    ("signing_proof", "agreement_id = required_signature.agreement_id, party = required_signature.party"),
];

#[tokio::test]
async fn every_table_has_its_entity_and_every_entity_its_table() {
    on_a_bank(async |bank| {
        let entities = all_described(bank.engine());
        let names: Vec<_> = entities.iter().map(|(name, _)| name.clone()).collect();
        let once: BTreeSet<_> = names.iter().cloned().collect();
        assert_eq!(once.len(), names.len(), "an entity is listed twice");
        // Read by triggers alone.
        let found = tables(&bank.app.db).await.into_iter().filter(|table| table != "state_transition").collect();
        assert_eq!(once, found);
        assert_eq!(once, declared(), "an entity in the source tree is missing in the list");
    })
    .await;
}

#[tokio::test]
async fn entities_and_tables_agree() {
    on_a_bank(async |bank| {
        let mut differences = vec![];
        for (name, entity) in all_described(bank.engine()) {
            differences.extend(compare(&name, &entity, &found(bank, &name).await));
        }
        assert!(differences.is_empty(), "\n{}\n", differences.join("\n"));
    })
    .await;
}

#[tokio::test]
async fn an_entity_that_differs_would_be_caught() {
    on_a_bank(async |bank| {
        let table = found(bank, "reservation").await;
        assert_eq!(
            compare("reservation", &described::<inventory::reservation::Entity>(bank.engine()), &table),
            [""; 0]
        );
        let notified = compare("reservation", &described::<specimen::Entity>(bank.engine()), &table);
        let mut expected = vec![
            "reservation.ending: nullable in the table, not in the entity",
            "reservation.expires_at: not in the entity",
            "reservation.reason: not in the table",
            "reservation.vial_id: BigInteger in the table, Integer in the entity",
            "reservation: the key is {\"id\"} in the table, {\"request_line_id\"} in the entity",
            "reservation: rows are numbered in the table, not in the entity",
            "reservation: not unique in the table: {\"created_at\", \"vial_id\"}",
            "reservation: no foreign key in the table: request_line_id = request.id",
            "reservation: no relation in the entity: vial_id = vial.id",
        ];
        if bank.engine() == DbBackend::Postgres {
            expected.push("reservation.ended_at: Instant in the table, Day in the entity");
        }
        let (notified, expected): (BTreeSet<_>, BTreeSet<_>) =
            (notified.iter().map(String::as_str).collect(), expected.into_iter().collect());
        assert_eq!(notified, expected);
    })
    .await;
}

/// Every entity by its table's name, as it describes itself.
fn all_described(engine: DbBackend) -> Vec<(String, Table)> {
    macro_rules! describe {
        ($($area:ident $(:: $entity:ident)?,)*) => {
            vec![$({
                use $area $(:: $entity)? as entity;
                (table_name::<entity::Entity>(), described::<entity::Entity>(engine))
            }),*]
        };
    }
    with_all_entities!(describe)
}

fn table_name<E: EntityTrait>() -> String {
    E::default().table_name().to_owned()
}

/// What differs, one a line.
fn compare(name: &str, entity: &Table, table: &Table) -> Vec<String> {
    let mut notified = vec![];
    for column in entity.columns.keys().filter(|column| !table.columns.contains_key(*column)) {
        notified.push(format!("{name}.{column}: not in the table"));
    }
    for (column, (kind, nullable)) in &table.columns {
        match entity.columns.get(column) {
            None => notified.push(format!("{name}.{column}: not in the entity")),
            Some((other, _)) if other != kind => {
                notified.push(format!("{name}.{column}: {kind:?} in the table, {other:?} in the entity"));
            }
            Some((_, other)) if other != nullable => {
                let (yes, no) = if *nullable { ("table", "entity") } else { ("entity", "table") };
                notified.push(format!("{name}.{column}: nullable in the {yes}, not in the {no}"));
            }
            Some(_) => {}
        }
    }
    if entity.key != table.key {
        notified.push(format!("{name}: the key is {:?} in the table, {:?} in the entity", table.key, entity.key));
    }
    if entity.is_numbered != table.is_numbered {
        let (yes, no) = if table.is_numbered { ("table", "entity") } else { ("entity", "table") };
        notified.push(format!("{name}: rows are numbered in the {yes}, not in the {no}"));
    }
    notified
        .extend(entity.unique.difference(&table.unique).map(|set| format!("{name}: not unique in the table: {set:?}")));
    let missing = entity.foreign.difference(&table.foreign);
    notified.extend(missing.map(|key| format!("{name}: no foreign key in the table: {}", shown(key))));
    let undeclared =
        table.foreign.difference(&entity.foreign).map(shown).filter(|key| !UPWARD.contains(&(name, key.as_str())));
    notified.extend(undeclared.map(|key| format!("{name}: no relation in the entity: {key}")));
    notified
}

fn shown((columns, other): &ForeignKey) -> String {
    let pairs: Vec<_> = columns.iter().map(|(own, theirs)| format!("{own} = {other}.{theirs}")).collect();
    pairs.join(", ")
}

/// Names of the tables of all entities in the source tree.
fn declared() -> BTreeSet<String> {
    let mut tables = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(path).unwrap();
                tables.extend(
                    text.split("table_name = \"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.into())),
                );
            }
        }
    }
    tables
}

/// Every row of every table, read as its entity.
pub async fn every_row_can_be_read(bank: &Bank) {
    async fn read<E: EntityTrait>(bank: &Bank) {
        let name = E::default().table_name().to_owned();
        let rows = E::find().all(bank.app.db.read()).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let count = bank.number(&format!("SELECT count(*) FROM {name}")).await;
        assert_eq!(i64::try_from(rows.len()).unwrap(), count, "{name}");
    }
    macro_rules! read_all {
        ($($area:ident $(:: $entity:ident)?,)*) => {$(read::<$area $(:: $entity)? ::Entity>(bank).await;)*};
    }
    with_all_entities!(read_all);
}

/// An entity of the table of reservations that is wrong in every way.
mod specimen {
    use sea_orm::entity::prelude::*;
    use stembank::requests::model::request;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reservation")]
    pub struct Model {
        pub id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub request_line_id: i64,
        #[sea_orm(unique_key = "vial")]
        pub vial_id: i32,
        #[sea_orm(unique_key = "vial")]
        pub created_at: DateTimeUtc,
        pub ended_at: Option<Date>,
        pub ending: String,
        pub reason: Option<String>,
        #[sea_orm(belongs_to, from = "request_line_id", to = "id")]
        pub request: BelongsTo<request::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
