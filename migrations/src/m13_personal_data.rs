//! Erasure: since when a person is nameless, since when a request is blank, and the one change that a signature allows.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

const SQL: &str = r#"
-- Since then the row is a key without a person behind it; the history keeps pointing at it.
ALTER TABLE person ADD COLUMN erased_at {time};
CREATE INDEX person_erased ON person (id) WHERE erased_at IS NOT NULL;
-- Since then its texts and its address are gone, because nobody it was about is here any more and no term runs.
ALTER TABLE request ADD COLUMN blanked_at {time};
CREATE INDEX signature_of_person ON signature (person_id);
"#;

/// A signature stays as it is, but for one thing: the printed name and the words of somebody who was erased may go. The
/// operation does that only after the record's term.
pub(crate) const SIGNATURES_ON_SQLITE: &str = r#"
DROP TRIGGER signature_no_update;
CREATE TRIGGER signature_no_update BEFORE UPDATE ON signature
WHEN NOT (NEW.printed_name = '' AND NEW.meaning = '-' AND NEW.id = OLD.id AND NEW.agreement_id = OLD.agreement_id
  AND NEW.party = OLD.party AND NEW.person_id = OLD.person_id AND NEW.signed_at = OLD.signed_at
  AND NEW.authentication = OLD.authentication AND NEW.document_hash = OLD.document_hash
  AND NEW.template_version = OLD.template_version
  AND EXISTS (SELECT 1 FROM person WHERE id = OLD.person_id AND erased_at IS NOT NULL))
BEGIN SELECT RAISE(ABORT, 'signature is append-only'); END;
"#;

const SIGNATURES_ON_POSTGRES: &str = r#"
CREATE OR REPLACE FUNCTION signature_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.printed_name = '' AND NEW.meaning = '-'
    AND (NEW.id, NEW.agreement_id, NEW.party, NEW.person_id, NEW.signed_at, NEW.authentication, NEW.document_hash,
         NEW.template_version)
      = (OLD.id, OLD.agreement_id, OLD.party, OLD.person_id, OLD.signed_at, OLD.authentication, OLD.document_hash,
         OLD.template_version)
    AND EXISTS (SELECT 1 FROM person WHERE id = OLD.person_id AND erased_at IS NOT NULL)
  THEN RETURN NEW;
  END IF;
  RAISE EXCEPTION 'signature is append-only';
END $$;
"#;

/// See the file's text.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m13_personal_data"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await?;
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        crate::run(manager, if sqlite { SIGNATURES_ON_SQLITE } else { SIGNATURES_ON_POSTGRES }).await
    }
}
