//! What stood in a request's columns of approvals, and the records that it became.

use super::{Row, at_step, upgraded};
use sea_orm::JsonValue;
use serde_json::json;
use stembank::db::{Db, Sql};

/// The columns of a request that became records.
pub const COLUMNS: [&str; 8] = [
    "irb_approval_number",
    "irb_valid_until",
    "irb_exemption_number",
    "head_approval_number",
    "lmo_facility_number",
    "export_approval_number",
    "clinical_plan_number",
    "clinical_plan_valid_until",
];
/// Kinds with the columns of their number and their last day.
const KINDS: [(&str, &str, Option<&str>); 6] = [
    ("irb_approval", "irb_approval_number", Some("irb_valid_until")),
    ("irb_exemption", "irb_exemption_number", None),
    ("head_approval", "head_approval_number", None),
    ("lmo_facility", "lmo_facility_number", None),
    ("export_approval", "export_approval_number", None),
    ("clinical_plan", "clinical_plan_number", Some("clinical_plan_valid_until")),
];

/// Every number and last day of requests as they were stands in a record of theirs, and there is no other.
pub async fn stand_as_before(requests: &[Row], db: &Db) {
    let sql =
        "SELECT r.request_id, a.kind, a.number, a.valid_until, a.institution_id, a.study, a.created_by, a.made_up,
                 a.verified_by, a.typed FROM request_approval r JOIN approval a ON a.id = r.approval_id";
    let mut found: Vec<JsonValue> = Sql::new(sql).all(db.read()).await.unwrap();
    let mut expected = vec![];
    for request in requests.iter().filter(|request| request.contains_key(COLUMNS[0])) {
        for (kind, number, until) in KINDS {
            let until = until.map_or(&JsonValue::Null, |until| &request[until]);
            if request[number].is_null() && until.is_null() {
                continue;
            }
            expected.push(json!({
                "request_id": request["id"], "kind": kind, "number": request[number].as_str().unwrap_or_default(),
                "valid_until": until, "institution_id": request["institution_id"], "study": request["project_title"],
                "created_by": request["applicant_id"], "made_up": request["made_up"], "verified_by": null,
                "typed": expected_tick(&found),
            }));
        }
    }
    found.sort_by_key(JsonValue::to_string);
    expected.sort_by_key(JsonValue::to_string);
    assert_eq!(found, expected);
}

/// Yes, as the engine says it in JSON.
fn expected_tick(found: &[JsonValue]) -> JsonValue {
    if found.iter().any(|row| row["typed"].is_boolean()) { json!(true) } else { json!(1) }
}

#[tokio::test]
async fn a_last_day_without_a_number_is_kept_and_nothing_makes_no_record() {
    let rows = "
        INSERT INTO institution (name, name_key, acronyms, aliases, institution_type, domains, status)
          VALUES ('A University', 'a university', '', '', 'university', '', 'open');
        INSERT INTO person (email, name, locale, institution_id, created_at)
          VALUES ('a@example.org', 'A', 'en', 1, '2026-01-01T00:00:00+00:00');
        INSERT INTO request (number, applicant_id, principal_investigator_id, institution_id, state, state_since,
          created_at, project_title, summary, use_plan, commercial, in_people, redistribution, country, region, address,
          delivery, irb_valid_until, clinical_plan_number)
        VALUES ('REQ-2026-00001', 1, 1, 1, 'draft', '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00', 'A', '', '',
          FALSE, FALSE, FALSE, 'KR', '', '', 'courier', '2027-01-01', NULL),
          ('REQ-2026-00002', 1, 1, 1, 'draft', '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00', 'B', '', '',
          FALSE, FALSE, FALSE, 'KR', '', '', 'courier', NULL, NULL),
          ('REQ-2026-00003', 1, 1, 1, 'draft', '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00', 'C', '', '',
          FALSE, FALSE, FALSE, 'KR', '', '', 'courier', NULL, 'C-1')";
    let bank = upgraded(at_step("m24_request_recipient", rows).await).await;
    assert_eq!(bank.number("SELECT count(*) FROM approval WHERE number = '' AND valid_until = '2027-01-01'").await, 1);
    assert_eq!(bank.number("SELECT count(*) FROM approval").await, 2);
    bank.close().await;
}
