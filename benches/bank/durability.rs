//! What it costs on SQLite that a change is acknowledged only once the disk has it: ours waits, the twin does not.

use crate::audit::{revoke, tokens};
use crate::engine::{Bank, Engine};
use crate::load::Figures;
use crate::measure::{Line, Ratio};
use crate::seed::{Catalogue, fill};
use crate::{Failure, Options};
use std::time::Instant;
use stembank::config::Durability;

/// Lines of an import; it commits 2,000 records at a time.
const IMPORTED: usize = 2_000;
/// An import takes seconds.
const IMPORTS: usize = 3;

/// Audited operations by one writer and by eight, and an import.
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
    let mut rounds = vec![];
    for _ in 0..IMPORTS.min(options.rounds) {
        rounds.push((import(waiting).await?, import(not).await?));
    }
    let what = format!("import of {IMPORTED} lines, lines a second, durable / not");
    Line::of(what, "SQLite".into(), Ratio::Cost, None, &rounds);
    Ok(())
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
