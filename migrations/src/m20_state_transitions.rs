//! Which state of a thing follows which: one table, by which the database refuses every other change. The code has the
//! same as data beside each thing's states.

use crate::refusals::{Refusal, refuse};
use sea_orm_migration::sea_orm::DbBackend;
use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager};

const SQL: &str = r#"
CREATE TABLE state_transition (
  -- The table whose rows have the states.
  thing TEXT NOT NULL CHECK (thing <> ''),
  from_state TEXT NOT NULL CHECK (from_state <> ''),
  to_state TEXT NOT NULL CHECK (to_state <> from_state),
  PRIMARY KEY (thing, from_state, to_state)
) {rowless};
INSERT INTO state_transition (thing, from_state, to_state) VALUES
  ('cell_line', 'draft', 'published'),
  ('cell_line', 'published', 'suspended'),
  ('cell_line', 'published', 'withdrawn'),
  ('cell_line', 'suspended', 'published'),
  ('cell_line', 'suspended', 'withdrawn'),
  ('lot', 'quarantined', 'released'),
  ('vial', 'in_quarantine', 'available'),
  ('vial', 'available', 'reserved'),
  ('vial', 'reserved', 'available'),
  ('vial', 'reserved', 'picked'),
  ('vial', 'picked', 'shipped'),
  ('request', 'draft', 'submitted'),
  ('request', 'draft', 'withdrawn'),
  ('request', 'submitted', 'under_review'),
  ('request', 'submitted', 'withdrawn'),
  ('request', 'returned', 'submitted'),
  ('request', 'returned', 'withdrawn'),
  ('request', 'under_review', 'submitted'),
  ('request', 'under_review', 'returned'),
  ('request', 'under_review', 'withdrawn'),
  ('request', 'under_review', 'approved'),
  ('request', 'under_review', 'rejected'),
  ('request', 'under_review', 'closed'),
  ('request', 'approved', 'closed'),
  -- Its last undecided line was withdrawn while nobody had it on the desk.
  ('request', 'submitted', 'approved'),
  ('request', 'submitted', 'closed'),
  ('request', 'returned', 'approved'),
  ('request', 'returned', 'closed'),
  ('request_line', 'requested', 'approved'),
  ('request_line', 'requested', 'refused'),
  ('request_line', 'requested', 'cancelled'),
  ('request_line', 'approved', 'reserved'),
  ('request_line', 'approved', 'waitlisted'),
  ('request_line', 'approved', 'cancelled'),
  ('request_line', 'waitlisted', 'reserved'),
  ('request_line', 'waitlisted', 'cancelled'),
  ('request_line', 'reserved', 'approved'),
  ('request_line', 'reserved', 'shipped'),
  ('request_line', 'reserved', 'cancelled'),
  ('request_line', 'shipped', 'received'),
  ('agreement', 'offered', 'partly_signed'),
  ('agreement', 'offered', 'in_force'),
  ('agreement', 'offered', 'declined'),
  ('agreement', 'partly_signed', 'in_force'),
  ('agreement', 'partly_signed', 'declined'),
  ('agreement', 'in_force', 'expired'),
  ('shipment', 'packed', 'shipped'),
  ('shipment', 'shipped', 'received'),
  ('institution_membership', 'requested', 'active'),
  ('institution_membership', 'requested', 'refused'),
  ('institution_membership', 'requested', 'left'),
  ('institution_membership', 'active', 'left'),
  ('mail_message', 'queued', 'sent'),
  ('mail_message', 'queued', 'dead'),
  ('mail_message', 'dead', 'queued'),
  -- A worker whose lease had ended handed it over after all.
  ('mail_message', 'dead', 'sent');
"#;

/// That a withdrawn line stays withdrawn is one of these rules now.
const SUPERSEDED_ON_SQLITE: &str = "DROP TRIGGER cell_line_withdrawn;";
const SUPERSEDED_ON_POSTGRES: &str =
    "DROP TRIGGER cell_line_withdrawn ON cell_line; DROP FUNCTION cell_line_stays_withdrawn();";

/// Things with the column of their state.
const THINGS: [(&str, &str); 9] = [
    ("cell_line", "publication_status"),
    ("lot", "state"),
    ("vial", "state"),
    ("request", "state"),
    ("request_line", "state"),
    ("agreement", "state"),
    ("shipment", "state"),
    ("institution_membership", "state"),
    ("mail_message", "state"),
];

/// See the file's text.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m20_state_transitions"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await?;
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        crate::run(manager, if sqlite { SUPERSEDED_ON_SQLITE } else { SUPERSEDED_ON_POSTGRES }).await?;
        for (thing, column) in THINGS {
            // A state that is there never becomes none.
            let when = format!(
                "OLD.{column} IS NOT NULL AND OLD.{column} IS DISTINCT FROM NEW.{column} AND NOT EXISTS
                   (SELECT 1 FROM state_transition t
                    WHERE t.thing = '{thing}' AND t.from_state = OLD.{column} AND t.to_state = NEW.{column})"
            );
            let refusal = Refusal {
                name: &format!("{thing}_{column}_follows"),
                table: thing,
                change: &format!("UPDATE OF {column}"),
                when: &when,
                because: &format!("no such change of {thing}.{column}"),
            };
            refuse(manager, &refusal).await?;
        }
        Ok(())
    }
}
