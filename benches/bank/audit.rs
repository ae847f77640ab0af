//! Audited operations by eight writers, while the sealer runs beside them as in the service, and without it.

use crate::engine::Bank;
use crate::load::Figures;
use crate::measure::{Line, Ratio};
use crate::{Failure, Options};
use std::time::{Duration, Instant};
use stembank::accounts::commands::{IssueApiToken, NewAccount, WithdrawApiToken};
use stembank::actor::Actor;
use stembank::app::App;
use stembank::audit::sealer;
use stembank::audit::verify::{Verdict, verify};
use stembank::db::Sql;
use stembank::id::TokenId;
use stembank::language::Lang;

/// Writers at the same time, each with a row of its own.
const WRITERS: usize = 8;
/// How often the service seals.
const SEAL_EVERY: Duration = Duration::from_millis(500);

/// Revokes tokens again and again: one row changed and one event each. Ours is with the sealer, the twin without.
pub async fn measure(bank: &Bank, name: &str, options: &Options) -> Result<(), Failure> {
    let app = &bank.app;
    let tokens = tokens(app).await?;
    let mut rounds = vec![];
    for _ in 0..options.rounds {
        let sealing = tokio::spawn(keep_sealing(app.clone()));
        let with = revoke(app, &tokens, options).await;
        sealing.abort();
        sealer::seal(app).await?;
        let without = revoke(app, &tokens, options).await?;
        // What the round without left behind is not the next one's work.
        sealer::seal(app).await?;
        rounds.push((with?, without));
    }
    Line::of("audited operation, eight writers, sealed / not".into(), name.into(), Ratio::Cost, None, &rounds);
    check(app).await
}

/// A token for each writer.
pub async fn tokens(app: &App) -> Result<Vec<TokenId>, Failure> {
    let (actor, email) = (Actor::system("bench"), "somebody@bench.invalid");
    let account = NewAccount {
        email: email.into(),
        name: "Made-up somebody".into(),
        lang: Lang::En,
        institution: None,
        password: None,
        grants: vec![],
        made_up: true,
    };
    app.run_prepared(&actor, account).await?;
    let mut tokens = vec![];
    for n in 0..WRITERS {
        let issue = IssueApiToken::with_every_scope(email, format!("bench {n}"));
        tokens.push(app.run(&actor, issue).await?.id);
    }
    Ok(tokens)
}

async fn keep_sealing(app: App) {
    let mut every = tokio::time::interval(SEAL_EVERY);
    loop {
        every.tick().await;
        if let Err(error) = sealer::seal(&app).await {
            eprintln!("sealing: {error}");
        }
    }
}

/// Every writer as fast as it can, first to warm up and then measured.
pub async fn revoke(app: &App, tokens: &[TokenId], options: &Options) -> Result<Figures, Failure> {
    let begin = Instant::now() + options.warm;
    let end = begin + options.measured;
    let mut writers = tokio::task::JoinSet::new();
    for token in tokens.iter().copied() {
        let app = app.clone();
        writers.spawn(async move {
            let (actor, mut waits) = (Actor::system("bench"), vec![]);
            while Instant::now() < end {
                let asked = Instant::now();
                app.run(&actor, WithdrawApiToken { token }).await?;
                if asked >= begin {
                    waits.push(asked.elapsed().as_secs_f64() * 1_000.0);
                }
            }
            Ok::<_, stembank::accounts::Error>(waits)
        });
    }
    let mut waits = vec![];
    while let Some(done) = writers.join_next().await {
        waits.extend(done??);
    }
    waits.sort_by(f64::total_cmp);
    let share = |of_hundred: usize| waits.get(waits.len() * of_hundred / 100).copied().unwrap_or_default();
    Ok(Figures { rps: waits.len() as f64 / options.measured.as_secs_f64(), p50: share(50), p99: share(99) })
}

/// Every event has its place, and the chain is intact.
async fn check(app: &App) -> Result<(), Failure> {
    let begun = Instant::now();
    let events = Sql::new("SELECT count(*) FROM audit_event").number(app.db.read()).await?;
    match verify(app, &Actor::system("bench"), None).await? {
        Verdict::Intact(report) if report.events == events => {
            let rate = events as f64 / begun.elapsed().as_secs_f64();
            eprintln!("verified {events} events, {rate:.0} a second");
            Ok(())
        }
        Verdict::Intact(report) => Err(format!("{} of {events} events are sealed", report.events).into()),
        Verdict::Broken(broken) => Err(broken.say(Lang::En).into()),
    }
}
