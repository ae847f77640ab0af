//! What the database itself refuses, whoever writes: rows that say different things about one vial or one request.

use crate::support::{Bank, on_a_bank};
use sea_orm::ConnectionTrait;
use serde_json::json;

/// A reservation of the first vial that is free, for the newest request line.
const RESERVE: &str = "INSERT INTO reservation (request_line_id, vial_id, created_at, expires_at)
    SELECT (SELECT max(id) FROM request_line), (SELECT min(id) FROM vial WHERE state = 'available'),
      '2026-03-02T03:00:00+00:00', '2026-03-16T03:00:00+00:00'";
const MOVE: &str = "UPDATE vial SET state = 'reserved' WHERE id = (SELECT min(id) FROM vial WHERE state = 'available')";
const END: &str = "UPDATE reservation SET ended_at = '2026-03-03T03:00:00+00:00', ending = 'released'
    WHERE ended_at IS NULL";
const FREE: &str = "UPDATE vial SET state = 'available' WHERE state = 'reserved'";
const CANCEL: &str = "UPDATE shipment_vial SET cancelled = TRUE WHERE NOT cancelled";

#[tokio::test]
async fn a_free_vial_is_in_nobodys_reservation() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 3).await;
        bank.approved(&cast, &[(line.id, 1)]).await;
        bank.letters().await;
        bank.refuses_sql(RESERVE).await;
        bank.refuses_sql(MOVE).await;
        bank.refuses_sql("UPDATE vial SET state = 'picked' WHERE state = 'available'").await;
        bank.refuses_sql(&format!("{RESERVE}; UPDATE vial SET state = 'picked'")).await;
        bank.refuses_sql(&format!("{RESERVE}; {MOVE}; {END}")).await;
        bank.refuses_sql(
            "INSERT INTO vial (lot_id, barcode, state) SELECT max(id), 'made reserved', 'reserved' FROM lot",
        )
        .await;

        // In whatever order the two are written.
        bank.execute(&format!("{RESERVE}; {MOVE}")).await.unwrap();
        bank.execute(&format!("{FREE}; {END}")).await.unwrap();
        bank.execute(&format!("{RESERVE}; {MOVE}; {END}; {FREE}")).await.unwrap();
        assert_eq!(bank.number("SELECT count(*) FROM vial WHERE state = 'available'").await, 3);
    })
    .await;
}

#[tokio::test]
async fn a_reserved_vial_has_its_reservation() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 3).await;
        let journey = bank.in_force(&cast, &[(line.id, 2)]).await;
        bank.reserve(&cast, &journey.lines[0]).await;
        bank.letters().await;

        bank.refuses_sql(END).await;
        bank.refuses_sql(FREE).await;
        bank.refuses_sql("UPDATE vial SET state = 'picked' WHERE state = 'reserved'").await;
        bank.refuses_sql(&put_all_into("packed", "")).await;
        for change in ["vial_id = (SELECT min(id) FROM vial WHERE state = 'available')", "request_line_id = 0"] {
            let refusal = bank.refuses_sql(&format!("UPDATE reservation SET {change}")).await;
            assert!(refusal.contains("reservation keeps its vial_id, request_line_id"), "{refusal}");
        }
        assert!(bank.refuses_sql("DELETE FROM reservation").await.contains("no reservation is deleted"));
        bank.execute(&put_all_into("packed", "UPDATE vial SET state = 'picked' WHERE state = 'reserved'"))
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_packed_vial_is_reserved_until_its_shipment_leaves() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 3).await;
        let journey = bank.in_force(&cast, &[(line.id, 2)]).await;
        bank.reserve(&cast, &journey.lines[0]).await;
        bank.packed(&cast, &journey).await;
        bank.letters().await;
        let ship = "UPDATE shipment SET state = 'shipped', dispatched_at = '2026-03-03T03:00:00+00:00',
                      dispatched_by = created_by";
        let leave = "UPDATE vial SET state = 'shipped' WHERE state = 'picked'";
        let end = END.replace("released", "shipped");

        for parts in [&[END][..], &[CANCEL], &[ship], &[leave], &[ship, leave], &[ship, &end], &[leave, &end]] {
            bank.refuses_sql(&parts.join(";")).await;
        }
        for row in ["shipment_vial", "shipment", "vial"] {
            let refusal = bank.refuses_sql(&format!("DELETE FROM {row}")).await;
            assert!(refusal.contains("deleted"), "{refusal}");
        }
        bank.execute(&[leave, &end, ship].join(";")).await.unwrap();
        for parts in [&[CANCEL][..], &["UPDATE reservation SET ended_at = NULL, ending = NULL"]] {
            bank.refuses_sql(&parts.join(";")).await;
        }
    })
    .await;
}

