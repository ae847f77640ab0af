//! Stands between an instance and PostgreSQL and, when told to, lets a COMMIT through and loses its answer.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Time in which PostgreSQL does a COMMIT whose answer nobody waits for.
const COMMIT_TAKES: Duration = Duration::from_millis(100);

/// The proxy; it ends with the process.
pub struct Proxy {
    address: SocketAddr,
    to_lose: Arc<AtomicUsize>,
    lost: Arc<AtomicUsize>,
}

impl Proxy {
    /// A proxy for the server of an address such as `postgres://postgres@127.0.0.1:5432/bank`.
    pub fn start(url: &str) -> Self {
        let server: SocketAddr = host(url).parse().expect("the cluster of tests is on loopback, with a port");
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (to_lose, lost) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let proxy = Self { address, to_lose: Arc::clone(&to_lose), lost: Arc::clone(&lost) };
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(server) else { continue };
                let (to_lose, lost) = (Arc::clone(&to_lose), Arc::clone(&lost));
                let (back, forth) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                thread::spawn(move || copy(back, forth));
                thread::spawn(move || copy_commands(client, server, &to_lose, &lost));
            }
        });
        proxy
    }

    /// The address by which the database is reached through it.
    pub fn url(&self, url: &str) -> String {
        url.replacen(host(url), &self.address.to_string(), 1)
    }

    /// Loses the answers to so many of the next COMMITs.
    pub fn lose_answers(&self, count: usize) {
        self.to_lose.store(count, Ordering::SeqCst);
    }

    /// Answers lost so far.
    pub fn lost(&self) -> usize {
        self.lost.load(Ordering::SeqCst)
    }
}

/// Host and port of an address of a database.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let place = rest.split(['/', '?']).next().unwrap_or_default();
    place.rsplit('@').next().unwrap_or_default()
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    drop(std::io::copy(&mut from, &mut to));
    drop(to.shutdown(Shutdown::Both));
}

fn copy_commands(mut client: TcpStream, mut server: TcpStream, to_lose: &AtomicUsize, lost: &AtomicUsize) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count @ 1..) = client.read(&mut bytes) {
        let commits = bytes[..count].windows(7).any(|part| part == b"COMMIT\0");
        let loses = commits && to_lose.try_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
        if loses {
            // The client hears nothing from here on; the server does what it was told.
            lost.fetch_add(1, Ordering::SeqCst);
            drop(client.shutdown(Shutdown::Both));
        }
        if server.write_all(&bytes[..count]).is_err() {
            break;
        }
        if loses {
            thread::sleep(COMMIT_TAKES);
            break;
        }
    }
    drop(server.shutdown(Shutdown::Both));
    drop(client.shutdown(Shutdown::Both));
}
