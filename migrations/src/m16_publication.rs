//! Why and since when a held line stands to the public as it does, and the indexes by which the catalogue is counted
//! and the bank's speed is told.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

const SQL: &str = r#"
ALTER TABLE cell_line RENAME COLUMN publication_reason TO publication_reason_en;
-- What is not given out says why, in both languages.
ALTER TABLE cell_line ADD COLUMN publication_reason_ko TEXT CHECK (publication_status IS NULL
  OR publication_status NOT IN ('suspended', 'withdrawn')
  OR (coalesce(publication_reason_en, '') <> '' AND coalesce(publication_reason_ko, '') <> ''));
-- Null: from before it was noted, and no event tells.
ALTER TABLE cell_line ADD COLUMN publication_since {time} CHECK (publication_since IS NULL OR holding = 'held');
UPDATE cell_line SET publication_since =
  (SELECT max(at) FROM audit_event WHERE action = 'line.hold' AND subject_kind = 'CellLine' AND subject_id = cell_line.id)
  WHERE holding = 'held';

-- Everything that the facets of a whole catalogue count, so that they read this and not the lines.
CREATE INDEX cell_line_counted ON cell_line
  (holding, cell_type, grade, sex, publication_status, lmo, engineered_in_source);
CREATE INDEX cell_line_newest ON cell_line (publication_since, id) WHERE publication_status = 'published';
CREATE INDEX genetic_modification_kind ON genetic_modification (kind, line_id);

CREATE INDEX request_decided ON request (decided_at) WHERE decided_at IS NOT NULL;
CREATE INDEX agreement_in_force_since ON agreement (in_force_at) WHERE in_force_at IS NOT NULL;
CREATE INDEX shipment_dispatched ON shipment (dispatched_at) WHERE dispatched_at IS NOT NULL;
CREATE INDEX shipment_received ON shipment (received_at) WHERE received_at IS NOT NULL;
"#;

/// A withdrawn line stays withdrawn.
const WITHDRAWN_ON_SQLITE: &str = r#"
CREATE TRIGGER cell_line_withdrawn BEFORE UPDATE OF publication_status ON cell_line
WHEN OLD.publication_status = 'withdrawn' AND NEW.publication_status <> 'withdrawn'
BEGIN SELECT RAISE(ABORT, 'a withdrawn line stays withdrawn'); END;
"#;

const WITHDRAWN_ON_POSTGRES: &str = r#"
CREATE FUNCTION cell_line_stays_withdrawn() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'a withdrawn line stays withdrawn'; END $$;
CREATE TRIGGER cell_line_withdrawn BEFORE UPDATE OF publication_status ON cell_line
  FOR EACH ROW WHEN (OLD.publication_status = 'withdrawn' AND NEW.publication_status <> 'withdrawn')
  EXECUTE FUNCTION cell_line_stays_withdrawn();
"#;

/// See the file's text.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m16_publication"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await?;
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        crate::run(manager, if sqlite { WITHDRAWN_ON_SQLITE } else { WITHDRAWN_ON_POSTGRES }).await
    }
}
