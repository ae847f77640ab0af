//! Two instances of the service at the same thing at once: locks are taken in one order, and whoever comes second is
//! told what they would have been told a moment later.

use crate::cast::Cast;
use crate::journey::Journey;
use crate::support::{Bank, on_a_bank};
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};
use std::time::Duration;
use stembank::accounts::commands::DisableAccount;
use stembank::accounts::openid;
use stembank::accounts::queries::with_role;
use stembank::actor::{Actor, Grant, Role};
use stembank::agreements::model::signature::Party;
use stembank::app::App;
use stembank::id::{AgreementId, CellLineId, RequestId, RequestLineId, SessionId};
use stembank::personal_data::{self, commands::EraseAccountFor};
use stembank::requests;
use stembank::requests::commands::{AtProvider, ReserveVials, authenticate_to_sign};
use stembank::requests::model::request_line::State;
use stembank::requests::sweeps::expire_reservations;
use stembank::shipments::commands::{CreateShipment, DispatchShipment, Handover};
use tokio::time::Instant;

/// An instant at which every reservation of a test has run out.
const LATER: &str = "2026-04-30T03:00:00Z";

fn request(journey: &Journey) -> RequestId {
    RequestId::from_global(journey.id.as_str().unwrap()).unwrap()
}

fn line(journey: &Journey) -> RequestLineId {
    RequestLineId::from_global(journey.lines[0].as_str().unwrap()).unwrap()
}

/// Packs everything that is reserved for a request.
fn packing(request: RequestId) -> CreateShipment {
    CreateShipment { request, lines: None }
}

/// Somebody else who holds what `rows` names: on SQLite that is the whole file.
async fn held(bank: &Bank, rows: &str) -> DatabaseConnection {
    let stranger = bank.stranger().await;
    let hold = match bank.engine() {
        DbBackend::Sqlite => "BEGIN IMMEDIATE".to_owned(),
        _ => format!("BEGIN; {rows} FOR UPDATE"),
    };
    stranger.execute_unprepared(&hold).await.unwrap();
    stranger
}

/// Waits until so many connections wait for a lock. SQLite does not tell: there it is a while, in which writers queue
/// for the one connection that writes.
pub async fn until_waiting(bank: &Bank, connections: i64) {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let begun = Instant::now();
    if bank.engine() == DbBackend::Sqlite {
        return tokio::time::sleep(Duration::from_millis(200)).await;
    }
    while bank.number(sql).await < connections {
        assert!(begun.elapsed() < Duration::from_secs(4), "fewer than {connections} connections wait for a lock");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Every vial off the shelf has its one reservation, and a request line is reserved as long as it has any.
async fn stock_and_reservations_agree(bank: &Bank) {
    let nothing = [
        "SELECT count(*) FROM vial v WHERE v.state IN ('reserved', 'picked')
         AND (SELECT count(*) FROM reservation r WHERE r.vial_id = v.id AND r.ended_at IS NULL) <> 1",
        "SELECT count(*) FROM reservation r JOIN vial v ON v.id = r.vial_id
         WHERE r.ended_at IS NULL AND v.state NOT IN ('reserved', 'picked')",
        "SELECT count(*) FROM request_line n WHERE (n.state = 'reserved') <>
           EXISTS (SELECT 1 FROM reservation r WHERE r.request_line_id = n.id AND r.ended_at IS NULL)",
    ];
    for sql in nothing {
        assert_eq!(bank.number(sql).await, 0, "{sql}");
    }
}

/// A request with reserved vials whose reservation has run out.
async fn run_out(bank: &Bank, cast: &Cast, vials: i32) -> Journey {
    let cells = bank.line("TEST-0001").await;
    bank.lot(&cast.staff, cells.id, "TEST-LOT-1", vials).await;
    let journey = bank.in_force(cast, &[(cells.id, vials)]).await;
    assert_eq!(bank.reserve(cast, &journey.lines[0]).await, "RESERVED");
    bank.letters().await;
    bank.app.clock.set(LATER.parse().unwrap());
    journey
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_line_that_is_packed_while_the_timer_waits_stays_packed() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let journey = run_out(bank, &cast, 2).await;
        let (packer, timer) = (bank.app.clone(), bank.app.clone());

        let stranger = held(bank, "SELECT id FROM lot").await;
        let (id, staff) = (request(&journey), cast.staff.actor.clone());
        let packing = tokio::spawn(async move { packer.run(&staff, packing(id)).await });
        until_waiting(bank, 1).await;
        // It saw the line as due: the vials are not packed yet.
        let expiring = tokio::spawn(async move { expire_reservations(&timer).await });
        until_waiting(bank, 2).await;
        stranger.execute_unprepared("ROLLBACK").await.unwrap();

        packing.await.unwrap().unwrap();
        assert_eq!(expiring.await.unwrap().unwrap(), 0);
        assert_eq!(bank.number("SELECT count(*) FROM vial WHERE state = 'picked'").await, 2);
        stock_and_reservations_agree(bank).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn packing_against_the_timer_either_packs_a_line_or_finds_it_given_back() {
    const REQUESTS: usize = 8;
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let cells = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, cells.id, "TEST-LOT-1", 8).await;
        let mut journeys = vec![];
        for _ in 0..REQUESTS {
            let journey = bank.in_force(&cast, &[(cells.id, 1)]).await;
            assert_eq!(bank.reserve(&cast, &journey.lines[0]).await, "RESERVED");
            journeys.push(journey);
        }
        bank.letters().await;
        bank.app.clock.set(LATER.parse().unwrap());
        let (packer, timers) = (bank.peer().await, [bank.peer().await, bank.peer().await]);

        // The timer begins with the oldest, packing with the newest.
        let packing = async {
            let mut packed = 0;
            for journey in journeys.iter().rev() {
                packed += usize::from(packer.run(&cast.staff.actor, packing(request(journey))).await.is_ok());
            }
            packed
        };
        let expiring = join_all(timers.iter().map(|timer| async { expire_reservations(timer).await.unwrap() }));
        let (packed, expired) = tokio::join!(packing, expiring);

        assert_eq!(packed + expired.iter().sum::<usize>(), REQUESTS, "{packed} packed, {expired:?} given back");
        stock_and_reservations_agree(bank).await;
        bank.letters().await;
    })
    .await;
}

