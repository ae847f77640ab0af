//! Lines, diseases and the words by which they are found.

crate::step!("m03_catalogue");

const SQL: &str = r#"
CREATE TABLE disease (
  id {id},
  mondo_id TEXT UNIQUE,
  name TEXT NOT NULL CHECK (name <> ''),
  name_key {key} NOT NULL,
  name_ko TEXT,
  synonyms {json} NOT NULL,
  synonyms_ko {json} NOT NULL,
  description TEXT NOT NULL,
  -- Named for the bank: shown first where diseases are offered.
  core BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX disease_by_name ON disease (name_key, id);

-- Every code and name by which a record may mean this disease; codes as PREFIX:NUMBER in upper case.
CREATE TABLE disease_code (
  code {key} NOT NULL,
  disease_id BIGINT NOT NULL REFERENCES disease (id),
  PRIMARY KEY (code, disease_id)
);
CREATE INDEX disease_code_owner ON disease_code (disease_id, code);
CREATE TABLE disease_token (
  token {key} NOT NULL,
  disease_id BIGINT NOT NULL REFERENCES disease (id),
  weight INTEGER NOT NULL,
  PRIMARY KEY (token, disease_id)
);
CREATE INDEX disease_token_owner ON disease_token (disease_id);
CREATE TABLE disease_ancestor (
  ancestor_id BIGINT NOT NULL REFERENCES disease (id),
  disease_id BIGINT NOT NULL REFERENCES disease (id),
  distance INTEGER NOT NULL CHECK (distance > 0),
  PRIMARY KEY (ancestor_id, disease_id),
  CHECK (ancestor_id <> disease_id)
);
CREATE INDEX disease_ancestor_child ON disease_ancestor (disease_id, distance);

CREATE TABLE cell_line (
  id {id},
  holding TEXT NOT NULL CHECK (holding IN ('held', 'reference')),
  accession TEXT,
  name TEXT NOT NULL CHECK (name <> ''),
  name_key {key} NOT NULL,
  synonyms {json} NOT NULL,
  rrid TEXT UNIQUE,
  hpscreg_name TEXT,
  parent_rrid TEXT,
  cell_type TEXT NOT NULL CHECK (cell_type IN ('embryonic', 'induced_pluripotent', 'somatic', 'other', 'unknown')),
  category TEXT,
  species TEXT,
  sex TEXT,
  -- As published by the source; a held line shows a five-year band made from it.
  donor_age TEXT,
  problematic TEXT,
  -- The source names an engineered change (knock-out, integrated gene).
  engineered_in_source BOOLEAN NOT NULL DEFAULT FALSE,
  made_up BOOLEAN NOT NULL DEFAULT FALSE,
  -- From here on the bank's own columns: no import touches them.
  grade TEXT CHECK (grade IN ('research', 'clinical')),
  publication_status TEXT CHECK (publication_status IN ('draft', 'published', 'suspended', 'withdrawn')),
  publication_reason TEXT,
  legal_basis TEXT CHECK (legal_basis IN ('embryonic_line_registry', 'human_derived_material')),
  registry_number TEXT,
  provision_consent TEXT CHECK (provision_consent IN ('given', 'not_given', 'unknown')),
  lmo BOOLEAN,
  holding_basis_en TEXT,
  holding_basis_ko TEXT,
  -- Held means: the bank gave it an accession. Only then it has a status, a grade and a legal basis.
  CHECK ((holding = 'held') = (accession IS NOT NULL)),
  CHECK ((holding = 'held') = (publication_status IS NOT NULL)),
  CHECK ((holding = 'held') = (grade IS NOT NULL)),
  CHECK ((holding = 'held') OR (legal_basis IS NULL AND registry_number IS NULL AND provision_consent IS NULL))
);
-- Only held lines have one; the reference lines would only make the index large.
CREATE UNIQUE INDEX cell_line_accession ON cell_line (accession) WHERE accession IS NOT NULL;
-- Also finds a line by its exact name: that begins with the key of the name.
CREATE INDEX cell_line_order ON cell_line (holding, name_key, id);
CREATE INDEX cell_line_by_type ON cell_line (cell_type, holding, name_key, id);
CREATE INDEX cell_line_children ON cell_line (parent_rrid) WHERE parent_rrid IS NOT NULL;

-- What a source said of a line, by line code, as it stood: {"SY": ["..."], "DR": ["...", "..."], ...}.
CREATE TABLE cell_line_record (
  line_id BIGINT PRIMARY KEY REFERENCES cell_line (id),
  codes TEXT NOT NULL
);
CREATE TABLE cell_line_token (
  token {key} NOT NULL,
  line_id BIGINT NOT NULL REFERENCES cell_line (id),
  -- 0 whole name, accession or RRID; 1 whole synonym; 2 a word of them; 3 a word of a disease label, gene or product.
  weight INTEGER NOT NULL CHECK (weight BETWEEN 0 AND 3),
  PRIMARY KEY (token, line_id)
) {rowless};
CREATE TABLE cell_line_disease (
  id {id},
  line_id BIGINT NOT NULL REFERENCES cell_line (id),
  -- Null: the record's own words could not be mapped to a disease; its label still finds the line.
  disease_id BIGINT REFERENCES disease (id),
  label TEXT NOT NULL,
  code TEXT
);
CREATE INDEX cell_line_disease_line ON cell_line_disease (line_id, id);
CREATE INDEX cell_line_disease_disease ON cell_line_disease (disease_id, line_id);
CREATE UNIQUE INDEX cell_line_disease_once ON cell_line_disease (line_id, disease_id) WHERE disease_id IS NOT NULL;

CREATE TABLE genetic_modification (
  id {id},
  line_id BIGINT NOT NULL REFERENCES cell_line (id),
  kind TEXT NOT NULL CHECK (kind IN ('knock_in', 'knock_out', 'transgene', 'variant_correction')),
  gene TEXT NOT NULL,
  product TEXT
);
CREATE INDEX genetic_modification_line ON genetic_modification (line_id);
"#;
