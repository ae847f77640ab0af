-- Rows of every table as they stood at m17_leftovers, the step before the first kept release. Both engines read them.
-- What the steps themselves put there (bank, catalogue_version, audit_sealer) is changed, not inserted.

UPDATE bank SET filled = TRUE WHERE id = 1;
UPDATE catalogue_version SET version = 7 WHERE id = 1;
INSERT INTO number_series (series, year, last) VALUES ('REQ', 2026, 5), ('MTA', 2026, 3), ('SHP', 2026, 3);

-- People and institutions: one that counts, one that became part of it, one that is proposed.
INSERT INTO person (id, email, name, locale, institution_id, password_hash, failed_passwords, locked_until, disabled_at,
    created_at, made_up, email_verified_at, orcid, orcid_authenticated_at, erased_at)
  VALUES
  (1, 'staff@example.org', 'Staff', 'ko', NULL, 'no hash', 0, NULL, NULL, '2026-01-05T03:00:00+00:00', TRUE,
    '2026-01-05T03:00:00+00:00', NULL, NULL, NULL),
  (2, 'researcher@example.org', 'Researcher', 'en', NULL, NULL, 2, '2026-01-05T04:00:00+00:00', NULL,
    '2026-01-05T03:00:00+00:00',
    TRUE, '2026-01-05T03:00:00+00:00', '0000-0002-1825-0097', '2026-01-06T03:00:00+00:00', NULL),
  (3, 'erased-3@erased.invalid', '(erased · 삭제됨)', 'en', NULL, NULL, 0, NULL, '2026-01-07T03:00:00+00:00',
    '2026-01-05T03:00:00+00:00', TRUE, NULL, NULL, NULL, '2026-01-07T03:00:00+00:00');
INSERT INTO institution (id, ror_id, name, name_ko, name_key, acronyms, aliases, institution_type, type_set_by_staff,
    city,
    website, domains, status, made_up, verification, verified_at, verified_by, proposed_by, set_by_staff, merged_into,
    merged_at)
  VALUES
  (1, 'https://ror.org/000000001', 'A University', '가 대학교', 'a university', 'AU', '', 'university', FALSE, 'Seoul',
    'https://example.org', 'example.org', 'open', TRUE, 'registry', NULL, NULL, NULL, '', NULL, NULL),
  (2, NULL, 'A Uni', NULL, 'a uni', '', '', 'university', TRUE, NULL, NULL, '', 'closed', TRUE, 'staff',
    '2026-01-06T03:00:00+00:00', 1, 2, 'name', 1, '2026-01-07T03:00:00+00:00'),
  (3, NULL, 'Another', NULL, 'another', '', '', 'company', FALSE, NULL, NULL, '', 'open', TRUE, 'proposed', NULL,
    NULL, 2,
    '', NULL, NULL);
INSERT INTO institution_token (token, institution_id, weight) VALUES ('auniversity', 1, 0), ('university', 1, 2);
UPDATE person SET institution_id = 1 WHERE id = 2;
INSERT INTO role_grant (id, person_id, role, institution_id)
  VALUES (1, 1, 'staff', NULL), (2, 1, 'administrator', NULL), (3, 2, 'researcher', NULL), (4, 2, 'signatory', 1);
INSERT INTO institution_membership (id, person_id, institution_id, state, how, requested_at, decided_at, decided_by,
    ended_at, reason, is_administrator, is_principal_investigator)
  VALUES
  (1, 2, 1, 'active', 'approval', '2026-01-05T03:00:00+00:00', '2026-01-06T03:00:00+00:00', 1, NULL, NULL, TRUE, TRUE),
  (2, 2, 2, 'left', 'staff', '2026-01-05T03:00:00+00:00', '2026-01-05T03:00:00+00:00', 1,
    '2026-01-07T03:00:00+00:00', 'merged', FALSE,
    FALSE);

