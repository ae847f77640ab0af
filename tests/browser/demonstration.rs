//! A demonstration bank of its own for each test that changes something: the program as a newcomer starts it.

use serde_json::Value;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a demonstration may take to be there; it fills itself first, and others do so at the same time.
const START: Duration = Duration::from_secs(180);

/// One running `stembank demo`.
pub struct Demonstration {
    process: Child,
    /// `http://127.0.0.1:PORT`
    pub address: String,
    folder: TempDir,
}

/// Somebody of the demonstration, as `demo-access.json` tells.
#[derive(Clone, Debug)]
pub struct Access {
    /// E-mail.
    pub email: String,
    /// Password.
    pub password: String,
}

impl Demonstration {
    /// Starts one and waits until it is ready. The filled bank is copied from one that was filled once.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let template = filled().await;
        for file in std::fs::read_dir(&template).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
        }
        Self::run(folder).await
    }

    async fn run(folder: TempDir) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("http://127.0.0.1:{port}");
        let process = Command::new(env!("CARGO_BIN_EXE_stembank"))
            .args(["demo", "--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(folder.path())
            .env("RUST_LOG", "warn")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut bank = Self { process, address, folder };
        bank.wait(port).await;
        bank
    }

    async fn wait(&mut self, port: u16) {
        let begun = Instant::now();
        while begun.elapsed() < START {
            assert_eq!(self.process.try_wait().unwrap(), None, "the demonstration ended by itself");
            if is_ready(port).await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the demonstration is not ready after {START:?}");
    }

    /// Somebody by their role.
    pub fn access(&self, role: &str) -> Access {
        let text = std::fs::read_to_string(self.folder.path().join("demo-access.json")).unwrap();
        let people: Vec<Value> = serde_json::from_str(&text).unwrap();
        let person = people.iter().find(|person| person["role"] == role).expect("the role is documented");
        let field = |name: &str| person[name].as_str().unwrap().to_owned();
        Access { email: field("email"), password: field("password") }
    }
}

impl Drop for Demonstration {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn is_ready(port: u16) -> bool {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let Ok(mut socket) = tokio::net::TcpStream::connect(("127.0.0.1", port)).await else { return false };
    let ask = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut answer = String::new();
    socket.write_all(ask.as_bytes()).await.is_ok()
        && socket.read_to_string(&mut answer).await.is_ok()
        && answer.starts_with("HTTP/1.1 200")
}

/// The folder of a demonstration that was filled and stopped; all others are copies of it.
async fn filled() -> PathBuf {
    static FILLED: tokio::sync::OnceCell<TempDir> = tokio::sync::OnceCell::const_new();
    let folder = FILLED.get_or_init(async || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        let bank = Demonstration::run(folder).await;
        stop(&bank);
        let copy = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(&path).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
        copy
    });
    folder.await.path().to_owned()
}

/// Asks the program to end, as Ctrl-C does, and waits until it has: then its database is whole.
fn stop(bank: &Demonstration) {
    let pid = bank.process.id().to_string();
    let signalled = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    assert!(signalled.success());
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) && PathBuf::from(format!("/proc/{pid}/cmdline")).exists() {
        let is_over = std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.is_empty());
        if is_over {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
