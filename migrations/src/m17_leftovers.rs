//! What is of no more use goes: the indices by which it is found. And reminders of shipments whose receipt nobody
//! confirmed.

crate::step!("m17_leftovers");

const SQL: &str = r#"
CREATE INDEX session_ended ON session (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX session_idle ON session (last_seen_at) WHERE ended_at IS NULL;
CREATE INDEX account_secret_expiry ON account_secret (expires_at);
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);

CREATE INDEX shipment_under_way ON shipment (dispatched_at, id) WHERE state = 'shipped';
-- Reminders of a shipment under way: each at most once, whichever instance sends it.
CREATE TABLE shipment_reminder (
  shipment_id BIGINT NOT NULL REFERENCES shipment (id),
  ordinal INTEGER NOT NULL CHECK (ordinal BETWEEN 1 AND 3),
  reminded_at {time} NOT NULL,
  PRIMARY KEY (shipment_id, ordinal)
);
"#;