/// Rows of other people that nobody holds, by trying.
async fn assert_free(bank: &Bank, rows: &str) {
    let stranger = bank.stranger().await;
    let free = stranger.execute_unprepared(&format!("BEGIN; {rows} FOR UPDATE NOWAIT")).await;
    assert!(free.is_ok(), "{rows}: {free:?}");
    stranger.execute_unprepared("ROLLBACK").await.unwrap();
}

/// What one instance does, while somebody holds `first`: it waits for that and holds nothing of `second` meanwhile.
async fn locks_in_order<T: Send + 'static>(
    bank: &Bank,
    doing: impl Future<Output = T> + Send + 'static,
    first: &str,
    second: &str,
) -> T {
    let stranger = held(bank, first).await;
    let doing = tokio::spawn(doing);
    until_waiting(bank, 1).await;
    assert_free(bank, second).await;
    stranger.execute_unprepared("ROLLBACK").await.unwrap();
    doing.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_timer_locks_the_request_before_the_stock() {
    on_a_bank(async |bank| {
        // SQLite locks the whole file.
        if bank.engine() == DbBackend::Sqlite {
            return;
        }
        let cast = bank.cast().await;
        run_out(bank, &cast, 2).await;
        let timer = bank.peer().await;
        let doing = async move { expire_reservations(&timer).await.unwrap() };
        assert_eq!(locks_in_order(bank, doing, "SELECT id FROM request", "SELECT id FROM lot").await, 1);
        stock_and_reservations_agree(bank).await;
        bank.letters().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_reserves_locks_the_requests_that_give_back_before_the_stock() {
    on_a_bank(async |bank| {
        if bank.engine() == DbBackend::Sqlite {
            return;
        }
        let cast = bank.cast().await;
        let first = run_out(bank, &cast, 2).await;
        let cells = bank.number("SELECT line_id FROM request_line").await;
        let second = bank.approved(&cast, &[(CellLineId(cells), 2)]).await;
        let (app, staff, wanted): (App, _, _) = (bank.peer().await, cast.staff.actor.clone(), line(&second));
        let doing = async move { app.run(&staff, ReserveVials { line: wanted }).await.unwrap().state };
        let theirs = format!("SELECT id FROM request WHERE id = {}", request(&first).0);
        let state = locks_in_order(bank, doing, &theirs, "SELECT id FROM lot").await;
        assert_eq!(state, State::Reserved);
        stock_and_reservations_agree(bank).await;
        bank.letters().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_lots_of_a_request_are_locked_in_the_order_of_their_keys() {
    on_a_bank(async |bank| {
        if bank.engine() == DbBackend::Sqlite {
            return;
        }
        let cast = bank.cast().await;
        let (one, two) = (bank.line("TEST-0001").await, bank.line("TEST-0002").await);
        bank.lot(&cast.staff, one.id, "TEST-LOT-1", 1).await;
        bank.lot(&cast.staff, two.id, "TEST-LOT-2", 1).await;
        // Its lines stand in the other order than their lots.
        let journey = bank.in_force(&cast, &[(two.id, 1), (one.id, 1)]).await;
        for line in &journey.lines {
            assert_eq!(bank.reserve(&cast, line).await, "RESERVED");
        }
        let (lower, higher) =
            ("SELECT id FROM lot WHERE number = 'TEST-LOT-1'", "SELECT id FROM lot WHERE number = 'TEST-LOT-2'");

        let (app, staff, id) = (bank.peer().await, cast.staff.actor.clone(), request(&journey));
        let packing = async move { app.run(&staff, packing(id)).await.unwrap().id };
        let shipment = locks_in_order(bank, packing, lower, higher).await;

        let (app, staff) = (bank.peer().await, cast.staff.actor.clone());
        let dispatch = DispatchShipment { shipment, to: Handover::default() };
        let sending = async move { app.run(&staff, dispatch).await.unwrap() };
        locks_in_order(bank, sending, lower, higher).await;
        assert_eq!(bank.number("SELECT count(*) FROM vial WHERE state = 'shipped'").await, 2);
        bank.letters().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_the_last_two_administrators_one_stays_whichever_way_they_go() {
    on_a_bank(async |bank| {
        let administrator = vec![Grant { role: Role::Administrator, institution: None }];
        let one = bank.person("one", None, administrator.clone()).await;
        let two = bank.person("two", None, administrator).await;
        let (closing, erasing) = (bank.app.clone(), bank.app.clone());
        let closed = one.actor.person_id().unwrap();

        let stranger = held(bank, &format!("SELECT id FROM person WHERE id = {}", closed.0)).await;
        let disable = DisableAccount { person: closed, reason: "made up".into() };
        let close = async move { closing.run(&Actor::system("test"), disable).await };
        let close = tokio::spawn(close);
        until_waiting(bank, 1).await;
        let erase = EraseAccountFor { email: two.email };
        let erase = tokio::spawn(async move { erasing.run(&Actor::system("test"), erase).await });
        until_waiting(bank, 2).await;
        stranger.execute_unprepared("ROLLBACK").await.unwrap();

        close.await.unwrap().unwrap();
        let refused = erase.await.unwrap().unwrap_err();
        assert!(matches!(refused, personal_data::Error::LastAdministrator), "{refused}");
        let left = with_role(bank.app.db.read(), Role::Administrator).await.unwrap();
        assert_eq!(left.len(), 1);
        bank.letters().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_cannot_sign_anyway_is_told_so_while_somebody_writes() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let cells = bank.line("TEST-0001").await;
        let journey = bank.approved(&cast, &[(cells.id, 1)]).await;
        let agreement = bank.offered(&cast, &journey).await;
        bank.letters().await;
        let (hash, id) = (agreement["documentHash"].as_str().unwrap(), agreement["id"].as_str().unwrap());
        let actor = cast.researcher.actor.clone().in_session(SessionId(1));
        let wish = |document_hash: &str| AtProvider {
            provider: "local".into(),
            agreement: AgreementId::from_global(id).unwrap(),
            party: Party::PrincipalInvestigator,
            document_hash: document_hash.into(),
            return_to: None,
        };

        let stranger = held(bank, "SELECT id FROM request").await;
        let refused = authenticate_to_sign(&bank.app, &actor, wish("another text")).await.unwrap_err();
        assert!(matches!(refused, requests::Error::DocumentChanged), "{refused}");
        // The investigator has a password; only that stands in the way.
        let at_provider = authenticate_to_sign(&bank.app, &actor, wish(hash)).await.unwrap();
        let refused = bank.app.run_prepared(&actor, at_provider).await.unwrap_err();
        assert!(matches!(refused, openid::Error::HasPassword), "{refused}");
        stranger.execute_unprepared("ROLLBACK").await.unwrap();
    })
    .await;
}
