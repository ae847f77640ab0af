//! A vial's state agrees with its open reservation and its shipment, whoever writes: the database looks when a
//! transaction commits. What earlier releases left in disagreement is put right first.

use crate::refusals::{fixed, kept};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, Statement};
use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager};

/// What could be left behind when a reservation expired, or was released, while its vials were packed.
const PUT_RIGHT: &str = r#"
-- What is packed stays reserved until it leaves.
UPDATE reservation SET ended_at = NULL, ending = NULL WHERE id IN (
  SELECT max(r.id) FROM shipment s
    JOIN shipment_vial x ON x.shipment_id = s.id AND NOT x.cancelled
    JOIN vial v ON v.id = x.vial_id AND v.state = 'picked'
    JOIN reservation r ON r.vial_id = x.vial_id AND r.request_line_id = x.request_line_id
  WHERE s.state = 'packed' GROUP BY x.id HAVING count(CASE WHEN r.ended_at IS NULL THEN 1 END) = 0);
UPDATE request_line SET state = 'reserved', waitlisted_at = NULL
  WHERE state IN ('approved', 'waitlisted') AND id IN (
    SELECT x.request_line_id FROM shipment_vial x JOIN shipment s ON s.id = x.shipment_id
    WHERE s.state = 'packed' AND NOT x.cancelled);
-- What was reserved once more for a line that is packed is in no shipment.
UPDATE reservation SET ended_at = {now}, ending = 'released'
  WHERE ended_at IS NULL AND vial_id NOT IN (SELECT vial_id FROM shipment_vial WHERE NOT cancelled)
    AND request_line_id IN (
      SELECT x.request_line_id FROM shipment_vial x JOIN shipment s ON s.id = x.shipment_id
      WHERE s.state = 'packed' AND NOT x.cancelled);
-- Nor is what was counted as shipped together with its line.
UPDATE reservation SET ending = 'released'
  WHERE ending = 'shipped' AND vial_id IN (SELECT id FROM vial WHERE state = 'reserved')
    AND vial_id NOT IN (SELECT vial_id FROM shipment_vial WHERE NOT cancelled);
INSERT INTO vial_event (vial_id, at, actor, from_state, to_state, reason)
  SELECT v.id, {now}, 'system:migration', 'reserved', 'available', 'no reservation of it is open' FROM vial v
  WHERE v.state = 'reserved' AND NOT EXISTS (SELECT 1 FROM reservation r WHERE r.vial_id = v.id AND r.ended_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM shipment_vial x WHERE x.vial_id = v.id AND NOT x.cancelled)
  ORDER BY v.id;
UPDATE vial SET state = 'available'
  WHERE state = 'reserved' AND NOT EXISTS (SELECT 1 FROM reservation r WHERE r.vial_id = vial.id AND r.ended_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM shipment_vial x WHERE x.vial_id = vial.id AND NOT x.cancelled);
"#;

const SQL: &str = r#"
CREATE INDEX reservation_of_vial ON reservation (vial_id, id);
CREATE INDEX shipment_vial_of_vial ON shipment_vial (vial_id, id);

-- The rule, as the vials that break it.
CREATE VIEW vial_disagreement AS
  SELECT v.id AS vial_id, v.barcode FROM vial v
    LEFT JOIN reservation r ON r.vial_id = v.id AND r.ending IS NULL
    LEFT JOIN shipment_vial x ON x.vial_id = v.id AND NOT x.cancelled
    LEFT JOIN shipment s ON s.id = x.shipment_id
  WHERE CASE v.state
    WHEN 'reserved' THEN r.id IS NULL OR x.id IS NOT NULL
    WHEN 'picked' THEN r.id IS NULL OR x.id IS NULL OR s.state <> 'packed' OR r.request_line_id <> x.request_line_id
    WHEN 'shipped' THEN r.id IS NOT NULL OR x.id IS NULL OR s.state NOT IN ('shipped', 'received')
    ELSE r.id IS NOT NULL OR x.id IS NOT NULL END;
"#;

/// SQLite defers foreign keys but not triggers. So a broken rule is a row of a bank that cannot be: a transaction that
/// leaves one cannot commit. In between the table is empty.
const BROKEN_RULES_ON_SQLITE: &str = r#"
CREATE TABLE broken_rule (
  rule TEXT NOT NULL,
  subject BIGINT NOT NULL,
  bank_id INTEGER NOT NULL DEFAULT 0 CHECK (bank_id = 0) REFERENCES bank (id) DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (rule, subject)
) WITHOUT ROWID;
"#;

