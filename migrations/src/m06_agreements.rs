//! Agreements: immutable templates, frozen texts, required signatures and signatures given.

crate::step!("m06_agreements", append_only: "agreement_template", append_only: "signature");

const SQL: &str = r#"
CREATE TABLE agreement_template (
  id {id},
  kind TEXT NOT NULL CHECK (kind IN ('academic', 'commercial')),
  version INTEGER NOT NULL CHECK (version > 0),
  body_en TEXT NOT NULL,
  body_ko TEXT NOT NULL,
  UNIQUE (kind, version)
);

CREATE TABLE agreement (
  id {id},
  number TEXT NOT NULL UNIQUE,
  request_id BIGINT NOT NULL REFERENCES request (id),
  template_id BIGINT NOT NULL REFERENCES agreement_template (id),
  state TEXT NOT NULL CHECK (state IN
    ('draft', 'offered', 'partly_signed', 'in_force', 'expired', 'terminated', 'declined')),
  text_en TEXT NOT NULL,
  text_ko TEXT NOT NULL,
  -- SHA-256 over both texts, in hexadecimal: what every signature names.
  document_hash TEXT NOT NULL,
  offered_at {time} NOT NULL,
  offered_by BIGINT NOT NULL REFERENCES person (id),
  in_force_at {time},
  expires_on {date} NOT NULL,
  ended_reason TEXT,
  CHECK ((state IN ('in_force', 'expired', 'terminated')) = (in_force_at IS NOT NULL))
);
-- One living agreement a request.
CREATE UNIQUE INDEX agreement_living ON agreement (request_id)
  WHERE state IN ('draft', 'offered', 'partly_signed', 'in_force');
CREATE INDEX agreement_of_request ON agreement (request_id, id);

-- Adding a signatory changes these rows, not the states.
CREATE TABLE required_signature (
  agreement_id BIGINT NOT NULL REFERENCES agreement (id),
  party TEXT NOT NULL CHECK (party IN ('principal_investigator', 'recipient', 'bank')),
  ordinal INTEGER NOT NULL CHECK (ordinal > 0),
  PRIMARY KEY (agreement_id, party),
  UNIQUE (agreement_id, ordinal)
);
CREATE TABLE signature (
  id {id},
  agreement_id BIGINT NOT NULL REFERENCES agreement (id),
  party TEXT NOT NULL,
  person_id BIGINT NOT NULL REFERENCES person (id),
  printed_name TEXT NOT NULL,
  meaning TEXT NOT NULL CHECK (meaning <> ''),
  signed_at {time} NOT NULL,
  authentication TEXT NOT NULL CHECK (authentication IN ('password')),
  document_hash TEXT NOT NULL,
  template_version INTEGER NOT NULL,
  UNIQUE (agreement_id, party),
  FOREIGN KEY (agreement_id, party) REFERENCES required_signature (agreement_id, party)
);
"#;
