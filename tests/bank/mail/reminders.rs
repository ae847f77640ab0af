//! Reminding whoever's turn it is.

use super::{key, wait};
use crate::cast::Person;
use crate::support::{Bank, on_a_bank};
use chrono::Duration;
use serde_json::{Value, json};
use stembank::db::Sql;
use stembank::id::PersonId;
use stembank::requests::sweeps::remind;
use stembank::shipments::sweeps as shipments;

/// Who was reminded of what since the last look.
async fn reminded(bank: &Bank) -> Vec<(PersonId, Value)> {
    let letters = bank.letters().await.into_iter().filter(|letter| letter.event == "reminder");
    letters.map(|letter| (letter.recipient_id, letter.detail)).collect()
}

fn of(request: &str, days: i64, waits_for: &str, to: &[&Person]) -> Vec<(PersonId, Value)> {
    let detail = json!({ "request": request, "days": days, "waits_for": waits_for });
    to.iter().map(|person| (key(person), detail.clone())).collect()
}

#[tokio::test]
async fn whoever_has_the_turn_is_reminded_after_a_week_then_weekly_and_three_times() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let journey = bank.submitted(&cast, &[(line.id, 1)]).await;
        bank.letters().await;
        let bank_staff = [&cast.staff, &cast.second_staff];
        for day in 1..=40 {
            wait(bank, Duration::days(1));
            let posted = remind(&bank.app).await.unwrap();
            assert_eq!(remind(&bank.app).await.unwrap(), 0, "a second sweep reminds again");
            let expected =
                if [7, 14, 21].contains(&day) { of(&journey.number, day, "review", &bank_staff) } else { vec![] };
            assert_eq!(reminded(bank).await, expected, "day {day}");
            assert_eq!(posted, usize::from(!expected.is_empty()));
        }
    })
    .await;
}

#[tokio::test]
async fn a_move_begins_the_count_anew_and_the_turn_decides_who_is_reminded() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 3).await;
        let journey = bank.claimed(&cast, &[(line.id, 1)]).await;
        let after = async |days: i64| {
            bank.letters().await;
            wait(bank, Duration::days(days));
            remind(&bank.app).await.unwrap();
            reminded(bank).await
        };
        let number = journey.number.as_str();
        assert_eq!(after(8).await, of(number, 8, "review", &[&cast.staff]), "only whoever took it");

        let input = json!({ "request": journey.id, "comment": "More, please." });
        bank.done(&cast.staff, "returnDistributionRequest", "distributionRequest", "state", input).await;
        assert_eq!(after(6).await, []);
        assert_eq!(after(1).await, of(number, 7, "completion", &[&cast.researcher]));

        let input = json!({ "request": journey.id });
        bank.done(&cast.researcher, "submitDistributionRequest", "distributionRequest", "state", input.clone()).await;
        bank.done(&cast.staff, "claimDistributionRequest", "distributionRequest", "state", input).await;
        let lines = json!([{ "id": journey.lines[0], "decision": "APPROVE" }]);
        let input = json!({ "request": journey.id, "lines": lines });
        bank.done(&cast.staff, "decideDistributionRequest", "distributionRequest", "state", input).await;
        let agreement = bank.offered(&cast, &journey).await;
        assert_eq!(after(7).await, of(number, 7, "signature", &[&cast.researcher]));
        bank.sign(&cast.researcher, &agreement, "PRINCIPAL_INVESTIGATOR").await;
        assert_eq!(after(7).await, of(number, 7, "signature", &[&cast.signatory]));
        bank.sign(&cast.signatory, &agreement, "RECIPIENT").await;
        let others = [&cast.second_staff, &cast.administrator];
        assert_eq!(after(7).await, of(number, 7, "signature", &others), "not whoever decided it");
        bank.sign(&cast.administrator, &agreement, "BANK").await;
        assert_eq!(after(30).await, []);
    })
    .await;
}

