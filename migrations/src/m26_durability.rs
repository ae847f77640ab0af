//! What the bank has to know to be a record: which transactions were committed, whether its file is whole, and which
//! backups were made.

crate::step!("m26_durability");

const SQL: &str = r#"
-- The key of each transaction that wrote something, on an engine that is reached over a network: when the answer to a
-- COMMIT is lost, the key tells whether it was done. A day later nobody asks any more.
CREATE TABLE commit_key (
  key TEXT PRIMARY KEY CHECK (key <> ''),
  created_at {time} NOT NULL
);
CREATE INDEX commit_key_age ON commit_key (created_at);

-- Since when the service uses the file: then there has to be a write-ahead log beside it. Null after a proper stop.
ALTER TABLE bank ADD COLUMN served_since {time};

CREATE TABLE backup (
  id {id},
  made_at {time} NOT NULL,
  -- Without its folder.
  file_name TEXT NOT NULL CHECK (file_name <> ''),
  bytes BIGINT NOT NULL CHECK (bytes > 0),
  -- SHA-256 of the file in hexadecimal.
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  encrypted BOOLEAN NOT NULL,
  -- Who had it made: the schedule, or the command.
  scheduled BOOLEAN NOT NULL
);
CREATE INDEX backup_newest ON backup (made_at, id);
"#;
