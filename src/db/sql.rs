//! Statements written by hand, and what such statements share with those of entities.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Asterisk, Condition, Expr, ExprTrait, QueryBuilder, SqlWriter, SqliteQueryBuilder};
use sea_orm::{ActiveEnum, ConnectionTrait, DbBackend, DbErr, FromQueryResult, QueryResult, Statement, Value};
use std::fmt::Write;

/// A statement written by hand, with its values; `$1` works on both engines.
#[derive(Clone, Debug, Default)]
pub struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// Starts a statement.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), values: vec![] }
    }

    /// Starts a statement that already has its `$1`, `$2`, ...
    pub fn with(text: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Self {
        Self { text: text.into(), values: values.into_iter().collect() }
    }

    /// Adds text.
    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a value and its placeholder.
    pub fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.text.push_str(&format!("${}", self.values.len()));
        self
    }

    /// Adds values and their placeholders, separated by commas. Without values it is `NULL`, to which nothing is equal:
    /// an empty list is no SQL on PostgreSQL.
    pub fn bind_all<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        let mut between = "";
        for value in values {
            self.push(between).bind(value);
            between = ", ";
        }
        if between.is_empty() { self.push("NULL") } else { self }
    }

    /// Adds a condition that is made of columns of entities, such as a rule of who sees what.
    pub fn condition(&mut self, condition: impl Into<Condition>) -> &mut Self {
        self.push("(");
        // Both engines read what is written for SQLite; the placeholders are our own.
        SqliteQueryBuilder.prepare_expr(&condition.into().into(), self);
        self.push(")")
    }

    fn statement(self, db: &impl ConnectionTrait) -> Statement {
        Statement::from_sql_and_values(db.get_database_backend(), self.text, self.values)
    }

    /// All rows.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn rows(self, db: &impl ConnectionTrait) -> Result<Vec<QueryResult>, DbErr> {
        db.query_all_raw(self.statement(db)).await
    }

    /// All rows, as a type.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn all<T: FromQueryResult>(self, db: &impl ConnectionTrait) -> Result<Vec<T>, DbErr> {
        self.rows(db).await?.iter().map(|row| T::from_query_result(row, "")).collect()
    }

    /// The first row.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn one(self, db: &impl ConnectionTrait) -> Result<Option<QueryResult>, DbErr> {
        db.query_one_raw(self.statement(db)).await
    }

    /// The first column of the first row: a count, a sum, a number given out.
    ///
    /// # Errors
    /// Those of the database, and a result without rows.
    pub async fn number(self, db: &impl ConnectionTrait) -> Result<i64, DbErr> {
        let row = self.one(db).await?;
        row.ok_or_else(|| DbErr::RecordNotFound("a number".into()))?.try_get_by_index(0)
    }

    /// Runs it and counts the rows it changed.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn run(self, db: &impl ConnectionTrait) -> Result<u64, DbErr> {
        Ok(db.execute_raw(self.statement(db)).await?.rows_affected())
    }
}

impl Write for Sql {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.push(text);
        Ok(())
    }
}

impl std::fmt::Display for Sql {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl SqlWriter for Sql {
    fn push_param<T: QueryBuilder>(&mut self, value: Value, _: &T) {
        self.bind(value);
    }

    fn as_writer(&mut self) -> &mut dyn Write {
        self
    }
}

/// A value that is always the same and therefore stands in the statement itself: only so an engine can tell that an
/// index over some of the rows will do.
pub fn literal(value: impl ActiveEnum<Value = String>) -> Expr {
    Expr::Constant(value.to_value().into())
}

/// How many rows there are. Counting a column instead asks of each row whether it has a value, for which PostgreSQL
/// reads the rows themselves where an index alone could count them.
pub fn row_count() -> Expr {
    Expr::col(Asterisk).count()
}

/// What SQLite finds damaged in its file, page by page; `ok` if nothing is.
///
/// # Errors
/// Those of the database.
pub async fn quick_check(db: &impl ConnectionTrait) -> Result<Option<String>, DbErr> {
    Sql::new("PRAGMA quick_check(1)").one(db).await?.map(|row| row.try_get_by_index(0)).transpose()
}

/// What the clock of the machine of a PostgreSQL says.
///
/// # Errors
/// Those of the database.
pub async fn server_time(db: &impl ConnectionTrait) -> Result<Option<DateTime<Utc>>, DbErr> {
    Sql::new("SELECT now()").one(db).await?.map(|row| row.try_get_by_index(0)).transpose()
}

/// Leaves the key of a transaction of PostgreSQL, if it wrote anything: whether it did.
pub(super) async fn leave_key_if_written(tx: &impl ConnectionTrait, key: &str) -> Result<bool, DbErr> {
    let sql = "INSERT INTO commit_key (key, created_at)
               SELECT $1, now() WHERE pg_current_xact_id_if_assigned() IS NOT NULL";
    Ok(Sql::with(sql, [key.into()]).run(tx).await? == 1)
}

/// Leaves the key of a transaction: false if it is there already. Waits for a transaction under way that left it.
pub(super) async fn leave_key(tx: &impl ConnectionTrait, key: &str) -> Result<bool, DbErr> {
    let sql = "INSERT INTO commit_key (key, created_at) VALUES ($1, now()) ON CONFLICT DO NOTHING";
    Ok(Sql::with(sql, [key.into()]).run(tx).await? == 1)
}

/// Names of all tables, in order, those of the migrations included.
///
/// # Errors
/// Those of the database.
pub async fn tables(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let sql = match db.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        }
        _ => {
            "SELECT CAST(table_name AS TEXT) FROM information_schema.tables
             WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY 1"
        }
    };
    texts(Sql::new(sql), db).await
}

/// Columns of a table of SQLite.
pub(super) async fn columns_of_sqlite(db: &impl ConnectionTrait, table: &str) -> Result<Vec<String>, DbErr> {
    texts(Sql::with("SELECT name FROM pragma_table_info($1) ORDER BY cid", [table.into()]), db).await
}

/// Names of the migrations that ran, in order.
///
/// # Errors
/// Those of the database.
pub async fn migrations_that_ran(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    texts(Sql::new("SELECT version FROM seaql_migrations ORDER BY version"), db).await
}

async fn texts(sql: Sql, db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    sql.rows(db).await?.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Writes one state of an SQLite file into another one that is not there yet.
pub(super) async fn vacuum_into(db: &impl ConnectionTrait, file: &str) -> Result<(), DbErr> {
    Sql::with("VACUUM INTO $1", [file.into()]).run(db).await.map(drop)
}

/// Lets other sessions of PostgreSQL see what this transaction sees: the name by which they do.
pub(super) async fn export_snapshot(tx: &impl ConnectionTrait) -> Result<String, DbErr> {
    let row = Sql::new("SELECT pg_export_snapshot()").one(tx).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("a snapshot".into()))?.try_get_by_index(0)
}
