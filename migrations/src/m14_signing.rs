//! Signing by who has no password: an authentication at the provider for one signature, its proof, and signatures that
//! say by which of the two they were given.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

const SQL: &str = r#"
-- An authentication for one signature: begun when, in which session, for what. All null for a sign-in and a linking.
ALTER TABLE openid_login ADD COLUMN begun_at {time};
ALTER TABLE openid_login ADD COLUMN session_id BIGINT REFERENCES session (id);
ALTER TABLE openid_login ADD COLUMN agreement_id BIGINT REFERENCES agreement (id)
  CHECK (agreement_id IS NULL OR (person_id IS NOT NULL AND session_id IS NOT NULL AND begun_at IS NOT NULL));
ALTER TABLE openid_login ADD COLUMN party TEXT CHECK ((party IS NULL) = (agreement_id IS NULL));
ALTER TABLE openid_login ADD COLUMN document_hash TEXT CHECK ((document_hash IS NULL) = (agreement_id IS NULL));
CREATE INDEX openid_login_session ON openid_login (session_id) WHERE session_id IS NOT NULL;

-- That somebody authenticated at their provider just now, for one signature; works once, until it expires.
CREATE TABLE signing_proof (
  id {id},
  -- SHA-256 of the proof's 256 random bits in hexadecimal.
  proof_hash TEXT NOT NULL UNIQUE,
  person_id BIGINT NOT NULL REFERENCES person (id),
  session_id BIGINT NOT NULL REFERENCES session (id),
  provider TEXT NOT NULL CHECK (provider <> ''),
  agreement_id BIGINT NOT NULL,
  party TEXT NOT NULL,
  document_hash TEXT NOT NULL,
  -- When the provider says that it was.
  authenticated_at {time} NOT NULL,
  created_at {time} NOT NULL,
  expires_at {time} NOT NULL,
  used_at {time} CHECK (used_at IS NULL OR (used_at >= created_at AND used_at < expires_at)),
  FOREIGN KEY (agreement_id, party) REFERENCES required_signature (agreement_id, party)
);
CREATE INDEX signing_proof_person ON signing_proof (person_id);
CREATE INDEX signing_proof_expiry ON signing_proof (expires_at);
"#;

/// SQLite changes no CHECK: the table is made anew. What the database refuses about it is put back as it was.
const SIGNATURE_ON_SQLITE: &str = r#"
DROP INDEX signature_of_person;
ALTER TABLE signature RENAME TO signature_before;
CREATE TABLE signature (
  id {id},
  agreement_id BIGINT NOT NULL REFERENCES agreement (id),
  party TEXT NOT NULL,
  person_id BIGINT NOT NULL REFERENCES person (id),
  printed_name TEXT NOT NULL,
  meaning TEXT NOT NULL CHECK (meaning <> ''),
  signed_at {time} NOT NULL,
  authentication TEXT NOT NULL CHECK (authentication IN ('password', 'provider')),
  document_hash TEXT NOT NULL,
  template_version INTEGER NOT NULL,
  UNIQUE (agreement_id, party),
  FOREIGN KEY (agreement_id, party) REFERENCES required_signature (agreement_id, party)
);
INSERT INTO signature (id, agreement_id, party, person_id, printed_name, meaning, signed_at, authentication,
    document_hash, template_version)
  SELECT id, agreement_id, party, person_id, printed_name, meaning, signed_at, authentication, document_hash,
    template_version
  FROM signature_before;
DROP TABLE signature_before;
CREATE INDEX signature_of_person ON signature (person_id);
"#;

const SIGNATURE_ON_POSTGRES: &str = r#"
ALTER TABLE signature DROP CONSTRAINT signature_authentication_check;
ALTER TABLE signature ADD CONSTRAINT signature_authentication_check
  CHECK (authentication IN ('password', 'provider'));
"#;

/// See the file's text.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m14_signing"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    /// Signatures must not be half moved on either engine.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await?;
        if manager.get_database_backend() != DbBackend::Sqlite {
            return crate::run(manager, SIGNATURE_ON_POSTGRES).await;
        }
        crate::run(manager, SIGNATURE_ON_SQLITE).await?;
        crate::append_only(manager, "signature").await?;
        crate::run(manager, crate::m13_personal_data::SIGNATURES_ON_SQLITE).await
    }
}
