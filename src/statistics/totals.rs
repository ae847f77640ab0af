//! Published totals of a year, and what cannot be true of them. Pure.

use super::model::historical_total::Measure;
use crate::accounts::model::institution::Type;
use crate::import::Flaw;
use std::collections::BTreeMap;

/// A total of a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Total {
    pub(super) year: i32,
    pub(super) measure: Measure,
    /// `None`: all types together.
    pub(super) institution_type: Option<Type>,
    pub(super) value: i64,
    pub(super) source: String,
}

/// Institutions of a year: all together, and by type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Recipients {
    pub(super) all: Option<i64>,
    pub(super) by_type: BTreeMap<String, i64>,
}

impl Recipients {
    /// The parts do not add up to the whole.
    ///
    /// # Errors
    /// Both figures.
    pub(super) fn check(&self, year: i32) -> Result<(), Flaw> {
        let sum: i64 = self.by_type.values().sum();
        match self.all {
            Some(all) if !self.by_type.is_empty() && all != sum => Err(Flaw::new(
                format!("The institutions of {year} are {all}, but those of its types add up to {sum}."),
                format!("{year}년 분양 기관은 {all}개인데 유형별 기관의 합은 {sum}개입니다."),
            )),
            _ => Ok(()),
        }
    }
}

/// The total of a year that has not come to its end.
pub(super) fn unended(year: i32, this_year: i32) -> Flaw {
    Flaw::new(
        format!("{year} lies ahead: it is {this_year} now, and no total of a coming year can be published."),
        format!("{year}년은 아직 오지 않은 해입니다(올해는 {this_year}년). 앞으로 올 해의 집계는 등록할 수 없습니다."),
    )
}

/// A measure that is shown of all types together only.
pub(super) fn not_by_type(measure: &str, value: i64) -> Flaw {
    Flaw::new(
        format!("Only institutions are shown by type: '{measure}' ({value}) must stand without one."),
        format!("유형별로 표시하는 항목은 기관 수뿐입니다. {measure} 값({value})에는 기관 유형을 비워 두십시오."),
    )
}

/// A published total that would become another one without a reason.
pub(super) fn unreasoned(what: &str, before: i64, after: i64) -> Flaw {
    Flaw::new(
        format!("{what} is published as {before} and would become {after}; say why with --reason."),
        format!("{what}: 공표된 값은 {before}, 새 값은 {after}입니다. 변경하려면 --reason으로 사유를 적어 주십시오."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_whole_add_up_to_it() {
        let parts = BTreeMap::from([("university".to_owned(), 36), ("company".to_owned(), 10)]);
        let check = |all| Recipients { all, by_type: parts.clone() }.check(2024);
        assert!(check(None).is_ok() && check(Some(46)).is_ok());
        let flaw = check(Some(49)).unwrap_err();
        assert!(flaw.en.contains("49") && flaw.en.contains("46") && flaw.ko.contains("46"), "{flaw:?}");
        assert!(Recipients { all: Some(49), ..Recipients::default() }.check(2024).is_ok());
    }
}
