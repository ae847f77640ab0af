//! Background tasks: one that breaks down is started again, readiness tells of it, and stopping works all the while.

use crate::instance::Instance;
use crate::logs::Service;
use crate::support::{on_a_bank, until};
use axum::http::Method;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use stembank::server::tasks::{Backoff, Tasks};
use tokio::sync::{Notify, watch};

const QUICK: Backoff = Backoff {
    first: Duration::from_millis(20),
    longest: Duration::from_millis(80),
    forgotten_after: Duration::from_secs(60),
};

/// How readiness answers: status and body.
async fn readiness(instance: &Instance) -> (u16, Value) {
    let reply = instance.send(Method::GET, "/readyz", &[], String::new()).await;
    (reply.status.as_u16(), reply.json())
}

#[tokio::test]
async fn a_task_that_panics_is_started_again_and_readiness_says_so_until_it_completed_a_round() {
    on_a_bank(async |bank| {
        let (_stop, stopping) = watch::channel(false);
        let mut tasks = Tasks::new(stopping).with_backoff(QUICK);
        let (starts, go_on) = (Arc::new(AtomicU32::new(0)), Arc::new(Notify::new()));
        let (count, may) = (starts.clone(), go_on.clone());
        let broken = tasks.supervised("made-up task", move |rounds| {
            let (start, may) = (count.fetch_add(1, Ordering::SeqCst) + 1, may.clone());
            async move {
                may.notified().await;
                assert!(start >= 3, "made up by a test");
                // What fails in a round is no breakdown.
                assert!(rounds.observe(async { Err::<(), _>("made up") }).await.is_err());
                std::future::pending().await
            }
        });
        let steady = tasks.supervised("steady task", |_| std::future::pending());
        let instance = Instance::beside(bank, tasks.health());
        let running = [tokio::spawn(broken), tokio::spawn(steady)];
        assert_eq!(readiness(&instance).await, (200, json!({ "ready": true })), "nothing broke down yet");

        for start in [2, 3] {
            go_on.notify_one();
            until("it is started again", async || starts.load(Ordering::SeqCst) == start).await;
            let (status, body) = readiness(&instance).await;
            let problem =
                "the background task 'made-up task' broke down and has not completed a round since; see the log";
            assert_eq!((status, body), (503, json!({ "ready": false, "problem": problem })), "after start {start}");
        }
        let health = tasks.health();
        go_on.notify_one();
        until("a round is completed", async || health.first_unwell().is_none()).await;
        assert_eq!(readiness(&instance).await.0, 200);
        running.iter().for_each(tokio::task::JoinHandle::abort);
    })
    .await;
}

#[tokio::test]
async fn a_task_that_ends_is_started_again_after_pauses_that_double() {
    let (_stop, stopping) = watch::channel(false);
    let mut tasks = Tasks::new(stopping).with_backoff(QUICK);
    let starts = Arc::new(Mutex::new(vec![]));
    let noted = starts.clone();
    let ends_at_once = tasks.supervised("made-up task", move |_| {
        noted.lock().unwrap().push(Instant::now());
        std::future::ready(())
    });
    let running = tokio::spawn(ends_at_once);
    until("it was started six times", async || starts.lock().unwrap().len() == 6).await;
    running.abort();
    let starts = starts.lock().unwrap().clone();
    let pauses: Vec<_> = starts.windows(2).map(|two| two[1] - two[0]).collect();
    for (pause, least) in pauses.iter().zip([20, 40, 80, 80, 80]) {
        assert!(*pause >= Duration::from_millis(least), "{pauses:?}");
    }
    assert_eq!(tasks.health().first_unwell(), Some("made-up task"));
}

#[tokio::test]
async fn a_breakdown_long_after_the_last_one_is_a_first_one() {
    let (_stop, stopping) = watch::channel(false);
    let forgetful = Backoff { longest: Duration::from_secs(60), forgotten_after: Duration::ZERO, ..QUICK };
    let mut tasks = Tasks::new(stopping).with_backoff(forgetful);
    let starts = Arc::new(AtomicU32::new(0));
    let count = starts.clone();
    let running = tokio::spawn(tasks.supervised("made-up task", move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        std::future::ready(())
    }));
    // With pauses that doubled, ten starts would take ten seconds.
    until("it was started ten times", async || starts.load(Ordering::SeqCst) >= 10).await;
    running.abort();
}

#[tokio::test]
async fn a_service_that_stops_starts_nothing_again() {
    let (stop, stopping) = watch::channel(false);
    let slow = Backoff { first: Duration::from_secs(60), ..QUICK };
    let mut tasks = Tasks::new(stopping.clone()).with_backoff(slow);
    let at_work = tasks.supervised("at work", move |_| {
        let mut stopping = stopping.clone();
        async move { drop(stopping.wait_for(|stop| *stop).await) }
    });
    let rests = tasks.supervised("rests", |_| std::future::ready(()));
    let (at_work, rests) = (tokio::spawn(at_work), tokio::spawn(rests));
    let health = tasks.health();
    until("one of them broke down", async || health.first_unwell() == Some("rests")).await;
    stop.send(true).unwrap();
    for task in [at_work, rests] {
        tokio::time::timeout(Duration::from_secs(5), task).await.expect("it ends").unwrap();
    }
    assert_eq!(health.first_unwell(), Some("rests"), "and what had done its work did not break down");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_told_to_stop_seals_what_happened_and_ends_well() {
    on_a_bank(async |bank| {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let service = Service::start(bank, &log, &[]);
        bank.cast().await;
        assert!(service.stop(), "{}", std::fs::read_to_string(&log).unwrap());
        let unsealed =
            "SELECT count(*) FROM audit_event e LEFT JOIN audit_seal s ON s.event_id = e.id WHERE s.hash IS NULL";
        assert_eq!(bank.number(unsealed).await, 0);
        bank.letters().await;
    })
    .await;
}