-- Ways in, of each kind.
INSERT INTO api_token (id, person_id, name, token_hash, created_at, expires_at, revoked_at, may_request, may_staff,
    may_administer, last_used_at)
  VALUES (1, 1, 'a script', 'no hash of a token', '2026-01-05T03:00:00+00:00', '2027-01-05T03:00:00+00:00',
    '2026-01-06T03:00:00+00:00',
    TRUE, TRUE, FALSE, '2026-01-05T04:00:00+00:00');
INSERT INTO session (id, token_hash, person_id, how, second_factor, user_agent, created_at, last_seen_at, ended_at)
  VALUES (1, 'no hash of a session', 2, 'openid', FALSE, 'A browser', '2026-01-05T03:00:00+00:00',
    '2026-01-05T04:00:00+00:00', NULL);
INSERT INTO account_secret (id, secret_hash, person_id, purpose, created_at, expires_at, used_at)
  VALUES (1, 'no hash of a secret', 2, 'verify_email', '2026-01-05T03:00:00+00:00', '2026-01-06T03:00:00+00:00',
    '2026-01-05T03:10:00+00:00');
INSERT INTO second_factor (person_id, secret, confirmed_at, last_step) VALUES (1, 'no secret',
    '2026-01-05T03:00:00+00:00', 9);
INSERT INTO recovery_code (person_id, code_hash, used_at) VALUES (1, 'no hash of a code', NULL);
INSERT INTO external_identity (id, provider, subject, person_id, linked_at, last_used_at)
  VALUES (1, 'provider', 'a subject', 2, '2026-01-05T03:00:00+00:00', '2026-01-05T03:00:00+00:00');

-- Diseases and lines: a held one, a reference one, a withdrawn one.
INSERT INTO disease (id, mondo_id, name, name_key, name_ko, synonyms, synonyms_ko, description, core)
  VALUES (1, 'MONDO:0000001', 'A disease', 'a disease', '질환', '["the disease"]', '[]', 'What it is', TRUE),
    (2, 'MONDO:0000002', 'Another disease', 'another disease', NULL, '[]', '[]', '', FALSE);
