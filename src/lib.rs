//! stembank: the system of a national stem cell bank.
//!
//! The modules by layer, lowest first; a module imports only from layers strictly below its own:
//!
//! - [`characters`], [`csv_writer`], [`id`], [`language`]: text that comes in; tables that go out; typed keys; Korean and
//!   English
//! - [`error`], [`config`]: what can go wrong; settings
//! - [`telemetry`]: what is shown of a running bank: figures, refusals
//! - [`actor`]: who asks, and who may do what
//! - [`db`], then [`page`], [`search_words`]: the two engines; keyset paging; search words
//! - [`app`]: what the whole program shares: database, clock, settings
//! - [`idempotency`], then [`command`]: first answers; the one place that runs what changes data
//! - [`audit`], then [`mail`]: history, outbox
//! - [`import`]: what all imports of files share
//! - [`accounts`]: people, institutions, passwords, tokens
//! - [`maintenance`]: opening the database, backups and the way back from one
//! - [`health`]: whether everything the bank needs is there
//! - [`catalogue`]: lines, diseases, search, import
//! - [`inventory`]: lots, tests, vials, reservations
//! - [`response_cache`]: responses to anonymous reads, kept as bytes
//! - [`search`]: lists of lines with filters and facets
//! - [`agreements`], [`approvals`]: templates, texts, signatures; what ethics boards and others approved
//! - [`requests`]: requirements, requests, decisions, signing, reserving
//! - [`shipments`]: packing, dispatch, receipt
//! - [`personal_data`]: one's own data, given out and erased
//! - [`statistics`]: yearly figures
//! - [`graphql`], [`web`]: the outside, as a graph and as pages
//! - [`server`]: routers and timers put together
//! - [`demo`]: a bank filled for demonstration
//! - [`cli`]: the commands

pub mod accounts;
pub mod actor;
pub mod agreements;
pub mod app;
pub mod approvals;
pub mod audit;
pub mod catalogue;
pub mod characters;
pub mod cli;
pub mod command;
pub mod config;
pub mod csv_writer;
pub mod db;
pub mod demo;
pub mod error;
pub mod graphql;
pub mod health;
pub mod history;
pub mod id;
pub mod idempotency;
pub mod import;
pub mod inventory;
pub mod language;
pub mod mail;
pub mod maintenance;
pub mod page;
pub mod personal_data;
pub mod requests;
pub mod response_cache;
pub mod search;
pub mod search_words;
pub mod server;
pub mod shipments;
pub mod statistics;
pub mod telemetry;
pub mod texts;
pub mod web;
