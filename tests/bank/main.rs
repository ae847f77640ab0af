//! The bank's tests: one binary, run once on SQLite and once on PostgreSQL. Each test opens a bank of its own.

// Said once a module although all are tests: clippy allows `unwrap` only below a `cfg(test)`.
#[cfg(test)]
mod accounts;
#[cfg(test)]
mod administration;
#[cfg(test)]
mod approvals;
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod cast;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod conversation;
#[cfg(test)]
mod db;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod documents;
mod doors;
#[cfg(test)]
mod entities;
#[cfg(test)]
mod facets;
#[cfg(test)]
mod fields;
#[cfg(test)]
mod figures;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod foreign_keys;
mod fuzz;
#[cfg(test)]
mod handling;
#[cfg(test)]
mod history;
#[cfg(test)]
mod http;
#[cfg(test)]
mod import;
#[cfg(test)]
mod instance;
#[cfg(test)]
mod institutions;
#[cfg(test)]
mod invariants;
#[cfg(test)]
mod journey;
#[cfg(test)]
mod languages;
#[cfg(test)]
mod links;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod maintenance;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod openid;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod pages_account;
#[cfg(test)]
mod pages_admin;
#[cfg(test)]
mod pages_catalogue;
#[cfg(test)]
mod pages_desk;
#[cfg(test)]
mod pages_requests;
#[cfg(test)]
mod pages_stock;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod personal;
#[cfg(test)]
mod personal_cli;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod publication;
#[cfg(test)]
mod races;
#[cfg(test)]
mod reads;
#[cfg(test)]
mod recipient;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod reservations;
#[cfg(test)]
mod response_cache;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod rounds;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod second_factor;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod soak;
#[cfg(test)]
mod storage;
#[cfg(test)]
mod supervision;
#[cfg(test)]
mod support;
#[cfg(test)]
mod taken;
#[cfg(test)]
mod tamper;
#[cfg(test)]
mod texts;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod tour;
#[cfg(test)]
mod transitions;
#[cfg(test)]
mod upgrade;
#[cfg(test)]
mod verbs;
#[cfg(test)]
mod worklist;