INSERT INTO disease_code (code, disease_id) VALUES ('OMIM:1', 1);
INSERT INTO disease_token (token, disease_id, weight) VALUES ('disease', 1, 2);
INSERT INTO disease_ancestor (ancestor_id, disease_id, distance) VALUES (1, 2, 1);
INSERT INTO cell_line (id, holding, accession, name, name_key, synonyms, rrid, hpscreg_name, parent_rrid, cell_type,
    category, species, sex, donor_age, problematic, engineered_in_source, made_up, grade, publication_status,
    publication_reason_en, publication_reason_ko, publication_since, legal_basis, registry_number, provision_consent,
    lmo,
    holding_basis_en, holding_basis_ko)
  VALUES
  (1, 'held', 'KSCB-0001', 'A line', 'a line', '["AL"]', 'CVCL_0001', 'ALi001-A', NULL, 'induced_pluripotent', 'iPSC',
    'Homo sapiens', 'Female', '38Y', NULL, TRUE, TRUE, 'research', 'published', NULL, NULL, '2026-01-05T03:00:00+00:00',
    'human_derived_material', NULL, 'given', FALSE, 'held', '보유'),
  (2, 'reference', NULL, 'B line', 'b line', '[]', 'CVCL_0002', NULL, 'CVCL_0001', 'unknown', NULL, NULL, NULL, NULL,
    NULL,
    FALSE, FALSE, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (3, 'held', 'KSCB-0003', 'C line', 'c line', '[]', NULL, NULL, NULL, 'embryonic', NULL, NULL, NULL, NULL, NULL, FALSE,
    TRUE, 'clinical', 'withdrawn', 'why', '사유', '2026-01-06T03:00:00+00:00', 'embryonic_line_registry', 'R-1',
    'unknown', NULL,
    NULL, NULL);
INSERT INTO cell_line_record (line_id, codes) VALUES (2, '{"SY": ["BL"]}');
INSERT INTO cell_line_token (token, line_id, weight) VALUES ('aline', 1, 0), ('line', 2, 2);
INSERT INTO cell_line_disease (id, line_id, disease_id, label, code)
  VALUES (1, 1, 1, 'A disease', 'OMIM:1'), (2, 2, NULL, 'Something else', NULL);
INSERT INTO genetic_modification (id, line_id, kind, gene, product) VALUES (1, 1, 'transgene', 'CDH1', 'mCherry');

-- Stock: a released lot made from a master lot, and one vial in each state that anything leads to.
INSERT INTO lot (id, line_id, number, tier, passage, parent_lot_id, frozen_on, vials_made, cells_per_vial, state,
    released_at, released_by, made_up)
  VALUES (1, 1, 'LOT-1', 'master', 9, NULL, '2026-01-05', 2, 1000000, 'quarantined', NULL, NULL, TRUE),
    (2, 1, 'LOT-2', 'distribution', 12, 1, '2026-01-06', 5, 1000000, 'released', '2026-01-07T03:00:00+00:00', 1, TRUE);
INSERT INTO quality_test (id, lot_id, test, method, laboratory, specification, result, verdict, tested_on, passage,
    analyst,
    reviewer, recorded_by, recorded_at)
  VALUES (1, 2, 'mycoplasma', 'PCR 1', 'A laboratory', 'negative', 'negative', 'pass', '2026-01-06', 12, 'An analyst',
    'A reviewer', 1, '2026-01-06T03:00:00+00:00');
INSERT INTO vial (id, lot_id, barcode, state, made_up)
  VALUES (1, 1, 'V-1', 'in_quarantine', TRUE), (2, 2, 'V-2', 'available', TRUE), (3, 2, 'V-3', 'reserved', TRUE),
    (4, 2, 'V-4', 'picked', TRUE), (5, 2, 'V-5', 'shipped', TRUE), (6, 2, 'V-6', 'shipped', TRUE);
INSERT INTO vial_event (id, vial_id, at, actor, from_state, to_state, reason)
  VALUES (1, 1, '2026-01-05T03:00:00+00:00', 'person:1', NULL, 'in_quarantine', 'lot made'),
    (2, 2, '2026-01-07T03:00:00+00:00', 'person:1', 'in_quarantine', 'available', 'lot released');

-- Requests: reserved, packed, under way, received and closed; a draft; a blanked one.
INSERT INTO request (id, number, applicant_id, principal_investigator_id, institution_id, state, state_since,
    created_at,
    submitted_at, handler_id, decider_id, decided_at, return_comment, project_title, summary, use_plan, intended_use,
    commercial, in_people, redistribution, country, region, address, delivery, irb_approval_number, irb_valid_until,
    irb_exemption_number, head_approval_number, lmo_facility_number, export_approval_number, clinical_plan_number,
    clinical_plan_valid_until, made_up, blanked_at, revision, return_comments, returned_fields)
  VALUES
  (1, 'REQ-2026-00001', 2, 2, 1, 'approved', '2026-02-01T03:00:00+00:00', '2026-01-20T03:00:00+00:00',
    '2026-01-21T03:00:00+00:00', 1, 1,
    '2026-02-01T03:00:00+00:00', NULL, 'A project', 'S', 'U', 'basic_research', FALSE, FALSE, FALSE, 'KR', 'Seoul',
    'A street',
    'courier', 'IRB-1', '2027-01-01', NULL, NULL, NULL, NULL, NULL, NULL, TRUE, NULL, 2,
    '[{"field": "summary", "comment": "more"}]', '{"summary": "s"}'),
  (2, 'REQ-2026-00002', 2, 2, 1, 'closed', '2026-02-20T03:00:00+00:00', '2026-01-20T03:00:00+00:00',
    '2026-01-21T03:00:00+00:00', 1, 1,
    '2026-02-01T03:00:00+00:00', NULL, 'A project', 'S', 'U', 'drug_discovery', TRUE, FALSE, FALSE, 'KR', 'Seoul',
    'A street',
    'pick_up', NULL, NULL, 'EX-1', 'H-1', 'L-1', 'E-1', 'C-1', '2027-01-01', TRUE, NULL, 1, NULL, NULL),
  (3, 'REQ-2026-00003', 2, 2, 1, 'draft', '2026-02-01T03:00:00+00:00', '2026-02-01T03:00:00+00:00', NULL, NULL, NULL,
    NULL, NULL, '',
    '', '', NULL, FALSE, FALSE, FALSE, 'KR', '', '', 'courier', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, TRUE,
    NULL,
    0, NULL, NULL),
  (4, 'REQ-2026-00004', 3, 3, 1, 'withdrawn', '2026-01-06T03:00:00+00:00', '2026-01-05T03:00:00+00:00',
    '2026-01-05T03:00:00+00:00', NULL,
    NULL, NULL, NULL, '', '', '', NULL, FALSE, FALSE, FALSE, 'KR', '', '', 'courier', NULL, NULL, NULL, NULL, NULL,
    NULL,
    NULL, NULL, TRUE, '2026-01-07T03:00:00+00:00', 1, NULL, NULL),
  (5, 'REQ-2026-00005', 2, 2, 1, 'approved', '2026-02-01T03:00:00+00:00', '2026-01-20T03:00:00+00:00',
    '2026-01-21T03:00:00+00:00', 1, 1,
    '2026-02-01T03:00:00+00:00', NULL, 'A project', 'S', 'U', 'education', FALSE, FALSE, FALSE, 'KR', 'Busan',
    'A street',
    'courier', 'IRB-1', '2027-01-01', NULL, NULL, NULL, NULL, NULL, NULL, TRUE, NULL, 1, NULL, NULL);
INSERT INTO request_line (id, request_id, line_id, vials_requested, vials_approved, state, decision_reason, refusal,
    waitlisted_at)
  VALUES
  (1, 1, 1, 2, 1, 'reserved', 'fewer are enough', NULL, NULL),
  (2, 1, 3, 1, NULL, 'refused', 'it is withdrawn', 'not_available', NULL),
  (3, 2, 1, 1, 1, 'received', NULL, NULL, NULL),
  (4, 3, 1, 1, NULL, 'requested', NULL, NULL, NULL),
  (5, 5, 1, 2, 2, 'shipped', NULL, NULL, NULL),
  (6, 5, 3, 1, 1, 'waitlisted', NULL, NULL, '2026-02-02T03:00:00+00:00');
INSERT INTO request_message (id, request_id, author_id, at, side, internal, text)
  VALUES (1, 1, 2, '2026-01-22T03:00:00+00:00', 'applicant', FALSE, 'A question'),
    (2, 1, 1, '2026-01-23T03:00:00+00:00', 'bank', TRUE, 'A note');
INSERT INTO request_reminder (request_id, idle_since, ordinal, reminded_at)
  VALUES (1, '2026-02-01T03:00:00+00:00', 1, '2026-02-08T03:00:00+00:00');
INSERT INTO reservation (id, request_line_id, vial_id, created_at, expires_at, ended_at, ending)
  VALUES
  (1, 1, 3, '2026-02-01T03:00:00+00:00', '2026-02-10T03:00:00+00:00', '2026-02-10T03:00:00+00:00', 'expired'),
  (2, 1, 3, '2026-02-20T03:00:00+00:00', '2026-04-01T03:00:00+00:00', NULL, NULL),
  (3, 5, 4, '2026-02-20T03:00:00+00:00', '2026-04-01T03:00:00+00:00', NULL, NULL),
  (4, 5, 5, '2026-02-02T03:00:00+00:00', '2026-02-16T03:00:00+00:00', '2026-02-03T03:00:00+00:00', 'shipped'),
  (5, 3, 6, '2026-02-02T03:00:00+00:00', '2026-02-16T03:00:00+00:00', '2026-02-03T03:00:00+00:00', 'shipped'),
  (6, 5, 2, '2026-02-02T03:00:00+00:00', '2026-02-16T03:00:00+00:00', '2026-02-02T04:00:00+00:00', 'released');

-- Agreements: one in force, one declined before it, one expired.
INSERT INTO agreement_template (id, kind, version, body_en, body_ko) VALUES (1, 'academic', 1, 'Text', '본문');
INSERT INTO agreement (id, number, request_id, template_id, state, text_en, text_ko, document_hash, offered_at,
    offered_by,
    in_force_at, expires_on, ended_reason)
  VALUES
  (1, 'MTA-2026-00001', 5, 1, 'declined', 'Text', '본문', 'a hash', '2026-02-01T03:00:00+00:00', 1, NULL, '2031-01-31',
    'another text'),
  (2, 'MTA-2026-00002', 5, 1, 'in_force', 'Text', '본문', 'a hash', '2026-02-01T03:00:00+00:00', 1,
    '2026-02-02T03:00:00+00:00',
    '2031-01-31', NULL),
  (3, 'MTA-2026-00003', 2, 1, 'expired', 'Text', '본문', 'a hash', '2026-02-01T03:00:00+00:00', 1,
    '2026-02-02T03:00:00+00:00',
    '2026-02-28', NULL);
INSERT INTO required_signature (agreement_id, party, ordinal)
  VALUES (2, 'principal_investigator', 1), (2, 'bank', 2), (3, 'bank', 1);
INSERT INTO signature (id, agreement_id, party, person_id, printed_name, meaning, signed_at, authentication,
    document_hash,
    template_version)
  VALUES (1, 2, 'principal_investigator', 2, 'Researcher', 'I agree', '2026-02-01T04:00:00+00:00', 'provider',
    'a hash', 1),
    (2, 2, 'bank', 1, 'Staff', 'We agree', '2026-02-02T03:00:00+00:00', 'password', 'a hash', 1);
INSERT INTO openid_login (state_hash, provider, nonce, pkce_verifier, person_id, return_to, expires_at, begun_at,
    session_id, agreement_id, party, document_hash)
  VALUES ('no hash of a state', 'provider', 'n', 'v', 2, '/', '2026-02-01T05:00:00+00:00',
    '2026-02-01T03:50:00+00:00', 1, 2,
    'principal_investigator', 'a hash');
INSERT INTO signing_proof (id, proof_hash, person_id, session_id, provider, agreement_id, party, document_hash,
    authenticated_at, created_at, expires_at, used_at)
  VALUES (1, 'no hash of a proof', 2, 1, 'provider', 2, 'principal_investigator', 'a hash', '2026-02-01T03:55:00+00:00',
    '2026-02-01T03:55:00+00:00', '2026-02-01T04:05:00+00:00', '2026-02-01T04:00:00+00:00');

-- Shipments: packed, under way, received, and one that was unpacked.
INSERT INTO shipment (id, number, request_id, agreement_id, state, courier, tracking_number, created_at, created_by,
    dispatched_at, dispatched_by, received_at, received_by, made_up)
  VALUES
  (1, 'SHP-2026-00001', 5, 2, 'packed', NULL, NULL, '2026-02-25T03:00:00+00:00', 1, NULL, NULL, NULL, NULL, TRUE),
  (2, 'SHP-2026-00002', 5, 2, 'shipped', 'A courier', '1', '2026-02-02T05:00:00+00:00', 1,
    '2026-02-03T03:00:00+00:00', 1, NULL, NULL,
    TRUE),
  (3, 'SHP-2026-00003', 2, 3, 'received', NULL, NULL, '2026-02-02T05:00:00+00:00', 1, '2026-02-03T03:00:00+00:00', 1,
    '2026-02-20T03:00:00+00:00', 2, TRUE),
  (4, 'SHP-2026-00004', 5, 2, 'cancelled', NULL, NULL, '2026-02-02T04:00:00+00:00', 1, NULL, NULL, NULL, NULL, TRUE);
INSERT INTO shipment_vial (id, shipment_id, vial_id, request_line_id, cancelled, condition)
  VALUES (1, 1, 4, 5, FALSE, NULL), (2, 2, 5, 5, FALSE, NULL), (3, 3, 6, 3, FALSE, 'good'), (4, 4, 5, 5, TRUE, NULL);
INSERT INTO shipment_reminder (shipment_id, ordinal, reminded_at) VALUES (2, 1, '2026-02-10T03:00:00+00:00');
INSERT INTO dispatched_line (id, shipment_id, request_id, request_line_id, line_id, dispatched_at, year,
    is_distribution,
    vials, institution_id, institution_type, intended_use, country, region, made_up)
  VALUES
  (1, 2, 5, 5, 1, '2026-02-03T03:00:00+00:00', 2026, TRUE, 1, 1, 'university', 'education', 'KR', 'Busan', TRUE),
  (2, 3, 2, 3, 1, '2026-02-03T03:00:00+00:00', 2026, TRUE, 1, 1, 'university', 'drug_discovery', 'KR', 'Seoul', TRUE);
INSERT INTO historical_total (id, year, measure, institution_type, value, source)
  VALUES (1, 2024, 'institutions', 'university', 36, 'a report');

-- Letters: waiting, sent, dead.
INSERT INTO mail_message (id, created_at, recipient_id, event, subject_kind, subject_id, detail, state, attempts,
    due_at,
    claimed_by, message_id, last_error, sent_at)
  VALUES
  (1, '2026-01-21T03:00:00+00:00', 1, 'request_submitted', 'DistributionRequest', 1, '{}', 'sent', 1, NULL, NULL,
    '<mail.1@example.org>', NULL, '2026-01-21T03:00:01+00:00'),
  (2, '2026-02-03T03:00:00+00:00', 2, 'shipment_dispatched', 'DistributionRequest', 5,
    '{"shipment": "SHP-2026-00002"}', 'dead',
    8, NULL, NULL, '<mail.2@example.org>', '550 no such mailbox', NULL),
  (3, '2026-02-25T03:00:00+00:00', 2, 'reminder', 'DistributionRequest', 5, '{}', 'queued', 0,
    '2026-03-02T03:00:00+00:00', NULL,
    NULL, NULL, NULL);
INSERT INTO mail_preference (person_id, event, wanted) VALUES (2, 'reminder', TRUE);
INSERT INTO idempotency_key (person_id, operation, key, input_hash, subject_id, created_at)
  VALUES (1, 'shipment.pack', 'k', 'a hash', 1, '2026-02-25T03:00:00+00:00');

-- The history, sealed by a key that protects nothing: 32 times the byte 17.
INSERT INTO audit_key (id, key, made_at) VALUES (1, 'ERERERERERERERERERERERERERERERERERERERERERE=',
    '2026-01-05T03:00:00+00:00');
INSERT INTO audit_event (id, at, actor, person_id, action, subject_kind, subject_id, detail)
  VALUES
  (1, '2026-01-05T03:00:00+00:00', 'system:import', NULL, 'import.run', 'Bank', 1, '{}'),
  (2, '2026-01-07T03:00:00+00:00', 'person:1', 1, 'lot.release', 'Lot', 2,
    '{"after":{"state":"released"},"before":{"state":"quarantined"}}');
INSERT INTO audit_seal (sequence, event_id, event_hash, hash, key_id, sealed_at)
  VALUES
  (1, 1, '4891fbea4466e70c772c1a3438832b2f43491a0892e64a8164d4169059c84c2f',
    '667deecb9ea4693ed4694293889e2c9063be6eb0475d03438ee89927f3519155', 'a33148e29b1c4e01',
    '2026-01-05T03:00:01+00:00'),
  (2, 2, 'e6b9ebc298dcc69a37e77ed09d060e48683b1d55c6f5a59746ca18b3e144ac82',
    '96f8f20ea759390ff4d06201a6dffd94016fbbc920108dd9f7c943b04ce38959', 'a33148e29b1c4e01',
    '2026-01-07T03:00:01+00:00');
UPDATE audit_sealer SET sequence = 2, floor = 2,
  hash = '96f8f20ea759390ff4d06201a6dffd94016fbbc920108dd9f7c943b04ce38959' WHERE id = 1;
INSERT INTO audit_anchor (day, sequence, hash, anchored_at)
  VALUES ('2026-01-07', 2, '96f8f20ea759390ff4d06201a6dffd94016fbbc920108dd9f7c943b04ce38959',
    '2026-01-07T03:00:02+00:00');
