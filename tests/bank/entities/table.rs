//! What a table is: as an entity describes it, and as the engine's catalogue tells.

use crate::support::Bank;
use sea_orm::{
    ColumnTrait, ColumnType, DbBackend, EntityTrait, IdenStatic, Identity, Iterable, PrimaryKeyToColumn,
    PrimaryKeyTrait, QueryResult, RelationTrait, Schema,
};
use std::collections::{BTreeMap, BTreeSet};
use stembank::db::Sql;

/// What a table is to a program that reads and writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Type and nullability by name.
    pub columns: BTreeMap<String, (Type, bool)>,
    /// Columns of the primary key.
    pub key: BTreeSet<String>,
    /// The database gives out the key.
    pub is_numbered: bool,
    /// Sets of columns that are unique together, for all rows or for some.
    pub unique: BTreeSet<BTreeSet<String>>,
    /// Foreign keys.
    pub foreign: BTreeSet<ForeignKey>,
}

/// Pairs of own and other column, and the other table.
pub type ForeignKey = (BTreeSet<(String, String)>, String);

/// What a column holds, as far as an engine tells: SQLite keeps instants, days and documents as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Integer,
    BigInteger,
    Boolean,
    Text,
    Instant,
    Day,
    Document,
}

/// An entity as it describes itself.
pub fn described<E: EntityTrait>(engine: DbBackend) -> Table {
    let mut table = Table::default();
    for column in E::Column::iter() {
        let (name, def) = (column.as_str().to_owned(), column.def());
        if def.is_unique() {
            table.unique.insert([name.clone()].into());
        }
        table.columns.insert(name, (Type::of(def.get_column_type()).on(engine), def.is_null()));
    }
    table.is_numbered = E::PrimaryKey::auto_increment();
    table.key = E::PrimaryKey::iter().map(|key| key.into_column().as_str().to_owned()).collect();
    let indexes = Schema::new(engine).create_index_from_entity(E::default());
    let unique = indexes.iter().filter(|index| index.is_unique_key());
    table.unique.extend(unique.map(|index| index.get_index_spec().get_column_names().into_iter().collect()));
    // An owner's side says the same as the side that holds the key.
    for relation in E::Relation::iter().map(|relation| relation.def()).filter(|def| !def.is_owner) {
        let columns = names(&relation.from_col).into_iter().zip(names(&relation.to_col)).collect();
        table.foreign.insert((columns, relation.to_tbl.sea_orm_table().to_string()));
    }
    table
}

fn names(identity: &Identity) -> Vec<String> {
    identity.iter().map(ToString::to_string).collect()
}

impl Type {
    fn of(column: &ColumnType) -> Self {
        match column {
            ColumnType::Integer => Self::Integer,
            ColumnType::BigInteger => Self::BigInteger,
            ColumnType::Boolean => Self::Boolean,
            ColumnType::String(_) | ColumnType::Text => Self::Text,
            ColumnType::TimestampWithTimeZone => Self::Instant,
            ColumnType::Date => Self::Day,
            ColumnType::Json | ColumnType::JsonBinary => Self::Document,
            other => panic!("no column of the bank is a {other:?}"),
        }
    }

    /// Of the name that an engine gives it; a key that SQLite numbers by itself is an INTEGER of eight bytes.
    fn named(name: &str, is_numbered: bool) -> Self {
        match name.to_lowercase().as_str() {
            "integer" if is_numbered => Self::BigInteger,
            "integer" => Self::Integer,
            "bigint" => Self::BigInteger,
            "boolean" => Self::Boolean,
            "text" => Self::Text,
            "timestamp with time zone" => Self::Instant,
            "date" => Self::Day,
            "jsonb" => Self::Document,
            other => panic!("no entity has a column of type {other}"),
        }
    }

    fn on(self, engine: DbBackend) -> Self {
        match self {
            Self::Instant | Self::Day | Self::Document if engine == DbBackend::Sqlite => Self::Text,
            other => other,
        }
    }
}

/// A table as the engine's catalogue tells.
pub async fn found(bank: &Bank, name: &str) -> Table {
    match bank.engine() {
        DbBackend::Sqlite => on_sqlite(bank, name).await,
        _ => on_postgres(bank, name).await,
    }
}

