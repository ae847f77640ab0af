//! What becomes of each column when a person is erased. The statements are made from these lists, and a test compares
//! them with the database: a new column that names or describes a person fails it until somebody decides here.

use crate::requests::fields::{Column, Erasure, columns};

/// What becomes of rows that point at a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnErasure {
    /// The rows go.
    Deleted,
    /// The rows stay and point at a key without a person behind it.
    Kept,
}

/// Every column that points at a person, deletions in the order in which they are done.
pub const REFERENCES: &[(&str, &str, OnErasure)] = &[
    ("api_token", "person_id", OnErasure::Deleted),
    // Both point at a session.
    ("openid_login", "person_id", OnErasure::Deleted),
    ("signing_proof", "person_id", OnErasure::Deleted),
    ("session", "person_id", OnErasure::Deleted),
    ("account_secret", "person_id", OnErasure::Deleted),
    ("recovery_code", "person_id", OnErasure::Deleted),
    ("second_factor", "person_id", OnErasure::Deleted),
    ("external_identity", "person_id", OnErasure::Deleted),
    ("mail_preference", "person_id", OnErasure::Deleted),
    ("institution_membership", "person_id", OnErasure::Deleted),
    ("role_grant", "person_id", OnErasure::Deleted),
    ("idempotency_key", "person_id", OnErasure::Deleted),
    ("mail_message", "recipient_id", OnErasure::Deleted),
    // Who answers for an institution's record, by key only.
    ("institution", "verified_by", OnErasure::Kept),
    ("institution", "proposed_by", OnErasure::Kept),
    ("institution_membership", "decided_by", OnErasure::Kept),
    // The history is never changed; it knows keys only.
    ("audit_event", "person_id", OnErasure::Kept),
    // Who released and recorded is part of a lot's record (ISO 20387).
    ("lot", "released_by", OnErasure::Kept),
    ("quality_test", "recorded_by", OnErasure::Kept),
    ("request", "applicant_id", OnErasure::Kept),
    ("request", "principal_investigator_id", OnErasure::Kept),
    // Emptied while the request is open, so that its letters go to the whole desk.
    ("request", "handler_id", OnErasure::Kept),
    ("request", "decider_id", OnErasure::Kept),
    // Who entered and who saw an approval, by key only.
    ("approval", "created_by", OnErasure::Kept),
    ("approval", "verified_by", OnErasure::Kept),
    // What was written about a request stays with its record and goes when that is blanked.
    ("request_message", "author_id", OnErasure::Kept),
    ("agreement", "offered_by", OnErasure::Kept),
    // With the printed name, until the record's term is over.
    ("signature", "person_id", OnErasure::Kept),
    ("shipment", "created_by", OnErasure::Kept),
    ("shipment", "dispatched_by", OnErasure::Kept),
    ("shipment", "received_by", OnErasure::Kept),
];

/// Every column of a person: what it is set to at `$2`, the instant of the erasure; nothing for what stays.
pub const PERSON: &[(&str, Option<&str>)] = &[
    ("id", None),
    // A domain that can never be (RFC 2606), so that the address itself may register anew.
    ("email", Some("'erased-' || CAST(id AS TEXT) || '@erased.invalid'")),
    ("name", Some("'(erased · 삭제됨)'")),
    ("locale", Some("'en'")),
    ("institution_id", Some("NULL")),
    ("password_hash", Some("NULL")),
    ("email_verified_at", Some("NULL")),
    ("orcid", Some("NULL")),
    ("orcid_authenticated_at", Some("NULL")),
    ("failed_passwords", Some("0")),
    ("locked_until", Some("NULL")),
    ("disabled_at", Some("coalesce(disabled_at, $2)")),
    ("created_at", None),
    ("made_up", None),
    ("erased_at", Some("$2")),
];

/// Columns of a request that are no fields of its form.
const AROUND_THE_FIELDS: &[(&str, Option<&str>)] = &[
    ("id", None),
    ("number", None),
    ("applicant_id", None),
    ("principal_investigator_id", None),
    ("institution_id", None),
    ("state", None),
    ("state_since", None),
    ("created_at", None),
    ("submitted_at", None),
    ("handler_id", None),
    ("decider_id", None),
    ("decided_at", None),
    ("return_comment", Some("NULL")),
    ("return_comments", Some("NULL")),
    ("returned_fields", Some("NULL")),
    ("revision", None),
    ("made_up", None),
    ("blanked_at", Some("$2")),
];

/// Every column of a request: what it is set to at `$2` when the request is blanked; nothing for what statistics and
/// the course of things need. Of the form's fields their declaration says it.
pub fn request() -> Vec<(&'static str, Option<&'static str>)> {
    let erased_to = |column: &Column| (column.name, (column.erasure == Erasure::Blanked).then_some(column.blank));
    AROUND_THE_FIELDS.iter().copied().chain(columns().map(|(_, column)| erased_to(column))).collect()
}

/// `UPDATE table SET ... WHERE id = $1`, from one of the lists.
pub(super) fn update(table: &str, columns: &[(&str, Option<&str>)]) -> String {
    let set = columns.iter().filter_map(|(column, value)| Some(format!("{column} = {}", (*value)?)));
    format!("UPDATE {table} SET {} WHERE id = $1", set.collect::<Vec<_>>().join(", "))
}
