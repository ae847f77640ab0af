//! Idempotency keys that were given before the operations were called by their verbs.

use super::{ROWS_AT_M17, Row, at_step, upgraded};
use sea_orm::JsonValue;
use stembank::actor::Verb;
use stembank::db::Sql;

/// What an answer stood under, and the verb under which it stands now.
const WORDS: [(&str, Verb); 10] = [
    ("lot.register", Verb::RegisterLot),
    ("lot.test", Verb::RecordQualityTest),
    ("request.create", Verb::CreateRequest),
    ("request.copy", Verb::CopyRequest),
    ("request.message", Verb::PostMessage),
    ("request.note", Verb::PostNote),
    ("agreement.offer", Verb::OfferAgreement),
    ("shipment.pack", Verb::CreateShipment),
    ("institution.propose", Verb::ProposeInstitution),
    ("create_api_token", Verb::CreateApiToken),
];

/// A row of an earlier release as it stands in this one.
pub(super) fn renamed(table: &str, row: &Row) -> Row {
    let mut row = row.clone();
    let is_key = table == "idempotency_key";
    if let Some((_, verb)) = WORDS.iter().find(|(word, _)| is_key && row["operation"] == *word) {
        row.insert("operation".into(), verb.name().into());
    }
    row
}

#[tokio::test]
async fn keys_given_before_an_upgrade_stand_under_their_verbs() {
    let values: Vec<_> = WORDS
        .iter()
        .enumerate()
        .map(|(i, (word, _))| format!("(1, '{word}', 'kept', 'hash {i}', {i}, '2026-02-25T03:00:00+00:00')"))
        .collect();
    let keys = format!(
        "INSERT INTO idempotency_key (person_id, operation, key, input_hash, subject_id, created_at) VALUES {};",
        values.join(", ")
    );

    let bank = upgraded(at_step("m17_leftovers", &format!("{ROWS_AT_M17}\n{keys}")).await).await;

    for (i, (_, verb)) in WORDS.iter().enumerate() {
        let sql = format!(
            "SELECT input_hash, subject_id FROM idempotency_key
             WHERE person_id = 1 AND operation = '{}' AND key = 'kept'",
            verb.name()
        );
        let answers: Vec<JsonValue> = Sql::new(sql).all(bank.app.db.read()).await.unwrap();
        let expected = serde_json::json!({ "input_hash": format!("hash {i}"), "subject_id": i });
        assert_eq!(answers, [expected], "{verb:?}");
    }
    bank.close().await;
}
