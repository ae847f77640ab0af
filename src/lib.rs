//! stembank: the system of a national stem cell bank.
//!
//! The rooms of the house, lowest floor first; a room imports only from floors strictly below it:
//!
//! - [`id`], [`language`]: typed keys; Korean and English
//! - [`error`], [`config`]: what can go wrong; settings
//! - [`actor`]: who asks, and who may do what
//! - [`db`], then [`page`]: the two engines; keyset paging
//! - [`app`]: what every operation is given
//! - [`audit`], [`mail`]: history and outbox
//! - [`accounts`]: people, institutions, passwords, tokens
//! - [`catalogue`]: lines, diseases, search, import
//! - [`inventory`]: lots, tests, vials
//! - [`agreements`]: templates, texts, signatures
//! - [`requests`]: requirements, requests, decisions, signing, reserving
//! - [`shipments`]: packing, dispatch, receipt
//! - [`statistics`]: yearly figures
//! - [`graphql`]: the outside, as a graph
//! - [`server`]: routers and timers put together
//! - [`cli`]: the commands

// pub mod accounts;
pub mod actor;
// pub mod agreements;
pub mod app;
pub mod audit;
// pub mod catalogue;
// pub mod cli;
pub mod config;
pub mod db;
pub mod error;
// pub mod graphql;
pub mod id;
// pub mod inventory;
pub mod language;
pub mod mail;
pub mod page;
// pub mod requests;
// pub mod server;
// pub mod shipments;
// pub mod statistics;