#[tokio::test]
async fn a_shipment_whose_receipt_nobody_confirmed_is_reminded_of_by_the_same_rule() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 3).await;
        let (journey, _) = bank.shipped(&cast, &[(line.id, 1)]).await;
        bank.letters().await;
        for day in 1..=40 {
            wait(bank, Duration::days(1));
            let posted = shipments::remind(&bank.app).await.unwrap();
            assert_eq!(shipments::remind(&bank.app).await.unwrap(), 0, "a second sweep reminds again");
            assert_eq!(remind(&bank.app).await.unwrap(), 0, "the request itself waits for nobody else");
            let detail =
                json!({ "request": journey.number, "shipment": "SHP-2026-00001", "days": day, "waits_for": "receipt" });
            let expected = if [7, 14, 21].contains(&day) { vec![(key(&cast.researcher), detail)] } else { vec![] };
            assert_eq!(reminded(bank).await, expected, "day {day}");
            assert_eq!(posted, usize::from(!expected.is_empty()));
        }
    })
    .await;
}

#[tokio::test]
async fn a_confirmed_receipt_and_a_packed_shipment_are_not_reminded_of() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 5).await;
        let (_, shipment) = bank.shipped(&cast, &[(line.id, 1)]).await;
        let packed = bank.in_force(&cast, &[(line.id, 1)]).await;
        bank.reserve(&cast, &packed.lines[0]).await;
        bank.packed(&cast, &packed).await;
        wait(bank, Duration::days(7));
        let input = json!({ "shipment": shipment });
        bank.done(&cast.researcher, "confirmReceipt", "shipment", "state", input).await;
        let before = bank.contents().await;
        wait(bank, Duration::days(100));
        assert_eq!(shipments::remind(&bank.app).await.unwrap(), 0);
        assert_eq!(bank.contents().await, before);
        bank.letters().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_instances_remind_of_a_shipment_once() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 3).await;
        bank.shipped(&cast, &[(line.id, 1)]).await;
        bank.letters().await;
        wait(bank, Duration::days(7));
        let mut sweeps = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let app = bank.peer().await;
            sweeps.spawn(async move {
                let reminded = shipments::remind(&app).await.unwrap();
                app.db.close().await.unwrap();
                reminded
            });
        }
        assert_eq!(sweeps.join_all().await.iter().sum::<usize>(), 1);
        assert_eq!(reminded(bank).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_reminded_of_a_draft_or_of_what_has_ended() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.draft(&cast.researcher, &[(line.id, 1)]).await;
        let journey = bank.submitted(&cast, &[(line.id, 1)]).await;
        let input = json!({ "request": journey.id });
        bank.done(&cast.researcher, "withdrawDistributionRequest", "distributionRequest", "state", input).await;
        wait(bank, Duration::days(100));
        assert_eq!(remind(&bank.app).await.unwrap(), 0);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn the_bank_is_reminded_also_when_whoever_took_the_request_left() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let journey = bank.claimed(&cast, &[(line.id, 1)]).await;
        bank.execute(&format!("UPDATE person SET disabled_at = created_at WHERE id = {}", key(&cast.staff).0))
            .await
            .unwrap();
        wait(bank, Duration::days(7));
        remind(&bank.app).await.unwrap();
        assert_eq!(reminded(bank).await, of(&journey.number, 7, "review", &[&cast.second_staff]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_instances_remind_once() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        for _ in 0..5 {
            bank.submitted(&cast, &[(line.id, 1)]).await;
        }
        bank.letters().await;
        wait(bank, Duration::days(7));
        let mut sweeps = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let app = bank.peer().await;
            sweeps.spawn(async move {
                let reminded = remind(&app).await.unwrap();
                app.db.close().await.unwrap();
                reminded
            });
        }
        assert_eq!(sweeps.join_all().await.iter().sum::<usize>(), 5);
        assert_eq!(reminded(bank).await.len(), 10, "five requests, two members of staff");
    })
    .await;
}

/// More than one sweep looks at.
const MANY: i64 = 600;

