//! A mail server on loopback that speaks SMTP over a real socket and does what a test tells it to.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use stembank::config::{Secret, Smtp, SmtpTls};

/// The account that the server knows.
pub const USER: &str = "bank";
/// Its password.
pub const PASSWORD: &str = "made-up mail password";

/// What becomes of one letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// It is taken.
    Accept,
    /// The command is answered with this line.
    Answer(Stage, &'static str),
    /// It is taken, but the answer takes so long.
    Slow(Duration),
    /// The connection goes after the first bytes of the message.
    DropDuringData,
    /// It is taken, and the connection goes before the answer.
    DropAfterData,
    /// The connection goes at the first command of the letter.
    DropAtMail,
}

/// Where in a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// The end of the message.
    Message,
}

/// A letter that arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// Of the envelope.
    pub from: String,
    /// Of the envelope.
    pub to: String,
    /// Headers and text, as they were before dots were doubled.
    pub bytes: Vec<u8>,
    /// Over an encrypted connection.
    pub encrypted: bool,
    /// After signing in.
    pub signed_in: bool,
}

impl Received {
    /// A header, decoded.
    pub fn header(&self, name: &str) -> String {
        use mailparse::MailHeaderMap;
        let mail = mailparse::parse_mail(&self.bytes).unwrap();
        mail.headers.get_first_value(name).unwrap_or_else(|| panic!("no {name}: {}", self.raw()))
    }

    /// The text, decoded, with one end of line at its end.
    pub fn text(&self) -> String {
        let text = mailparse::parse_mail(&self.bytes).unwrap().get_body().unwrap().replace("\r\n", "\n");
        text.trim_end().to_owned() + "\n"
    }

    /// As it came.
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

#[derive(Default)]
struct Inner {
    script: Mutex<VecDeque<Act>>,
    received: Mutex<Vec<Received>>,
    open: Mutex<Vec<TcpStream>>,
    connections: AtomicUsize,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    away: AtomicBool,
    tls: Option<Tls>,
    /// Encrypted from the first byte.
    from_the_start: bool,
}

/// Files of a certificate and its key.
#[derive(Clone)]
pub struct Tls {
    /// Certificate, PEM.
    pub certificate: std::path::PathBuf,
    /// Key, PEM.
    pub key: std::path::PathBuf,
}

/// The server; it goes when this is dropped.
pub struct Server {
    address: SocketAddr,
    inner: Arc<Inner>,
    accepting: Mutex<Option<thread::JoinHandle<()>>>,
}

impl Server {
    /// A server without encryption.
    pub fn start() -> Self {
        Self::with(None)
    }

    /// A server; with a certificate it offers STARTTLS.
    pub fn with(tls: Option<Tls>) -> Self {
        Self::listening(Inner { tls, ..Inner::default() })
    }

    /// A server that speaks TLS from the first byte, as on port 465.
    pub fn encrypted(tls: Tls) -> Self {
        Self::listening(Inner { tls: Some(tls), from_the_start: true, ..Inner::default() })
    }

    fn listening(inner: Inner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self { address, inner: Arc::new(inner), accepting: Mutex::default() };
        server.accept(listener);
        server
    }

    /// What becomes of the next letters; all others are accepted.
    pub fn script(&self, acts: impl IntoIterator<Item = Act>) {
        self.inner.script.lock().unwrap().extend(acts);
    }

    /// Everything that arrived since the last look.
    pub fn received(&self) -> Vec<Received> {
        std::mem::take(&mut *self.inner.received.lock().unwrap())
    }

    /// Connections made so far.
    pub fn connections(&self) -> usize {
        self.inner.connections.load(Ordering::SeqCst)
    }

    /// The most connections that were open at the same time.
    pub fn most_at_once(&self) -> usize {
        self.inner.most_at_once.load(Ordering::SeqCst)
    }

