//! Signing in: verified e-mails, sessions, secrets in letters, second factors, what a token may do.

crate::step!("m10_sign_in");

const SQL: &str = r#"
-- Null until the person followed the link in a letter. Whoever the bank itself entered counts as verified.
ALTER TABLE person ADD COLUMN email_verified_at {time};
UPDATE person SET email_verified_at = created_at;

CREATE TABLE session (
  id {id},
  -- SHA-256 of the cookie's 256 random bits in hexadecimal.
  token_hash TEXT NOT NULL UNIQUE,
  person_id BIGINT NOT NULL REFERENCES person (id),
  how TEXT NOT NULL CHECK (how IN ('password', 'openid')),
  second_factor BOOLEAN NOT NULL,
  user_agent TEXT NOT NULL,
  created_at {time} NOT NULL,
  -- Written at most once a minute.
  last_seen_at {time} NOT NULL,
  ended_at {time}
);
CREATE INDEX session_person ON session (person_id, id);

-- What a link in a letter carries: works once, until it expires.
CREATE TABLE account_secret (
  id {id},
  secret_hash TEXT NOT NULL UNIQUE,
  person_id BIGINT NOT NULL REFERENCES person (id),
  purpose TEXT NOT NULL CHECK (purpose IN ('verify_email', 'reset_password', 'invitation')),
  created_at {time} NOT NULL,
  expires_at {time} NOT NULL,
  used_at {time}
);
CREATE INDEX account_secret_person ON account_secret (person_id, purpose, id);

CREATE TABLE second_factor (
  person_id BIGINT PRIMARY KEY REFERENCES person (id),
  -- As the authenticator has it, because a code can only be checked with it. Nothing reads it but that check.
  secret TEXT NOT NULL,
  -- Null until the first code showed that the authenticator has the secret.
  confirmed_at {time},
  -- The newest 30-second step whose code was accepted; a code works once.
  last_step BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE recovery_code (
  person_id BIGINT NOT NULL REFERENCES second_factor (person_id) ON DELETE CASCADE,
  code_hash TEXT NOT NULL,
  used_at {time},
  PRIMARY KEY (person_id, code_hash)
);

-- Every token reads what its person may see; tokens from before may do everything their person may.
ALTER TABLE api_token ADD COLUMN may_request BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE api_token ADD COLUMN may_staff BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE api_token ADD COLUMN may_administer BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE api_token ADD COLUMN last_used_at {time};
"#;
