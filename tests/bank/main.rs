//! The bank's tests: one binary, run once on SQLite and once on PostgreSQL. Each test opens a bank of its own.

#[cfg(test)]
mod cast;
#[cfg(test)]
mod db;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod house;
#[cfg(test)]
mod journey;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod support;