    /// Closes everything: whoever connects is refused.
    pub fn go_away(&self) {
        self.inner.away.store(true, Ordering::SeqCst);
        if let Some(accepting) = self.accepting.lock().unwrap().take() {
            accepting.join().unwrap();
        }
        for stream in self.inner.open.lock().unwrap().drain(..) {
            drop(stream.shutdown(Shutdown::Both));
        }
    }

    /// Listens again at the same address.
    pub fn come_back(&self) {
        self.inner.away.store(false, Ordering::SeqCst);
        self.accept(TcpListener::bind(self.address).unwrap());
    }

    /// Settings that lead here.
    pub fn settings(&self) -> Smtp {
        Smtp {
            host: if self.inner.tls.is_some() { "localhost".into() } else { "127.0.0.1".into() },
            port: Some(self.address.port()),
            tls: match (&self.inner.tls, self.inner.from_the_start) {
                (None, _) => SmtpTls::None,
                (Some(_), false) => SmtpTls::Starttls,
                (Some(_), true) => SmtpTls::Required,
            },
            ca_file: self.inner.tls.as_ref().map(|tls| tls.certificate.clone()),
            username: Some(USER.into()),
            password: Some(Secret(PASSWORD.into())),
            from: "Made-up Bank <post@bank.example>".into(),
            timeout_seconds: 1,
            connections: 2,
            attempts: 4,
        }
    }

