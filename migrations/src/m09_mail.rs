//! Sending: what the outbox needs to be worked off by several instances, what people want to be told, reminders.

crate::step!("m09_mail");

const SQL: &str = r#"
-- How often it was tried to hand the letter to the mail server.
ALTER TABLE mail_message ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0);
-- Nobody takes a waiting letter before: the end of a back-off, or of the lease of whoever took it; null is at once.
ALTER TABLE mail_message ADD COLUMN due_at {time};
-- The worker that holds the lease.
ALTER TABLE mail_message ADD COLUMN claimed_by TEXT;
-- Given when it is taken for the first time and never changed, so that readers see a second sending as the same letter.
ALTER TABLE mail_message ADD COLUMN message_id TEXT;
-- What the server answered last, without addresses.
ALTER TABLE mail_message ADD COLUMN last_error TEXT CHECK (state <> 'dead' OR last_error IS NOT NULL);
ALTER TABLE mail_message ADD COLUMN sent_at {time} CHECK ((state = 'sent') = (sent_at IS NOT NULL));
CREATE UNIQUE INDEX mail_message_id_once ON mail_message (message_id);
CREATE INDEX mail_message_due ON mail_message (coalesce(due_at, created_at), id) WHERE state = 'queued';
CREATE INDEX mail_message_recipient ON mail_message (recipient_id, id);

-- What somebody said about letters that are no duty; without a row they get them.
CREATE TABLE mail_preference (
  person_id BIGINT NOT NULL REFERENCES person (id),
  event TEXT NOT NULL CHECK (event <> ''),
  wanted BOOLEAN NOT NULL,
  PRIMARY KEY (person_id, event)
);

-- Reminders of a request that has not moved since an instant: each at most once, whichever instance sends it.
CREATE TABLE request_reminder (
  request_id BIGINT NOT NULL REFERENCES request (id),
  idle_since {time} NOT NULL,
  ordinal INTEGER NOT NULL CHECK (ordinal BETWEEN 1 AND 3),
  reminded_at {time} NOT NULL,
  PRIMARY KEY (request_id, idle_since, ordinal)
);
"#;
