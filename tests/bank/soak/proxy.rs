//! Stands between an instance and PostgreSQL and, when told to, lets a COMMIT through and loses its answer.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Time in which PostgreSQL does a COMMIT whose answer nobody waits for.
const COMMIT_TAKES: Duration = Duration::from_millis(100);

/// The proxy; it ends with the process.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Answers to COMMIT that are to be lost.
    to_lose: AtomicUsize,
    lost: AtomicUsize,
    /// With the next answer that is lost the server is away.
    then_goes: AtomicBool,
    away: AtomicBool,
    /// Both ends of every connection, by the address of the client.
    open: Mutex<HashMap<SocketAddr, [TcpStream; 2]>>,
    /// Where it leads.
    server: Mutex<Option<SocketAddr>>,
}

impl Shared {
    fn go_away(&self) {
        self.away.store(true, Ordering::SeqCst);
        for (_, ends) in self.open.lock().unwrap().drain() {
            ends.iter().for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
        }
    }
}

impl Proxy {
    /// A proxy for the server of an address such as `postgres://postgres@127.0.0.1:5432/bank`.
    pub fn start(url: &str) -> Self {
        let server: SocketAddr = host(url).parse().expect("the cluster of tests is on loopback, with a port");
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        *shared.server.lock().unwrap() = Some(server);
        let proxy = Self { address, shared: Arc::clone(&shared) };
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if shared.away.load(Ordering::SeqCst) {
                    continue;
                }
                let server = shared.server.lock().unwrap().expect("it leads somewhere");
                let Ok(server) = TcpStream::connect(server) else { continue };
                let Ok(from) = client.peer_addr() else { continue };
                let ends = [client.try_clone().unwrap(), server.try_clone().unwrap()];
                shared.open.lock().unwrap().insert(from, ends);
                let (back, forth) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                thread::spawn(move || copy(back, forth));
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    copy_commands(client, server, &shared);
                    shared.open.lock().unwrap().remove(&from);
                });
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
        self.shared.to_lose.store(count, Ordering::SeqCst);
    }

    /// Loses the answer to the next COMMIT; nobody reaches the server after it.
    pub fn lose_answer_and_go_away(&self) {
        self.shared.then_goes.store(true, Ordering::SeqCst);
        self.lose_answers(1);
    }

    /// Ends all connections, and lets nobody connect.
    pub fn go_away(&self) {
        self.shared.go_away();
    }

    /// Leads to another server from now on, as an address that follows the primary does.
    pub fn lead_to(&self, server: SocketAddr) {
        *self.shared.server.lock().unwrap() = Some(server);
        self.shared.go_away();
        self.come_back();
    }

    /// Lets everybody connect again.
    pub fn come_back(&self) {
        self.shared.away.store(false, Ordering::SeqCst);
    }

    /// Answers lost so far.
    pub fn lost(&self) -> usize {
        self.shared.lost.load(Ordering::SeqCst)
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

fn copy_commands(mut client: TcpStream, mut server: TcpStream, shared: &Shared) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count @ 1..) = client.read(&mut bytes) {
        let commits = bytes[..count].windows(7).any(|part| part == b"COMMIT\0");
        let one_less = |n: usize| n.checked_sub(1);
        let loses = commits && shared.to_lose.try_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok();
        if loses {
            // The client hears nothing from here on; the server does what it was told.
            shared.lost.fetch_add(1, Ordering::SeqCst);
            if shared.then_goes.swap(false, Ordering::SeqCst) {
                shared.away.store(true, Ordering::SeqCst);
            }
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
