//! Memberships of people at institutions, who vouches for an institution, duplicates that became one, ORCID iDs.

crate::step!("m11_institutions");

const SQL: &str = r#"
-- Where an institution's record comes from. One that somebody proposed is shown to nobody else until staff verified it.
ALTER TABLE institution ADD COLUMN verification TEXT NOT NULL DEFAULT 'registry'
  CHECK (verification IN ('proposed', 'registry', 'staff'));
ALTER TABLE institution ADD COLUMN verified_at {time} CHECK (verification <> 'staff' OR verified_at IS NOT NULL);
ALTER TABLE institution ADD COLUMN verified_by BIGINT REFERENCES person (id);
ALTER TABLE institution ADD COLUMN proposed_by BIGINT REFERENCES person (id)
  CHECK (verification <> 'proposed' OR proposed_by IS NOT NULL);
-- Columns that staff set, separated by commas; no import changes them any more. The type has a column of its own.
ALTER TABLE institution ADD COLUMN set_by_staff TEXT NOT NULL DEFAULT '';
-- The institution of which this one was a duplicate. It never is a duplicate itself: one step leads to what counts.
ALTER TABLE institution ADD COLUMN merged_into BIGINT REFERENCES institution (id)
  CHECK (merged_into IS NULL OR (status = 'closed' AND merged_into <> id));
ALTER TABLE institution ADD COLUMN merged_at {time} CHECK ((merged_at IS NULL) = (merged_into IS NULL));
CREATE INDEX institution_duplicates ON institution (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX institution_proposals ON institution (proposed_by, id) WHERE verification = 'proposed';

-- 0000-0002-1825-0097; it counts only once its owner signed in by it.
ALTER TABLE person ADD COLUMN orcid TEXT CHECK (length(orcid) = 19);
ALTER TABLE person ADD COLUMN orcid_authenticated_at {time}
  CHECK (orcid_authenticated_at IS NULL OR orcid IS NOT NULL);
CREATE UNIQUE INDEX person_orcid_once ON person (orcid);

CREATE TABLE institution_membership (
  id {id},
  person_id BIGINT NOT NULL REFERENCES person (id),
  institution_id BIGINT NOT NULL REFERENCES institution (id),
  state TEXT NOT NULL CHECK (state IN ('requested', 'active', 'refused', 'left')),
  how TEXT NOT NULL CHECK (how IN ('domain', 'approval', 'staff')),
  requested_at {time} NOT NULL,
  decided_at {time},
  decided_by BIGINT REFERENCES person (id),
  ended_at {time},
  reason TEXT,
  -- Whoever signs for the institution holds a role_grant; that alone is the truth of it.
  is_administrator BOOLEAN NOT NULL DEFAULT FALSE,
  is_principal_investigator BOOLEAN NOT NULL DEFAULT FALSE,
  CHECK (state <> 'requested' OR decided_at IS NULL),
  CHECK (state NOT IN ('active', 'refused') OR decided_at IS NOT NULL),
  CHECK ((state = 'left') = (ended_at IS NOT NULL)),
  CHECK (state = 'active' OR NOT (is_administrator OR is_principal_investigator))
);
CREATE UNIQUE INDEX institution_membership_once ON institution_membership (person_id, institution_id)
  WHERE state IN ('requested', 'active');
CREATE INDEX institution_membership_of_person ON institution_membership (person_id, id);
CREATE INDEX institution_membership_of_institution ON institution_membership (institution_id, state, id);
CREATE INDEX institution_membership_to_decide ON institution_membership (id) WHERE state = 'requested';

-- Whoever works or signs somewhere already is a member there.
INSERT INTO institution_membership (person_id, institution_id, state, how, requested_at, decided_at)
  SELECT p.id, p.institution_id, 'active', 'staff', p.created_at, p.created_at
  FROM person p WHERE p.institution_id IS NOT NULL ORDER BY p.id;
INSERT INTO institution_membership (person_id, institution_id, state, how, requested_at, decided_at)
  SELECT p.id, g.institution_id, 'active', 'staff', p.created_at, p.created_at
  FROM role_grant g JOIN person p ON p.id = g.person_id
  WHERE g.institution_id IS NOT NULL AND (p.institution_id IS NULL OR p.institution_id <> g.institution_id)
  ORDER BY g.id;
"#;
