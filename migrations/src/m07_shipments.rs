//! Shipments, what left in them, and the published totals of earlier years.

crate::step!("m07_shipments");

const SQL: &str = r#"
CREATE TABLE shipment (
  id {id},
  number TEXT NOT NULL UNIQUE,
  request_id BIGINT NOT NULL REFERENCES request (id),
  agreement_id BIGINT NOT NULL REFERENCES agreement (id),
  state TEXT NOT NULL CHECK (state IN ('packed', 'shipped', 'received', 'cancelled')),
  courier TEXT,
  tracking_number TEXT,
  created_at {time} NOT NULL,
  created_by BIGINT NOT NULL REFERENCES person (id),
  dispatched_at {time},
  dispatched_by BIGINT REFERENCES person (id),
  received_at {time},
  received_by BIGINT REFERENCES person (id),
  made_up BOOLEAN NOT NULL DEFAULT FALSE,
  CHECK ((state IN ('shipped', 'received')) = (dispatched_at IS NOT NULL)),
  CHECK ((state = 'received') = (received_at IS NOT NULL))
);
CREATE INDEX shipment_of_request ON shipment (request_id, id);

CREATE TABLE shipment_vial (
  id {id},
  shipment_id BIGINT NOT NULL REFERENCES shipment (id),
  vial_id BIGINT NOT NULL REFERENCES vial (id),
  request_line_id BIGINT NOT NULL REFERENCES request_line (id),
  -- Copied from the shipment so that the database can refuse a vial in two living shipments.
  cancelled BOOLEAN NOT NULL DEFAULT FALSE,
  condition TEXT CHECK (condition IN ('good', 'thawed', 'damaged', 'missing'))
);
CREATE UNIQUE INDEX shipment_vial_once ON shipment_vial (vial_id) WHERE NOT cancelled;
CREATE INDEX shipment_vial_of_shipment ON shipment_vial (shipment_id, id);
CREATE INDEX shipment_vial_of_request_line ON shipment_vial (request_line_id);

-- One row a request line in a shipment, written at dispatch and frozen: what the statistics count.
CREATE TABLE dispatched_line (
  id {id},
  shipment_id BIGINT NOT NULL REFERENCES shipment (id),
  request_id BIGINT NOT NULL REFERENCES request (id),
  request_line_id BIGINT NOT NULL REFERENCES request_line (id),
  line_id BIGINT NOT NULL REFERENCES cell_line (id),
  dispatched_at {time} NOT NULL,
  -- Calendar year in Asia/Seoul.
  year INTEGER NOT NULL,
  -- The first dispatch of its request line: that is the distribution. Later ones only add vials.
  is_distribution BOOLEAN NOT NULL,
  vials INTEGER NOT NULL CHECK (vials > 0),
  institution_id BIGINT NOT NULL REFERENCES institution (id),
  institution_type TEXT NOT NULL,
  intended_use TEXT NOT NULL,
  country TEXT NOT NULL,
  region TEXT NOT NULL,
  made_up BOOLEAN NOT NULL DEFAULT FALSE,
  UNIQUE (shipment_id, request_line_id)
);
CREATE UNIQUE INDEX dispatched_line_first ON dispatched_line (request_line_id) WHERE is_distribution;
CREATE INDEX dispatched_line_year ON dispatched_line
  (year, is_distribution, made_up, institution_type, intended_use, line_id, institution_id, request_id, vials);

CREATE TABLE historical_total (
  id {id},
  year INTEGER NOT NULL CHECK (year BETWEEN 1900 AND 2200),
  measure TEXT NOT NULL CHECK (measure IN ('distributions', 'requests', 'vials', 'institutions')),
  institution_type TEXT CHECK (institution_type IN ('university', 'company', 'institute', 'hospital', 'government')),
  value BIGINT NOT NULL CHECK (value >= 0),
  source TEXT NOT NULL CHECK (source <> '')
);
CREATE UNIQUE INDEX historical_total_once ON historical_total (year, measure, coalesce(institution_type, ''));
"#;
