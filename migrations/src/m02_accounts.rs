//! People, institutions, roles and tokens.

crate::step!("m02_accounts");

const SQL: &str = r#"
CREATE TABLE institution (
  id {id},
  ror_id TEXT UNIQUE,
  name TEXT NOT NULL CHECK (name <> ''),
  name_ko TEXT,
  name_key {key} NOT NULL,
  acronyms TEXT NOT NULL,
  aliases TEXT NOT NULL,
  institution_type TEXT NOT NULL
    CHECK (institution_type IN ('university', 'company', 'institute', 'hospital', 'government')),
  -- True once staff chose the type: no import changes it any more.
  type_set_by_staff BOOLEAN NOT NULL DEFAULT FALSE,
  city TEXT,
  website TEXT,
  domains TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'closed')),
  made_up BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX institution_by_name ON institution (status, name_key, id);

CREATE TABLE institution_token (
  token {key} NOT NULL,
  institution_id BIGINT NOT NULL REFERENCES institution (id),
  weight INTEGER NOT NULL,
  PRIMARY KEY (token, institution_id)
);
CREATE INDEX institution_token_owner ON institution_token (institution_id);

CREATE TABLE person (
  id {id},
  email TEXT NOT NULL UNIQUE CHECK (email = lower(email)),
  name TEXT NOT NULL CHECK (name <> ''),
  locale TEXT NOT NULL CHECK (locale IN ('ko', 'en')),
  institution_id BIGINT REFERENCES institution (id),
  password_hash TEXT,
  failed_passwords INTEGER NOT NULL DEFAULT 0,
  locked_until {time},
  disabled_at {time},
  created_at {time} NOT NULL,
  made_up BOOLEAN NOT NULL DEFAULT FALSE
);

CREATE TABLE role_grant (
  id {id},
  person_id BIGINT NOT NULL REFERENCES person (id),
  role TEXT NOT NULL CHECK (role IN ('researcher', 'signatory', 'staff', 'committee_member', 'administrator')),
  institution_id BIGINT REFERENCES institution (id),
  -- A signatory signs for one institution; the other roles belong to the bank or to the person.
  CHECK ((role = 'signatory') = (institution_id IS NOT NULL))
);
CREATE UNIQUE INDEX role_grant_once ON role_grant (person_id, role, coalesce(institution_id, 0));
CREATE INDEX role_grant_holders ON role_grant (role, institution_id);

CREATE TABLE api_token (
  id {id},
  person_id BIGINT NOT NULL REFERENCES person (id),
  name TEXT NOT NULL CHECK (name <> ''),
  -- SHA-256 of the token in hexadecimal; the token itself is shown once and kept nowhere.
  token_hash TEXT NOT NULL UNIQUE,
  created_at {time} NOT NULL,
  expires_at {time},
  revoked_at {time}
);
CREATE INDEX api_token_person ON api_token (person_id);
"#;
