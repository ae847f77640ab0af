//! What the mail server may do to letters, and that none is lost.

use super::server::{Act, Received, Server, Stage};
use super::{due_in, post_many, rows, states, wait, worker};
use crate::support::{Bank, on_a_bank};
use chrono::Duration;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use stembank::config::Smtp;
use stembank::mail::{DeliveryCounts, Worker};
use stembank::telemetry::Rounds;

const SENT: DeliveryCounts = DeliveryCounts { sent: 1, put_off: 0, dead: 0, given_back: 0 };
const PUT_OFF: DeliveryCounts = DeliveryCounts { sent: 0, put_off: 1, dead: 0, given_back: 0 };
const DEAD: DeliveryCounts = DeliveryCounts { sent: 0, put_off: 0, dead: 1, given_back: 0 };
const NOTHING: DeliveryCounts = DeliveryCounts { sent: 0, put_off: 0, dead: 0, given_back: 0 };

/// A bank with one letter that waits, and a server.
async fn with_a_letter(test: impl AsyncFnOnce(&Bank, &Server)) {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        post_many(bank, &cast.staff, 1).await;
        test(bank, &Server::start()).await;
    })
    .await;
}

/// Message-IDs of the letters as the reader sees them.
fn ids(received: &[Received]) -> BTreeSet<String> {
    received.iter().map(|mail| mail.header("Message-ID")).collect()
}

#[tokio::test]
async fn a_letter_is_sent_once_over_a_signed_in_connection() {
    with_a_letter(async |bank, server| {
        let worker = worker(bank, server);
        assert_eq!(worker.round().await.unwrap(), SENT);
        assert_eq!(worker.round().await.unwrap(), NOTHING);
        let received = server.received();
        assert_eq!(received.len(), 1);
        assert!(received[0].signed_in && !received[0].encrypted);
        assert_eq!((received[0].from.as_str(), received[0].to.as_str()), ("post@bank.example", "staff@example.org"));
        assert_eq!(states(bank).await, ["sent"]);
    })
    .await;
}

#[tokio::test]
async fn what_is_refused_for_now_is_tried_again_after_a_back_off() {
    with_a_letter(async |bank, server| {
        let worker = worker(bank, server);
        server.script([Act::Answer(Stage::Rcpt, "451 4.7.1 staff@example.org: try again later")]);
        assert_eq!(worker.round().await.unwrap(), PUT_OFF);
        let pause = due_in(bank).await.num_seconds();
        assert!((48..=72).contains(&pause), "{pause} s");
        let why = rows(bank).await[0]["last_error"].as_str().unwrap().to_owned();
        assert_eq!(why, "transient error (451): 4.7.1 <...> try again later");

        wait(bank, Duration::seconds(pause - 1));
        assert_eq!(worker.round().await.unwrap(), NOTHING, "it was tried before its time");
        wait(bank, Duration::seconds(2));
        assert_eq!(worker.round().await.unwrap(), SENT);
        assert_eq!(server.received().len(), 1);
        assert!(rows(bank).await[0]["last_error"].is_null());
    })
    .await;
}

