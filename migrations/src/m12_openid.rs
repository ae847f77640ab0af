//! Sign-in at somebody else's: who people are to identity providers, and sign-ins under way.

crate::step!("m12_openid");

const SQL: &str = r#"
CREATE TABLE external_identity (
  id {id},
  -- As the provider is called in the settings.
  provider TEXT NOT NULL CHECK (provider <> ''),
  -- Who the person is to the provider; never changes there (OpenID Connect Core 1.0, section 5.7).
  subject TEXT NOT NULL CHECK (subject <> ''),
  person_id BIGINT NOT NULL REFERENCES person (id),
  linked_at {time} NOT NULL,
  last_used_at {time} NOT NULL,
  UNIQUE (provider, subject)
);
CREATE UNIQUE INDEX external_identity_of_person ON external_identity (person_id, provider);

-- A sign-in that went to its provider and has not come back; each is used once.
CREATE TABLE openid_login (
  -- SHA-256 of the state; the state itself is known to the browser and the provider alone.
  state_hash TEXT PRIMARY KEY,
  provider TEXT NOT NULL,
  nonce TEXT NOT NULL,
  pkce_verifier TEXT NOT NULL,
  -- The person who is signed in and wants to link the identity; none for a sign-in.
  person_id BIGINT REFERENCES person (id),
  return_to TEXT NOT NULL,
  expires_at {time} NOT NULL
);
CREATE INDEX openid_login_expiry ON openid_login (expires_at);
"#;
