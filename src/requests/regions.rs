//! The provinces and metropolitan cities of Korea (시·도), as addresses name them, each with the days on which its name was
//! valid: they are renamed and united, and statistics over such a day say so.

use crate::language::Lang;
use chrono::NaiveDate;

/// A province or metropolitan city under one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its official name, by which it is kept.
    pub ko: &'static str,
    /// Its English name.
    pub en: &'static str,
    /// Its first day, if it is a later one than those of the bank.
    from: Option<(i32, u32, u32)>,
    /// What it became.
    later: Option<&'static str>,
}

const fn always(ko: &'static str, en: &'static str) -> Region {
    Region { ko, en, from: None, later: None }
}

const fn since(from: (i32, u32, u32), ko: &'static str, en: &'static str) -> Region {
    Region { ko, en, from: Some(from), later: None }
}

const fn until(later: &'static str, ko: &'static str, en: &'static str) -> Region {
    Region { ko, en, from: None, later: Some(later) }
}

const UNITED: &str = "전남광주통합특별시";
const GANGWON: &str = "강원특별자치도";
const JEONBUK: &str = "전북특별자치도";

/// In the order in which the state lists them. Sources: the special acts that set up 강원특별자치도 (in force on 11 June
/// 2023), 전북특별자치도 (18 January 2024) and 전남광주통합특별시 (1 July 2026).
const REGIONS: [Region; 20] = [
    always("서울특별시", "Seoul"),
    always("부산광역시", "Busan"),
    always("대구광역시", "Daegu"),
    always("인천광역시", "Incheon"),
    until(UNITED, "광주광역시", "Gwangju"),
    always("대전광역시", "Daejeon"),
    always("울산광역시", "Ulsan"),
    since((2026, 7, 1), UNITED, "Jeonnam-Gwangju"),
    always("세종특별자치시", "Sejong"),
    always("경기도", "Gyeonggi"),
    until(GANGWON, "강원도", "Gangwon"),
    since((2023, 6, 11), GANGWON, "Gangwon"),
    always("충청북도", "North Chungcheong"),
    always("충청남도", "South Chungcheong"),
    until(JEONBUK, "전라북도", "North Jeolla"),
    since((2024, 1, 18), JEONBUK, "Jeonbuk"),
    until(UNITED, "전라남도", "South Jeolla"),
    always("경상북도", "North Gyeongsang"),
    always("경상남도", "South Gyeongsang"),
    always("제주특별자치도", "Jeju"),
];

impl Region {
    fn begins(self) -> NaiveDate {
        self.from.and_then(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day)).unwrap_or(NaiveDate::MIN)
    }

    /// What it is called on a day.
    fn on(self, day: NaiveDate) -> Self {
        match self.later.and_then(official) {
            Some(later) if later.begins() <= day => later,
            _ => self,
        }
    }

    fn is_valid(self, day: NaiveDate) -> bool {
        self.begins() <= day && self.on(day) == self
    }
}

fn official(name: &str) -> Option<Region> {
    REGIONS.into_iter().find(|region| region.ko == name)
}

/// The official name, on a day, of a region that somebody names in any of its ways: by the name of another time, in
/// English, or by a city that is a region of its own (`Seoul` and `서울` are 서울특별시). `None` if there is no such region.
pub fn named(text: &str, day: NaiveDate) -> Option<&'static str> {
    let text = text.trim();
    let is = |region: &Region| {
        let short = region.ko.strip_prefix(text).is_some_and(|rest| rest.ends_with('시'));
        region.ko == text || (!text.is_empty() && (region.en.eq_ignore_ascii_case(text) || short))
    };
    REGIONS.into_iter().find(is).map(|region| region.on(day).ko)
}

/// Those of a day as choices: what is kept, and what a person reads. What is kept already and is none of them stays a
/// choice.
pub fn choices(lang: Lang, day: NaiveDate, kept: &str, none: String) -> Vec<(String, String)> {
    let read = |region: Region| match lang {
        Lang::Ko => region.ko.to_owned(),
        // As the address has it, so that it can be compared.
        Lang::En => format!("{} ({})", region.en, region.ko),
    };
    let valid = REGIONS.into_iter().filter(|region| region.is_valid(day));
    let other = Some(kept).filter(|kept| !kept.is_empty() && named(kept, day) != Some(*kept));
    let first = [(String::new(), none)].into_iter();
    let named = valid.map(|region| (region.ko.to_owned(), read(region)));
    first.chain(named).chain(other.map(|other| (other.to_owned(), other.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_region_is_known_by_each_of_its_names() {
        let today = day("2026-11-27");
        assert_eq!((named("Seoul", today), named("대전", today)), (Some("서울특별시"), Some("대전광역시")));
        assert_eq!((named("Suwon", today), named(" ", today), named("도", today)), (None, None, None));
        assert_eq!(named("전라북도", today), Some("전북특별자치도"));
    }

    #[test]
    fn a_region_has_the_name_of_the_day() {
        for (name, on, called) in [
            ("광주광역시", "2026-06-30", "광주광역시"),
            ("광주광역시", "2026-07-01", "전남광주통합특별시"),
            ("전라남도", "2026-07-01", "전남광주통합특별시"),
            ("강원도", "2023-06-10", "강원도"),
            ("강원도", "2023-06-11", "강원특별자치도"),
        ] {
            assert_eq!(named(name, day(on)), Some(called), "{name} on {on}");
        }
    }

    #[test]
    fn those_of_the_day_are_offered() {
        let offered = |on: &str| choices(Lang::Ko, day(on), "", "-".into()).len() - 1;
        assert_eq!((offered("2023-01-01"), offered("2026-06-30"), offered("2026-07-01")), (17, 17, 16));
        let kept = |name: &str| choices(Lang::En, day("2026-07-01"), name, "-".into()).len() - 1;
        assert_eq!((kept("서울특별시"), kept("광주광역시"), kept("Made-up region")), (16, 17, 17));
    }
}
