//! Vials that earlier releases could leave in disagreement with their reservations and shipments.

use super::{ROWS_AT_M17, at_step};
use crate::support::Bank;
use stembank::db::Db;

/// What happened when a reservation ran out while its vials were packed: vial 4 is in a packed shipment and reserved by
/// nobody, its line was approved again and got vial 7; vial 8 was counted as shipped with a line that left without it.
const LEFTOVERS: &str = "
UPDATE reservation SET ended_at = '2026-02-26T03:00:00+00:00', ending = 'expired' WHERE id = 3;
UPDATE request_line SET state = 'approved' WHERE id = 5;
INSERT INTO vial (id, lot_id, barcode, state, made_up)
  VALUES (7, 2, 'V-7', 'reserved', TRUE), (8, 2, 'V-8', 'reserved', TRUE), (9, 2, 'V-9', 'reserved', TRUE);
INSERT INTO reservation (id, request_line_id, vial_id, created_at, expires_at, ended_at, ending)
  VALUES
  (7, 5, 7, '2026-02-27T03:00:00+00:00', '2026-04-01T03:00:00+00:00', NULL, NULL),
  (8, 3, 8, '2026-02-01T03:00:00+00:00', '2026-02-15T03:00:00+00:00', '2026-02-03T03:00:00+00:00', 'shipped'),
  (9, 5, 9, '2026-02-01T03:00:00+00:00', '2026-02-15T03:00:00+00:00', '2026-02-15T03:00:00+00:00', 'expired');";

#[tokio::test]
async fn vials_left_in_disagreement_are_put_right() {
    let place = at_step("m17_leftovers", &format!("{ROWS_AT_M17}{LEFTOVERS}")).await;
    let bank = Bank::at(place).await;

    bank.app.db.migrate().await.unwrap();

    let count = async |what: &str| bank.number(&format!("SELECT count(*) FROM {what}")).await;
    assert_eq!(count("vial_disagreement").await, 0);
    assert_eq!(count("reservation WHERE vial_id = 4 AND ended_at IS NULL").await, 1, "packed is reserved");
    assert_eq!(count("request_line WHERE id = 5 AND state = 'reserved'").await, 1);
    assert_eq!(count("vial WHERE id IN (7, 8, 9) AND state = 'available'").await, 3, "the rest is free");
    assert_eq!(count("reservation WHERE vial_id IN (7, 8) AND ending = 'released'").await, 2);
    assert_eq!(count("vial_event WHERE actor = 'system:migration' AND to_state = 'available'").await, 3);
    assert_eq!(count("reservation WHERE vial_id IN (5, 6) AND ending = 'shipped'").await, 2, "what left has left");
    bank.close().await;
}

#[tokio::test]
async fn vials_that_nothing_explains_stop_the_upgrade_and_are_named() {
    let place =
        at_step("m17_leftovers", &format!("{ROWS_AT_M17}; UPDATE vial SET state = 'lost' WHERE id IN (3, 5)")).await;
    let db = Db::connect(&place.url).await.unwrap();

    let refusal = db.migrate().await.unwrap_err();

    assert!(refusal.to_string().ends_with("reservations or shipments: V-3, V-5"), "{refusal}");
    assert_eq!(db.pending_migrations().await.unwrap().first().unwrap(), "m18_waiting", "nothing of it stays");
    db.close().await.unwrap();
}
