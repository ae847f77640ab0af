//! Comparisons: ours and its twin in turn, medians, one line of the table each.

use crate::load::{self, Figures, Shot, Until};
use crate::{Failure, Options};
use std::net::SocketAddr;
use std::sync::Arc;

/// Connections of the load.
pub const CONNECTIONS: usize = 48;

/// What a ratio divides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ratio {
    /// Our cost over the twin's: the twin's rate over ours. 1 is as good as the twin, less is better.
    Cost,
    /// Our rate over the static answer's. 1 is as good as static, more is better.
    Rate,
}

/// How the answers of both sides are compared before they are measured; each has to repeat itself while it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// The same bytes.
    Same,
    /// A page, and the data in it: each something of its own.
    Own,
}

/// One comparison.
pub struct Comparison {
    /// What is compared.
    pub name: String,
    /// Engine and size of the bank.
    pub bank: String,
    /// How the ratio goes.
    pub ratio: Ratio,
    /// The target of the ratio, if there is one.
    pub target: Option<f64>,
    /// Where ours is served.
    pub ours: (SocketAddr, Vec<Shot>),
    /// Where the twin is served.
    pub twin: (SocketAddr, Vec<Shot>),
    /// Connections of the load.
    pub connections: usize,
    /// Whether both answer alike.
    pub answers: Answers,
}

/// A line of the table.
pub struct Line {
    name: String,
    bank: String,
    /// Ours.
    pub ours: Figures,
    twin: Figures,
    ratio: f64,
    range: (f64, f64),
    kind: Ratio,
    target: Option<f64>,
}

impl Comparison {
    /// Makes sure that both answer with the same bytes if they have to, then measures them in turn.
    pub async fn measure(self, options: &Options) -> Result<Line, Failure> {
        let (ours, theirs) = (asked(self.ours).await?, asked(self.twin).await?);
        for (our, their) in ours.1.iter().zip(theirs.1.iter()).filter(|_| self.answers == Answers::Same) {
            same(&self.name, &our.body, &their.body)?;
        }
        for shot in ours.1.iter().chain(theirs.1.iter()) {
            answered(&self.name, &shot.body)?;
        }
        let until = Until::Time { warm: options.warm, measured: options.measured };
        let mut rounds = vec![];
        for _ in 0..options.rounds {
            let our = load::run(ours.0, ours.1.clone(), self.connections, until).await?;
            let twin = load::run(theirs.0, theirs.1.clone(), self.connections, until).await?;
            rounds.push((our, twin));
        }
        Ok(Line::of(self.name, self.bank, self.ratio, self.target, &rounds))
    }
}

async fn asked((address, shots): (SocketAddr, Vec<Shot>)) -> Result<(SocketAddr, Arc<Vec<Shot>>), Failure> {
    let mut answered = vec![];
    for shot in shots {
        answered.push(shot.asked(address).await?);
    }
    Ok((address, Arc::new(answered)))
}

/// An answer of the graph that is none has status 200 all the same.
fn answered(name: &str, body: &[u8]) -> Result<(), Failure> {
    if body.is_empty() || body.starts_with(b"{\"errors\"") || body.starts_with(b"{\"data\":null") {
        return Err(format!("'{name}' is not answered: {}", String::from_utf8_lossy(body)).into());
    }
    Ok(())
}

fn same(name: &str, ours: &[u8], twin: &[u8]) -> Result<(), Failure> {
    if ours == twin {
        return Ok(());
    }
    let (ours, twin) = (String::from_utf8_lossy(ours), String::from_utf8_lossy(twin));
    Err(format!("'{name}' and its twin answer differently:\n  {ours}\n  {twin}").into())
}

impl Line {
    /// A line of rounds of both sides.
    pub fn of(name: String, bank: String, kind: Ratio, target: Option<f64>, rounds: &[(Figures, Figures)]) -> Self {
        let ratio_of = |(ours, twin): &(Figures, Figures)| match kind {
            Ratio::Cost => twin.rps / ours.rps,
            Ratio::Rate => ours.rps / twin.rps,
        };
        let ratios: Vec<f64> = rounds.iter().map(ratio_of).collect();
        let middle = |side: fn(&(Figures, Figures)) -> Figures| Figures {
            rps: median(rounds.iter().map(|round| side(round).rps)),
            p50: median(rounds.iter().map(|round| side(round).p50)),
            p99: median(rounds.iter().map(|round| side(round).p99)),
        };
        let range = ratios.iter().fold((f64::MAX, 0.0_f64), |(low, high), r| (low.min(*r), high.max(*r)));
        let (ours, twin) = (middle(|round| round.0), middle(|round| round.1));
        let line = Self { name, bank, ours, twin, ratio: median(ratios), range, kind, target };
        println!("{}", line.text());
        line
    }

    fn text(&self) -> String {
        let (ours, twin) = (&self.ours, &self.twin);
        let target = match (self.target, self.kind) {
            (None, _) => String::new(),
            (Some(target), Ratio::Cost) => format!("at most {target:.2}: {}", verdict(self.ratio <= target)),
            (Some(target), Ratio::Rate) => format!("at least {target:.2}: {}", verdict(self.ratio >= target)),
        };
        format!(
            "| {} | {} | {} | {} / {} | {} | {} / {} | **{:.2}** ({:.2} to {:.2}) | {target} |",
            self.name,
            self.bank,
            rate(ours.rps),
            millis(ours.p50),
            millis(ours.p99),
            rate(twin.rps),
            millis(twin.p50),
            millis(twin.p99),
            self.ratio,
            self.range.0,
            self.range.1,
        )
    }
}

/// The heading of the table.
pub const HEADING: &str =
    "| what | bank | ours, 1/s | p50 / p99, ms | twin, 1/s | p50 / p99, ms | ratio (range) | target |
|---|---|---:|---:|---:|---:|---:|---|";

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}

fn rate(rps: f64) -> String {
    if rps < 100.0 { format!("{rps:.1}") } else { format!("{rps:.0}") }
}

fn millis(millis: f64) -> String {
    if millis < 10.0 { format!("{millis:.2}") } else { format!("{millis:.0}") }
}

fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[n / 2],
        n => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}