#[tokio::test]
async fn after_a_commit_was_refused_the_bank_goes_on() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 3).await;
        let journey = bank.in_force(&cast, &[(line.id, 1)]).await;
        for _ in 0..12 {
            let tx = bank.app.db.begin().await.unwrap();
            tx.execute_unprepared(RESERVE).await.unwrap();
            tx.commit().await.expect_err("a vial in a reservation is not free");
        }
        assert_eq!(bank.reserve(&cast, &journey.lines[0]).await, "RESERVED");
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_reserved_and_counted_is_of_the_requested_line() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (line, other) = (bank.line("TEST-0001").await, bank.line("TEST-0002").await);
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 3).await;
        bank.shipped(&cast, &[(line.id, 1)]).await;
        bank.approved(&cast, &[(other.id, 1)]).await;
        bank.letters().await;
        assert!(bank.refuses_sql(&format!("{RESERVE}; {MOVE}")).await.contains("of the requested line"));

        for (table, column) in [("lot", "line_id"), ("request_line", "line_id"), ("vial", "lot_id")] {
            let refusal = bank.refuses_sql(&format!("UPDATE {table} SET {column} = {column} + 1")).await;
            assert!(refusal.contains(&format!("{table} keeps its")), "{refusal}");
        }
        let counted =
            "INSERT INTO dispatched_line (shipment_id, request_id, request_line_id, line_id, dispatched_at, year,
              is_distribution, vials, institution_id, institution_type, intended_use, country, region)
            SELECT shipment_id, {request}, {request_line}, {line}, dispatched_at, year, FALSE, vials, institution_id,
              institution_type, intended_use, country, region FROM dispatched_line";
        let counted = |request: &str, request_line: &str, line: &str| {
            counted.replace("{request}", request).replace("{request_line}", request_line).replace("{line}", line)
        };
        let (newest, line) = ("(SELECT max(id) FROM request_line)", "(SELECT max(id) FROM cell_line)");
        bank.refuses_sql(&counted("request_id", newest, "line_id")).await;
        bank.refuses_sql(&counted("request_id", newest, line)).await;
        bank.refuses_sql(&counted("(SELECT max(id) FROM request)", newest, line)).await;
        for change in ["UPDATE dispatched_line SET vials = vials + 1", "DELETE FROM dispatched_line"] {
            assert!(bank.refuses_sql(change).await.contains("append-only"), "{change}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_shipment_its_agreement_and_its_vials_are_of_one_request() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 5).await;
        let first = bank.in_force(&cast, &[(line.id, 1)]).await;
        let second = bank.in_force(&cast, &[(line.id, 1)]).await;
        for journey in [&first, &second] {
            bank.reserve(&cast, &journey.lines[0]).await;
        }
        bank.packed(&cast, &first).await;
        bank.letters().await;

        let other = "SELECT max(id) FROM request";
        bank.refuses_sql(&format!("UPDATE shipment SET request_id = ({other})")).await;
        bank.refuses_sql("UPDATE shipment SET agreement_id = (SELECT max(id) FROM agreement)").await;
        bank.refuses_sql("UPDATE agreement SET request_id = (SELECT min(id) FROM request) WHERE id = (SELECT max(id) FROM agreement)")
            .await;
        let put = |request: &str| {
            format!(
                "INSERT INTO shipment_vial (shipment_id, request_id, request_line_id, vial_id)
                   SELECT (SELECT id FROM shipment), {request}, r.request_line_id, r.vial_id FROM reservation r
                   JOIN vial v ON v.id = r.vial_id WHERE r.ended_at IS NULL AND v.state = 'reserved';
                 UPDATE vial SET state = 'picked' WHERE state = 'reserved'"
            )
        };
        bank.refuses_sql(&put("(SELECT max(id) FROM request)")).await;
        bank.refuses_sql(&put("(SELECT min(id) FROM request)")).await;
        bank.refuses_sql(&put("NULL")).await;
    })
    .await;
}

