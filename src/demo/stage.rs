//! The clock of the made-up past.

use crate::app::{App, Clock};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

/// When the demonstration's bank begins: 2 January 2024, ten in the morning in Seoul.
pub(super) const BEGINNING: DateTime<Utc> = day(2024, 1, 2);
/// Ten in the morning in Seoul.
const MORNING: NaiveTime = NaiveTime::from_hms_opt(1, 0, 0).expect("one o'clock is a time of day");

/// The bank with a clock that is led through the past.
pub(super) struct Stage {
    /// What operations are given; its clock stands until [`Stage::go`].
    pub app: App,
    /// The instant at which the demonstration is filled: nothing happens later.
    pub now: DateTime<Utc>,
}

impl Stage {
    /// The same bank with a stopped clock.
    pub fn new(app: &App) -> Self {
        let now = app.clock.now();
        Self { app: App { clock: Clock::stopped_at(now), ..app.clone() }, now }
    }

    /// Moves the clock, at most to now.
    pub fn go(&self, at: DateTime<Utc>) {
        self.app.clock.set(at.min(self.now));
    }
}

/// Ten in the morning in Seoul of a day.
pub(super) const fn day(year: i32, month: u32, day: u32) -> DateTime<Utc> {
    let date = NaiveDate::from_ymd_opt(year, month, day).expect("the demonstration's days are in the calendar");
    date.and_time(MORNING).and_utc()
}