async fn on_sqlite(bank: &Bank, name: &str) -> Table {
    let mut table = Table::default();
    // AUTOINCREMENT is allowed only where the key is an alias of the row's number.
    let numbered = format!("SELECT count(*) FROM sqlite_master WHERE name = '{name}' AND sql LIKE '%AUTOINCREMENT%'");
    table.is_numbered = bank.number(&numbered).await == 1;
    let columns = format!("SELECT name, type, \"notnull\" OR pk > 0, pk > 0 FROM pragma_table_info('{name}')");
    for row in rows(bank, columns).await {
        let (column, kind): (String, String) = (text(&row, 0), text(&row, 1));
        let (required, is_key): (bool, bool) = (row.try_get_by_index(2).unwrap(), row.try_get_by_index(3).unwrap());
        if is_key {
            table.key.insert(column.clone());
        }
        table.columns.insert(column, (Type::named(&kind, is_key && table.is_numbered), !required));
    }
    let unique = format!(
        "SELECT i.name, c.name FROM pragma_index_list('{name}') i, pragma_index_info(i.name) c
         WHERE i.\"unique\" AND c.name IS NOT NULL"
    );
    let mut indexes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows(bank, unique).await {
        indexes.entry(text(&row, 0)).or_default().insert(text(&row, 1));
    }
    table.unique = indexes.into_values().collect();
    let foreign =
        format!("SELECT CAST(id AS TEXT), \"table\", \"from\", \"to\" FROM pragma_foreign_key_list('{name}')");
    table.foreign = keys(&rows(bank, foreign).await);
    table
}

async fn on_postgres(bank: &Bank, name: &str) -> Table {
    let mut table = Table::default();
    let columns = format!(
        "SELECT column_name::text, data_type::text, is_nullable = 'YES', is_identity = 'YES'
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{name}'"
    );
    for row in rows(bank, columns).await {
        let kind = Type::named(&text(&row, 1), false);
        table.is_numbered |= row.try_get_by_index::<bool>(3).unwrap();
        table.columns.insert(text(&row, 0), (kind, row.try_get_by_index(2).unwrap()));
    }
    let unique = format!(
        "SELECT i.indexrelid::regclass::text, a.attname::text, i.indisprimary FROM pg_index i
         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
         WHERE i.indrelid = '{name}'::regclass AND i.indisunique"
    );
    let mut indexes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows(bank, unique).await {
        if row.try_get_by_index(2).unwrap() {
            table.key.insert(text(&row, 1));
        } else {
            indexes.entry(text(&row, 0)).or_default().insert(text(&row, 1));
        }
    }
    table.unique = indexes.into_values().collect();
    let foreign = format!(
        "SELECT c.conname::text, c.confrelid::regclass::text, own.attname::text, other.attname::text
         FROM pg_constraint c, unnest(c.conkey, c.confkey) AS pair (own, other), pg_attribute own, pg_attribute other
         WHERE c.conrelid = '{name}'::regclass AND c.contype = 'f' AND own.attrelid = c.conrelid
           AND own.attnum = pair.own AND other.attrelid = c.confrelid AND other.attnum = pair.other"
    );
    table.foreign = keys(&rows(bank, foreign).await);
    table
}

/// Foreign keys of rows with the key's name, the other table, and a pair of columns.
fn keys(rows: &[QueryResult]) -> BTreeSet<ForeignKey> {
    let mut keys: BTreeMap<(String, String), BTreeSet<(String, String)>> = BTreeMap::new();
    for row in rows {
        keys.entry((text(row, 0), text(row, 1))).or_default().insert((text(row, 2), text(row, 3)));
    }
    keys.into_iter().map(|((_, other), columns)| (columns, other)).collect()
}

async fn rows(bank: &Bank, sql: String) -> Vec<QueryResult> {
    Sql::new(sql).rows(bank.app.db.read()).await.expect("an engine describes its tables")
}

fn text(row: &QueryResult, column: usize) -> String {
    row.try_get_by_index(column).expect("a name is text")
}
