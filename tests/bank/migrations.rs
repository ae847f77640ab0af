//! The steps that make the database, and what the database itself refuses.

use crate::support::{Place, contents, on_a_bank, tables};
use migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, JsonValue, SqlErr};
use stembank::db::{Db, Sql};

#[tokio::test]
async fn the_steps_make_every_table_once() {
    let place = Place::empty().await;
    let db = Db::connect(&place.url).await.unwrap();
    assert_eq!(tables(&db).await, [""; 0], "the database begins empty");
    let steps = db.pending_migrations().await.unwrap();

    db.migrate().await.unwrap();

    assert_eq!(tables(&db).await, written_tables());
    assert_eq!(steps.len(), written_steps().len(), "a step that is not in the list never runs: {steps:?}");
    assert_eq!(db.pending_migrations().await.unwrap(), [""; 0]);
    db.close().await.unwrap();
}

#[tokio::test]
async fn running_the_steps_again_changes_nothing() {
    on_a_bank(async |bank| {
        bank.execute(A_SIGNED_REQUEST).await.unwrap();
        let before = bank.contents().await;
        bank.app.db.migrate().await.unwrap();
        assert_eq!(bank.contents().await, before);
        assert_eq!(contents(&bank.app.db).await["catalogue_version"].len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_happened_cannot_be_changed_or_deleted() {
    on_a_bank(async |bank| {
        bank.execute(A_SIGNED_REQUEST).await.unwrap();
        for (table, change) in [
            ("audit_event", "actor = 'somebody else'"),
            ("audit_seal", "hash = event_hash"),
            ("audit_anchor", "sequence = 2"),
            ("vial_event", "reason = 'another'"),
            ("agreement_template", "body_en = 'kinder words'"),
            ("signature", "printed_name = 'Somebody Else'"),
        ] {
            for sql in [format!("UPDATE {table} SET {change}"), format!("DELETE FROM {table}")] {
                let refusal = bank.refuses_sql(&sql).await;
                assert!(refusal.contains("append-only"), "{sql}: {refusal}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn signatures_from_before_there_were_two_ways_stay_as_they_were() {
    let place = Place::empty().await;
    let connection = place.connect().await;
    let before = Migrator::migrations().iter().position(|step| step.name() == "m14_signing").unwrap();
    Migrator::up(&connection, Some(u32::try_from(before).unwrap())).await.unwrap();
    connection.execute_unprepared(A_SIGNED_REQUEST).await.unwrap();
    let everything = "SELECT * FROM signature";
    let rows = Sql::new(everything).all::<JsonValue>(&connection).await.unwrap();
    connection.close().await.unwrap();
    let db = Db::connect(&place.url).await.unwrap();

    db.migrate().await.unwrap();

    assert_eq!(Sql::new(everything).all::<JsonValue>(db.read()).await.unwrap(), rows);
    assert_eq!(rows.len(), 1);
    let run = async |sql: &str| {
        let tx = db.begin().await.unwrap();
        tx.execute_unprepared(sql).await?;
        tx.commit().await
    };
    let more = |party: &str, by: &str| {
        format!(
            "INSERT INTO signature (agreement_id, party, person_id, printed_name, meaning, signed_at, authentication,
               document_hash, template_version)
             VALUES (1, '{party}', 1, 'A', 'I agree', '2026-03-02T03:00:00Z', '{by}', 'abc', 1)"
        )
    };
    let twice = more("principal_investigator", "provider");
    let erased = "UPDATE signature SET printed_name = '', meaning = '-'";
    for refused in [
        twice.as_str(),
        &more("bank", "provider"),
        "UPDATE signature SET authentication = 'provider'",
        "DELETE FROM signature",
        erased,
    ] {
        run(refused).await.expect_err(refused);
    }
    run("INSERT INTO required_signature (agreement_id, party, ordinal) VALUES (1, 'bank', 2)").await.unwrap();
    run(&more("bank", "nod")).await.expect_err("only two ways are known");
    run(&more("bank", "provider")).await.unwrap();
    run("UPDATE person SET erased_at = '2026-03-02T03:00:00Z'").await.unwrap();
    run(erased).await.unwrap();
    // A refused row may cost PostgreSQL a key, so that only the order is sure.
    let after = "SELECT count(*) FROM signature WHERE id > 1 AND party = 'bank'";
    assert_eq!(Sql::new(after).number(db.read()).await.unwrap(), 1, "keys go on");
    db.close().await.unwrap();
}

#[tokio::test]
async fn the_public_content_has_one_version() {
    on_a_bank(async |bank| {
        assert_eq!(bank.number("SELECT count(*) FROM catalogue_version").await, 1);
        bank.refuses_sql("INSERT INTO catalogue_version (id, version) VALUES (2, 1)").await;
        bank.refuses_sql("INSERT INTO catalogue_version (id, version) VALUES (1, 1)").await;
    })
    .await;
}

#[tokio::test]
async fn a_line_is_held_exactly_if_the_bank_gave_it_an_accession() {
    on_a_bank(async |bank| {
        let line = |holding: &str, accession: &str, ours: &str| {
            format!(
                "INSERT INTO cell_line (holding, accession, name, name_key, synonyms, cell_type, grade, publication_status)
                 VALUES ('{holding}', {accession}, 'A', 'a', '[]', 'unknown', {ours})"
            )
        };
        let ours = "'research', 'draft'";
        bank.refuses_sql(&line("held", "NULL", ours)).await;
        bank.refuses_sql(&line("held", "'KSCB-0009'", "NULL, NULL")).await;
        bank.refuses_sql(&line("reference", "'KSCB-0009'", "NULL, NULL")).await;
        bank.refuses_sql(&line("reference", "NULL", ours)).await;
        bank.execute(&line("held", "'KSCB-0009'", ours)).await.unwrap();
        bank.execute(&line("reference", "NULL", "NULL, NULL")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_vial_is_reserved_once_at_a_time() {
    on_a_bank(async |bank| {
        bank.execute(A_SIGNED_REQUEST).await.unwrap();
        let insert = "INSERT INTO reservation (request_line_id, vial_id, created_at, expires_at)
                      VALUES (1, 1, '2026-03-02T03:00:00Z', '2026-03-16T03:00:00Z')";
        let to = |state: &str| format!("UPDATE vial SET state = '{state}'");
        let end = |ending: &str| {
            format!(
                "UPDATE reservation SET ended_at = '2026-03-03T03:00:00Z', ending = '{ending}' WHERE ending IS NULL"
            )
        };
        let reservation = &format!("{insert}; {}", to("reserved"));
        bank.execute(&to("available")).await.unwrap();
        bank.execute(reservation).await.unwrap();
        let second = bank.execute(reservation).await.unwrap_err();
        assert!(matches!(second.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))), "{second}");

        bank.execute(&format!("{}; {}", end("released"), to("available"))).await.unwrap();
        bank.execute(reservation).await.unwrap();
        let left =
            "INSERT INTO shipment (id, number, request_id, agreement_id, state, created_at, created_by, dispatched_at,
                        dispatched_by)
                      VALUES (1, 'SHP-1', 1, 1, 'shipped', '2026-03-03T03:00:00Z', 1, '2026-03-03T03:00:00Z', 1);
                    INSERT INTO shipment_vial (shipment_id, request_id, request_line_id, vial_id) VALUES (1, 1, 1, 1)";
        bank.execute(&[left, &to("picked"), &to("shipped"), &end("shipped")].join("; ")).await.unwrap();
        let third = bank.execute(insert).await.unwrap_err();
        assert!(matches!(third.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))), "{third}");
        assert_eq!(bank.number("SELECT count(*) FROM reservation").await, 2);
    })
    .await;
}

/// Files of steps: `m01_bank.rs` and on.
fn written_steps() -> Vec<String> {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/src")).unwrap();
    let files = folder.map(|file| file.unwrap().path());
    let steps = files.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with('m'));
    steps.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// Names after `CREATE TABLE` in all steps, in order; a table that a later step makes anew is one.
fn written_tables() -> Vec<String> {
    let steps = written_steps().concat();
    let names = steps.split("CREATE TABLE ").skip(1).map(|text| text.split_whitespace().next().unwrap().to_owned());
    let mut names: Vec<_> = names.collect();
    // SQLite's alone, as `tables` says.
    names.retain(|name| name != "broken_rule");
    names.sort();
    names.dedup();
    names
}

/// One of everything on the way from a line to a signature, by the shortest way.
const A_SIGNED_REQUEST: &str = "
INSERT INTO audit_event (at, actor, action, subject_kind, subject_id, detail)
  VALUES ('2026-03-02T03:00:00Z', 'system:test', 'line.added', 'CellLine', 1, '{}');
INSERT INTO audit_seal (sequence, event_id, event_hash, hash, key_id, sealed_at)
  SELECT 1, id, hash, hash, 'a', at FROM audit_event, (SELECT hash FROM audit_sealer) x;
INSERT INTO audit_anchor (day, sequence, hash, anchored_at)
  SELECT '2026-03-02', 1, hash, '2026-03-02T03:00:00Z' FROM audit_sealer;
INSERT INTO institution (id, name, name_key, acronyms, aliases, institution_type, domains, status)
  VALUES (1, 'A University', 'a university', '', '', 'university', '', 'open');
INSERT INTO person (id, email, name, locale, institution_id, created_at)
  VALUES (1, 'a@example.org', 'A', 'en', 1, '2026-03-02T03:00:00Z');
INSERT INTO cell_line (id, holding, accession, name, name_key, synonyms, cell_type, grade, publication_status)
  VALUES (1, 'held', 'KSCB-0001', 'A', 'a', '[]', 'embryonic', 'research', 'published');
INSERT INTO lot (id, line_id, number, tier, passage, frozen_on, vials_made, cells_per_vial, state)
  VALUES (1, 1, 'LOT-1', 'distribution', 9, '2026-01-05', 1, 1000000, 'quarantined');
INSERT INTO vial (id, lot_id, barcode, state) VALUES (1, 1, 'V-1', 'in_quarantine');
INSERT INTO vial_event (vial_id, at, actor, to_state, reason)
  VALUES (1, '2026-03-02T03:00:00Z', 'system:test', 'in_quarantine', 'made');
INSERT INTO request (id, number, applicant_id, principal_investigator_id, institution_id, state, state_since, created_at,
    project_title, summary, use_plan, commercial, in_people, redistribution, country, region, address, delivery)
  VALUES (1, 'REQ-1', 1, 1, 1, 'approved', '2026-03-02T03:00:00Z', '2026-03-02T03:00:00Z',
    'A', 'A', 'A', FALSE, FALSE, FALSE, 'KR', 'Seoul', 'A', 'courier');
INSERT INTO request_line (id, request_id, line_id, vials_requested, vials_approved, state)
  VALUES (1, 1, 1, 1, 1, 'approved');
INSERT INTO agreement_template (id, kind, version, body_en, body_ko) VALUES (1, 'academic', 1, 'A', 'A');
INSERT INTO agreement (id, number, request_id, template_id, state, text_en, text_ko, document_hash, offered_at, offered_by,
    expires_on)
  VALUES (1, 'MTA-1', 1, 1, 'offered', 'A', 'A', 'abc', '2026-03-02T03:00:00Z', 1, '2031-03-02');
INSERT INTO required_signature (agreement_id, party, ordinal) VALUES (1, 'principal_investigator', 1);
INSERT INTO signature (agreement_id, party, person_id, printed_name, meaning, signed_at, authentication, document_hash,
    template_version)
  VALUES (1, 'principal_investigator', 1, 'A', 'I agree', '2026-03-02T03:00:00Z', 'password', 'abc', 1);
";