    fn accept(&self, listener: TcpListener) {
        let inner = self.inner.clone();
        listener.set_nonblocking(true).unwrap();
        let accepting = thread::spawn(move || {
            while !inner.away.load(Ordering::SeqCst) {
                let Ok((stream, _)) = listener.accept() else {
                    thread::sleep(Duration::from_millis(1));
                    continue;
                };
                stream.set_nonblocking(false).unwrap();
                stream.set_nodelay(true).unwrap();
                inner.open.lock().unwrap().push(stream.try_clone().unwrap());
                inner.connections.fetch_add(1, Ordering::SeqCst);
                let inner = inner.clone();
                thread::spawn(move || {
                    let open = inner.at_once.fetch_add(1, Ordering::SeqCst) + 1;
                    inner.most_at_once.fetch_max(open, Ordering::SeqCst);
                    // Whatever goes wrong ends the connection, as clients expect of servers.
                    drop(Session::new(stream.try_clone().unwrap(), &inner).run());
                    drop(stream.shutdown(Shutdown::Both));
                    inner.at_once.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        *self.accepting.lock().unwrap() = Some(accepting);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.go_away();
    }
}

struct Session<'a> {
    stream: TcpStream,
    reader: Box<dyn BufRead>,
    writer: Box<dyn Write>,
    inner: &'a Inner,
    encrypting: Option<Child>,
    signed_in: bool,
}

/// The connection ends.
struct End;

impl From<std::io::Error> for End {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

impl<'a> Session<'a> {
    fn new(stream: TcpStream, inner: &'a Inner) -> Self {
        let reader = Box::new(BufReader::new(stream.try_clone().unwrap()));
        let writer = Box::new(stream.try_clone().unwrap());
        Self { stream, reader, writer, inner, encrypting: None, signed_in: false }
    }

    fn run(&mut self) -> Result<(), End> {
        if self.inner.from_the_start {
            self.encrypt();
        }
        self.say("220 made-up.example ESMTP")?;
        loop {
            let line = self.line()?;
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => {
                    let tls = self.inner.tls.is_some() && self.encrypting.is_none();
                    self.say(if tls {
                        "250-made-up.example\r\n250-8BITMIME\r\n250 STARTTLS"
                    } else {
                        "250-made-up.example\r\n250-8BITMIME\r\n250 AUTH PLAIN"
                    })?;
                }
                "STARTTLS" => {
                    self.say("220 go on")?;
                    self.encrypt();
                }
                "AUTH" => self.sign_in(&line)?,
                "MAIL" => self.letter(&line)?,
                "NOOP" | "RSET" => self.say("250 fine")?,
                "QUIT" => return self.say("221 goodbye"),
                _ => self.say("500 what?")?,
            }
        }
    }

    fn sign_in(&mut self, line: &str) -> Result<(), End> {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let expected = STANDARD.encode(format!("\0{USER}\0{PASSWORD}"));
        self.signed_in = line == format!("AUTH PLAIN {expected}");
        self.say(if self.signed_in { "235 welcome" } else { "535 5.7.8 bank@bank.example may not enter" })
    }

    /// One letter from MAIL to the answer of its end.
    fn letter(&mut self, mail: &str) -> Result<(), End> {
        let act = self.inner.script.lock().unwrap().pop_front().unwrap_or(Act::Accept);
        let refused = |stage: Stage| match act {
            Act::Answer(at, line) if at == stage => Some(line),
            _ => None,
        };
        if act == Act::DropAtMail {
            return Err(End);
        }
        if let Some(answer) = refused(Stage::Mail) {
            return self.say(answer);
        }
        self.say("250 sender fine")?;
        let rcpt = self.line()?;
        assert!(rcpt.starts_with("RCPT TO:"), "{rcpt}");
        if let Some(answer) = refused(Stage::Rcpt) {
            return self.say(answer);
        }
        self.say("250 recipient fine")?;
        assert_eq!(self.line()?, "DATA");
        self.say("354 go on")?;
        if act == Act::DropDuringData {
            drop(self.reader.read_exact(&mut [0; 40]));
            return Err(End);
        }
        let bytes = self.message()?;
        if let Some(answer) = refused(Stage::Message) {
            return self.say(answer);
        }
        let bare = |line: &str| line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let (encrypted, signed_in) = (self.encrypting.is_some(), self.signed_in);
        let received = Received { from: bare(mail), to: bare(&rcpt), bytes, encrypted, signed_in };
        self.inner.received.lock().unwrap().push(received);
        match act {
            Act::DropAfterData => return Err(End),
            Act::Slow(time) => thread::sleep(time),
            _ => {}
        }
        self.say("250 taken")
    }

    fn message(&mut self) -> Result<Vec<u8>, End> {
        let mut bytes = vec![];
        loop {
            let mut line = vec![];
            if self.reader.read_until(b'\n', &mut line)? == 0 {
                return Err(End);
            }
            match line.as_slice() {
                b".\r\n" => return Ok(bytes),
                [b'.', rest @ ..] => bytes.extend_from_slice(rest),
                whole => bytes.extend_from_slice(whole),
            }
        }
    }

    fn line(&mut self) -> Result<String, End> {
        let mut line = String::new();
        if self.reader.read_line(&mut line)? == 0 {
            return Err(End);
        }
        Ok(line.trim_end().to_owned())
    }

    fn say(&mut self, line: &str) -> Result<(), End> {
        self.writer.write_all(format!("{line}\r\n").as_bytes())?;
        Ok(self.writer.flush()?)
    }

    /// Lets OpenSSL's server take the connection over: what it decrypts comes out of it, what goes in it encrypts.
    fn encrypt(&mut self) {
        let tls = self.inner.tls.clone().expect("it has a certificate");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut openssl = Command::new("openssl")
            .args(["s_server", "-quiet", "-naccept", "1", "-accept", &format!("127.0.0.1:{port}")])
            .arg("-cert")
            .arg(&tls.certificate)
            .arg("-key")
            .arg(&tls.key)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let inside = (0..500).find_map(|_| {
            thread::sleep(Duration::from_millis(10));
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
        let inside = inside.expect("OpenSSL listens");
        for (mut from, mut to) in [
            (self.stream.try_clone().unwrap(), inside.try_clone().unwrap()),
            (inside, self.stream.try_clone().unwrap()),
        ] {
            thread::spawn(move || {
                drop(std::io::copy(&mut from, &mut to));
                drop(to.shutdown(Shutdown::Write));
            });
        }
        self.reader = Box::new(BufReader::new(openssl.stdout.take().unwrap()));
        self.writer = Box::new(openssl.stdin.take().unwrap());
        self.encrypting = Some(openssl);
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if let Some(openssl) = &mut self.encrypting {
            drop(openssl.kill());
            drop(openssl.wait());
        }
    }
}