/// A change after which vials must agree.
struct Change {
    trigger: &'static str,
    of: &'static str,
    /// When it matters.
    when: &'static str,
    /// Keys of the vials.
    vials: &'static str,
}

/// All of them. Neither a reservation nor a place in a shipment is deleted or given to another vial.
const CHANGES: [Change; 7] = [
    Change {
        trigger: "vial_made",
        of: "INSERT ON vial",
        when: "NEW.state IN ('reserved', 'picked', 'shipped')",
        vials: "NEW.id",
    },
    Change {
        trigger: "vial_moved",
        of: "UPDATE OF state ON vial",
        when: "OLD.state IN ('reserved', 'picked', 'shipped') OR NEW.state IN ('reserved', 'picked', 'shipped')",
        vials: "NEW.id",
    },
    Change { trigger: "reservation_made", of: "INSERT ON reservation", when: "TRUE", vials: "NEW.vial_id" },
    Change {
        trigger: "reservation_ended",
        of: "UPDATE OF ended_at, ending ON reservation",
        when: "TRUE",
        vials: "NEW.vial_id",
    },
    Change { trigger: "shipment_vial_packed", of: "INSERT ON shipment_vial", when: "TRUE", vials: "NEW.vial_id" },
    Change {
        trigger: "shipment_vial_unpacked",
        of: "UPDATE OF cancelled ON shipment_vial",
        when: "TRUE",
        vials: "NEW.vial_id",
    },
    Change {
        trigger: "shipment_moved",
        of: "UPDATE OF state ON shipment",
        when: "OLD.state <> NEW.state",
        vials: "SELECT vial_id FROM shipment_vial WHERE shipment_id = NEW.id",
    },
];

impl Change {
    fn on_sqlite(&self) -> String {
        let Self { trigger, of, when, vials } = self;
        format!(
            "CREATE TRIGGER {trigger} AFTER {of} WHEN {when}
             BEGIN
               DELETE FROM broken_rule WHERE rule = 'vial' AND subject IN ({vials});
               INSERT INTO broken_rule (rule, subject)
                 SELECT 'vial', vial_id FROM vial_disagreement WHERE vial_id IN ({vials});
             END;"
        )
    }

    fn on_postgres(&self) -> String {
        let Self { trigger, of, when, vials } = self;
        format!(
            "CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$
             DECLARE disagreeing TEXT;
             BEGIN
               SELECT barcode INTO disagreeing FROM vial_disagreement WHERE vial_id IN ({vials}) LIMIT 1;
               IF FOUND THEN
                 RAISE EXCEPTION 'vial % does not agree with its reservation or shipment', disagreeing
                   USING ERRCODE = 'integrity_constraint_violation';
               END IF;
               RETURN NULL;
             END $$;
             CREATE CONSTRAINT TRIGGER {trigger} AFTER {of} DEFERRABLE INITIALLY DEFERRED
               FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION {trigger}();"
        )
    }
}

/// See the file's text.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m19_vial_states"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, PUT_RIGHT).await?;
        crate::run(manager, SQL).await?;
        refuse_disagreement(manager).await?;
        for table in ["vial", "reservation", "shipment", "shipment_vial"] {
            kept(manager, table).await?;
        }
        fixed(manager, "vial", &["lot_id"]).await?;
        fixed(manager, "reservation", &["vial_id", "request_line_id"]).await?;
        fixed(manager, "shipment_vial", &["shipment_id", "vial_id", "request_line_id"]).await?;
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        if sqlite {
            crate::run(manager, BROKEN_RULES_ON_SQLITE).await?;
        }
        let changes = CHANGES.iter().map(|change| if sqlite { change.on_sqlite() } else { change.on_postgres() });
        crate::run(manager, &changes.collect::<String>()).await
    }
}

/// What nothing here explains is for people to look at before this release runs.
async fn refuse_disagreement(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let sql = "SELECT barcode FROM vial_disagreement ORDER BY vial_id LIMIT 20";
    let statement = Statement::from_string(manager.get_database_backend(), sql);
    let rows = manager.get_connection().query_all_raw(statement).await?;
    let barcodes = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<String>, _>>()?;
    if barcodes.is_empty() {
        return Ok(());
    }
    let barcodes = barcodes.join(", ");
    Err(DbErr::Migration(format!("these vials do not agree with their reservations or shipments: {barcodes}")))
}
