//! `stembank demo`: a bank to look at, from any folder, with nothing to configure.

use super::{Failure, serve_then_close};
use crate::accounts::demo_accounts::{ACCESS, as_json};
use crate::config::Config;
use crate::demo::place;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;

/// The ways in, beside the bank.
const ACCESS_FILE: &str = "demo-access.json";

/// Serves a bank for showing, filled with real records and made-up people, stock and requests.
///
/// The ways in are fixed and known to everybody, so it listens on this machine only. Settings of a real bank
/// (stembank.toml, BANK_* variables) are not read.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// Address to listen on; on this machine only.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Folder of the bank; made if it is not there.
    #[arg(long, value_name = "DIR", default_value = "demo-data")]
    pub data: PathBuf,
    /// Throw the demonstration in the folder away and start anew.
    #[arg(long)]
    pub reset: bool,
}

/// Fills the bank if needed, prints the ways in, and serves until it is told to stop.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let asked = arguments.listen;
    if !asked.ip().is_loopback() {
        return Err(Failure::new(format!(
            "a demonstration listens on this machine only, because its passwords are published; {asked} is not on \
             loopback, use 127.0.0.1 or [::1]"
        )));
    }
    // The address first: whoever cannot have it should not wait for the filling.
    let unreachable = |error: io::Error| Failure::at(format!("cannot listen on {asked}"))(&error);
    let listener = TcpListener::bind(asked).await.map_err(unreachable)?;
    let listen = listener.local_addr().map_err(unreachable)?;
    let config = Config { listen, public_url: format!("http://{listen}"), graphiql: true, ..Config::default() };
    let demo = place::open(&arguments.data, arguments.reset, config).await?;
    let file = arguments.data.join(ACCESS_FILE);
    write_access(&file).map_err(|error| Failure::at(format!("cannot write {}", file.display()))(&error))?;
    // A closed standard output is no reason not to serve.
    drop(print(listen));
    serve_then_close(demo.app.clone(), listener).await
}

fn print(address: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for access in ACCESS {
        writeln!(out, "{}", access.line())?;
    }
    writeln!(out, "http://{address}/graphql (GraphiQL: http://{address}/graphiql); what is made up is marked so")?;
    out.flush()
}

/// Writes the ways in for the owner's eyes only; what was there before is replaced, with its permissions.
fn write_access(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(as_json().as_bytes())
}
