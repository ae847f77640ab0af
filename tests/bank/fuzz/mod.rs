//! Input made at random: documents, files, forms. Nothing that comes in may end the process, be answered as a fault of
//! the bank's own, take long or fill the memory. Small in every run of the tests; `make fuzz` goes on for long. A run
//! follows from its seed (`STEMBANK_FUZZ_SEED`), which it prints when it fails.

mod documents;
mod files;
mod forms;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use std::time::{Duration, Instant};

/// Far more than any input may take, without optimisation and on a machine that does other things as well.
const AT_ONCE: Duration = Duration::from_secs(8);
/// What the process may grow by, in kilobytes; looked at in a long run, where nothing else runs in it.
const GROWTH_KB: u64 = 200 * 1024;
/// Texts that went wrong somewhere, or could.
const NASTY: &[&str] = &[
    "",
    " ",
    "\0",
    "a\0b",
    "\u{202e}evil",
    "\u{200b}",
    "\u{feff}x",
    "e\u{301}",
    "\u{1100}\u{1161}",
    "=1+1",
    "＝1+1",
    "<!--<script>",
    "</script>",
    "' OR 1=1 --",
    "\\",
    "\"",
    "{{7*7}}",
    "../../etc/passwd",
    "%00",
    "%s%n",
    "ß",
    "İ",
    "ﬃ",
    "👩🏽‍🔬",
    "null",
    "true",
    "-1",
    "0",
    "99999999999999999999",
    "1e400",
    "NaN",
    "2026-02-30",
    "0001-01-01",
    "9999-12-31",
    "T-1",
    "ＴＥＳＴ-0001",
    "서울특별시",
    "kim@한국.kr",
    "a@b",
    "CVCL_IT62",
    "MONDO:0010726",
    "KR",
    "ko",
    "\r\n\r\n",
    "\u{e000}",
    "\u{10ffff}",
    "\u{fdfa}",
    "𝕬",
    "DROP TABLE person",
    "javascript:alert(1)",
    "https://ror.org/04h9pn542",
];

/// What a run is made of.
pub struct Fuzz {
    random: StdRng,
    seed: u64,
    /// How many inputs.
    amount: usize,
    resident: u64,
}

impl Fuzz {
    /// So many inputs in every run of the tests, or as many as a variable says.
    pub fn new(variable: &str, few: usize) -> Self {
        let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse().ok());
        let seed = number("STEMBANK_FUZZ_SEED").unwrap_or_else(|| rand::rng().random::<u64>() >> 16);
        let amount = number(variable).map_or(few, |amount: u64| usize::try_from(amount).expect("a number of inputs"));
        println!("{variable}: {amount} inputs of the seed {seed}");
        Self { random: StdRng::seed_from_u64(seed), seed, amount, resident: resident() }
    }

    pub fn below(&mut self, most: usize) -> usize {
        self.random.random_range(0..most.max(1))
    }

    pub fn byte(&mut self) -> u8 {
        self.random.random()
    }

    pub fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        all.choose(&mut self.random).expect("there is one to choose")
    }

    /// A text, seldom a long one.
    pub fn text(&mut self) -> String {
        let mut text = (*self.one_of::<&str>(NASTY)).to_owned();
        while self.one_in(3) {
            text += self.one_of::<&str>(NASTY);
        }
        if self.one_in(40) { text.repeat(self.below(3_000)) } else { text }
    }

    /// Looks at how long an input took, and at what it did to the memory.
    fn took(&self, begun: Instant, what: impl FnOnce() -> String) {
        let took = begun.elapsed();
        assert!(took < AT_ONCE, "{took:?}, seed {}: {:.2000}", self.seed, what());
    }

    /// The end of a run.
    fn ended(&self, variable: &str) {
        if std::env::var(variable).is_ok() {
            let growth = resident().saturating_sub(self.resident);
            println!("{variable}: {} inputs, grown by {} MiB", self.amount, growth / 1024);
            assert!(growth < GROWTH_KB, "the process grew by {growth} kB, seed {}", self.seed);
        }
    }
}

/// Kilobytes of memory of the process; 0 where the system does not tell.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