#[tokio::test]
async fn pauses_grow_and_the_last_attempt_leaves_a_dead_letter() {
    with_a_letter(async |bank, server| {
        let worker = worker(bank, server);
        server.script([Act::Answer(Stage::Message, "452 4.2.2 full"); 4]);
        for minutes in [1.0, 2.0, 4.0] {
            assert_eq!(worker.round().await.unwrap(), PUT_OFF);
            let pause = due_in(bank).await;
            let ratio = pause.num_milliseconds() as f64 / 60_000.0 / minutes;
            assert!((0.8..=1.2).contains(&ratio), "{pause} instead of about {minutes} min");
            wait(bank, pause);
        }
        assert_eq!(worker.round().await.unwrap(), DEAD, "the fourth attempt was the last");
        assert_eq!(states(bank).await, ["dead"]);
        assert_eq!(rows(bank).await[0]["last_error"], "transient error (452): 4.2.2 full");
        wait(bank, Duration::days(30));
        assert_eq!(worker.round().await.unwrap(), NOTHING);
        assert_eq!(server.received().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn what_is_refused_for_ever_is_dead_at_once() {
    with_a_letter(async |bank, server| {
        server.script([Act::Answer(Stage::Rcpt, "550 5.1.1 <staff@example.org> user staff unknown")]);
        assert_eq!(worker(bank, server).round().await.unwrap(), DEAD);
        let row = rows(bank).await.remove(0);
        assert_eq!((&row["state"], &row["attempts"]), (&"dead".into(), &1.into()));
        assert_eq!(row["last_error"], "permanent error (550): 5.1.1 <...> user <...> unknown");
        assert!(!row.to_string().contains("example.org"), "an address stands in the outbox: {row}");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_too_slow_gets_the_same_letter_again() {
    with_a_letter(async |bank, server| {
        let worker = worker(bank, server);
        server.script([Act::Slow(std::time::Duration::from_millis(1_600))]);
        assert_eq!(worker.round().await.unwrap(), PUT_OFF);
        assert_eq!(rows(bank).await[0]["last_error"], "no answer within 1 seconds");
        wait(bank, Duration::minutes(2));
        assert_eq!(worker.round().await.unwrap(), SENT);
        let received = server.received();
        assert_eq!((received.len(), ids(&received).len()), (2, 1), "the reader sees two letters");
        assert_eq!(received[0].raw(), received[1].raw());
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_goes_in_the_middle_of_a_letter_loses_nothing() {
    with_a_letter(async |bank, server| {
        let worker = worker(bank, server);
        server.script([Act::DropDuringData]);
        assert_eq!(worker.round().await.unwrap(), PUT_OFF);
        assert_eq!(server.received().len(), 0);
        wait(bank, Duration::minutes(2));
        assert_eq!(worker.round().await.unwrap(), SENT);
        assert_eq!(server.received().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_letter_taken_without_an_answer_comes_again_under_the_same_id() {
    with_a_letter(async |bank, server| {
        let worker = worker(bank, server);
        server.script([Act::DropAfterData]);
        assert_eq!(worker.round().await.unwrap(), PUT_OFF);
        wait(bank, Duration::minutes(2));
        assert_eq!(worker.round().await.unwrap(), SENT);
        let received = server.received();
        assert_eq!((received.len(), ids(&received).len()), (2, 1));
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_dies_between_sending_and_writing_it_down_leaves_the_letter_to_another() {
    with_a_letter(async |bank, server| {
        server.script([Act::Slow(std::time::Duration::from_millis(800))]);
        let dying = worker(bank, server);
        let cut = tokio::time::timeout(std::time::Duration::from_millis(400), dying.round()).await;
        assert!(cut.is_err(), "the worker was to die before the answer");
        drop(dying);
        assert_eq!(server.received().len(), 1);

        let other = worker(bank, server);
        assert_eq!(other.round().await.unwrap(), NOTHING, "the lease of the first worker holds");
        wait(bank, Duration::seconds(61));
        assert_eq!(other.round().await.unwrap(), SENT);
        let again = server.received();
        assert_eq!(again.len(), 1);
        assert_eq!(again[0].header("Message-ID"), rows(bank).await[0]["message_id"].as_str().unwrap());
        assert_eq!(states(bank).await, ["sent"]);
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_gives_signs_of_life_keeps_its_letters_however_slow_the_server_is() {
    with_a_letter(async |bank, server| {
        // Longer than the time between two signs of life.
        server.script([Act::Slow(std::time::Duration::from_secs(20))]);
        let patient = Smtp { timeout_seconds: 60, ..server.settings() };
        let slow = Worker::new(bank.app.clone(), &patient).unwrap();
        let other = worker(bank, server);
        let watching = async {
            tokio::time::sleep(std::time::Duration::from_secs(5)).await;
            wait(bank, Duration::seconds(50));
            tokio::time::sleep(std::time::Duration::from_secs(12)).await;
            wait(bank, Duration::seconds(50));
            other.round().await.unwrap()
        };
        let (sent, taken) = tokio::join!(slow.round(), watching);
        assert_eq!((sent.unwrap(), taken), (SENT, NOTHING));
        assert_eq!(server.received().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_link_works_as_long_as_it_says_from_when_its_letter_left() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let browser = crate::browser::Browser::of(bank);
        browser.done("requestPasswordReset", "accepted", json!({ "email": cast.researcher.email })).await;
        let secret = bank.letters().await[0].detail["link_secret"].as_str().unwrap().to_owned();
        // The link is good for an hour; the mail server was away for two days.
        wait(bank, Duration::days(2));
        let server = Server::start();
        assert_eq!(worker(bank, &server).round().await.unwrap(), SENT);
        let text = server.received()[0].text();
        assert!(text.contains("until 2026-03-04 13:00"), "{text}");
        wait(bank, Duration::minutes(59));
        let reset = |secret: &str| json!({ "token": secret, "password": "another made-up password" });
        browser.done("resetPassword", "reset", reset(&secret)).await;
        bank.letters().await;

        browser.done("requestPasswordReset", "accepted", json!({ "email": cast.researcher.email })).await;
        let secret = bank.letters().await[0].detail["link_secret"].as_str().unwrap().to_owned();
        assert_eq!(worker(bank, &server).round().await.unwrap(), DeliveryCounts { sent: 2, ..NOTHING });
        wait(bank, Duration::minutes(61));
        let error = browser.refused("resetPassword", "reset", reset(&secret)).await;
        assert_eq!(error["code"], "LINK_INVALID");
    })
    .await;
}

#[tokio::test]
async fn while_the_server_is_away_letters_wait_and_no_attempt_counts() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        post_many(bank, &cast.staff, 5).await;
        let server = Server::start();
        let worker = worker(bank, &server);
        server.go_away();
        for _ in 0..6 {
            let round = worker.round().await.unwrap();
            assert_eq!(round, DeliveryCounts { given_back: 5, ..NOTHING });
            wait(bank, Duration::minutes(20));
        }
        for row in rows(bank).await {
            assert_eq!((&row["state"], &row["attempts"]), (&"queued".into(), &0.into()), "{row}");
            let why = row["last_error"].as_str().unwrap();
            assert!(why.contains("cannot be reached"), "{why}");
        }
        server.come_back();
        assert_eq!(worker.round().await.unwrap(), DeliveryCounts { sent: 5, ..NOTHING });
        assert_eq!(ids(&server.received()).len(), 5);
    })
    .await;
}

#[tokio::test]
async fn a_sender_that_the_server_does_not_want_kills_no_letter() {
    with_a_letter(async |bank, server| {
        let worker = worker(bank, server);
        server.script([Act::Answer(Stage::Mail, "550 5.7.1 not this sender"), Act::Answer(Stage::Mail, "421 closing")]);
        for why in ["550", "421"] {
            assert_eq!(worker.round().await.unwrap(), DeliveryCounts { given_back: 1, ..NOTHING });
            assert!(rows(bank).await[0]["last_error"].as_str().unwrap().contains(why));
            wait(bank, Duration::minutes(20));
        }
        assert_eq!(worker.round().await.unwrap(), SENT);
        server.received();
    })
    .await;
}

#[tokio::test]
async fn a_kept_connection_that_went_stale_is_opened_anew() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let server = Server::start();
        let worker = worker(bank, &server);
        post_many(bank, &cast.staff, 1).await;
        assert_eq!(worker.round().await.unwrap(), SENT);
        server.go_away();
        server.come_back();
        post_many(bank, &cast.staff, 1).await;
        assert_eq!(worker.round().await.unwrap(), SENT, "no attempt was lost on the old connection");
        assert_eq!(server.received().len(), 2);
        server.script([Act::DropAtMail]);
        post_many(bank, &cast.staff, 1).await;
        assert_eq!(worker.round().await.unwrap(), SENT);
    })
    .await;
}

#[tokio::test]
async fn connections_are_kept_for_many_letters_and_never_more_than_allowed() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        post_many(bank, &cast.staff, 50).await;
        let server = Server::start();
        let worker = worker(bank, &server);
        while worker.round().await.unwrap() != NOTHING {}
        assert_eq!(ids(&server.received()).len(), 50);
        assert!(server.connections() <= 2, "{} connections for 50 letters", server.connections());
    })
    .await;
}

#[tokio::test]
async fn out_of_a_stormy_day_every_letter_arrives() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        post_many(bank, &cast.staff, 40).await;
        let server = Server::start();
        let faults = [
            Act::Accept,
            Act::DropDuringData,
            Act::Answer(Stage::Rcpt, "450 not now"),
            Act::Accept,
            Act::DropAfterData,
            Act::Answer(Stage::Mail, "421 too many"),
            Act::DropAtMail,
        ];
        server.script(faults.into_iter().cycle().take(49));
        let patient = Smtp { attempts: 12, ..server.settings() };
        let worker = Worker::new(bank.app.clone(), &patient).unwrap();
        for day in 0..40 {
            worker.round().await.unwrap();
            match day % 10 {
                4 => server.go_away(),
                6 => server.come_back(),
                _ => {}
            }
            wait(bank, Duration::minutes(30));
        }
        let received = server.received();
        assert!(states(bank).await.iter().all(|state| state == "sent"), "{:?}", rows(bank).await);
        let mut by_subject: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for mail in &received {
            by_subject.entry(mail.header("Subject")).or_default().insert(mail.header("Message-ID"));
        }
        assert_eq!(by_subject.len(), 40, "a letter was lost");
        assert!(by_subject.values().all(|ids| ids.len() == 1), "a letter came under two ids: {by_subject:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_instances_share_the_outbox_and_send_nothing_twice() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        post_many(bank, &cast.staff, 150).await;
        let server = Server::start();
        let mut working = tokio::task::JoinSet::new();
        for _ in 0..3 {
            let (app, settings) = (bank.peer().await, server.settings());
            working.spawn(async move {
                let worker = Worker::new(app.clone(), &settings).unwrap();
                let mut sent = 0;
                loop {
                    let round = worker.round().await.unwrap();
                    assert_eq!((round.put_off, round.dead, round.given_back), (0, 0, 0));
                    sent += round.sent;
                    if round == NOTHING {
                        break;
                    }
                }
                app.db.close().await.unwrap();
                sent
            });
        }
        let shares = working.join_all().await;
        assert_eq!(shares.iter().sum::<usize>(), 150, "{shares:?}");
        let received = server.received();
        assert_eq!((received.len(), ids(&received).len()), (150, 150), "{shares:?}");
        assert!(states(bank).await.iter().all(|state| state == "sent"));
        assert!(server.most_at_once() <= 6);
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_is_told_to_stop_finishes_its_letter_and_gives_the_others_back() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        post_many(bank, &cast.staff, 10).await;
        let server = Server::start();
        server.script([Act::Slow(std::time::Duration::from_millis(300)); 10]);
        let (stop, stopping) = tokio::sync::watch::channel(false);
        let worker_to_stop = worker(bank, &server);
        let working = tokio::spawn(async move { worker_to_stop.run(&Rounds::of("mail"), stopping).await });
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        stop.send(true).unwrap();
        working.await.unwrap();
        let sent = states(bank).await.iter().filter(|state| *state == "sent").count();
        assert_eq!(server.received().len(), sent, "a letter was cut off");
        assert!((1..10).contains(&sent), "{sent}");

        let next = worker(bank, &server);
        server.script([]);
        while next.round().await.unwrap() != NOTHING {}
        assert!(states(bank).await.iter().all(|state| state == "sent"), "the others are due at once");
    })
    .await;
}
