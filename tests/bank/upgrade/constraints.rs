//! What steps are made of does what it says on both engines: constraints of tables that are there already.

use super::structure::{broken_rows, structure};
use crate::support::Bank;
use migrations::constraints::{constrain, not_null, words};
use migrations::{Migrator, MigratorTrait};
use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager};

/// A step that the const generic chooses.
struct Next<const STEP: u8>;
struct Step(u8);

impl<const STEP: u8> MigratorTrait for Next<STEP> {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut steps = Migrator::migrations();
        steps.push(Box::new(Step(STEP)));
        steps
    }
}

impl MigrationName for Step {
    fn name(&self) -> &str {
        "x01_constraints"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match self.0 {
            // All at once, on a table with comments and added columns.
            0 => {
                let lot = "CONSTRAINT lot_numbered CHECK (number LIKE 'LOT-%')";
                let person = "CONSTRAINT lot_of_person FOREIGN KEY (released_by) REFERENCES person (id)";
                constrain(manager, "lot", &[lot, person]).await?;
                not_null(manager, "institution", "city TEXT").await?;
                words(manager, "lot", "tier", &["seed", "master", "working", "distribution", "reserve"]).await?;
                words(manager, "lot", "state", &["quarantined", "released", "recalled", "exhausted", "on_hold"])
                    .await?;
                words(manager, "session", "user_agent", &["A browser"]).await
            }
            1 => constrain(manager, "lot", &["CONSTRAINT lot_numbered CHECK (number LIKE 'L-%')"]).await,
            2 => {
                let reference = "CONSTRAINT lot_known FOREIGN KEY (passage) REFERENCES person (id)";
                constrain(manager, "lot", &[reference]).await
            }
            3 => words(manager, "lot", "state", &["released", "recalled", "exhausted"]).await,
            4 => not_null(manager, "lot", "parent_lot_id BIGINT").await,
            5 => constrain(manager, "lot", &["CONSTRAINT no SQL at all"]).await,
            _ => constrain(manager, "lots", &["CONSTRAINT lot_numbered CHECK (TRUE)"]).await,
        }
    }
}

#[tokio::test]
async fn constraints_are_added_to_a_filled_table_and_hold_from_then_on() {
    let bank = with_a_lot().await;
    bank.app.db.migrate_with::<Next<0>>().await.unwrap();
    assert_eq!(broken_rows(&bank.app.db).await, [""; 0]);
    for refused in [
        "UPDATE lot SET number = 'another'",
        "UPDATE lot SET released_by = 99",
        "UPDATE lot SET tier = 'heap'",
        "UPDATE institution SET city = NULL",
    ] {
        bank.refuses_sql(refused).await;
    }
    bank.execute("UPDATE lot SET number = 'LOT-2', tier = 'reserve'").await.unwrap();
    bank.execute("INSERT INTO state_transition VALUES ('lot', 'quarantined', 'on_hold')").await.unwrap();
    bank.execute("UPDATE lot SET state = 'on_hold', released_at = '2026-03-02T03:00:00+00:00'").await.unwrap();
    bank.close().await;
}

#[tokio::test]
async fn what_the_rows_break_or_nobody_can_read_is_refused_and_leaves_nothing() {
    let bank = with_a_lot().await;
    let (rows, before) = (bank.contents().await, structure(&bank.app.db).await);
    for refusal in [
        bank.app.db.migrate_with::<Next<1>>().await,
        bank.app.db.migrate_with::<Next<2>>().await,
        bank.app.db.migrate_with::<Next<3>>().await,
        bank.app.db.migrate_with::<Next<4>>().await,
        bank.app.db.migrate_with::<Next<5>>().await,
        bank.app.db.migrate_with::<Next<6>>().await,
    ] {
        refusal.unwrap_err();
        assert_eq!(structure(&bank.app.db).await, before);
    }
    assert_eq!(bank.contents().await, rows);
    bank.refuses_sql("UPDATE sqlite_master SET sql = ''").await;
    bank.execute("UPDATE lot SET number = 'LOT-2'").await.unwrap();
    bank.close().await;
}

async fn with_a_lot() -> Bank {
    let bank = Bank::open().await;
    let rows = "
      INSERT INTO institution (id, name, name_key, acronyms, aliases, institution_type, city, domains, status)
        VALUES (1, 'A University', 'a university', '', '', 'university', 'Seoul', '', 'open');
      INSERT INTO cell_line (id, holding, accession, name, name_key, synonyms, cell_type, grade, publication_status)
        VALUES (1, 'held', 'KSCB-0001', 'A', 'a', '[]', 'embryonic', 'research', 'published');
      INSERT INTO lot (id, line_id, number, tier, passage, frozen_on, vials_made, cells_per_vial, state)
        VALUES (1, 1, 'LOT-1', 'distribution', 9, '2026-01-05', 1, 1000000, 'quarantined');";
    bank.execute(rows).await.unwrap();
    bank
}
