//! How long the record of a provision is kept.

use crate::app::seoul_date;
use crate::language::Lang;
use chrono::{DateTime, Months, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Asia::Seoul;

/// Years for which the record of a provision is kept after its last step.
///
/// The ledger of human-derived material given to others (Form 35: date, amount, giver, taker) is kept for five years:
/// Bioethics and Safety Act art. 38 with Enforcement Rule art. 35(5); a biobank's likewise, art. 41(4). For embryonic
/// lines art. 31(2) asks for a ledger (Form 31) and names no term; the bank keeps it as long.
pub const KEPT_YEARS: u32 = 5;

/// Last day in Asia/Seoul on which a record is kept whose last step was at an instant.
pub fn kept_until(last: DateTime<Utc>) -> NaiveDate {
    seoul_date(last).checked_add_months(Months::new(12 * KEPT_YEARS)).unwrap_or(NaiveDate::MAX)
}

/// The instant from which on a last step still keeps its record today: midnight in Seoul, five years ago.
pub fn still_kept_from(today: NaiveDate) -> DateTime<Utc> {
    let day = today.checked_sub_months(Months::new(12 * KEPT_YEARS)).unwrap_or(NaiveDate::MIN);
    let midnight = day.and_time(NaiveTime::MIN);
    Seoul.from_local_datetime(&midnight).earliest().map_or(midnight.and_utc(), |at| at.to_utc())
}

/// The law behind [`KEPT_YEARS`], for a reader.
pub fn legal_basis(lang: Lang) -> &'static str {
    lang.pick(
        "Bioethics and Safety Act art. 38; Enforcement Rule arts 31(2) and 35(5): ledgers of provision, kept 5 years",
        "생명윤리 및 안전에 관한 법률 제38조, 같은 법 시행규칙 제31조제2항 및 제35조제5항: 제공대장 5년 보관",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_kept_through_its_last_day_in_seoul() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for at in ["2024-02-28T15:00:00Z", "2026-03-02T03:00:00Z", "2026-12-31T14:59:59Z", "2026-12-31T15:00:00Z"] {
            let at: DateTime<Utc> = at.parse().unwrap();
            let last = kept_until(at);
            assert!(at >= still_kept_from(last), "{at} on {last}");
            assert!(at < still_kept_from(last.succ_opt().unwrap()), "{at} after {last}");
        }
        assert_eq!(kept_until("2026-12-31T15:00:00Z".parse().unwrap()), day("2032-01-01"));
    }
}
