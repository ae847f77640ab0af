//! What a database consists of, as lines of text that can be compared.

use sea_orm::DbBackend;
use std::collections::BTreeSet;
use stembank::db::{Db, Sql};

/// Everything that the steps made, as the engine itself tells it: columns with their types, constraints, indexes,
/// triggers and functions. On SQLite all of it stands in the statements that it keeps.
pub async fn structure(db: &Db) -> BTreeSet<String> {
    let queries: &[&str] = match db.backend() {
        DbBackend::Sqlite => &["SELECT name || ' of ' || tbl_name || ': ' || coalesce(sql, 'made by its table')
             FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%'"],
        _ => &[
            "SELECT c.relname || '.' || a.attname || ' (' || a.attnum || '): ' || format_type(a.atttypid, a.atttypmod)
               || coalesce(' COLLATE ' || o.collname, '') || a.attidentity::text
               || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
               || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
               LEFT JOIN pg_collation o ON o.oid = a.attcollation AND o.collname <> 'default'
             WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace",
            "SELECT tablename || ' ' || indexname || ': ' || indexdef FROM pg_indexes WHERE schemaname = 'public'",
            "SELECT conrelid::regclass || ' ' || conname || ': ' || pg_get_constraintdef(oid)
               || CASE WHEN convalidated THEN '' ELSE ', not validated' END
             FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
            "SELECT viewname || ': ' || definition FROM pg_views WHERE schemaname = 'public'",
            "SELECT pg_get_triggerdef(oid) || ' ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal",
            "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
        ],
    };
    let mut lines = BTreeSet::new();
    for query in queries {
        for row in Sql::new(*query).rows(db.read()).await.expect("an engine tells of itself") {
            lines.insert(row.try_get_by_index(0).expect("it tells in words"));
        }
    }
    lines
}

/// What is wrong with references between rows and with what the rows have to be; nothing if all is well.
pub async fn broken_rows(db: &Db) -> Vec<String> {
    let queries: &[&str] = match db.backend() {
        DbBackend::Sqlite => &[
            "SELECT \"table\" || ' ' || coalesce(rowid, 0) || ' -> ' || parent FROM pragma_foreign_key_check",
            "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
        ],
        // The server checks every row when a constraint is added, and marks one whose rows it did not check.
        _ => &["SELECT conname::text FROM pg_constraint WHERE NOT convalidated"],
    };
    let mut broken = vec![];
    for query in queries {
        for row in Sql::new(*query).rows(db.read()).await.expect("an engine checks itself") {
            broken.push(row.try_get_by_index(0).expect("it tells in words"));
        }
    }
    broken
}
