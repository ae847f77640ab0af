//! A small HTTP/1.1 client that keeps connections open and sends the next request as soon as an answer is in.
//!
//! It runs on a thread of its own and shares the machine's cores with the server, for both sides of a comparison alike.
//! Every answer is compared with what it has to be, byte by byte.

use crate::Failure;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request, ready to be sent, and the body that answers it.
#[derive(Clone, Debug)]
pub struct Shot {
    request: Vec<u8>,
    /// What has to come back.
    pub body: Vec<u8>,
}

impl Shot {
    /// A GET.
    pub fn get(path: &str) -> Self {
        let request = format!("GET {path} HTTP/1.1\r\nHost: bank\r\nAccept: application/json\r\n\r\n");
        Self { request: request.into_bytes(), body: vec![] }
    }

    /// A POST of JSON; a token goes with it if there is one.
    pub fn post(path: &str, json: &str, token: Option<&str>) -> Self {
        let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: bank\r\nAccept: application/json\r\nContent-Type: application/json\r\n\
             {token}Content-Length: {}\r\n\r\n{json}",
            json.len()
        );
        Self { request: request.into_bytes(), body: vec![] }
    }

    /// A GraphQL query or mutation by POST.
    pub fn graphql(document: &str, token: Option<&str>) -> Self {
        Self::post("/graphql", &serde_json::json!({ "query": document }).to_string(), token)
    }

    /// The same with the body that has to come back.
    pub fn answered(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// Sends it once and takes what comes back as the right answer.
    pub async fn asked(self, address: SocketAddr) -> Result<Self, Failure> {
        let mut connection = Connection::open(address).await?;
        let body = connection.send(&self.request).await?.to_vec();
        Ok(Self { body, ..self })
    }
}

/// How long to shoot.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    /// Around and around the shots: so long to warm up, then so long measured.
    Time {
        /// Not measured.
        warm: Duration,
        /// Measured.
        measured: Duration,
    },
    /// Each shot once.
    Spent,
}

/// What was measured.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// Answers a second.
    pub rps: f64,
    /// Median of the waiting, in milliseconds.
    pub p50: f64,
    /// 99 of 100 waited less, in milliseconds.
    pub p99: f64,
}

/// Shoots over so many connections from a thread of its own.
pub async fn run(
    address: SocketAddr,
    shots: Arc<Vec<Shot>>,
    connections: usize,
    until: Until,
) -> Result<Figures, Failure> {
    let (done, waiting) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let figures = match runtime {
            Ok(runtime) => runtime.block_on(shoot(address, shots, connections, until)),
            Err(error) => Err(error.into()),
        };
        drop(done.send(figures));
    });
    waiting.await?
}

async fn shoot(
    address: SocketAddr,
    shots: Arc<Vec<Shot>>,
    connections: usize,
    until: Until,
) -> Result<Figures, Failure> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut open = vec![];
    for _ in 0..connections {
        open.push(Connection::open(address).await?);
    }
    let begin = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for connection in open {
        tasks.spawn(worker(connection, shots.clone(), next.clone(), begin, until));
    }
    let mut waits: Vec<u32> = vec![];
    while let Some(done) = tasks.join_next().await {
        waits.extend(done??);
    }
    let measured = match until {
        Until::Time { measured, .. } => measured,
        Until::Spent => begin.elapsed(),
    };
    waits.sort_unstable();
    let part = |of: usize| waits.get((waits.len() * of / 1000).min(waits.len().saturating_sub(1)));
    let millis = |micros: Option<&u32>| f64::from(micros.copied().unwrap_or(0)) / 1000.0;
    let answers = f64::from(u32::try_from(waits.len())?);
    Ok(Figures { rps: answers / measured.as_secs_f64(), p50: millis(part(500)), p99: millis(part(990)) })
}

/// Waits of one connection, in microseconds.
async fn worker(
    mut connection: Connection,
    shots: Arc<Vec<Shot>>,
    next: Arc<AtomicUsize>,
    begin: Instant,
    until: Until,
) -> Result<Vec<u32>, Failure> {
    let mut waits = vec![];
    loop {
        let place = next.fetch_add(1, Ordering::Relaxed);
        let shot = match until {
            Until::Time { .. } => &shots[place % shots.len()],
            Until::Spent => match shots.get(place) {
                Some(shot) => shot,
                None => return Ok(waits),
            },
        };
        let sent = Instant::now();
        let body = connection.send(&shot.request).await?;
        if body != shot.body {
            let (got, wanted) = (String::from_utf8_lossy(body), String::from_utf8_lossy(&shot.body));
            return Err(format!("an answer differs:\n  {got}\nshould be\n  {wanted}").into());
        }
        let wait = u32::try_from(sent.elapsed().as_micros())?;
        match until {
            Until::Time { warm, measured } => {
                let now = begin.elapsed();
                if now > warm + measured {
                    return Ok(waits);
                }
                if now > warm {
                    waits.push(wait);
                }
            }
            Until::Spent => waits.push(wait),
        }
    }
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(1 << 16) })
    }

    /// Sends a request and reads the body of its answer, which has to be 200.
    async fn send(&mut self, request: &[u8]) -> Result<&[u8], Failure> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let body_at = loop {
            self.read().await?;
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let head = std::str::from_utf8(&self.buffer[..body_at])?;
        if !head.starts_with("HTTP/1.1 200") {
            return Err(format!("not answered with 200: {}", String::from_utf8_lossy(&self.buffer)).into());
        }
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
        });
        let end = body_at + length.ok_or("an answer without Content-Length")??;
        while self.buffer.len() < end {
            self.read().await?;
        }
        Ok(&self.buffer[body_at..end])
    }

    async fn read(&mut self) -> Result<(), Failure> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err("the server closed the connection".into()),
            _ => Ok(()),
        }
    }
}
