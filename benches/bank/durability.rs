//! What it costs on SQLite that a change is acknowledged only once the disk has it: ours waits, the twin does not.

use crate::audit::{revoke, tokens};
use crate::engine::{Bank, Engine};
use crate::load::Figures;
use crate::measure::{Line, Ratio};
use crate::seed::{Catalogue, TOKEN, fill, requests};
use crate::{Failure, Options};
use std::ops::RangeInclusive;
use std::time::Instant;
use stembank::accounts::queries::actor_by_token;
use stembank::config::Durability;
use stembank::id::RequestLineId;
use stembank::requests::commands::ReserveVials;
use stembank::requests::model::request_line::State;

/// Lines of an import; it commits 2,000 records at a time.
const IMPORTED: usize = 2_000;
/// An import takes seconds.
const IMPORTS: usize = 3;

/// Reservations of one turn.
const RESERVED: i64 = 300;

/// Audited operations by one writer and by eight, reservations, and an import.
pub async fn measure(options: &Options) -> Result<(), Failure> {
    let [waiting, not] = [Durability::Full, Durability::Normal];
    for (writers, words) in [(1, "one writer"), (8, "eight writers")] {
        let (ours, twin) = (open("full", waiting).await?, open("normal", not).await?);
        let (our_tokens, twin_tokens) = (tokens(&ours.app).await?, tokens(&twin.app).await?);
        let mut rounds = vec![];
        for _ in 0..options.rounds {
            let our = revoke(&ours.app, &our_tokens[..writers], options).await?;
            let theirs = revoke(&twin.app, &twin_tokens[..writers], options).await?;
            rounds.push((our, theirs));
        }
        Line::of(format!("audited operation, {words}, durable / not"), "SQLite".into(), Ratio::Cost, None, &rounds);
        ours.close().await?;
        twin.close().await?;
    }
    reservations(options).await?;
    let mut rounds = vec![];
    for _ in 0..IMPORTS.min(options.rounds) {
        rounds.push((import(waiting).await?, import(not).await?));
    }
    let what = format!("import of {IMPORTED} lines, lines a second, durable / not");
    Line::of(what, "SQLite".into(), Ratio::Cost, None, &rounds);
    Ok(())
}

/// Reservations by one writer, each of another line of a request.
async fn reservations(options: &Options) -> Result<(), Failure> {
    let mut banks = vec![];
    for (name, durability) in [("full", Durability::Full), ("normal", Durability::Normal)] {
        let bank = open(name, durability).await?;
        fill(&bank, Catalogue::First(IMPORTED)).await?;
        requests(&bank).await?;
        banks.push(bank);
    }
    let mut rounds = vec![];
    for round in 0..i64::try_from(options.rounds)? {
        let lines = round * RESERVED + 1..=(round + 1) * RESERVED;
        rounds.push((reserve(&banks[0], lines.clone()).await?, reserve(&banks[1], lines).await?));
    }
    Line::of("reservation, one writer, durable / not".into(), "SQLite".into(), Ratio::Cost, None, &rounds);
    for bank in banks {
        bank.close().await?;
    }
    Ok(())
}

async fn reserve(bank: &Bank, lines: RangeInclusive<i64>) -> Result<Figures, Failure> {
    let staff = actor_by_token(&bank.app, TOKEN, None).await?.ok_or("nobody has the token")?;
    let (begun, mut waits) = (Instant::now(), vec![]);
    for line in lines {
        let asked = Instant::now();
        let reserved = bank.app.run(&staff, ReserveVials { line: RequestLineId(line) }).await?;
        if reserved.state != State::Reserved {
            return Err(format!("request line {line} waits").into());
        }
        waits.push(asked.elapsed().as_secs_f64() * 1_000.0);
    }
    let rps = waits.len() as f64 / begun.elapsed().as_secs_f64();
    waits.sort_by(f64::total_cmp);
    Ok(Figures { rps, p50: waits[waits.len() / 2], p99: waits[waits.len() * 99 / 100] })
}

async fn open(name: &str, durability: Durability) -> Result<Bank, Failure> {
    Bank::open_with(Engine::Sqlite, name, durability).await
}

async fn import(durability: Durability) -> Result<Figures, Failure> {
    let bank = open("import", durability).await?;
    let begun = Instant::now();
    fill(&bank, Catalogue::First(IMPORTED)).await?;
    let seconds = begun.elapsed().as_secs_f64();
    bank.close().await?;
    let each = 1_000.0 * seconds / IMPORTED as f64;
    Ok(Figures { rps: IMPORTED as f64 / seconds, p50: each, p99: each })
}
