//! Letters per second from the outbox to a mail server on loopback, beside a loop that does only that.

use crate::engine::Bank;
use crate::load::Figures;
use crate::measure::{Line, Ratio};
use crate::reads::now;
use crate::{Failure, Options};
use lettre::message::Mailbox;
use lettre::transport::smtp::PoolConfig;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use sea_orm::{ActiveModelTrait, ConnectionTrait, Set};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use stembank::config::{Smtp, SmtpTls};
use stembank::db::Sql;
use stembank::id::{PersonId, RequestId};
use stembank::mail::model::mail_message;
use stembank::mail::{DeliveryCounts, Letter, Worker};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Connections on both sides of the comparison.
const CONNECTIONS: usize = 2;
/// Letters that the twin reads at once, as the worker does.
const BATCH: usize = 20;

/// Fills the outbox, empties it by the worker; fills it again, empties it by the twin.
pub async fn measure(bank: &Bank, name: &str, options: &Options) -> Result<(), Failure> {
    let letters = if options.measured < Duration::from_secs(2) { 200 } else { 500 };
    let taken = Arc::new(AtomicUsize::new(0));
    let address = sink(taken.clone())?;
    let tx = bank.app.db.begin().await?;
    tx.execute_unprepared(
        "INSERT INTO person (id, email, name, locale, created_at, made_up)
         VALUES (1, 'made-up@example.org', 'Made up', 'ko', '2026-01-01T00:00:00+00:00', TRUE)",
    )
    .await?;
    tx.commit().await?;
    let settings = Smtp {
        host: address.ip().to_string(),
        port: Some(address.port()),
        tls: SmtpTls::None,
        ca_file: None,
        username: None,
        password: None,
        from: "Made-up Bank <post@bank.example>".into(),
        timeout_seconds: 30,
        connections: CONNECTIONS,
        attempts: 12,
    };
    let worker = Worker::new(bank.app.clone(), &settings)?;
    let mut rounds = vec![];
    for _ in 0..=options.rounds {
        fill(bank, letters).await?;
        let ours = ours(&worker).await?;
        fill(bank, letters).await?;
        rounds.push((ours, twin(bank, address).await?));
    }
    let all = letters * 2 * (options.rounds + 1);
    let sent = Sql::new("SELECT count(*) FROM mail_message WHERE state = 'sent'").number(bank.app.db.read()).await?;
    if taken.load(Ordering::SeqCst) != all || usize::try_from(sent)? != all {
        return Err(format!("{all} letters, {sent} sent, {taken:?} received").into());
    }
    // The first round warmed caches and connections.
    Line::of("mail, two connections".into(), name.into(), Ratio::Cost, None, &rounds[1..]);
    Ok(())
}

async fn fill(bank: &Bank, letters: usize) -> Result<(), Failure> {
    let tx = bank.app.db.begin().await?;
    for request in 1..=letters {
        let letter = Letter::RequestSubmitted { request: format!("REQ-2026-{request:05}") };
        let row = mail_message::ActiveModel {
            created_at: Set(bank.app.clock.now()),
            recipient_id: Set(PersonId(1)),
            event: Set(letter.kind().name().to_owned()),
            subject_kind: Set(RequestId::KIND.to_owned()),
            subject_id: Set(i64::try_from(request)?),
            detail: Set(letter.detail()),
            ..Default::default()
        };
        row.insert(&*tx).await?;
    }
    Ok(tx.commit().await?)
}

/// Letters per second; the waits are those of a batch.
fn figures(letters: usize, begun: Instant, mut batches: Vec<f64>) -> Result<Figures, Failure> {
    let rps = f64::from(u32::try_from(letters)?) / begun.elapsed().as_secs_f64();
    batches.sort_by(f64::total_cmp);
    let part = |of: usize| batches.get((batches.len() * of / 100).min(batches.len().saturating_sub(1))).copied();
    Ok(Figures { rps, p50: part(50).unwrap_or(0.0), p99: part(99).unwrap_or(0.0) })
}