#[tokio::test]
async fn letters_and_keys_are_of_somebody() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let person = cast.staff.actor.person_id().unwrap().0;
        let letter = |to: i64| {
            format!(
                "INSERT INTO mail_message (created_at, recipient_id, event, subject_kind, subject_id, detail)
                 VALUES ('2026-03-02T03:00:00+00:00', {to}, 'reminder', 'Bank', 1, '{{}}')"
            )
        };
        let key = |of: i64, key: &str| {
            format!(
                "INSERT INTO idempotency_key (person_id, operation, key, input_hash, subject_id, created_at)
                 VALUES ({of}, 'shipment.pack', '{key}', 'a', 1, '2026-03-02T03:00:00+00:00')"
            )
        };
        for refused in [letter(person + 99), key(person + 99, "k"), key(person, "")] {
            bank.refuses_sql(&refused).await;
        }
        bank.execute(&letter(person)).await.unwrap();
        bank.execute(&key(person, "k")).await.unwrap();
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn words_and_numbers_are_of_a_closed_set_and_range() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 3).await;
        let (_, shipment) = bank.shipped(&cast, &[(line.id, 1)]).await;
        let input = json!({ "shipment": shipment });
        bank.done(&cast.researcher, "confirmReceipt", "shipment", "id", input).await;
        bank.letters().await;
        for change in [
            "quality_test SET test = 'smell'",
            "request SET country = 'Korea'",
            "request_line SET waitlisted_at = '2026-03-02T03:00:00+00:00'",
            "shipment SET dispatched_by = NULL",
            "shipment SET received_by = NULL",
            "number_series SET series = ''",
            "person SET failed_passwords = -1",
            "catalogue_version SET version = 0",
            "audit_sealer SET floor = -1",
        ] {
            let refusal = bank.refuses_sql(&format!("UPDATE {change}")).await;
            assert!(refusal.to_lowercase().contains("check constraint"), "{change}: {refusal}");
        }
        let event = |from: &str, to: &str| {
            format!(
                "INSERT INTO vial_event (vial_id, at, actor, from_state, to_state, reason)
                 SELECT min(id), '2026-03-02T03:00:00+00:00', 'system:test', {from}, '{to}', 'r' FROM vial"
            )
        };
        bank.refuses_sql(&event("'melted'", "lost")).await;
        bank.refuses_sql(&event("NULL", "melted")).await;
        bank.execute(&event("NULL", "lost")).await.unwrap();
    })
    .await;
}

/// Puts everything that is reserved into one shipment, and whatever else belongs to it.
fn put_all_into(state: &str, more: &str) -> String {
    format!(
        "INSERT INTO shipment (number, request_id, agreement_id, state, created_at, created_by)
           SELECT 'SHP-1', a.request_id, a.id, '{state}', '2026-03-02T03:00:00+00:00', q.handler_id
           FROM agreement a JOIN request q ON q.id = a.request_id;
         INSERT INTO shipment_vial (shipment_id, request_id, request_line_id, vial_id)
           SELECT s.id, s.request_id, r.request_line_id, r.vial_id FROM shipment s CROSS JOIN reservation r
           WHERE r.ended_at IS NULL;
         {more}"
    )
}

impl Bank {
    /// The refusal of statements, at the latest when they are committed; after it nothing is different.
    pub async fn refuses_sql(&self, sql: &str) -> String {
        let before = self.contents().await;
        let refusal = self.execute(sql).await.expect_err(sql).to_string();
        assert_eq!(self.contents().await, before, "{sql}");
        refusal
    }
}
