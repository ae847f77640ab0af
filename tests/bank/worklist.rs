//! Lists of requests as pages show them: whose turn, since when, what next, and tabs that agree with their lists.

use crate::cast::Cast;
use crate::support::{BEGINNING, Bank, on_a_bank};
use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use stembank::actor::Actor;
use stembank::agreements::model::{agreement, signature::Party};
use stembank::id::CellLineId;
use stembank::page::Window;
use stembank::requests::queries::{OverviewCounts, OverviewFilter, OverviewRow, View, overview, overview_counts};
use stembank::requests::rules::Move;
use stembank::requests::timeline::Turn;

fn later(days: i64) -> DateTime<Utc> {
    BEGINNING.parse::<DateTime<Utc>>().unwrap() + Duration::days(days)
}

async fn listed(bank: &Bank, actor: &Actor, filter: OverviewFilter) -> Vec<OverviewRow> {
    let page = overview(&bank.app, actor, &filter, &Window::default()).await.unwrap();
    page.rows.into_iter().map(|(_, row)| row).collect()
}

async fn numbers(bank: &Bank, actor: &Actor, filter: OverviewFilter) -> Vec<i64> {
    listed(bank, actor, filter).await.iter().map(|row| row.id.0).collect()
}

fn view(view: View) -> OverviewFilter {
    OverviewFilter { view, ..OverviewFilter::default() }
}

/// Requests at many places of their way, each begun a day after the other.
async fn many(bank: &Bank, cast: &Cast, stocked: CellLineId, bare: CellLineId) {
    let lines: &[(CellLineId, i32)] = &[(stocked, 1)];
    bank.draft(&cast.researcher, &[]).await;
    bank.app.clock.set(later(1));
    bank.submitted(cast, &[(stocked, 1), (bare, 2)]).await;
    bank.app.clock.set(later(2));
    bank.claimed(cast, lines).await;
    bank.app.clock.set(later(3));
    let returned = bank.claimed(cast, lines).await;
    let input = json!({ "request": returned.id, "comment": "Please complete." });
    bank.done(&cast.staff, "returnDistributionRequest", "distributionRequest", "id", input).await;
    bank.app.clock.set(later(4));
    bank.approved(cast, lines).await;
    bank.app.clock.set(later(5));
    let offered = bank.approved(cast, lines).await;
    let agreement = bank.offered(cast, &offered).await;
    bank.app.clock.set(later(6));
    bank.sign(&cast.researcher, &agreement, "PRINCIPAL_INVESTIGATOR").await;
    let waits = bank.in_force(cast, &[(bare, 1)]).await;
    assert_eq!(bank.reserve(cast, &waits.lines[0]).await, "WAITLISTED");
    bank.app.clock.set(later(7));
    let packed = bank.in_force(cast, lines).await;
    assert_eq!(bank.reserve(cast, &packed.lines[0]).await, "RESERVED");
    bank.packed(cast, &packed).await;
    bank.app.clock.set(later(8));
    bank.shipped(cast, lines).await;
    let withdrawn = bank.submitted(cast, lines).await;
    let input = json!({ "request": withdrawn.id });
    bank.done(&cast.researcher, "withdrawDistributionRequest", "distributionRequest", "id", input).await;
    bank.letters().await;
}

#[tokio::test]
async fn a_row_says_whose_turn_it_is_since_when_and_what_comes_next() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (stocked, bare) = (bank.line("TEST-0001").await, bank.line("TEST-0002").await);
        bank.lot(&cast.staff, stocked.id, "TEST-LOT-1", 20).await;
        many(bank, &cast, stocked.id, bare.id).await;
        let mut rows = listed(bank, &cast.researcher.actor, OverviewFilter { own: true, ..view(View::All) }).await;
        assert!(rows.is_sorted_by_key(|row| std::cmp::Reverse(row.id)), "newest first");
        rows.reverse();
        let seen: Vec<_> = rows.iter().map(|row| (row.turn, row.since, row.next_step, row.next_party)).collect();
        let expected = [
            (Turn::Applicant, later(0), Some(Move::Submit), None),
            (Turn::Bank, later(1), Some(Move::Claim), None),
            (Turn::Bank, later(2), Some(Move::Decide), None),
            (Turn::Applicant, later(3), Some(Move::Submit), None),
            (Turn::Bank, later(4), Some(Move::OfferAgreement), None),
            (Turn::Signatory, later(6), Some(Move::SignAgreement), Some(Party::Recipient)),
            (Turn::Bank, later(6), Some(Move::Reserve), None),
            (Turn::Bank, later(7), Some(Move::Dispatch), None),
            (Turn::Applicant, later(8), Some(Move::ConfirmReceipt), None),
            (Turn::Nobody, later(8), None, None),
        ];
        assert_eq!(seen, expected);
        let submitted = &rows[1];
        assert_eq!(submitted.applicant_name, "Made-up researcher");
        assert_eq!(submitted.investigator_name, "Made-up researcher");
        assert_eq!(submitted.institution_name, "Made-up University");
        assert_eq!(submitted.institution(stembank::language::Lang::Ko), "지어낸 기관");
        assert_eq!(
            (&submitted.first_lines[..], submitted.lines),
            (&["TEST-0001".to_owned(), "TEST-0002".into()][..], 2)
        );
        assert_eq!((&rows[0].first_lines[..], rows[0].lines), (&[][..], 0));
        assert_eq!(rows[2].handler_name.as_deref(), Some("Made-up staff"));
        assert_eq!((rows[5].agreement, rows[5].shipment.as_deref()), (Some(agreement::State::PartlySigned), None));
        assert_eq!(
            (rows[8].agreement, rows[8].shipment.as_deref()),
            (Some(agreement::State::InForce), Some("shipped"))
        );

        let query = "{ distributionRequests(first: 50) { nodes { turn number } } }";
        let graph = bank.data(&cast.researcher, query, json!({})).await;
        let graph: Vec<_> = graph["distributionRequests"]["nodes"].as_array().unwrap().iter().rev().cloned().collect();
        for (row, node) in rows.iter().zip(&graph) {
            let turn = format!("{:?}", row.turn).to_uppercase();
            assert_eq!(
                (node["number"].as_str(), node["turn"].as_str()),
                (Some(row.number.as_str()), Some(turn.as_str()))
            );
        }
    })
    .await;
}

