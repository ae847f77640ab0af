//! References of people that were not checked, words and numbers that could be anything, and indexes for what is looked
//! up by a reference.

use crate::constraints::{constrain, words};
use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager};

const SQL: &str = r#"
-- Who and what moves when institutions become one, and what goes with a person or is read for one.
CREATE INDEX person_of_institution ON person (institution_id) WHERE institution_id IS NOT NULL;
CREATE INDEX role_grant_of_institution ON role_grant (institution_id) WHERE institution_id IS NOT NULL;
CREATE INDEX request_of_handler ON request (handler_id, id) WHERE handler_id IS NOT NULL;
CREATE INDEX openid_login_person ON openid_login (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX signing_proof_session ON signing_proof (session_id);
-- What was made from a lot.
CREATE INDEX lot_made_from ON lot (parent_lot_id, id) WHERE parent_lot_id IS NOT NULL;
"#;

/// A constraint by its table.
const CONSTRAINTS: [(&str, &[&str]); 15] = [
    ("number_series", &["CONSTRAINT number_series_named CHECK (series <> '' AND year >= 0)"]),
    ("catalogue_version", &["CONSTRAINT catalogue_version_counts CHECK (version > 0)"]),
    ("audit_sealer", &["CONSTRAINT audit_sealer_counts CHECK (sequence >= 0 AND floor >= 0 AND length(hash) = 64)"]),
    ("mail_message", &["CONSTRAINT mail_message_recipient FOREIGN KEY (recipient_id) REFERENCES person (id)"]),
    (
        "idempotency_key",
        &[
            "CONSTRAINT idempotency_key_person FOREIGN KEY (person_id) REFERENCES person (id)",
            "CONSTRAINT idempotency_key_named CHECK (operation <> '' AND key <> '')",
        ],
    ),
    ("institution_token", &["CONSTRAINT institution_token_weight CHECK (weight BETWEEN 0 AND 3)"]),
    ("disease_token", &["CONSTRAINT disease_token_weight CHECK (weight BETWEEN 0 AND 3)"]),
    ("person", &["CONSTRAINT person_failed_passwords CHECK (failed_passwords >= 0)"]),
    ("second_factor", &["CONSTRAINT second_factor_last_step CHECK (last_step >= 0)"]),
    (
        "openid_login",
        &["CONSTRAINT openid_login_for_signature
           FOREIGN KEY (agreement_id, party) REFERENCES required_signature (agreement_id, party)"],
    ),
    ("vial_event", &["CONSTRAINT vial_event_actor CHECK (actor <> '')"]),
    ("request", &["CONSTRAINT request_country CHECK (length(country) = 2)"]),
    ("request_line", &["CONSTRAINT request_line_waits CHECK ((state = 'waitlisted') = (waitlisted_at IS NOT NULL))"]),
    (
        "shipment",
        &[
            "CONSTRAINT shipment_dispatcher CHECK ((dispatched_at IS NULL) = (dispatched_by IS NULL))",
            "CONSTRAINT shipment_receiver CHECK ((received_at IS NULL) = (received_by IS NULL))",
        ],
    ),
    (
        "dispatched_line",
        &["CONSTRAINT dispatched_line_place CHECK (year BETWEEN 1900 AND 2200 AND length(country) = 2)"],
    ),
];

const STATES_OF_A_VIAL: &[&str] =
    &["in_quarantine", "available", "reserved", "picked", "shipped", "used_for_testing", "discarded", "lost"];
/// Columns whose words were nobody's concern.
const WORDS: [(&str, &str, &[&str]); 5] = [
    ("vial_event", "from_state", STATES_OF_A_VIAL),
    ("vial_event", "to_state", STATES_OF_A_VIAL),
    (
        "quality_test",
        "test",
        &[
            "identity_str",
            "mycoplasma",
            "sterility",
            "viral_panel",
            "post_thaw_viability",
            "morphology",
            "karyotype",
            "undifferentiated_markers",
            "vector_clearance",
            "endotoxin",
            "reference",
        ],
    ),
    ("dispatched_line", "institution_type", &["university", "company", "institute", "hospital", "government"]),
    (
        "dispatched_line",
        "intended_use",
        &["basic_research", "disease_modelling", "drug_discovery", "education", "clinical_research", "treatment"],
    ),
];

/// See the file's text.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m22_references"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await?;
        for (table, constraints) in CONSTRAINTS {
            constrain(manager, table, constraints).await?;
        }
        for (table, column, known) in WORDS {
            words(manager, table, column, known).await?;
        }
        Ok(())
    }
}
