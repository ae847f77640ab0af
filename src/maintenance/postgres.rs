//! PostgreSQL's own programs, driven and checked.

use super::contents::Contents;
use super::error::Error;
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use url::Url;

/// Where the programs connect to: the address without its password, which goes by the environment, where nobody sees
/// it.
struct Target {
    address: String,
    password: Option<String>,
}

impl Target {
    fn of(url: &str) -> Self {
        let Ok(mut parsed) = Url::parse(url) else { return Self { address: url.to_owned(), password: None } };
        let password = parsed.password().map(|text| percent_decode_str(text).decode_utf8_lossy().into_owned());
        let _ = parsed.set_password(None);
        Self { address: parsed.into(), password }
    }

    fn command(&self, program: &'static str) -> Command {
        let mut command = Command::new(program);
        command.arg(format!("--dbname={}", self.address)).env("PGCONNECT_TIMEOUT", "10").stdin(Stdio::null());
        if let Some(password) = &self.password {
            command.env("PGPASSWORD", password);
        }
        command
    }
}

/// Writes the state that a snapshot shows into a file. It goes through a pipe: the program ends if this one is killed.
pub(super) fn dump(url: &str, snapshot: &str, to: &Path) -> Result<(), Error> {
    let mut command = Target::of(url).command("pg_dump");
    command.args(["--format=custom", "--no-owner", "--no-privileges", "--schema=public", "--lock-wait-timeout=60s"]);
    command.arg(format!("--snapshot={snapshot}")).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().map_err(|cause| Error::Program("pg_dump", cause.to_string()))?;
    let unwritten = |cause| Error::File(to.into(), cause);
    let mut out = File::create_new(to).map_err(unwritten)?;
    let copied = process.stdout.take().map_or(Ok(0), |mut from| io::copy(&mut from, &mut out));
    ended("pg_dump", process)?;
    copied.and_then(|_| out.sync_all()).map_err(unwritten)
}

/// Reads a dump to its end and counts the rows of each table.
pub(super) fn check(dump: &Path, contents: &Contents) -> Result<(), Error> {
    let failed = |cause: io::Error| Error::Program("pg_restore", cause.to_string());
    let mut command = Command::new("pg_restore");
    command.arg("--file=-").arg(dump).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut process = command.spawn().map_err(failed)?;
    let counted = process.stdout.take().map(|out| count(BufReader::new(out))).transpose().map_err(failed)?;
    if !process.wait().map_err(failed)?.success() {
        return Err(Error::Differs("pg_restore".into()));
    }
    let mut counted = counted.unwrap_or_default();
    counted.retain(|table, _| contents.rows.contains_key(table));
    match contents.rows.iter().find(|(table, rows)| counted.get(*table) != Some(*rows)) {
        Some((table, _)) => Err(Error::Differs(table.clone())),
        None => Ok(()),
    }
}

/// Rows of each table in a script: the lines between its COPY and the line that ends it.
fn count(mut script: impl BufRead) -> io::Result<BTreeMap<String, u64>> {
    let mut rows = BTreeMap::new();
    let mut table: Option<String> = None;
    let mut line = vec![];
    loop {
        line.clear();
        if script.read_until(b'\n', &mut line)? == 0 {
            return Ok(rows);
        }
        match &table {
            Some(_) if line == b"\\.\n" => table = None,
            Some(name) => *rows.entry(name.clone()).or_default() += 1,
            None => {
                let text = String::from_utf8_lossy(&line);
                let name = text.strip_prefix("COPY ").and_then(|rest| rest.split(' ').next());
                table = name.filter(|_| text.ends_with("FROM stdin;\n")).map(bare);
                if let Some(name) = &table {
                    rows.entry(name.clone()).or_default();
                }
            }
        }
    }
}

/// A table's name without its schema and quotes.
fn bare(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).trim_matches('"').to_owned()
}

/// Brings a dump into an empty database: all of it, or nothing. It goes through a pipe: if this program is killed, the
/// other one finds the end too early and undoes everything.
pub(super) fn restore(url: &str, dump: &Path) -> Result<(), Error> {
    let mut command = Target::of(url).command("pg_restore");
    // The schema that an empty database has stays as it is.
    command.args(["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-comments"]);
    let list = dump.with_extension("list");
    std::fs::write(&list, without_schema(dump)?).map_err(|cause| Error::File(list.clone(), cause))?;
    command.arg("--use-list").arg(&list).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut process = command.spawn().map_err(|cause| Error::Program("pg_restore", cause.to_string()))?;
    let mut from = File::open(dump).map_err(|cause| Error::File(dump.into(), cause))?;
    let copied = process.stdin.take().map_or(Ok(0), |mut to| io::copy(&mut from, &mut to));
    // What the program says of a failure tells more than that its pipe broke.
    ended("pg_restore", process)?;
    copied.map(drop).map_err(|cause| Error::File(dump.into(), cause))
}

/// What is in a dump, but for the schema itself.
fn without_schema(dump: &Path) -> Result<String, Error> {
    let listed = run("pg_restore", Command::new("pg_restore").arg("--list").arg(dump).stdin(Stdio::null()))?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    Ok(listed
        .lines()
        .filter(|line| !line.contains(" SCHEMA - public "))
        .fold(String::new(), |all, line| all + line + "\n"))
}

fn run(program: &'static str, command: &mut Command) -> Result<Output, Error> {
    let output = command.output().map_err(|cause| Error::Program(program, cause.to_string()))?;
    succeeded(program, output)
}

fn ended(program: &'static str, process: Child) -> Result<(), Error> {
    let output = process.wait_with_output().map_err(|cause| Error::Program(program, cause.to_string()))?;
    succeeded(program, output).map(drop)
}

fn succeeded(program: &'static str, output: Output) -> Result<Output, Error> {
    if output.status.success() {
        return Ok(output);
    }
    Err(Error::Program(program, String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_does_not_stand_in_the_arguments() {
        let target = Target::of("postgres://bank:a%20secret@db.example:5433/bank?sslmode=require");
        assert_eq!(target.address, "postgres://bank@db.example:5433/bank?sslmode=require");
        assert_eq!(target.password.as_deref(), Some("a secret"));
    }

    #[test]
    fn rows_of_a_script_are_counted_by_table() {
        let script = "SET x = 1;\nCOPY public.lot (id, number) FROM stdin;\n1\tA\n2\tB\n\\.\n\n\
                      COPY public.\"order\" (id) FROM stdin;\n\\.\nSELECT 1;\n";
        let rows = count(script.as_bytes()).unwrap();
        assert_eq!(rows, BTreeMap::from([("lot".to_owned(), 2), ("order".to_owned(), 0)]));
    }
}
