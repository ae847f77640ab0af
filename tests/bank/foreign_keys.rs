//! What is looked up by a reference has an index: deleting and merging must not go through whole tables.

use crate::support::{Bank, on_a_bank};
use sea_orm::DbBackend;
use std::collections::BTreeSet;
use stembank::db::Sql;

/// References by which nothing is looked up and whose other side is never deleted.
const WITHOUT_INDEX: [(&str, &str, &str); 17] = [
    ("cell_line_token", "line_id", "a line is never deleted, and the index would be as large as the table"),
    ("dispatched_line", "line_id", "a line is never deleted, and statistics read by year"),
    (
        "dispatched_line",
        "institution_id",
        "an institution is never deleted, and what it got stays its own when it merges",
    ),
    ("agreement", "template_id", "a template is never deleted"),
    ("openid_login", "agreement_id", "lasts for minutes, and an agreement is never deleted"),
    ("signing_proof", "agreement_id", "lasts for minutes, and what an agreement needs is never deleted"),
    // Whoever is erased leaves a row without a name; nothing asks what somebody did but the history, which has its own.
    ("approval", "verified_by", "a person is never deleted"),
    ("institution", "verified_by", "a person is never deleted"),
    ("institution", "proposed_by", "a person is never deleted, and open proposals have an index of their own"),
    ("institution_membership", "decided_by", "a person is never deleted"),
    ("lot", "released_by", "a person is never deleted"),
    ("quality_test", "recorded_by", "a person is never deleted"),
    ("request", "decider_id", "a person is never deleted"),
    ("agreement", "offered_by", "a person is never deleted"),
    ("shipment", "created_by", "a person is never deleted"),
    ("shipment", "dispatched_by", "a person is never deleted"),
    ("shipment", "received_by", "a person is never deleted"),
];

/// A reference or an index: its table and its columns, in order.
type Columns = (String, Vec<String>);

#[tokio::test]
async fn every_reference_by_which_something_is_looked_up_has_an_index() {
    on_a_bank(async |bank| {
        let indexes = columns(bank, indexes(bank.engine())).await;
        let references = columns(bank, references(bank.engine())).await;
        assert!(references.len() > 60, "{references:?}");
        let begins_with =
            |(table, columns): &Columns| indexes.iter().any(|(of, index)| of == table && columns.contains(&index[0]));
        let without: BTreeSet<_> = references.iter().filter(|reference| !begins_with(reference)).collect();
        let without: BTreeSet<_> =
            without.into_iter().map(|(table, columns)| (table.as_str(), columns[0].as_str())).collect();
        let known = WITHOUT_INDEX.map(|(table, column, _)| (table, column));
        assert_eq!(without, BTreeSet::from(known));
    })
    .await;
}

/// Rows of table, name and column, the columns of one name in order.
async fn columns(bank: &Bank, sql: &str) -> Vec<Columns> {
    let mut found: Vec<(String, Columns)> = vec![];
    for row in Sql::new(sql).rows(bank.app.db.read()).await.unwrap() {
        let text = |at: usize| row.try_get_by_index::<String>(at).unwrap();
        match found.last_mut().filter(|last| last.0 == text(1) && last.1.0 == text(0)) {
            Some((_, (_, columns))) => columns.push(text(2)),
            None => found.push((text(1), (text(0), vec![text(2)]))),
        }
    }
    found.into_iter().map(|(_, columns)| columns).collect()
}

fn references(engine: DbBackend) -> &'static str {
    match engine {
        DbBackend::Sqlite => {
            "SELECT t.name, CAST(f.id AS TEXT), f.\"from\" FROM sqlite_master t
             JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table' AND t.name <> 'broken_rule'
             ORDER BY t.name, f.id, f.seq"
        }
        _ => {
            "SELECT c.conrelid::regclass::text, c.conname::text, a.attname::text FROM pg_constraint c
             CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k (attnum, place)
             JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
             WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace ORDER BY 1, 2, k.place"
        }
    }
}

/// Indexes, but for those of some rows only; one that leaves out the rows without the reference is whole.
fn indexes(engine: DbBackend) -> &'static str {
    match engine {
        DbBackend::Sqlite => {
            "SELECT t.name, i.name, c.name FROM sqlite_master t JOIN pragma_index_list(t.name) i
               JOIN pragma_index_info(i.name) c LEFT JOIN sqlite_master s ON s.name = i.name
             WHERE t.type = 'table' AND c.seqno = 0 AND c.name IS NOT NULL
               AND (NOT i.partial OR s.sql LIKE '% WHERE ' || c.name || ' IS NOT NULL')
             UNION ALL SELECT t.name, 'key', c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c
             WHERE t.type = 'table' AND c.pk = 1"
        }
        _ => {
            "SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, a.attname::text FROM pg_index i
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
             WHERE i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) = '(' || a.attname || ' IS NOT NULL)'"
        }
    }
}