async fn ours(worker: &Worker) -> Result<Figures, Failure> {
    let (begun, mut batches, mut letters) = (Instant::now(), vec![], 0);
    loop {
        let batch = Instant::now();
        let round = worker.round().await?;
        if round == DeliveryCounts::default() {
            return figures(letters, begun, batches);
        }
        letters += round.sent;
        batches.push(batch.elapsed().as_secs_f64() * 1000.0);
    }
}

/// Read some rows, send each by the library's own pool, write each down.
async fn twin(bank: &Bank, address: SocketAddr) -> Result<Figures, Failure> {
    let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(address.ip().to_string())
        .port(address.port())
        .pool_config(PoolConfig::new().max_size(u32::try_from(CONNECTIONS)?))
        .build();
    let (begun, mut batches, mut letters) = (Instant::now(), vec![], 0);
    loop {
        let batch = Instant::now();
        let sql = "SELECT m.id, p.email, p.name FROM mail_message m JOIN person p ON p.id = m.recipient_id
                   WHERE m.state = 'queued' ORDER BY m.id LIMIT 20";
        let rows = bank.pool.rows(sql, &[]).await?;
        if rows.is_empty() {
            return figures(letters, begun, batches);
        }
        letters += rows.len();
        let mut waiting = vec![];
        for row in &rows {
            waiting.push((row.get::<i64>(0)?, row.get::<String>(1)?, row.get::<String>(2)?));
        }
        let lanes = waiting.chunks(BATCH.div_ceil(CONNECTIONS)).map(|lane| send(bank, &transport, lane));
        futures_util::future::try_join_all(lanes).await?;
        batches.push(batch.elapsed().as_secs_f64() * 1000.0);
    }
}

async fn send(
    bank: &Bank,
    transport: &AsyncSmtpTransport<Tokio1Executor>,
    lane: &[(i64, String, String)],
) -> Result<(), Failure> {
    for (id, email, name) in lane {
        let from: Mailbox = "Made-up Bank <post@bank.example>".parse()?;
        let text = format!("{name} 님께\n\n분양 신청이 접수되었습니다.\n\n은행의 차례입니다.\n");
        let message = Message::builder()
            .from(from)
            .to(Mailbox::new(Some(name.clone()), email.parse()?))
            .subject("분양 신청이 접수되었습니다")
            .message_id(Some(format!("<{id}@bank.example>")))
            .body(text)?;
        transport.send(message).await?;
        let mut tx = bank.pool.begin().await?;
        let sql = "UPDATE mail_message SET state = 'sent', sent_at = $2 WHERE id = $1";
        tx.rows(sql, &[(*id).into(), now()]).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A mail server that takes everything, on a thread of its own. It counts the letters.
fn sink(taken: Arc<AtomicUsize>) -> Result<SocketAddr, Failure> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(move || {
        runtime.block_on(async move {
            let Ok(listener) = TcpListener::from_std(listener) else { return };
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, taken.clone()));
            }
        });
    });
    Ok(address)
}

async fn talk(stream: TcpStream, taken: Arc<AtomicUsize>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    writer.write_all(b"220 sink\r\n").await?;
    let (mut line, mut in_letter) = (String::new(), false);
    while reader.read_line(&mut line).await? > 0 {
        let answer = match line.trim_end() {
            "." if in_letter => {
                in_letter = false;
                taken.fetch_add(1, Ordering::SeqCst);
                "250 taken\r\n"
            }
            _ if in_letter => "",
            "DATA" => {
                in_letter = true;
                "354 go on\r\n"
            }
            hello if hello.starts_with("EHLO") => "250-sink\r\n250 8BITMIME\r\n",
            _ => "250 fine\r\n",
        };
        writer.write_all(answer.as_bytes()).await?;
        line.clear();
    }
    Ok(())
}
