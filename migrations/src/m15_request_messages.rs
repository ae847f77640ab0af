//! What applicant and bank write to each other about a request, what the bank notes for itself, and what a return asked
//! for and found.

crate::step!("m15_request_messages");

const SQL: &str = r#"
CREATE TABLE request_message (
  id {id},
  request_id BIGINT NOT NULL REFERENCES request (id),
  author_id BIGINT NOT NULL REFERENCES person (id),
  at {time} NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('applicant', 'bank')),
  -- A note of the bank, which the applicant's side never sees.
  internal BOOLEAN NOT NULL,
  text TEXT NOT NULL CHECK (length(text) BETWEEN 1 AND 5000),
  CHECK (side = 'bank' OR NOT internal)
);
CREATE INDEX request_message_of_request ON request_message (request_id, id);
CREATE INDEX request_message_of_author ON request_message (author_id);

-- How often it was handed in.
ALTER TABLE request ADD COLUMN revision INTEGER NOT NULL DEFAULT 0 CHECK (revision >= 0);
UPDATE request SET revision = 1 WHERE submitted_at IS NOT NULL;
-- Of the last return: a comment a field, and what stood in the fields then.
ALTER TABLE request ADD COLUMN return_comments {json};
ALTER TABLE request ADD COLUMN returned_fields {json};
"#;