/// Runs statements with values in one transaction.
async fn run(bank: &Bank, statements: Vec<(&str, Vec<sea_orm::Value>)>) {
    let tx = bank.app.db.begin().await.unwrap();
    for (sql, values) in statements {
        Sql::with(sql, values).run(&*tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_request_is_reminded_of_behind_any_number_of_older_ones_that_are_not_due() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let journey = bank.submitted(&cast, &[(line.id, 1)]).await;
        bank.letters().await;
        // Of the older ones everybody was reminded once; the second time comes two weeks after they were handed in.
        let older = bank.app.clock.now() - Duration::days(3);
        let copies = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < $2)
            INSERT INTO request (number, applicant_id, principal_investigator_id, institution_id, state, state_since,
              created_at, project_title, summary, use_plan, commercial, in_people, redistribution, country, region,
              address, delivery)
            SELECT 'OLD-' || CAST(s.n AS TEXT), q.applicant_id, q.principal_investigator_id, q.institution_id, q.state,
              $1, $1, '', '', '', FALSE, FALSE, FALSE, 'KR', '', '', 'courier' FROM request q CROSS JOIN s";
        let reminded_once = "INSERT INTO request_reminder (request_id, idle_since, ordinal, reminded_at)
            SELECT id, state_since, 1, $1 FROM request WHERE number LIKE 'OLD-%'";
        run(bank, vec![(copies, vec![older.into(), MANY.into()]), (reminded_once, vec![older.into()])]).await;
        wait(bank, Duration::days(7));

        assert_eq!(remind(&bank.app).await.unwrap(), 1);
        assert_eq!(reminded(bank).await, of(&journey.number, 7, "review", &[&cast.staff, &cast.second_staff]));
        assert_eq!(remind(&bank.app).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_shipment_is_reminded_of_behind_any_number_of_older_ones_that_are_not_due() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 3).await;
        bank.shipped(&cast, &[(line.id, 1)]).await;
        bank.letters().await;
        let older = bank.app.clock.now() - Duration::days(3);
        let copies = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < $2)
            INSERT INTO shipment (number, request_id, agreement_id, state, created_at, created_by, dispatched_at,
              dispatched_by)
            SELECT 'OLD-' || CAST(s.n AS TEXT), p.request_id, p.agreement_id, p.state, $1, p.created_by, $1,
              p.dispatched_by FROM shipment p CROSS JOIN s";
        let reminded_once = "INSERT INTO shipment_reminder (shipment_id, ordinal, reminded_at)
            SELECT id, 1, $1 FROM shipment WHERE number LIKE 'OLD-%'";
        run(bank, vec![(copies, vec![older.into(), MANY.into()]), (reminded_once, vec![older.into()])]).await;
        wait(bank, Duration::days(7));

        assert_eq!(shipments::remind(&bank.app).await.unwrap(), 1);
        let letters = reminded(bank).await;
        assert_eq!(letters.len(), 1);
        assert_eq!((letters[0].0, &letters[0].1["shipment"]), (key(&cast.researcher), &json!("SHP-2026-00001")));
        assert_eq!(shipments::remind(&bank.app).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_sweep_reminds_of_so_many_and_the_next_one_goes_on() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.submitted(&cast, &[(line.id, 1)]).await;
        let copies = "WITH RECURSIVE s(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM s WHERE n < $1)
            INSERT INTO request (number, applicant_id, principal_investigator_id, institution_id, state, state_since,
              created_at, project_title, summary, use_plan, commercial, in_people, redistribution, country, region,
              address, delivery)
            SELECT 'NEW-' || CAST(s.n AS TEXT), q.applicant_id, q.principal_investigator_id, q.institution_id, q.state,
              q.state_since, q.created_at, '', '', '', FALSE, FALSE, FALSE, 'KR', '', '', 'courier'
            FROM request q CROSS JOIN s";
        run(bank, vec![(copies, vec![510.into()])]).await;
        wait(bank, Duration::days(7));
        assert_eq!(remind(&bank.app).await.unwrap(), 500);
        assert_eq!(remind(&bank.app).await.unwrap(), 10);
        assert_eq!(remind(&bank.app).await.unwrap(), 0);
        bank.letters().await;
    })
    .await;
}
