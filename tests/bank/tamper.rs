//! Somebody with rights on the database changes the history behind the bank's back: the verification says where and
//! how.

use crate::support::{Bank, on_a_bank};
use sea_orm::{ConnectionTrait, DbBackend};
use stembank::accounts::history;
use stembank::audit::verify::{Broken, How, Verdict};
use stembank::language::Lang;

/// Events of each history; more than one page of the verification would only be slower.
const EVENTS: usize = 8;

/// Runs statements as somebody who first switched off what the database refuses.
async fn attack(bank: &Bank, statements: &[&str]) {
    let attacker = bank.stranger().await;
    let disarm: &[&str] = match bank.engine() {
        DbBackend::Sqlite => &[
            "PRAGMA foreign_keys = OFF",
            "DROP TRIGGER IF EXISTS audit_event_no_update",
            "DROP TRIGGER IF EXISTS audit_event_no_delete",
            "DROP TRIGGER IF EXISTS audit_seal_no_update",
            "DROP TRIGGER IF EXISTS audit_seal_no_delete",
            "DROP TRIGGER IF EXISTS audit_anchor_no_delete",
        ],
        _ => &[
            "ALTER TABLE audit_event DISABLE TRIGGER ALL",
            "ALTER TABLE audit_seal DISABLE TRIGGER ALL",
            "ALTER TABLE audit_anchor DISABLE TRIGGER ALL",
        ],
    };
    for sql in disarm.iter().chain(statements) {
        attacker.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    attacker.close().await.unwrap();
}

/// What the verification says after an attack on a sealed history of [`EVENTS`] events.
async fn after(statements: &[&str]) -> Broken {
    let bank = Bank::open().await;
    bank.happened(EVENTS).await;
    bank.seal().await;
    bank.intact().await;
    attack(&bank, statements).await;
    let Verdict::Broken(broken) = bank.verified(None).await else { panic!("{statements:?}: nothing was found") };
    // What happens after does not hide it.
    bank.happened(2).await;
    bank.seal().await;
    let Verdict::Broken(again) = bank.verified(None).await else { panic!("{statements:?}: later it is hidden") };
    assert_eq!(again, broken, "{statements:?}");
    broken
}

async fn found(how: How, sequence: i64, event: Option<i64>, statements: &[&str]) {
    let broken = after(statements).await;
    assert_eq!((broken.how, broken.sequence, broken.event), (how, Some(sequence), event), "{statements:?}");
    let (en, ko) = match how {
        How::Changed => ("was changed", "변경되었습니다"),
        How::Removed => ("was removed", "삭제되었습니다"),
        How::Inserted => ("was inserted", "삽입되었습니다"),
        How::Reordered => ("were reordered", "순서가 바뀌었습니다"),
        How::CutOff => ("was cut off", "잘려 나갔습니다"),
    };
    assert!(broken.say(Lang::En).contains(en), "{}", broken.say(Lang::En));
    assert!(broken.say(Lang::Ko).contains(ko), "{}", broken.say(Lang::Ko));
    assert!(
        broken.say(Lang::En).contains(&sequence.to_string()) && broken.say(Lang::Ko).contains(&sequence.to_string())
    );
}

#[tokio::test]
async fn a_changed_event_is_found_whatever_was_changed() {
    for change in [
        "at = '2026-03-02 04:00:00+00:00'",
        "actor = 'system:somebody'",
        "action = 'test.another'",
        "subject_kind = 'Lot'",
        "subject_id = 2",
        "detail = '{}'",
    ] {
        found(How::Changed, 5, Some(5), &[&format!("UPDATE audit_event SET {change} WHERE id = 5")]).await;
    }
}

#[tokio::test]
async fn a_changed_seal_is_found() {
    for change in ["hash = event_hash", "event_hash = hash", "sealed_at = '2026-03-02 04:00:00+00:00'"] {
        found(How::Changed, 5, Some(5), &[&format!("UPDATE audit_seal SET {change} WHERE sequence = 5")]).await;
    }
}

#[tokio::test]
async fn a_removed_event_is_found_with_its_seal_without_it_and_with_the_rest_moved_up() {
    found(How::Removed, 5, Some(5), &["DELETE FROM audit_event WHERE id = 5"]).await;
    let whole = ["DELETE FROM audit_seal WHERE sequence = 5", "DELETE FROM audit_event WHERE id = 5"];
    found(How::Removed, 5, Some(6), &whole).await;
    let first = ["DELETE FROM audit_seal WHERE sequence = 1", "DELETE FROM audit_event WHERE id = 1"];
    found(How::Removed, 1, Some(2), &first).await;
    let moved = [
        whole[0],
        whole[1],
        "UPDATE audit_seal SET sequence = 5 WHERE sequence = 6",
        "UPDATE audit_seal SET sequence = 6 WHERE sequence = 7",
        "UPDATE audit_seal SET sequence = 7 WHERE sequence = 8",
        "UPDATE audit_sealer SET sequence = 7",
    ];
    found(How::Removed, 5, Some(6), &moved).await;
}

#[tokio::test]
async fn an_inserted_event_is_found_in_the_chain_and_beside_it() {
    let event = "INSERT INTO audit_event (id, at, actor, action, subject_kind, subject_id, detail)
                 VALUES (-1, '2026-03-02 03:00:00+00:00', 'system:test', 'test.forged', 'Lot', 1, '{}')";
    let mut statements = vec![event.to_owned()];
    for place in (5..=8).rev() {
        statements.push(format!("UPDATE audit_seal SET sequence = {} WHERE sequence = {place}", place + 1));
    }
    statements.push(
        "INSERT INTO audit_seal (sequence, event_id, event_hash, hash, key_id, sealed_at)
         SELECT 5, -1, event_hash, hash, key_id, sealed_at FROM audit_seal WHERE sequence = 4"
            .into(),
    );
    statements.push("UPDATE audit_sealer SET sequence = 9".into());
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    found(How::Inserted, 5, Some(-1), &statements).await;

    let broken = after(&[event]).await;
    assert_eq!((broken.how, broken.sequence, broken.event), (How::Inserted, None, Some(-1)));
    assert!(broken.say(Lang::En).contains("inserted behind the sealer"), "{}", broken.say(Lang::En));
    assert!(broken.say(Lang::Ko).contains("삽입되었거나"), "{}", broken.say(Lang::Ko));
    let seal = [
        "DELETE FROM audit_seal WHERE sequence = 8",
        "UPDATE audit_sealer SET sequence = 7, hash = (SELECT hash FROM audit_seal WHERE sequence = 7)",
    ];
    let broken = after(&seal).await;
    assert_eq!((broken.how, broken.sequence, broken.event), (How::Inserted, None, Some(8)), "its seal was removed");
}

#[tokio::test]
async fn reordered_events_are_found_however_they_changed_places() {
    let contents = [
        "UPDATE audit_event SET action = 'test.x' WHERE id = 3",
        "UPDATE audit_event SET action = 'test.3' WHERE id = 6",
        "UPDATE audit_event SET action = 'test.6' WHERE id = 3",
    ];
    found(How::Reordered, 3, Some(3), &contents).await;
    let places = [
        "UPDATE audit_seal SET sequence = 99 WHERE sequence = 3",
        "UPDATE audit_seal SET sequence = 3 WHERE sequence = 6",
        "UPDATE audit_seal SET sequence = 6 WHERE sequence = 99",
    ];
    found(How::Reordered, 3, Some(6), &places).await;
    let keys = [
        "UPDATE audit_seal SET event_id = -3 WHERE sequence = 3",
        "UPDATE audit_seal SET event_id = 3 WHERE sequence = 6",
        "UPDATE audit_seal SET event_id = 6 WHERE sequence = 3",
    ];
    found(How::Reordered, 3, Some(6), &keys).await;
}

const CUT: [&str; 2] = ["DELETE FROM audit_seal WHERE sequence > 6", "DELETE FROM audit_event WHERE id > 6"];
/// Who knows where the sealer stands hides it there as well.
const HIDE: &str = "UPDATE audit_sealer SET sequence = 6, floor = 6, next_floor = NULL, waiting_for = '',
                      hash = (SELECT hash FROM audit_seal WHERE sequence = 6)";

#[tokio::test]
async fn a_cut_off_end_is_found_even_after_more_has_happened() {
    let bank = Bank::open().await;
    bank.happened(EVENTS).await;
    bank.seal().await;
    attack(&bank, &CUT).await;
    let Verdict::Broken(broken) = bank.verified(None).await else { panic!("the sealer knows how far it was") };
    assert_eq!((broken.how, broken.sequence), (How::CutOff, Some(8)));
    bank.happened(2).await;
    bank.seal().await;
    let Verdict::Broken(broken) = bank.verified(None).await else { panic!("the gap stays") };
    assert_eq!((broken.how, broken.sequence), (How::Removed, Some(7)));
}

#[tokio::test]
async fn a_cut_off_end_that_is_hidden_is_found_by_the_anchor_and_by_the_hash_from_a_letter() {
    on_a_bank(async |bank| {
        bank.happened(EVENTS).await;
        bank.seal().await;
        let head = history::anchor(&bank.app).await.unwrap().unwrap().hash;
        bank.seal().await;
        attack(bank, &CUT).await;
        attack(bank, &[HIDE]).await;
        let cut_off = async |head: Option<&str>| match bank.verified(head).await {
            Verdict::Broken(broken) => Some((broken.how, broken.sequence)),
            Verdict::Intact(_) => None,
        };
        assert_eq!(cut_off(None).await, Some((How::CutOff, Some(8))), "the day's anchor tells");
        attack(bank, &["DELETE FROM audit_anchor"]).await;
        assert_eq!(cut_off(None).await, None, "in the database nothing is left to tell");
        assert_eq!(cut_off(Some(&head)).await.map(|found| found.0), Some(How::CutOff), "the letter tells");
        bank.happened(4).await;
        bank.seal().await;
        assert_eq!(cut_off(None).await, None);
        assert_eq!(cut_off(Some(&head)).await.map(|found| found.0), Some(How::CutOff), "also later");
    })
    .await;
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_a_changed_one() {
    let bank = Bank::open().await;
    bank.happened(EVENTS).await;
    bank.seal().await;
    if bank.engine() == DbBackend::Sqlite {
        attack(&bank, &["UPDATE audit_event SET detail = 'no JSON', subject_id = 'x' WHERE id = 2"]).await;
    } else {
        attack(&bank, &["UPDATE audit_event SET detail = '1' WHERE id = 2"]).await;
    }
    let Verdict::Broken(broken) = bank.verified(None).await else { panic!("it is not what was sealed") };
    assert_eq!((broken.how, broken.sequence, broken.event), (How::Changed, Some(2), Some(2)));
}
