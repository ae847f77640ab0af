//! Lots, their tests, and vials.

crate::step!("m04_inventory", append_only: "vial_event");

const SQL: &str = r#"
CREATE TABLE lot (
  id {id},
  line_id BIGINT NOT NULL REFERENCES cell_line (id),
  number TEXT NOT NULL UNIQUE,
  tier TEXT NOT NULL CHECK (tier IN ('seed', 'master', 'working', 'distribution')),
  passage INTEGER NOT NULL CHECK (passage >= 0),
  parent_lot_id BIGINT REFERENCES lot (id),
  frozen_on {date} NOT NULL,
  vials_made INTEGER NOT NULL CHECK (vials_made > 0),
  cells_per_vial BIGINT NOT NULL CHECK (cells_per_vial > 0),
  state TEXT NOT NULL CHECK (state IN ('quarantined', 'released', 'recalled', 'exhausted')),
  released_at {time},
  released_by BIGINT REFERENCES person (id),
  made_up BOOLEAN NOT NULL DEFAULT FALSE,
  CHECK (state = 'quarantined' OR released_at IS NOT NULL)
);
CREATE INDEX lot_of_line ON lot (line_id, state, tier, released_at, id);

CREATE TABLE quality_test (
  id {id},
  lot_id BIGINT NOT NULL REFERENCES lot (id),
  test TEXT NOT NULL,
  method TEXT NOT NULL CHECK (method <> ''),
  laboratory TEXT NOT NULL CHECK (laboratory <> ''),
  specification TEXT NOT NULL CHECK (specification <> ''),
  result TEXT NOT NULL CHECK (result <> ''),
  verdict TEXT NOT NULL CHECK (verdict IN ('pass', 'fail')),
  tested_on {date} NOT NULL,
  passage INTEGER NOT NULL CHECK (passage >= 0),
  analyst TEXT NOT NULL CHECK (analyst <> ''),
  reviewer TEXT NOT NULL CHECK (reviewer <> ''),
  recorded_by BIGINT NOT NULL REFERENCES person (id),
  recorded_at {time} NOT NULL,
  CHECK (analyst <> reviewer)
);
CREATE INDEX quality_test_of_lot ON quality_test (lot_id, test, id);

CREATE TABLE vial (
  id {id},
  lot_id BIGINT NOT NULL REFERENCES lot (id),
  barcode TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN
    ('in_quarantine', 'available', 'reserved', 'picked', 'shipped', 'used_for_testing', 'discarded', 'lost')),
  made_up BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX vial_of_lot ON vial (lot_id, state, id);

CREATE TABLE vial_event (
  id {id},
  vial_id BIGINT NOT NULL REFERENCES vial (id),
  at {time} NOT NULL,
  actor TEXT NOT NULL,
  from_state TEXT,
  to_state TEXT NOT NULL,
  reason TEXT NOT NULL
);
CREATE INDEX vial_event_of_vial ON vial_event (vial_id, id);
"#;
