//! What the bank promises, tried on a fresh database a test.
//!
//! The same tests run on SQLite and, where `STEMBANK_TEST_POSTGRES` names a cluster, on PostgreSQL: see [`support`].

// Said once more although the whole file is a test: clippy allows `unwrap` only below a `cfg(test)`.
#[cfg(test)]
mod db;
#[cfg(test)]
mod house;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod support;