#[tokio::test]
async fn the_worklist_has_tabs_that_count_what_they_list() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (stocked, bare) = (bank.line("TEST-0001").await, bank.line("TEST-0002").await);
        bank.lot(&cast.staff, stocked.id, "TEST-LOT-1", 20).await;
        many(bank, &cast, stocked.id, bare.id).await;
        bank.app.clock.set(later(10));
        let staff = &cast.staff.actor;
        let see = async |wanted: View| numbers(bank, staff, view(wanted)).await;
        assert_eq!(see(View::All).await, [10, 9, 8, 7, 6, 5, 4, 3, 2], "another's draft is not there");
        assert_eq!(see(View::Open).await, [2, 3, 4, 5, 6, 7, 8, 9], "the longest waiting first");
        assert_eq!(see(View::Taken).await, [3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(see(View::Unassigned).await, [2]);
        assert_eq!(see(View::Waiting).await, [4, 6, 9]);
        assert_eq!(see(View::Overdue).await, [2, 3], "the bank's turn for more than a week");
        assert_eq!(numbers(bank, &cast.second_staff.actor, view(View::Taken)).await, [0; 0]);

        let counts = overview_counts(&bank.app, staff, &OverviewFilter::default()).await.unwrap();
        assert_eq!(counts, OverviewCounts { open: 8, taken: 7, unassigned: 1, overdue: 2, waiting: 3 });
        let own = OverviewFilter { own: true, ..OverviewFilter::default() };
        let counts = overview_counts(&bank.app, &cast.researcher.actor, &own).await.unwrap();
        assert_eq!((counts.open, counts.waiting, counts.taken), (9, 4, 0));
        assert_eq!(overview_counts(&bank.app, staff, &own).await.unwrap(), OverviewCounts::default());
        assert_eq!(numbers(bank, &cast.stranger.actor, view(View::All)).await, [0; 0]);
        assert_eq!(numbers(bank, &cast.signatory.actor, view(View::Waiting)).await, [4, 6, 9]);
        assert!(
            overview(&bank.app, &Actor::anonymous(stembank::language::Lang::En), &own, &Window::default())
                .await
                .is_err()
        );
    })
    .await;
}

#[tokio::test]
async fn a_list_is_narrowed_by_institution_line_number_and_title_and_goes_on_where_it_stopped() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (stocked, bare) = (bank.line("TEST-0001").await, bank.line("TEST-0002").await);
        bank.lot(&cast.staff, stocked.id, "TEST-LOT-1", 20).await;
        many(bank, &cast, stocked.id, bare.id).await;
        bank.execute("UPDATE request SET project_title = '100% 줄기세포 Study_A' WHERE id = 3").await.unwrap();
        let staff = &cast.staff.actor;
        let search = |text: &str| OverviewFilter { search: Some(text.into()), ..OverviewFilter::default() };
        for (text, expected) in [
            (" req-2026-00004 ", vec![4]),
            ("2026-00004", vec![4]),
            ("REQ-2026-00001", vec![]),
            ("줄기세포", vec![3]),
            ("study_a", vec![3]),
            ("studyxa", vec![]),
            ("100%", vec![3]),
            ("%", vec![3]),
            ("REQ-2026-99999", vec![]),
        ] {
            assert_eq!(numbers(bank, staff, search(text)).await, expected, "{text}");
        }
        let by_line = OverviewFilter { cell_line: Some(bare.id), ..OverviewFilter::default() };
        assert_eq!(numbers(bank, staff, by_line).await, [7, 2]);
        let elsewhere = bank.institution("Elsewhere", "company").await;
        for (institution, expected) in [(cast.university, 9), (elsewhere, 0)] {
            let filter = OverviewFilter { institution: Some(institution), ..OverviewFilter::default() };
            assert_eq!(numbers(bank, staff, filter).await.len(), expected);
        }
        for wanted in [View::All, View::Open] {
            let whole = numbers(bank, staff, view(wanted)).await;
            let (mut ids, mut after) = (vec![], None);
            loop {
                let window = Window { first: Some(3), after, ..Window::default() };
                let page = overview(&bank.app, staff, &view(wanted), &window).await.unwrap();
                ids.extend(page.rows.iter().map(|(_, row)| row.id.0));
                after = page.rows.last().map(|(cursor, _)| cursor.encode());
                if !page.has_next {
                    break;
                }
            }
            assert_eq!(ids, whole, "{wanted:?}");
        }
    })
    .await;
}
