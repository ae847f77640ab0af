//! The bank itself: what kind of database this is, the version of its public content, numbers, history, outbox.

crate::step!("m01_bank", append_only: "audit_event");

const SQL: &str = r#"
CREATE TABLE bank (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  kind TEXT NOT NULL CHECK (kind IN ('bank', 'demo')),
  -- A demo is ready only when all its records are in; a bank always is.
  filled BOOLEAN NOT NULL
);
INSERT INTO bank (id, kind, filled) VALUES (1, 'bank', TRUE);

-- Raised in the transaction of every change that the public can see.
CREATE TABLE catalogue_version (id INTEGER PRIMARY KEY CHECK (id = 1), version BIGINT NOT NULL);
INSERT INTO catalogue_version (id, version) VALUES (1, 1);

-- Last number given out of a series in a year, e.g. REQ 2026 -> 42.
CREATE TABLE number_series (
  series TEXT NOT NULL,
  year INTEGER NOT NULL,
  last BIGINT NOT NULL CHECK (last > 0),
  PRIMARY KEY (series, year)
);

CREATE TABLE audit_event (
  id {id},
  at {time} NOT NULL,
  -- Who: a person's name and e-mail never stand here, only the key; the label says which part of the system otherwise.
  actor TEXT NOT NULL CHECK (actor <> ''),
  person_id BIGINT,
  action TEXT NOT NULL CHECK (action <> ''),
  subject_kind TEXT NOT NULL,
  subject_id BIGINT NOT NULL,
  detail {json} NOT NULL
);
CREATE INDEX audit_event_subject ON audit_event (subject_kind, subject_id, id);
CREATE INDEX audit_event_person ON audit_event (person_id, id);
CREATE INDEX audit_event_action ON audit_event (action, id);

CREATE TABLE mail_message (
  id {id},
  created_at {time} NOT NULL,
  recipient_id BIGINT NOT NULL,
  event TEXT NOT NULL CHECK (event <> ''),
  subject_kind TEXT NOT NULL,
  subject_id BIGINT NOT NULL,
  detail {json} NOT NULL,
  state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'dead'))
);
CREATE INDEX mail_message_queue ON mail_message (state, id);

-- First answer to a creating mutation, so that the same key again creates nothing new.
CREATE TABLE idempotency_key (
  person_id BIGINT NOT NULL,
  operation TEXT NOT NULL,
  key TEXT NOT NULL,
  -- SHA-256 of the input; the same key with another input is a mistake of the caller.
  input_hash TEXT NOT NULL,
  subject_id BIGINT NOT NULL,
  created_at {time} NOT NULL,
  PRIMARY KEY (person_id, operation, key)
);
"#;
