//! Which state of a thing follows which: the code and the database say the same, and the database holds to it.

use crate::support::{Bank, on_a_bank};
use sea_orm::{ActiveEnum, ConnectionTrait, Iterable};
use std::collections::BTreeSet;
use stembank::accounts::membership::model::State as Membership;
use stembank::agreements::model::agreement::State as Agreement;
use stembank::catalogue::model::cell_line::PublicationStatus;
use stembank::db::Sql;
use stembank::inventory::model::{lot, vial};
use stembank::mail::model::State as Letter;
use stembank::requests::model::{request, request_line};
use stembank::shipments::model::shipment::State as Shipment;

/// A thing with states as the code knows it.
struct Thing {
    table: &'static str,
    column: &'static str,
    states: Vec<String>,
    transitions: BTreeSet<(String, String)>,
    /// What else a row needs in a state.
    needs: &'static str,
}

impl Thing {
    fn of<S: ActiveEnum<Value = String> + Iterable>(
        table: &'static str,
        column: &'static str,
        transitions: &[(S, S)],
        needs: &'static str,
    ) -> Self {
        let words = |(from, to): &(S, S)| (from.to_value(), to.to_value());
        let transitions = transitions.iter().map(words).collect();
        Self { table, column, states: S::iter().map(|state| state.to_value()).collect(), transitions, needs }
    }
}

fn things() -> [Thing; 9] {
    [
        Thing::of(
            "cell_line",
            "publication_status",
            &PublicationStatus::TRANSITIONS,
            ", publication_reason_en = 'r', publication_reason_ko = 'r'",
        ),
        Thing::of("lot", "state", &lot::State::TRANSITIONS, ", released_at = '2026-03-02T03:00:00+00:00'"),
        Thing::of("vial", "state", &vial::State::TRANSITIONS, ""),
        Thing::of("request", "state", &request::State::TRANSITIONS, ""),
        Thing::of(
            "request_line",
            "state",
            &request_line::State::TRANSITIONS,
            ", vials_approved = 1, refusal = CASE WHEN '{state}' = 'refused' THEN 'other' END,
             waitlisted_at = (SELECT max(q.created_at) FROM request q WHERE '{state}' = 'waitlisted')",
        ),
        Thing::of(
            "agreement",
            "state",
            &Agreement::TRANSITIONS,
            ", in_force_at = CASE WHEN '{state}' IN ('in_force', 'expired', 'terminated') THEN offered_at END",
        ),
        Thing::of(
            "shipment",
            "state",
            &Shipment::TRANSITIONS,
            ", dispatched_at = CASE WHEN '{state}' IN ('shipped', 'received') THEN created_at END,
             dispatched_by = CASE WHEN '{state}' IN ('shipped', 'received') THEN created_by END,
             received_at = CASE WHEN '{state}' = 'received' THEN created_at END,
             received_by = CASE WHEN '{state}' = 'received' THEN created_by END",
        ),
        Thing::of(
            "institution_membership",
            "state",
            &Membership::TRANSITIONS,
            ", decided_at = CASE WHEN '{state}' <> 'requested' THEN requested_at END,
             ended_at = CASE WHEN '{state}' = 'left' THEN requested_at END, is_administrator = FALSE,
             is_principal_investigator = FALSE",
        ),
        Thing::of(
            "mail_message",
            "state",
            &Letter::TRANSITIONS,
            ", last_error = 'x', sent_at = CASE WHEN '{state}' = 'sent' THEN created_at END",
        ),
    ]
}

#[tokio::test]
async fn the_code_and_the_database_know_the_same_transitions() {
    on_a_bank(async |bank| {
        let sql = "SELECT thing, from_state, to_state FROM state_transition";
        let rows = Sql::new(sql).rows(bank.app.db.read()).await.unwrap();
        let text = |row: &sea_orm::QueryResult, at: usize| row.try_get_by_index::<String>(at).unwrap();
        let found: BTreeSet<_> = rows.iter().map(|row| (text(row, 0), text(row, 1), text(row, 2))).collect();
        let known = things()
            .into_iter()
            .flat_map(|thing| thing.transitions.into_iter().map(move |(from, to)| (thing.table.to_owned(), from, to)));
        assert_eq!(found, known.collect());
    })
    .await;
}

#[tokio::test]
async fn the_database_refuses_every_other_change_of_a_state() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 3).await;
        bank.shipped(&cast, &[(line.id, 1)]).await;
        bank.join(&cast.stranger, cast.university).await;
        bank.letters().await;
        for thing in things() {
            let mut tried = 0;
            for from in &thing.states {
                for to in thing.states.iter().filter(|to| *to != from) {
                    let allowed = thing.transitions.contains(&(from.clone(), to.clone()));
                    assert_eq!(is_refused(bank, &thing, from, to).await, !allowed, "{}: {from} -> {to}", thing.table);
                    tried += 1;
                }
            }
            assert!(tried > 0, "{}", thing.table);
        }
    })
    .await;
}

/// Whether the newest row, brought to a state by force, may not change to another one. Nothing of it stays.
async fn is_refused(bank: &Bank, thing: &Thing, from: &str, to: &str) -> bool {
    let Thing { table, column, needs, .. } = thing;
    let newest = format!("id = (SELECT max(id) FROM {table} WHERE {column} IS NOT NULL)");
    let set = |state: &str| {
        let needs = needs.replace("{state}", state);
        format!("UPDATE {table} SET {column} = '{state}'{needs} WHERE {newest}")
    };
    let tx = bank.app.db.begin().await.unwrap();
    let force = format!(
        "INSERT INTO state_transition (thing, from_state, to_state)
           SELECT '{table}', {column}, '{from}' FROM {table} WHERE {newest} AND {column} <> '{from}'
           ON CONFLICT DO NOTHING"
    );
    tx.execute_unprepared(&force).await.unwrap();
    assert_eq!(tx.execute_unprepared(&set(from)).await.unwrap().rows_affected(), 1, "{table} has a row");
    match tx.execute_unprepared(&set(to)).await {
        Ok(_) => false,
        Err(refusal) => {
            let refusal = refusal.to_string();
            assert!(refusal.contains(&format!("no such change of {table}.{column}")), "{table} to {to}: {refusal}");
            true
        }
    }
}
