//! How long a letter waits before it is tried again.

use chrono::Duration;

/// The first pause, in seconds.
const FIRST: i64 = 60;
/// The longest pause of a letter, in seconds.
const LONGEST: i64 = 6 * 60 * 60;
/// The longest pause while the mail server cannot be used at all, in seconds: it is short, for no letter counts it.
const LONGEST_OUTAGE: i64 = 15 * 60;

/// The pause after so many attempts, 1 and on: one minute, doubling up to six hours, times 0.8 to 1.2 by `chance`, a
/// number from 0 to 1.
pub(super) fn after_attempts(attempts: i32, chance: f64) -> Duration {
    pause(attempts, LONGEST, chance)
}

/// The pause after so many failures in a row to reach the mail server: one minute, doubling up to a quarter of an hour,
/// times 0.8 to 1.2 by `chance`.
pub(super) fn after_outages(outages: u32, chance: f64) -> Duration {
    pause(i32::try_from(outages).unwrap_or(i32::MAX), LONGEST_OUTAGE, chance)
}

fn pause(times: i32, longest: i64, chance: f64) -> Duration {
    let doublings = u32::try_from(times.clamp(1, 20) - 1).unwrap_or(0);
    let seconds = (FIRST << doublings).min(longest);
    Duration::milliseconds((seconds as f64 * 1000.0 * (0.8 + 0.4 * chance.clamp(0.0, 1.0))) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_from_a_minute_to_six_hours() {
        let minutes = |attempts| after_attempts(attempts, 0.5).num_minutes();
        let all: Vec<_> = (1..=11).map(minutes).collect();
        assert_eq!(all, [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]);
        assert_eq!(minutes(i32::MAX), 360);
        assert_eq!(after_outages(9, 0.5).num_minutes(), 15);
    }

    #[test]
    fn chance_spreads_a_pause_by_a_fifth() {
        assert_eq!(after_attempts(1, 0.0).num_seconds(), 48);
        assert_eq!(after_attempts(1, 1.0).num_seconds(), 72);
    }
}
