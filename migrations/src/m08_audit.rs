//! The seals of the history, the day's anchors, and what the history itself may hold.

use sea_orm_migration::sea_orm::DbBackend;
use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager};

/// See the file's text.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m08_audit"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await?;
        crate::append_only(manager, "audit_seal").await?;
        crate::append_only(manager, "audit_anchor").await?;
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        crate::run(manager, if sqlite { ACTOR_ON_SQLITE } else { ACTOR_ON_POSTGRES }).await
    }
}

const SQL: &str = r#"
-- One row an event, in the order of sealing: the place and the keyed hashes of src/audit/canonical.rs.
CREATE TABLE audit_seal (
  sequence BIGINT NOT NULL PRIMARY KEY CHECK (sequence > 0),
  event_id BIGINT NOT NULL UNIQUE REFERENCES audit_event (id),
  event_hash TEXT NOT NULL CHECK (length(event_hash) = 64),
  hash TEXT NOT NULL CHECK (length(hash) = 64),
  -- Which key, by the beginning of a hash of it.
  key_id TEXT NOT NULL CHECK (key_id <> ''),
  sealed_at {time} NOT NULL
) {rowless};

-- Where the sealer stands. No event with a key up to the floor can come any more; the next floor counts as soon as none
-- of the transactions that were open when it was noted is open still.
CREATE TABLE audit_sealer (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  sequence BIGINT NOT NULL,
  hash TEXT NOT NULL,
  floor BIGINT NOT NULL,
  next_floor BIGINT,
  waiting_for TEXT NOT NULL
);
INSERT INTO audit_sealer (id, sequence, hash, floor, waiting_for)
  VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000', 0, '');

-- The key by which events are sealed if none is configured.
CREATE TABLE audit_key (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  key TEXT NOT NULL,
  made_at {time} NOT NULL
);

-- The end of the chain as it was told to the outside, once a day.
CREATE TABLE audit_anchor (
  day {date} NOT NULL PRIMARY KEY,
  sequence BIGINT NOT NULL CHECK (sequence > 0),
  hash TEXT NOT NULL CHECK (length(hash) = 64),
  anchored_at {time} NOT NULL
);

DROP INDEX audit_event_person;
DROP INDEX audit_event_action;
CREATE INDEX audit_event_time ON audit_event (at, id);
CREATE INDEX audit_event_person ON audit_event (person_id, at, id);
CREATE INDEX audit_event_action ON audit_event (action, at, id);
"#;

/// SQLite adds no constraint to a table that is there; a trigger refuses the same.
const ACTOR_ON_SQLITE: &str = "
CREATE TRIGGER audit_event_actor BEFORE INSERT ON audit_event
WHEN CASE WHEN NEW.person_id IS NULL THEN NEW.actor LIKE 'person:%'
     ELSE NEW.actor <> 'person:' || NEW.person_id OR NOT EXISTS (SELECT 1 FROM person WHERE id = NEW.person_id) END
BEGIN SELECT RAISE(ABORT, 'audit_event names a person that is not there'); END;
CREATE TRIGGER person_in_audit_event BEFORE DELETE ON person
WHEN EXISTS (SELECT 1 FROM audit_event WHERE person_id = OLD.id)
BEGIN SELECT RAISE(ABORT, 'the history names this person'); END;
";

const ACTOR_ON_POSTGRES: &str = "
ALTER TABLE audit_event
  ADD CONSTRAINT audit_event_actor CHECK (CASE WHEN person_id IS NULL THEN actor NOT LIKE 'person:%'
    ELSE actor = 'person:' || person_id END),
  ADD CONSTRAINT audit_event_person FOREIGN KEY (person_id) REFERENCES person (id);
";
