//! The arithmetic of the yearly report; pure.

use std::cmp::Reverse;
use std::ops::RangeInclusive;

/// Years of which the bank tells figures; no other number is a year.
pub const YEARS: RangeInclusive<i32> = 1900..=2200;
/// Years over which the mean goes.
pub const MEAN_YEARS: i32 = 5;

/// Percentages of counts that add to 100, by largest remainder: 36/10/3 is 74/20/6. Ties of remainders go to the larger
/// count, then to the earlier place (1/1/1 is 34/33/33). A list whose total is 0 has no percentages and comes back
/// empty.
pub fn percentages(counts: &[i64]) -> Vec<i64> {
    let total: i64 = counts.iter().sum();
    if total <= 0 {
        return vec![];
    }
    let mut percents: Vec<i64> = counts.iter().map(|count| count * 100 / total).collect();
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by_key(|&i| (Reverse(counts[i] * 100 % total), Reverse(counts[i]), i));
    let missing = 100 - percents.iter().sum::<i64>();
    for &i in order.iter().take(usize::try_from(missing).unwrap_or(0)) {
        percents[i] += 1;
    }
    percents
}

/// Mean of the five years before; unknown if any of them is.
pub fn five_year_mean(before: [Option<i64>; MEAN_YEARS as usize]) -> Option<f64> {
    let sum: i64 = before.into_iter().sum::<Option<i64>>()?;
    Some(to_f64(sum) / f64::from(MEAN_YEARS))
}

/// One figure over another; unknown if either is, or if the lower one is zero.
pub fn ratio(figure: Option<i64>, to: Option<f64>) -> Option<f64> {
    let to = to.filter(|to| *to != 0.0)?;
    Some(to_f64(figure?) / to)
}

/// Change on the year before, as a fraction: 68 to 133 is 0.956.
pub fn change(figure: Option<i64>, before: Option<i64>) -> Option<f64> {
    Some(ratio(figure, before.map(to_f64))? - 1.0)
}

#[expect(clippy::cast_precision_loss, reason = "counts of a bank stay far below 2^52")]
fn to_f64(count: i64) -> f64 {
    count as f64
}

/// A measure of a year from its two parts. `recorded` is `None` where nothing was recorded in that year; `historical`
/// where there is no published total of this measure. Parts of a year that has both kinds add, and are unknown where
/// the historical part lacks the measure.
pub fn added(year_is_known: bool, has_history: bool, recorded: Option<i64>, historical: Option<i64>) -> Option<i64> {
    match (has_history, recorded) {
        (true, None) => historical,
        (true, Some(recorded)) => historical.map(|historical| historical + recorded),
        (false, recorded) => year_is_known.then_some(recorded.unwrap_or(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shares_are_those_the_bank_published() {
        assert_eq!(percentages(&[36, 10, 3]), [74, 20, 6]);
        assert_eq!(percentages(&[1, 1, 1]), [34, 33, 33]);
        assert_eq!(percentages(&[0, 0]), Vec::<i64>::new());
        assert_eq!(percentages(&[]), Vec::<i64>::new());
        assert_eq!(percentages(&[1, 2, 1, 2, 1]), [14, 29, 14, 29, 14]);
    }

    #[test]
    fn the_figures_of_2024_are_those_the_bank_published() {
        let mean = five_year_mean([66, 80, 75, 81, 68].map(Some));
        assert_eq!(mean, Some(74.0));
        assert_eq!(format!("{:.3}", ratio(Some(133), mean).unwrap()), "1.797");
        assert_eq!(format!("{:.3}", change(Some(133), Some(68)).unwrap()), "0.956");
    }

    #[test]
    fn a_missing_year_makes_the_mean_unknown_and_never_zero() {
        assert_eq!(five_year_mean([Some(1), Some(1), None, Some(1), Some(1)]), None);
        assert_eq!(ratio(Some(3), None), None);
        assert_eq!(ratio(Some(3), Some(0.0)), None);
        assert_eq!(change(Some(3), Some(0)), None);
    }

    #[test]
    fn recorded_and_published_parts_add_only_where_both_are_there() {
        assert_eq!(added(true, true, Some(1), Some(133)), Some(134));
        assert_eq!(added(true, true, Some(1), None), None);
        assert_eq!(added(true, true, None, Some(133)), Some(133));
        assert_eq!(added(true, false, None, None), Some(0));
        assert_eq!(added(false, false, None, None), None);
    }

    proptest! {
        #[test]
        fn shares_add_to_a_hundred_and_are_off_by_less_than_one(counts in prop::collection::vec(0i64..100_000, 1..40)) {
            let percents = percentages(&counts);
            let total: i64 = counts.iter().sum();
            if total == 0 {
                prop_assert!(percents.is_empty());
            } else {
                prop_assert_eq!(percents.iter().sum::<i64>(), 100);
                for (count, percent) in counts.iter().zip(&percents) {
                    prop_assert!((percent * total - count * 100).abs() < total);
                }
            }
        }
    }
}
