//! The bank's database as a whole: what each command does to what stands at an address, copies and the way back.

mod backup;
mod killed;
mod opening;

use crate::support::Bank;
use std::path::Path;
use std::process::{Command, Output};

/// The program, on an address.
fn command(url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stembank"));
    command.args(arguments).args(["--config", "/dev/null/none.toml"]).env("BANK_DATABASE_URL", url);
    command.env("LANG", "en_US.UTF-8").env("RUST_LOG", "error").stdin(std::process::Stdio::null());
    command
}

/// What it says and how it ends.
fn stembank(url: &str, arguments: &[&str]) -> Output {
    command(url, arguments).output().unwrap()
}

/// Its words; standard output, then standard error.
fn words(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

/// It ended well.
fn done(url: &str, arguments: &[&str]) -> String {
    let output = stembank(url, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", words(&output));
    words(&output)
}

/// It failed, and said so.
fn refused(url: &str, arguments: &[&str]) -> String {
    let output = stembank(url, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", words(&output));
    words(&output)
}

fn sqlite(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

fn url(bank: &Bank) -> &str {
    &bank.app.config.database_url
}
