//! Requests, their lines, and the vials promised to them.

crate::step!("m05_requests");

const SQL: &str = r#"
CREATE TABLE request (
  id {id},
  number TEXT NOT NULL UNIQUE,
  applicant_id BIGINT NOT NULL REFERENCES person (id),
  principal_investigator_id BIGINT NOT NULL REFERENCES person (id),
  institution_id BIGINT NOT NULL REFERENCES institution (id),
  state TEXT NOT NULL CHECK (state IN
    ('draft', 'submitted', 'returned', 'under_review', 'approved', 'rejected', 'withdrawn', 'closed')),
  state_since {time} NOT NULL,
  created_at {time} NOT NULL,
  submitted_at {time},
  handler_id BIGINT REFERENCES person (id),
  decider_id BIGINT REFERENCES person (id),
  decided_at {time},
  return_comment TEXT,
  project_title TEXT NOT NULL,
  summary TEXT NOT NULL,
  use_plan TEXT NOT NULL,
  intended_use TEXT CHECK (intended_use IN
    ('basic_research', 'disease_modelling', 'drug_discovery', 'education', 'clinical_research', 'treatment')),
  commercial BOOLEAN NOT NULL,
  in_people BOOLEAN NOT NULL,
  redistribution BOOLEAN NOT NULL,
  country TEXT NOT NULL,
  region TEXT NOT NULL,
  address TEXT NOT NULL,
  delivery TEXT NOT NULL CHECK (delivery IN ('courier', 'pick_up')),
  irb_approval_number TEXT,
  irb_valid_until {date},
  irb_exemption_number TEXT,
  head_approval_number TEXT,
  lmo_facility_number TEXT,
  export_approval_number TEXT,
  clinical_plan_number TEXT,
  clinical_plan_valid_until {date},
  made_up BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX request_of_applicant ON request (applicant_id, id);
CREATE INDEX request_of_investigator ON request (principal_investigator_id, id);
CREATE INDEX request_of_institution ON request (institution_id, id);
CREATE INDEX request_by_state ON request (state, id);

CREATE TABLE request_line (
  id {id},
  request_id BIGINT NOT NULL REFERENCES request (id),
  line_id BIGINT NOT NULL REFERENCES cell_line (id),
  vials_requested INTEGER NOT NULL CHECK (vials_requested BETWEEN 1 AND 100),
  vials_approved INTEGER CHECK (vials_approved BETWEEN 1 AND vials_requested),
  state TEXT NOT NULL CHECK (state IN
    ('requested', 'approved', 'refused', 'waitlisted', 'reserved', 'shipped', 'received', 'cancelled')),
  decision_reason TEXT,
  refusal TEXT CHECK (refusal IN
    ('not_available', 'requirements_not_met', 'use_restricted', 'incomplete', 'not_scientifically_justified', 'other')),
  waitlisted_at {time},
  UNIQUE (request_id, line_id),
  CHECK ((state = 'refused') = (refusal IS NOT NULL)),
  CHECK (state IN ('requested', 'refused', 'cancelled') OR vials_approved IS NOT NULL)
);
CREATE INDEX request_line_of_line ON request_line (line_id, state);

CREATE TABLE reservation (
  id {id},
  request_line_id BIGINT NOT NULL REFERENCES request_line (id),
  vial_id BIGINT NOT NULL REFERENCES vial (id),
  created_at {time} NOT NULL,
  expires_at {time} NOT NULL,
  ended_at {time},
  ending TEXT CHECK (ending IN ('released', 'expired', 'shipped')),
  CHECK ((ended_at IS NULL) = (ending IS NULL))
);
-- One vial is promised to one request line at a time; a shipped vial stays promised for ever.
CREATE UNIQUE INDEX reservation_one_promise ON reservation (vial_id) WHERE ending IS NULL OR ending = 'shipped';
CREATE INDEX reservation_of_request_line ON reservation (request_line_id, id);
CREATE INDEX reservation_due ON reservation (expires_at) WHERE ended_at IS NULL;
"#;
